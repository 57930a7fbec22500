//! The mark of a tenant that has no logo: its initials on the accent.

use std::fmt::Write;

use super::accent::SchemeTokens;

/// What stands where a name has neither letter nor digit.
const NO_INITIAL: &str = "•";

/// One or two initials of a tenant's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    initials: String,
}

impl Mark {
    /// Takes the first letter or digit of the first two words: `Müller & Söhne GmbH` gives `MS`.
    pub fn new(name: &str) -> Self {
        let mut initials: String = name
            .split(|c: char| c.is_whitespace() || c == '-')
            .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()))
            .take(2)
            .filter_map(upper)
            .collect();
        if initials.is_empty() {
            initials.push_str(NO_INITIAL);
        }
        Self { initials }
    }

    /// The initials as plain text.
    pub fn initials(&self) -> &str {
        &self.initials
    }

    /// An `<svg>` to put into a page. Its colours come from the stylesheet's classes `mark__tile` and
    /// `mark__letter`. Hidden from assistive technology: the tenant's name stands beside it.
    pub fn to_inline_svg(&self) -> String {
        let [tile, letter] = [r#"class="mark__tile""#, r#"class="mark__letter""#];
        self.draw(r#" class="mark" aria-hidden="true""#, tile, letter)
    }

    /// A file of type `image/svg+xml`, for a favicon, in the colours of `tokens`.
    pub fn to_svg_file(&self, tokens: &SchemeTokens) -> String {
        let tile = format!(r#"fill="{}""#, tokens.fill);
        let letter = format!(
            r#"fill="{}" font-family="system-ui, sans-serif" font-weight="600" font-size="17" text-anchor="middle""#,
            tokens.on
        );
        self.draw(r#" xmlns="http://www.w3.org/2000/svg""#, &tile, &letter)
    }

    fn draw(&self, root: &str, tile: &str, letter: &str) -> String {
        // Two initials would touch the edges at the size of one; 17 is the stylesheet's font size.
        let scale = if self.initials.chars().count() > 1 { "0.78" } else { "1" };
        format!(
            r#"<svg{root} viewBox="0 0 32 32"><rect {tile} x="0.5" y="0.5" width="31" height="31" rx="7"/><text {letter} transform="translate(16 16) scale({scale})" dy="0.36em">{}</text></svg>"#,
            escape(&self.initials)
        )
    }
}

/// The capital of a letter, where it is one letter: `ß` has none.
fn upper(c: char) -> Option<char> {
    let mut upper = c.to_uppercase();
    if upper.len() == 1 { upper.next() } else { Some(c) }
}

/// Text as the content of an element (XML 1.0 §2.4). Initials are letters and digits, so nothing is
/// replaced today; this holds should they ever be more.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() {
            escaped.push(c);
        } else {
            // Writing to a String does not fail.
            let _ = write!(escaped, "&#{};", u32::from(c));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::branding::{accent::AccentTokens, colour::Colour};

    #[test]
    fn takes_the_initials() {
        for (name, initials) in [
            ("Acme", "A"),
            ("Müller & Söhne GmbH", "MS"),
            ("jean-luc picard", "JL"),
            ("élan vital", "ÉV"),
            ("3M", "3"),
            ("ßeta", "ß"),
            ("東京 電力", "東電"),
            ("Яндекс", "Я"),
            ("<script>alert(1)</script>", "S"),
            ("\"><img src=x>", "IS"),
            ("&amp; 'x'", "AX"),
            ("🚀", "•"),
            ("", "•"),
        ] {
            assert_eq!(Mark::new(name).initials(), initials, "{name}");
        }
    }

    #[test]
    fn the_svg_holds_nothing_but_the_initials_of_the_name() {
        let harmless = Mark::new("Is").to_inline_svg();
        let reference = Mark::new("I s").to_inline_svg();
        assert_ne!(harmless, reference, "two initials are drawn smaller");
        assert_eq!(Mark::new("\"><img src=x>").to_inline_svg(), reference);
        assert!(Mark::new("🚀").to_inline_svg().contains(">&#8226;</text>"));
        assert_eq!(escape("<&>\"'"), "&#60;&#38;&#62;&#34;&#39;");
    }

    #[test]
    fn the_file_carries_its_colours() {
        let tokens = AccentTokens::new(Colour::new(0x25, 0x63, 0xeb), None);
        let file = Mark::new("Acme").to_svg_file(&tokens.light);
        assert!(file.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" "), "{file}");
        assert!(file.contains("fill=\"#2563eb\"") && file.contains("fill=\"#ffffff\""), "{file}");
    }
}
