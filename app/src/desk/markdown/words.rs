//! Addresses and keys of tickets in running text.

use std::ops::Range;

use super::TicketLinks;

/// A part of the text that leads somewhere.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Where it stands.
    pub(super) at: Range<usize>,
    /// What it is.
    pub(super) kind: Kind,
}

/// What leads somewhere.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An address on the web, as it stands.
    Address,
    /// The key of a ticket, as it stands.
    Ticket,
}

/// The first address or key in `text` from `start` on.
pub(super) fn first(text: &str, start: usize, tickets: Option<TicketLinks<'_>>) -> Option<Found> {
    let mut before = text[..start].chars().next_back();
    for (offset, sign) in text[start..].char_indices() {
        let from = start + offset;
        if !before.is_some_and(|sign| sign.is_alphanumeric() || sign == '_') {
            let rest = &text[from..];
            if let Some(length) = address(rest) {
                return Some(Found { at: from..from + length, kind: Kind::Address });
            }
            // "/OPS-1" and "x-OPS-1" are parts of something else.
            if !matches!(before, Some('/' | '-' | '.' | '@'))
                && let Some(length) = tickets.and_then(|tickets| key(rest, tickets))
            {
                return Some(Found { at: from..from + length, kind: Kind::Ticket });
            }
        }
        before = Some(sign);
    }
    None
}

/// The length of the address that `text` begins with.
fn address(text: &str) -> Option<usize> {
    let head = ["https://", "http://"].into_iter().find(|head| {
        text.as_bytes().get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head.as_bytes()))
    })?;
    let is_part = |sign: char| !sign.is_whitespace() && !sign.is_control() && !matches!(sign, '<' | '>' | '"' | '`');
    let mut end = text.find(|sign: char| !is_part(sign)).unwrap_or(text.len());
    // What ends the sentence is not part of the address, nor is a bracket that the address did not open.
    while let Some(last) = text[..end].chars().next_back() {
        let closes = match last {
            ')' => Some('('),
            ']' => Some('['),
            _ => None,
        };
        let is_open =
            closes.is_some_and(|opening| text[..end].matches(opening).count() >= text[..end].matches(last).count());
        if !is_open
            && (closes.is_some()
                || matches!(
                    last,
                    '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '“' | '”' | '’' | '«' | '»'
                ))
        {
            end -= last.len_utf8();
        } else {
            break;
        }
    }
    text[head.len()..].chars().next().filter(|first| first.is_alphanumeric() || *first == '[')?;
    (end > head.len()).then_some(end)
}

/// The length of the key that `text` begins with, if the reader reaches its project.
fn key(text: &str, tickets: TicketLinks<'_>) -> Option<usize> {
    let project = tickets
        .projects
        .iter()
        .find(|project| text.strip_prefix(project.as_str()).is_some_and(|rest| rest.starts_with('-')))?;
    let digits = &text[project.len() + 1..];
    let count = digits.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(digits.len());
    let is_end = !digits[count..].starts_with(|sign: char| sign.is_alphanumeric() || sign == '_');
    // A number of 18 digits is one that fits.
    ((1..=18).contains(&count) && !digits.starts_with('0') && is_end).then_some(project.len() + 1 + count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let projects = ["OPS".to_owned(), "OP".to_owned()];
        let tickets = TicketLinks { base_path: "", projects: &projects };
        let (mut found, mut start) = (Vec::new(), 0);
        while let Some(next) = first(text, start, Some(tickets)) {
            found.push(text[next.at.clone()].to_owned());
            start = next.at.end;
        }
        found
    }

    #[test]
    fn addresses_end_where_people_end_them() {
        for (text, found) in [
            ("see https://a.example/b?c=d&e.", "https://a.example/b?c=d&e"),
            ("(https://a.example/x_(y))", "https://a.example/x_(y)"),
            ("„HTTP://a.example“!", "HTTP://a.example"),
            ("https://a.example/<b>", "https://a.example/"),
            ("https://ä.example", "https://ä.example"),
        ] {
            assert_eq!(all(text), [found], "{text}");
        }
        for none in ["https://", "http://.", "xhttps://a.example", "javascript:alert(1)", "//a.example", "ftp://a"] {
            assert_eq!(all(none), Vec::<String>::new(), "{none}");
        }
    }

    #[test]
    fn keys_are_those_of_projects_that_are_reached() {
        assert_eq!(all("OPS-1, OP-22 and (OPS-3)"), ["OPS-1", "OP-22", "OPS-3"]);
        for none in
            ["XOPS-1", "ops-1", "OPS-0", "OPS-01", "OPS-1x", "OPS-", "HR-1", "a/OPS-1", "OPS-1234567890123456789"]
        {
            assert_eq!(all(none), Vec::<String>::new(), "{none}");
        }
    }
}
