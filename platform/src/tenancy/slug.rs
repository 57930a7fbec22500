//! The name of a tenant in an address: `acme` in `acme.app.example` and in `/t/acme`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::reserved::is_reserved;

/// Put before a suggestion that would be too short, reserved or begin with a digit.
const SUGGESTION_PREFIX: &str = "team-";

/// A tenant's name in its address: one DNS label (RFC 1035 §2.3.1) of 3 to 40 characters, `a`–`z`,
/// `0`–`9` and hyphens between them, beginning with a letter, and not a reserved name.
///
/// Parsing normalises first, so `" Acme "` gives `acme`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

/// Why a text is not a [`Slug`], in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SlugError {
    /// Nothing was typed.
    #[error("Enter an address.")]
    Empty,
    /// Fewer than [`Slug::MIN_LEN`] characters.
    #[error("Use at least {} characters.", Slug::MIN_LEN)]
    TooShort,
    /// More than [`Slug::MAX_LEN`] characters.
    #[error("Use at most {} characters.", Slug::MAX_LEN)]
    TooLong,
    /// A character that a host name cannot have.
    #[error("Use only the letters a to z, digits and hyphens, not {}.", Named(*.0))]
    Character(char),
    /// The first character is a digit or a hyphen.
    #[error("Begin with a letter.")]
    Start,
    /// The last character is a hyphen.
    #[error("End with a letter or a digit.")]
    End,
    /// Hyphens in the third and fourth place, which mark encoded names (RFC 5891 §4.2.3.1).
    #[error("Do not use two hyphens as the third and fourth character.")]
    DoubleHyphen,
    /// A name that is kept for the product itself.
    #[error("“{0}” is reserved. Choose another address.")]
    Reserved(String),
}

/// Names a character in a sentence, also where it has no shape of its own.
struct Named(char);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            c if c.is_whitespace() => f.write_str("spaces"),
            c if c.is_control() => f.write_str("control characters"),
            c => write!(f, "“{c}”"),
        }
    }
}

impl Slug {
    /// The least number of characters.
    pub const MIN_LEN: usize = 3;
    /// The greatest number of characters; a DNS label could have 63 (RFC 1035 §2.3.4).
    pub const MAX_LEN: usize = 40;

    /// What is checked when `input` is parsed: without space around it, and in lower case.
    pub fn normalise(input: &str) -> String {
        input.trim().to_ascii_lowercase()
    }

    /// A slug that was stored earlier. The reserved names are not looked at, so that a tenant stays
    /// readable whose name was reserved after it had been given out.
    ///
    /// # Errors
    /// Any [`SlugError`] except [`SlugError::Reserved`].
    pub fn from_stored(stored: String) -> Result<Self, SlugError> {
        check_shape(&stored)?;
        Ok(Self(stored))
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Proposes a slug for a company: `Müller & Söhne GmbH` gives `muller-sohne-gmbh`. `None` when
    /// nothing of the name can be written in the letters of a host name. Whether it is still free
    /// is for the caller to find out.
    pub fn suggest(company_name: &str) -> Option<Self> {
        let latin = deunicode::deunicode_with_tofu(company_name, " ").to_ascii_lowercase();
        let mut words = String::with_capacity(latin.len());
        for c in latin.chars() {
            match c {
                'a'..='z' | '0'..='9' => words.push(c),
                // "O'Brien" is one word.
                '\'' | '`' => {}
                _ if words.is_empty() || words.ends_with('-') => {}
                _ => words.push('-'),
            }
        }
        let words = words.trim_end_matches('-');
        if words.is_empty() {
            return None;
        }
        let plain = cut_at_word(words);
        Self::from_str(plain).or_else(|_| Self::from_str(cut_at_word(&format!("{SUGGESTION_PREFIX}{words}")))).ok()
    }
}

/// The longest beginning that fits and, where possible, does not break a word.
fn cut_at_word(words: &str) -> &str {
    if words.len() <= Slug::MAX_LEN {
        return words;
    }
    let fits = &words[..Slug::MAX_LEN];
    if words.as_bytes()[Slug::MAX_LEN] == b'-' {
        return fits;
    }
    match fits.rfind('-') {
        Some(at) if at >= Slug::MIN_LEN => &fits[..at],
        _ => fits,
    }
}

fn check_shape(text: &str) -> Result<(), SlugError> {
    let is_allowed = |c: &char| matches!(c, 'a'..='z' | '0'..='9' | '-');
    if text.is_empty() {
        return Err(SlugError::Empty);
    }
    if let Some(c) = text.chars().find(|c| !is_allowed(c)) {
        return Err(SlugError::Character(c));
    }
    if text.len() < Slug::MIN_LEN {
        return Err(SlugError::TooShort);
    }
    if text.len() > Slug::MAX_LEN {
        return Err(SlugError::TooLong);
    }
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(SlugError::Start);
    }
    if text.ends_with('-') {
        return Err(SlugError::End);
    }
    if text.get(2..4) == Some("--") {
        return Err(SlugError::DoubleHyphen);
    }
    Ok(())
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(input: &str) -> Result<Self, SlugError> {
        let text = Self::normalise(input);
        check_shape(&text)?;
        if is_reserved(&text) {
            return Err(SlugError::Reserved(text));
        }
        Ok(Self(text))
    }
}

