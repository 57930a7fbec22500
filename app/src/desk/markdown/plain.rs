//! Markdown as a line of plain text, for lists and letters.

use pulldown_cmark::{Event, Parser, TagEnd};

use super::options;

/// The first words of a text without its Markdown, on one line and at most `most` characters long.
pub fn plain(text: &str, most: usize) -> String {
    let mut line = Line { text: String::new(), left: most, gap: false };
    for event in Parser::new_ext(text, options()) {
        let has_room = match event {
            Event::Text(words) | Event::Code(words) | Event::Html(words) | Event::InlineHtml(words) => line.put(&words),
            Event::SoftBreak
            | Event::HardBreak
            | Event::Rule
            | Event::End(
                TagEnd::Paragraph
                | TagEnd::Heading(_)
                | TagEnd::CodeBlock
                | TagEnd::HtmlBlock
                | TagEnd::Item
                | TagEnd::TableCell,
            ) => {
                line.gap = true;
                true
            }
            _ => true,
        };
        if !has_room {
            line.text.push('…');
            break;
        }
    }
    line.text
}

struct Line {
    text: String,
    left: usize,
    /// Whether a space is due before the next word.
    gap: bool,
}

impl Line {
    /// Adds words with single spaces between them. `false`: there is no room for all of them.
    fn put(&mut self, words: &str) -> bool {
        for sign in words.chars() {
            if sign.is_whitespace() || sign.is_control() {
                self.gap = true;
                continue;
            }
            let is_apart = self.gap && !self.text.is_empty();
            // One place is kept for the ellipsis.
            if self.left <= 1 + usize::from(is_apart) {
                return false;
            }
            if is_apart {
                self.text.push(' ');
                self.left -= 1;
            }
            self.gap = false;
            self.text.push(sign);
            self.left -= 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn words_without_their_marks() {
        let text = "# Printer\n\n**It** is [on fire](https://a.example):\n\n- `smoke`\n- flames\n\n<b>now</b>";
        assert_eq!(plain(text, 100), "Printer It is on fire: smoke flames <b>now</b>");
        assert_eq!(plain("", 10), "");
        assert_eq!(plain("| a | b |\n|---|---|\n| c | d |", 100), "a b c d");
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(plain("one two three", 8), "one two…");
        assert_eq!(plain("äöü äöü", 5), "äöü…");
        assert!(plain(&"x".repeat(20_000), 120).chars().count() <= 120);
    }
}
