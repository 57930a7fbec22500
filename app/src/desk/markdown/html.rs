//! The parser's events, written as HTML.

use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Parser, Tag, TagEnd, TextMergeStream};

use super::{
    TicketLinks, options,
    words::{Kind, first},
};

/// The most that may stand inside of each other. Browsers have a limit too, and mend what is beyond in ways of their own.
const DEPTH: usize = 32;
/// How much longer than the text its HTML may be: some lines of a table can ask for very many cells.
const GROWTH: usize = 12;
/// What short texts may need beside that.
const ROOM: usize = 4096;

/// The text would nest too deep or grow too large.
struct Unbounded;

pub(super) fn write(text: &str, tickets: Option<TicketLinks<'_>>) -> String {
    let most = text.len().saturating_mul(GROWTH).saturating_add(ROOM);
    let mut writer =
        Writer { out: String::new(), depth: 0, anchor: None, ends: Vec::new(), rows: Rows::Body, most, tickets };
    for event in TextMergeStream::new(Parser::new_ext(text, options())) {
        if writer.event(event).is_err() {
            return verbatim(text);
        }
    }
    writer.out
}

/// The text as it was typed.
fn verbatim(text: &str) -> String {
    let mut out = String::from("<p class=\"markdown__verbatim\">");
    escape(&mut out, text);
    out.push_str("</p>");
    out
}

/// Which part of a table is open.
enum Rows {
    Head,
    Body,
}

/// A link that is open: there is never one within another.
struct Anchor {
    /// Where it leads, to be shown where it has no words of its own.
    address: String,
    /// Whether words were written within it.
    has_words: bool,
}

struct Writer<'a> {
    out: String,
    depth: usize,
    anchor: Option<Anchor>,
    /// For each link and image that is open, how it ends.
    ends: Vec<End>,
    rows: Rows,
    most: usize,
    tickets: Option<TicketLinks<'a>>,
}

/// How a link or image ends.
enum End {
    /// It is the link that is open.
    Anchor,
    /// It is none, for the address is not one that may be led to: the address is shown.
    Words(String),
    /// It is within another.
    Nothing,
}

