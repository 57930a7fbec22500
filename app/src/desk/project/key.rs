//! Keys of projects: `OPS` of `OPS-142`.

/// The most characters of a key.
pub const KEY_LENGTH: usize = 10;

/// What is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A key has 2 to {KEY_LENGTH} letters A to Z and digits, and begins with a letter.")]
pub struct KeyError;

/// Reads a key, typed in any case.
///
/// # Errors
/// [`KeyError`].
pub fn parse_key(text: &str) -> Result<String, KeyError> {
    let key = text.trim().to_ascii_uppercase();
    let is_key = (2..=KEY_LENGTH).contains(&key.len())
        && key.starts_with(|first: char| first.is_ascii_uppercase())
        && key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if is_key { Ok(key) } else { Err(KeyError) }
}

/// The key that an address names, in any case; what is no key is the key of no project.
pub(super) fn named(address: &str) -> Option<String> {
    parse_key(address).ok().filter(|key| key.len() == address.len())
}

/// What a project of this name could have as its key: the first letters of its words, or the first three of its only
/// word.
pub(super) fn suggested(name: &str) -> String {
    let words: Vec<String> = name
        .split(|sign: char| !sign.is_alphanumeric())
        .map(|word| deunicode::deunicode(word).chars().filter(char::is_ascii_alphanumeric).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    let letters: String = match words.as_slice() {
        [only] => only.chars().take(3).collect(),
        several => several.iter().filter_map(|word| word.chars().next()).take(5).collect(),
    };
    let letters = letters.trim_start_matches(|sign: char| sign.is_ascii_digit());
    parse_key(letters).unwrap_or_else(|KeyError| "PRJ".to_owned())
}

/// The key itself, and then with numbers behind: `OPS`, `OPS2`, `OPS3` …, as many as `most`.
pub(super) fn numbered(key: &str, most: usize) -> Vec<String> {
    let behind = (2..=most).map(|number| {
        let number = number.to_string();
        // Keys are ASCII.
        let kept = key.len().min(KEY_LENGTH - number.len());
        format!("{}{number}", &key[..kept])
    });
    std::iter::once(key.to_owned()).chain(behind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_any_case() {
        assert_eq!(parse_key(" ops "), Ok("OPS".to_owned()));
        assert_eq!(parse_key("A1"), Ok("A1".to_owned()));
        for bad in ["", "O", "1OPS", "OP-S", "ÖPS", "OPS OPS", "ABCDEFGHIJK", "OPS\0"] {
            assert_eq!(parse_key(bad), Err(KeyError), "{bad}");
        }
    }

    #[test]
    fn an_address_names_a_key_or_nothing() {
        assert_eq!(named("ops"), Some("OPS".to_owned()));
        for none in [" OPS", "OPS ", "O", "\u{17f}UP", "O\0PS"] {
            assert_eq!(named(none), None, "{none}");
        }
    }

    #[test]
    fn names_suggest_keys() {
        for (name, key) in [
            ("Support", "SUP"),
            ("Customer support Europe", "CSE"),
            ("IT", "IT"),
            ("Öffentlichkeit", "OFF"),
            ("R & D", "RD"),
            ("2nd line", "PRJ"),
            ("24/7 on call", "OC"),
            ("X", "PRJ"),
            ("🙂", "PRJ"),
            ("a b c d e f g h", "ABCDE"),
        ] {
            let suggestion = suggested(name);
            assert_eq!(parse_key(&suggestion), Ok(suggestion.clone()), "{name}");
            assert_eq!(suggestion, key, "{name}");
        }
        assert_eq!(numbered("OPS", 3), ["OPS", "OPS2", "OPS3"]);
        assert_eq!(numbered("ABCDEFGHIJ", 10)[9], "ABCDEFGH10");
    }
}
