//! What a provider wrote, made fit to stand in a sentence of ours.

/// Most characters that are quoted.
const LENGTH: usize = 300;

/// One line, without control characters and without what turns the direction of text, cut.
pub(super) fn cleaned(text: &str) -> String {
    let visible: String = text
        .chars()
        .take(4 * LENGTH)
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'))
        .collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LENGTH { line } else { line.chars().take(LENGTH).chain(['…']).collect() }
}

/// The same in quotation marks.
pub(super) fn quoted(text: &str) -> String {
    format!("“{}”", cleaned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_writes_stays_in_its_quotation_marks() {
        assert_eq!(quoted("a\r\nb\u{202e}c\u{0}"), "“a bc”");
        assert_eq!(cleaned(&"x".repeat(10_000)).chars().count(), LENGTH + 1);
    }
}
