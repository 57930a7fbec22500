//! What people write in descriptions and comments: Markdown (`CommonMark` with tables, tasks and strikethrough).
//!
//! Safe by construction: the parser's events are written as HTML here, one by one, and nothing that was typed is ever
//! written but as escaped text or as an escaped value of `href`. HTML in the text is text. What would nest too deep or
//! grow too large is shown as it was typed.

mod html;
mod plain;
mod words;

pub use plain::plain;

/// Text that is linked beside what Markdown says: keys of tickets.
#[derive(Debug, Clone, Copy)]
pub struct TicketLinks<'a> {
    /// What comes before each path of this site.
    pub base_path: &'a str,
    /// The keys of the projects that the reader reaches, such as `OPS`.
    pub projects: &'a [String],
}

/// Markdown as HTML.
pub fn html(text: &str) -> String {
    html::write(text, None)
}

/// Markdown as HTML, where a key such as OPS-142 leads to its ticket.
pub fn html_with_tickets(text: &str, tickets: TicketLinks<'_>) -> String {
    html::write(text, Some(tickets))
}

/// What of Markdown is understood.
fn options() -> pulldown_cmark::Options {
    use pulldown_cmark::Options;
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}

#[cfg(test)]
mod adversarial;
