//! Signing in with email and password.
//!
//! A wrong password and an unknown address get the same answer after the same work: each checks one hash.

use super::{
    EmailAddress, account,
    admission::{self, Admission, Entrant, Refusal},
    password::{HashError, Passwords},
    policy::Method,
    session::{Device, Proof, SessionPolicy, SessionToken},
    throttle::{self, Limit, Throttled},
};
use crate::{
    ambient::Ambient,
    db::{Database, DbError},
    tenancy::TenantHome,
};

/// How many attempts are answered.
#[derive(Debug, Clone, Copy)]
pub struct SignInLimits {
    /// On one account from one address.
    pub account_and_address: Limit,
    /// On one account from anywhere. Well above the first, so that a stranger cannot easily lock a person out.
    pub account: Limit,
    /// From one address, on any account.
    pub address: Limit,
}

/// What was typed, and where it came from.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// The email address as typed.
    pub email: &'a str,
    /// The password as typed.
    pub password: &'a str,
    /// The browser.
    pub device: &'a Device,
    /// A session that the browser has already; it ends when the new one begins.
    pub previous: Option<&'a SessionToken>,
}

/// Why somebody could not sign in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The address or the password is wrong; which one is not said.
    #[error("the email address or the password is wrong")]
    Wrong,
    /// The tenant's policy does not let them in.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There were too many attempts.
    #[error("too many attempts; wait {}", .0.wait_in_words())]
    Throttled(Throttled),
    /// No hash could be made.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Signs in.
///
/// # Errors
/// [`SignInError`].
pub async fn sign_in(
    database: &Database,
    ambient: &Ambient,
    passwords: &Passwords,
    (policy, limits): (SessionPolicy, SignInLimits),
    home: &TenantHome,
    attempt: Attempt<'_>,
) -> Result<Admission, SignInError> {
    // Text that is no address has no account; it is counted and checked like any other.
    let typed = EmailAddress::parse(attempt.email).ok();
    let email_key = typed.as_ref().map_or("", EmailAddress::key);
    let address = attempt.device.address.as_str();
    let pair = ["account and address", email_key, address];

    let mut tx = database.begin(home).await?;
    admission::check(&mut tx, Method::Password, address).await??;
    // The narrowest limit first: it is the one whose wait is told. Once it is reached, the wider ones are not counted
    // further, so an attacker at one address cannot use up the account's limit for everybody.
    let mut verdict = throttle::count(&mut tx, ambient, &pair, limits.account_and_address).await?;
    if verdict.is_ok() {
        verdict = throttle::count(&mut tx, ambient, &["address", address], limits.address).await?;
    }
    if verdict.is_ok() {
        verdict = throttle::count(&mut tx, ambient, &["account", email_key], limits.account).await?;
    }
    let credentials = account::credentials(&mut tx, email_key).await?;
    tx.commit().await?;
    verdict.map_err(SignInError::Throttled)?;

    let (id, hash) = credentials.map_or((None, None), |found| (Some(found.id), found.password_hash));
    let matches = passwords.verify(attempt.password.to_owned(), hash).await?;
    let Some(account) = id.filter(|_| matches) else { return Err(SignInError::Wrong) };

    let mut tx = database.begin(home).await?;
    throttle::forgive(&mut tx, ambient, &pair, limits.account_and_address).await?;
    throttle::take_back(&mut tx, &["address", address]).await?;
    throttle::take_back(&mut tx, &["account", email_key]).await?;
    let entrant =
        Entrant { account, proof: Proof::first(Method::Password), device: attempt.device, previous: attempt.previous };
    let admission = admission::admit(&mut tx, ambient, policy, entrant).await??;
    tx.commit().await?;
    Ok(admission)
}