impl Writer<'_> {
    fn event(&mut self, event: Event<'_>) -> Result<(), Unbounded> {
        match event {
            Event::Start(tag) => {
                self.depth += 1;
                if self.depth > DEPTH {
                    return Err(Unbounded);
                }
                self.start(tag);
            }
            Event::End(tag) => {
                self.depth = self.depth.saturating_sub(1);
                self.end(tag);
            }
            Event::Text(text) => self.text(&text),
            Event::Code(text) => {
                self.out.push_str("<code>");
                self.words(&text);
                self.out.push_str("</code>");
            }
            // No HTML gets through: it is text.
            Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => self.words(&text),
            // Who presses the return key wants a new line.
            Event::SoftBreak | Event::HardBreak => self.out.push_str("<br>\n"),
            Event::Rule => self.out.push_str("<hr>\n"),
            Event::TaskListMarker(is_done) => {
                self.out.push_str(if is_done { "☑ " } else { "☐ " });
            }
        }
        if self.out.len() > self.most { Err(Unbounded) } else { Ok(()) }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.out.push_str("<p>"),
            Tag::HtmlBlock => self.out.push_str("<p class=\"markdown__verbatim\">"),
            Tag::Heading { level, .. } => {
                self.out.push_str("<h");
                self.out.push(heading(level));
                self.out.push('>');
            }
            Tag::BlockQuote(_) => self.out.push_str("<blockquote>\n"),
            Tag::CodeBlock(_) => self.out.push_str("<pre><code>"),
            Tag::List(None) => self.out.push_str("<ul>\n"),
            Tag::List(Some(1)) => self.out.push_str("<ol>\n"),
            Tag::List(Some(first)) => {
                self.out.push_str("<ol start=\"");
                self.out.push_str(&first.to_string());
                self.out.push_str("\">\n");
            }
            Tag::Item => self.out.push_str("<li>"),
            Tag::Table(_) => {
                // It may be wider than the page: who has no pointer scrolls it with the keyboard.
                self.out.push_str(
                    "<div class=\"markdown__table\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table>\n",
                );
            }
            Tag::TableHead => {
                self.rows = Rows::Head;
                self.out.push_str("<thead><tr>");
            }
            Tag::TableRow => self.out.push_str("<tr>"),
            Tag::TableCell => self.out.push_str(match self.rows {
                Rows::Head => "<th scope=\"col\">",
                Rows::Body => "<td>",
            }),
            Tag::Emphasis => self.out.push_str("<em>"),
            Tag::Strong => self.out.push_str("<strong>"),
            Tag::Strikethrough => self.out.push_str("<del>"),
            // A picture elsewhere would tell its host who reads this, so it becomes a link.
            Tag::Link { link_type, dest_url, .. } | Tag::Image { link_type, dest_url, .. } => {
                self.open(link_type, &dest_url);
            }
            // None of these is asked for; what stands within is shown.
            Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.out.push_str("</p>\n"),
            TagEnd::Heading(level) => {
                self.out.push_str("</h");
                self.out.push(heading(level));
                self.out.push_str(">\n");
            }
            TagEnd::BlockQuote(_) => self.out.push_str("</blockquote>\n"),
            TagEnd::CodeBlock => self.out.push_str("</code></pre>\n"),
            TagEnd::List(true) => self.out.push_str("</ol>\n"),
            TagEnd::List(false) => self.out.push_str("</ul>\n"),
            TagEnd::Item => self.out.push_str("</li>\n"),
            TagEnd::Table => self.out.push_str("</tbody></table></div>\n"),
            TagEnd::TableHead => {
                self.rows = Rows::Body;
                self.out.push_str("</tr></thead><tbody>\n");
            }
            TagEnd::TableRow => self.out.push_str("</tr>\n"),
            TagEnd::TableCell => self.out.push_str(match self.rows {
                Rows::Head => "</th>",
                Rows::Body => "</td>",
            }),
            TagEnd::Emphasis => self.out.push_str("</em>"),
            TagEnd::Strong => self.out.push_str("</strong>"),
            TagEnd::Strikethrough => self.out.push_str("</del>"),
            TagEnd::Link | TagEnd::Image => self.close(),
            TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => {}
        }
    }

    fn open(&mut self, kind: LinkType, address: &CowStr<'_>) {
        let address = match kind {
            LinkType::Email => format!("mailto:{address}"),
            _ => address.to_string(),
        };
        let end = if self.anchor.is_some() {
            End::Nothing
        } else if may_be_led_to(&address) {
            anchor(&mut self.out, &address);
            self.anchor = Some(Anchor { address, has_words: false });
            End::Anchor
        } else {
            End::Words(address)
        };
        self.ends.push(end);
    }

    fn close(&mut self) {
        match self.ends.pop() {
            Some(End::Anchor) => {
                if let Some(Anchor { address, has_words }) = self.anchor.take() {
                    if !has_words {
                        escape(&mut self.out, &address);
                    }
                    self.out.push_str("</a>");
                }
            }
            Some(End::Words(address)) if !address.is_empty() => self.words(&format!(" ({address})")),
            Some(End::Words(_) | End::Nothing) | None => {}
        }
    }

    /// Running text, in which addresses and keys of tickets are links.
    fn text(&mut self, text: &str) {
        if self.anchor.is_some() {
            return self.words(text);
        }
        let mut done = 0;
        while let Some(found) = first(text, done, self.tickets) {
            escape(&mut self.out, &text[done..found.at.start]);
            let words = &text[found.at.clone()];
            match found.kind {
                Kind::Address => anchor(&mut self.out, words),
                Kind::Ticket => {
                    self.out.push_str("<a href=\"");
                    escape(&mut self.out, self.tickets.map_or("", |tickets| tickets.base_path));
                    self.out.push_str("/tickets/");
                    escape(&mut self.out, words);
                    self.out.push_str("\">");
                }
            }
            escape(&mut self.out, words);
            self.out.push_str("</a>");
            done = found.at.end;
        }
        escape(&mut self.out, &text[done..]);
    }

    /// Text as it stands.
    fn words(&mut self, text: &str) {
        escape(&mut self.out, text);
        if let Some(anchor) = &mut self.anchor {
            anchor.has_words |= !text.trim().is_empty();
        }
    }
}

/// A page has a heading of its own, and each part of it one too: those of texts are below them.
fn heading(level: HeadingLevel) -> char {
    match level {
        HeadingLevel::H1 => '3',
        HeadingLevel::H2 => '4',
        HeadingLevel::H3 => '5',
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => '6',
    }
}

/// Whether a link may lead there: the web and mail; no scripts, no files, and no paths of this site.
fn may_be_led_to(address: &str) -> bool {
    let allowed = ["http://", "https://", "mailto:"];
    let begins = |head: &&str| {
        address.as_bytes().get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head.as_bytes()))
    };
    allowed.iter().any(|head| begins(head) && address.len() > head.len())
        && !address.contains(|sign: char| sign.is_control() || sign.is_whitespace())
}

/// The beginning of a link to another site.
fn anchor(out: &mut String, address: &str) {
    out.push_str("<a href=\"");
    escape(out, address);
    out.push_str("\" rel=\"nofollow noopener\">");
}

/// Text in a form in which nothing in it is markup, between tags and within quotes.
fn escape(out: &mut String, text: &str) {
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Not of HTML; what was stored has none.
            '\0' => out.push(char::REPLACEMENT_CHARACTER),
            sign => out.push(sign),
        }
    }
}