impl TryFrom<&str> for Slug {
    type Error = SlugError;

    fn try_from(input: &str) -> Result<Self, SlugError> {
        input.parse()
    }
}

impl TryFrom<String> for Slug {
    type Error = SlugError;

    fn try_from(input: String) -> Result<Self, SlugError> {
        input.parse()
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl AsRef<str> for Slug {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_labels_and_normalises_them() {
        for (input, slug) in [
            ("acme", "acme"),
            (" Acme ", "acme"),
            ("a1b", "a1b"),
            ("a-b-c", "a-b-c"),
            ("abc--d", "abc--d"),
            ("admin-team", "admin-team"),
        ] {
            assert_eq!(Slug::try_from(input).as_deref_str(), Ok(slug), "{input:?}");
        }
        assert_eq!("a".repeat(40).parse::<Slug>().unwrap().as_str().len(), 40);
    }

    #[test]
    fn says_what_is_wrong() {
        for (input, error) in [
            ("", "Enter an address."),
            ("  ", "Enter an address."),
            ("ab", "Use at least 3 characters."),
            (&"a".repeat(41), "Use at most 40 characters."),
            ("a_b", "Use only the letters a to z, digits and hyphens, not “_”."),
            ("my firm", "Use only the letters a to z, digits and hyphens, not spaces."),
            ("a\0bc", "Use only the letters a to z, digits and hyphens, not control characters."),
            ("müller", "Use only the letters a to z, digits and hyphens, not “ü”."),
            ("1st", "Begin with a letter."),
            ("-abc", "Begin with a letter."),
            ("abc-", "End with a letter or a digit."),
            ("xn--abc", "Do not use two hyphens as the third and fourth character."),
            ("Admin", "“admin” is reserved. Choose another address."),
        ] {
            let found = Slug::try_from(input).unwrap_err().to_string();
            assert_eq!(found, error, "{input:?}");
        }
    }

    #[test]
    fn a_stored_slug_may_have_become_reserved() {
        assert_eq!(Slug::from_stored("admin".into()).as_deref_str(), Ok("admin"));
        assert_eq!(Slug::from_stored("Admin".into()), Err(SlugError::Character('A')));
    }

    #[test]
    fn is_a_string_to_serde_and_checked() {
        let slug: Slug = serde_json::from_str("\"acme\"").unwrap();
        assert_eq!(serde_json::to_string(&slug).unwrap(), "\"acme\"");
        let error = serde_json::from_str::<Slug>("\"www\"").unwrap_err();
        assert!(error.to_string().contains("“www” is reserved"), "{error}");
    }

    #[test]
    fn suggests_a_slug_for_a_company() {
        for (name, slug) in [
            ("Müller & Söhne GmbH", Some("muller-sohne-gmbh")),
            ("O'Brien’s Pub", Some("obriens-pub")),
            ("Łódź Straße", Some("lodz-strasse")),
            ("  ACME,  Inc. ", Some("acme-inc")),
            ("3M", Some("team-3m")),
            ("HP", Some("team-hp")),
            ("Admin", Some("team-admin")),
            ("Яндекс", Some("iandeks")),
            ("???", None),
            ("", None),
        ] {
            let found = Slug::suggest(name);
            assert_eq!(found.as_ref().map(Slug::as_str), slug, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_between_words() {
        let slug = Slug::suggest("The Very Long Company Name That Never Comes to an End Ltd").unwrap();
        assert_eq!(slug.as_str(), "the-very-long-company-name-that-never");
        assert_eq!(Slug::suggest(&"x".repeat(99)).unwrap().as_str().len(), 40);
        // What is suggested is always a slug.
        for name in ["ab  cd", "a - - b", "ab–cd", "🚀 Rockets", "7 7 7", "東京電力"] {
            let slug = Slug::suggest(name).unwrap();
            assert_eq!(slug.as_str().parse(), Ok(slug.clone()), "{name}");
        }
    }

    trait AsDerefStr {
        fn as_deref_str(&self) -> Result<&str, SlugError>;
    }

    impl AsDerefStr for Result<Slug, SlugError> {
        fn as_deref_str(&self) -> Result<&str, SlugError> {
            self.as_ref().map(Slug::as_str).map_err(Clone::clone)
        }
    }
}
