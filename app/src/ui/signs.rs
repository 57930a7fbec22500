//! Signs that nobody sees, and those that turn the direction of writing.

/// Signs of direction (UAX #9) and others that take no place.
#[must_use]
pub fn turns(sign: char) -> bool {
    matches!(sign, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

/// Those of them that set the order of what follows, with which a name can be made to look like another, and spill over
/// into what stands beside it. The marks that right-to-left texts need are not among them.
#[must_use]
pub fn overrides(sign: char) -> bool {
    matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether there is nothing to be seen, and so nothing to click.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|sign| sign.is_whitespace() || turns(sign) || fills(sign))
}

/// Fillers, joiners and variation selectors, which are seen by what they do to other signs.
fn fills(sign: char) -> bool {
    matches!(
        sign,
        '\u{ad}'
            | '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_blank() {
        for blank in ["", " \t", "\u{200b}", "\u{feff}", "\u{202e} \u{200d}", "\u{3164}", "\u{ad}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for seen in ["a", "-", "\u{200f}דוח", "👩\u{200d}💻", "❤\u{fe0f}", "\u{200b}a"] {
            assert!(!is_blank(seen), "{seen:?}");
        }
        assert!(overrides('\u{202e}') && overrides('\u{2066}') && !overrides('\u{200f}') && !overrides('\u{200d}'));
    }
}
