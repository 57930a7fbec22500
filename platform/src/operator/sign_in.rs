//! The first half of signing in: the password.
//!
//! A wrong password and an unknown address get the same answer after the same work: each counts, asks, hashes once and
//! writes one record. Attempts are counted before they are answered.

use super::{
    audit::{self, Action, By, Record},
    challenge, second_factor,
};
use crate::{
    ambient::Ambient,
    audit::Origin,
    db::{Database, DbError, OperatorDatabase},
    identity::{
        EmailAddress, Passwords,
        password::HashError,
        sign_in::SignInLimits,
        throttle::{self, Throttled},
    },
    secrets::SecretKeys,
};

/// What was typed, and where it came from.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// The email address as typed.
    pub email: &'a str,
    /// The password as typed.
    pub password: &'a str,
    /// The browser.
    pub origin: &'a Origin,
}

/// What signing in needs.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// The operator's role.
    pub operators: &'a OperatorDatabase,
    /// The serving role, whose function counts attempts.
    pub database: &'a Database,
    /// Time and randomness.
    pub ambient: &'a Ambient,
    /// Checks passwords.
    pub passwords: &'a Passwords,
    /// Seals the secrets of apps.
    pub secrets: &'a SecretKeys,
    /// How many attempts are answered.
    pub limits: SignInLimits,
}

/// What is owed after the password; the token goes into a cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owed {
    /// The code of the app.
    Code(String),
    /// There is no app yet: it is to be set up.
    App(String),
}

/// Why somebody could not go on.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The address or the password is wrong; which one is not said.
    #[error("the email address or the password is wrong")]
    Wrong,
    /// The password is right, and the time to set up the app is over.
    #[error("the time to set up an authenticator app is over")]
    TooLate,
    /// There were too many attempts.
    #[error("too many attempts; wait {}", .0.wait_in_words())]
    Throttled(Throttled),
    /// No hash could be made.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// `PostgreSQL` refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<sqlx::Error> for SignInError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Checks a password.
///
/// # Errors
/// [`SignInError`].
pub async fn begin(parts: Parts<'_>, attempt: Attempt<'_>) -> Result<Owed, SignInError> {
    let Parts { operators, ambient, .. } = parts;
    // Text that is no address has no account; it is counted and checked like any other.
    let typed = EmailAddress::parse(attempt.email).ok();
    let email_key = typed.as_ref().map_or("", EmailAddress::key);
    count(parts, email_key, &attempt.origin.address).await?.map_err(SignInError::Throttled)?;

    let mut tx = operators.begin().await?;
    let account = sqlx::query!(
        r#"SELECT id, email, password_hash, enrol_by, totp_secret IS NOT NULL AS "has_app!"
           FROM control.operator_account WHERE email_key = $1"#,
        email_key
    )
    .fetch_optional(&mut *tx)
    .await?;
    // Hashing takes long, and no connection waits for it.
    tx.commit().await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let matches = parts.passwords.verify(attempt.password.to_owned(), hash).await?;
    let Some(account) = account.filter(|_| matches) else {
        // Text that is no address is not kept: it may be the password, typed into the wrong field.
        let name = typed.as_ref().map_or("somebody", EmailAddress::as_str);
        let record = Record::of(Action::SignInRefused).detail("The address or the password was wrong.");
        audit::write_alone(operators, ambient, attempt.origin, By::Name(None, name), record).await?;
        return Err(SignInError::Wrong);
    };
    let by = By::Name(Some(account.id), &account.email);
    if !account.has_app && account.enrol_by.is_some_and(|by| by <= ambient.now()) {
        let record = Record::of(Action::SignInRefused).detail("The time to set up an authenticator app was over.");
        audit::write_alone(operators, ambient, attempt.origin, by, record).await?;
        return Err(SignInError::TooLate);
    }
    let mut tx = operators.begin().await?;
    // A reset while the password was hashed took it away, and what it opens: it must not begin anything after that.
    let is_same = sqlx::query_scalar!(
        "SELECT id FROM control.operator_account
         WHERE id = $1 AND password_hash = $2 AND (totp_secret IS NOT NULL) = $3 FOR UPDATE",
        account.id,
        account.password_hash,
        account.has_app
    )
    .fetch_optional(&mut *tx)
    .await?;
    if is_same.is_none() {
        let record = Record::of(Action::SignInRefused).detail("The account was changed meanwhile.");
        audit::write(&mut tx, ambient, attempt.origin, by, record).await?;
        tx.commit().await?;
        return Err(SignInError::Wrong);
    }
    if !account.has_app {
        second_factor::enrol(&mut tx, ambient, parts.secrets, account.id).await?;
    }
    let token = challenge::begin(&mut tx, ambient, account.id).await?;
    tx.commit().await?;
    Ok(if account.has_app { Owed::Code(token) } else { Owed::App(token) })
}

/// Counts an attempt: of this address on this account, of this address, on this account from anywhere. The narrowest
/// first, so that one address cannot use up an account's attempts.
async fn count(parts: Parts<'_>, email_key: &str, address: &str) -> Result<Result<(), Throttled>, DbError> {
    let limits = parts.limits;
    let mut tx = parts.database.control().await?;
    let mut verdict = Ok(());
    for (key, limit) in [
        (&["operator and address", email_key, address][..], limits.account_and_address),
        (&["operators from address", address][..], limits.address),
        (&["operator", email_key][..], limits.account),
    ] {
        verdict = throttle::count_at_apex(&mut tx, parts.ambient, key, limit).await?;
        if verdict.is_err() {
            break;
        }
    }
    tx.commit().await?;
    Ok(verdict)
}
