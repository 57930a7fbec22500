//! What people type into a search field, as a query.
//!
//! Words are sought all together; `"several words"` in this order beside each other; `-word` must not be there. The last
//! word may go on: `prin` finds “printer”.

/// The most words that are sought.
const MOST_WORDS: usize = 16;
/// The most characters that are read.
const MOST_CHARACTERS: usize = 500;
/// From how many letters on a word may go on. The index would go through too much for fewer.
const PREFIX_LETTERS: usize = 3;

/// Something sought.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    text: String,
    is_unwanted: bool,
    is_prefix: bool,
}

impl Term {
    /// An operand of `to_tsquery`: in quotes it takes any text, and parses it as `to_tsvector` does.
    fn operand(&self) -> String {
        let not = if self.is_unwanted { "!" } else { "" };
        let prefix = if self.is_prefix { ":*" } else { "" };
        format!("{not}'{}'{prefix}", self.text.replace('\\', "\\\\").replace('\'', "''"))
    }
}

/// The query for `to_tsquery('simple', …)`. `None`: nothing is sought. Never an error, whatever was typed.
#[must_use]
pub fn parse(text: &str) -> Option<String> {
    let terms = terms(text);
    if terms.iter().all(|term| term.is_unwanted) {
        return None;
    }
    Some(terms.iter().map(Term::operand).collect::<Vec<_>>().join(" & "))
}

/// What to say where [`is_only_unwanted`].
pub const ONLY_UNWANTED: &str = "Give a word to look for beside those to leave out.";

/// Whether it says what to leave out and nothing to look for. Nothing is found then, whatever the tickets say.
#[must_use]
pub fn is_only_unwanted(text: &str) -> bool {
    let terms = terms(text);
    !terms.is_empty() && terms.iter().all(|term| term.is_unwanted)
}

/// As [`parse`], for text that has any of what is sought: to show where it stands.
#[must_use]
pub fn parse_any(text: &str) -> Option<String> {
    let wanted: Vec<String> = terms(text).iter().filter(|term| !term.is_unwanted).map(Term::operand).collect();
    if wanted.is_empty() { None } else { Some(wanted.join(" | ")) }
}

fn terms(text: &str) -> Vec<Term> {
    let text: String =
        text.chars().take(MOST_CHARACTERS).map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    let mut terms = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() && terms.len() < MOST_WORDS {
        let is_unwanted = rest.starts_with('-') && rest[1..].starts_with(|sign: char| !sign.is_whitespace());
        if is_unwanted {
            rest = &rest[1..];
        }
        let is_phrase = rest.starts_with(is_quote);
        let (word, after) = if is_phrase {
            // A quote that nobody closed goes to the end.
            let inner = &rest[rest.chars().next().map_or(0, char::len_utf8)..];
            inner.split_once(is_quote).unwrap_or((inner, ""))
        } else {
            let end = rest.find(|sign: char| sign.is_whitespace() || is_quote(sign)).unwrap_or(rest.len());
            rest.split_at(end)
        };
        rest = after.trim_start();
        // What has no letter and no digit has no word in it.
        if word.chars().any(char::is_alphanumeric) {
            let is_last = !is_phrase && !is_unwanted && rest.is_empty();
            terms.push(Term { text: word.to_owned(), is_unwanted, is_prefix: is_last && may_go_on(word) });
        }
    }
    terms
}

fn is_quote(sign: char) -> bool {
    matches!(sign, '"' | '“' | '”' | '„')
}

/// Scripts without spaces put several words into what is one to the index, so there one sign is enough.
fn may_go_on(word: &str) -> bool {
    word.chars().filter(|sign| sign.is_alphanumeric()).count() >= PREFIX_LETTERS || !word.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_phrases_and_what_is_unwanted() {
        for (typed, query) in [
            ("printer", Some("'printer':*")),
            ("  paper  jam ", Some("'paper' & 'jam':*")),
            ("no", Some("'no'")),
            ("né", Some("'né':*")),
            ("\"paper jam\" tray", Some("'paper jam' & 'tray':*")),
            ("tray \"paper jam", Some("'tray' & 'paper jam'")),
            ("“paper jam”", Some("'paper jam'")),
            ("printer -fire", Some("'printer' & !'fire'")),
            ("printer -\"on fire\"", Some("'printer' & !'on fire'")),
            ("a-b", Some("'a-b'")),
            ("- printer", Some("'printer':*")),
            ("-printer", None),
            ("!!! & | ()", None),
            ("", None),
            ("\"\"", None),
            ("it's", Some("'it''s':*")),
            (r"c:\temp", Some(r"'c:\\temp':*")),
            ("x & !y", Some("'x' & '!y'")),
            ("nul\0byte", Some("'nul' & 'byte':*")),
        ] {
            assert_eq!(parse(typed).as_deref(), query, "{typed:?}");
        }
    }

    #[test]
    fn any_of_what_is_wanted() {
        assert_eq!(parse_any("paper -fire jam").as_deref(), Some("'paper' | 'jam':*"));
        assert_eq!(parse_any("-fire"), None);
    }

    #[test]
    fn what_only_leaves_out_is_told_from_what_is_empty() {
        for (typed, is_only) in
            [("-printer", true), ("-a -\"b c\"", true), ("-a b", false), ("-", false), ("", false), ("a", false)]
        {
            assert_eq!(is_only_unwanted(typed), is_only, "{typed:?}");
        }
    }

    #[test]
    fn there_is_an_end_to_it() {
        let query = parse(&"word ".repeat(10_000)).unwrap();
        assert_eq!(query.matches('&').count() + 1, MOST_WORDS);
        assert!(parse(&"x".repeat(1_000_000)).unwrap().len() < 600);
    }
}
