//! Text that stands in one line, whatever was typed.

/// The text in one line of at most `max` characters: control characters and line breaks become a space, and characters
/// that turn the direction of what follows, or have no width, are dropped. So nobody's name begins a header of its own,
/// or rearranges the words around it.
pub(super) fn one_line(text: &str, max: usize) -> String {
    let visible: String =
        text.chars().filter(|c| !is_invisible(*c)).map(|c| if is_break(c) { ' ' } else { c }).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= max {
        return line;
    }
    line.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Marks, embeddings, overrides and isolates of the bidirectional algorithm, spaces without width, and the byte order
/// mark. Joiners stay: several scripts need them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn every_break_becomes_a_space() {
        assert_eq!(one_line(" Acme\r\nBcc: all@example.com\u{2028}\u{0}x ", 80), "Acme Bcc: all@example.com x");
        assert_eq!(one_line("Ac\u{202e}me\u{200b}", 80), "Acme");
        assert_eq!(one_line("Grüße, 東京", 80), "Grüße, 東京");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(one_line("äöüß", 4), "äöüß");
        assert_eq!(one_line("äöüßx", 4), "äöü…");
    }
}
