//! Passwords: Argon2id, off the request's thread, a few at a time.

use std::sync::Arc;

use argon2::{
    Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier as _,
    password_hash::{Salt, SaltString},
};
use tokio::sync::Semaphore;

use crate::ambient::Ambient;

/// The fewest characters of a password.
pub const MIN_LENGTH: usize = 10;
/// The most, so that nobody makes the server hash megabytes.
pub const MAX_LENGTH: usize = 200;

/// What is wrong with a chosen password, in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short.
    #[error("Use at least {0} characters. Several words make a good password.")]
    Short(usize),
    /// Too long.
    #[error("Use at most {MAX_LENGTH} characters.")]
    Long,
    /// It is what somebody who knows the account tries first.
    #[error("Do not use your name, your email address or one letter over and over.")]
    Obvious,
    /// Programs that guess passwords find it soon. What is wrong with it follows.
    #[error("This password is easy to guess. {0}")]
    Guessable(String),
}

/// What a password must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordRules {
    /// The fewest characters.
    pub min_length: usize,
    /// The lowest zxcvbn score: 0 (guessed at once) to 4.
    pub min_score: u8,
}

impl Default for PasswordRules {
    /// Where no tenant says otherwise.
    fn default() -> Self {
        Self { min_length: MIN_LENGTH, min_score: 2 }
    }
}

/// A hash could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct HashError(String);

/// Whether a password may be chosen. `about` is what those try first who know the person: their name, their address, the
/// name of their workspace.
///
/// # Errors
/// [`PasswordError`], worded for the form.
pub fn check_choice(password: &str, rules: PasswordRules, about: &[&str]) -> Result<(), PasswordError> {
    let length = password.chars().count();
    if length < rules.min_length {
        return Err(PasswordError::Short(rules.min_length));
    }
    if length > MAX_LENGTH {
        return Err(PasswordError::Long);
    }
    let mut letters = password.chars();
    let first = letters.next();
    let is_about = about.iter().any(|about| password.eq_ignore_ascii_case(about.trim()));
    if is_about || letters.all(|letter| Some(letter) == first) {
        return Err(PasswordError::Obvious);
    }
    let words = words_about(about);
    let strength = zxcvbn::zxcvbn(password, &words.iter().map(String::as_str).collect::<Vec<_>>());
    if u8::from(strength.score()) < rules.min_score {
        return Err(PasswordError::Guessable(advice(strength.feedback())));
    }
    Ok(())
}

/// The words in what is known of a person: each by itself, and run together.
fn words_about(about: &[&str]) -> Vec<String> {
    about
        .iter()
        .flat_map(|about| {
            let words: Vec<_> = about.split(|sign: char| !sign.is_alphanumeric()).map(str::to_owned).collect();
            [words.concat(), (*about).to_owned()].into_iter().chain(words)
        })
        .filter(|word| word.chars().count() >= 3)
        .collect()
}

/// What to do about it, in a sentence or two.
fn advice(feedback: Option<&zxcvbn::feedback::Feedback>) -> String {
    let otherwise = "Add another word or two, uncommon ones.";
    let Some(feedback) = feedback else { return otherwise.to_owned() };
    let warning = feedback.warning().map(|warning| warning.to_string());
    let suggestion = feedback.suggestions().first().map(ToString::to_string);
    let sentences: Vec<String> = warning.into_iter().chain(suggestion).collect();
    if sentences.is_empty() { otherwise.to_owned() } else { sentences.join(" ") }
}

/// Hashes and checks passwords. Cheap to clone; all clones share the limit.
#[derive(Debug, Clone)]
pub struct Passwords {
    /// Each hash takes 19 MiB and a core for its time: more at once would only wait on each other, in memory.
    at_once: Arc<Semaphore>,
    /// Checked where there is no account, so that the answer takes as long as where there is one.
    decoy: Arc<str>,
}

impl Passwords {
    /// `at_once`: how many are hashed at the same time, best the number of cores.
    ///
    /// # Errors
    /// [`HashError`] when not even the decoy could be hashed.
    pub fn new(ambient: &Ambient, at_once: usize) -> Result<Self, HashError> {
        let decoy = hash("the password of nobody", ambient.bytes())?;
        Ok(Self { at_once: Arc::new(Semaphore::new(at_once.max(1))), decoy: decoy.into() })
    }

    /// The Argon2id hash of a password in PHC form, with the parameters that OWASP recommends (19 MiB, 2 passes).
    ///
    /// # Errors
    /// [`HashError`] when there is no memory for it.
    pub async fn hash(&self, ambient: &Ambient, password: String) -> Result<String, HashError> {
        let salt = ambient.bytes();
        self.run(move || hash(&password, salt)).await?
    }

    /// Whether `password` is the one of `hash`. Without a hash the decoy is checked and the answer is no.
    ///
    /// # Errors
    /// [`HashError`] when there is no memory for it.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, HashError> {
        let decoy = Arc::clone(&self.decoy);
        self.run(move || {
            let expected = hash.as_deref().unwrap_or(&decoy);
            let matches = PasswordHash::new(expected)
                .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
            matches && hash.is_some()
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
        let _turn = self.at_once.acquire().await.map_err(|error| HashError(error.to_string()))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| HashError(error.to_string()))
    }
}

fn hash(password: &str, salt: [u8; Salt::RECOMMENDED_LENGTH]) -> Result<String, HashError> {
    let salt = SaltString::encode_b64(&salt).map_err(|error| HashError(error.to_string()))?;
    Argon2::default()
        .hash_password(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| HashError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_of_the_hash_is_right() {
        let ambient = Ambient::system();
        let passwords = Passwords::new(&ambient, 2).unwrap();
        let hash = passwords.hash(&ambient, "correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct Horse".to_owned(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("the password of nobody".to_owned(), None).await.unwrap());
    }

    #[test]
    fn poor_choices_are_named() {
        let check = |password: &str| {
            check_choice(password, PasswordRules::default(), &["Olga Berg", "owner@acme.test", "Acme Fabrics"])
        };
        assert_eq!(check("short"), Err(PasswordError::Short(10)));
        assert_eq!(check(&"x".repeat(12)), Err(PasswordError::Obvious));
        assert_eq!(check(&"xy".repeat(101)), Err(PasswordError::Long));
        assert_eq!(check("Owner@acme.test"), Err(PasswordError::Obvious));
        for guessable in ["password123", "1234567890", "qwertyuiop", "olgaberg2026", "acmefabrics", "AcmeFabrics1"] {
            assert!(matches!(check(guessable), Err(PasswordError::Guessable(_))), "{guessable}");
        }
        for good in ["rowhouse-demo", "correct horse battery", "another password"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_workspace_may_ask_for_more_or_less() {
        let rules = |min_length, min_score| PasswordRules { min_length, min_score };
        assert_eq!(check_choice("password12", rules(10, 0), &[]), Ok(()));
        assert_eq!(check_choice("rowhouse-demo", rules(14, 0), &[]), Err(PasswordError::Short(14)));
        let weak = check_choice("another password", rules(10, 4), &[]).unwrap_err();
        assert!(weak.to_string().starts_with("This password is easy to guess. "), "{weak}");
    }
}
