//! A person's own password: shown again, and changed.

use super::{
    account, challenge, devices, magic_link,
    password::{HashError, Passwords},
    session::{self, Device},
    throttle::{self, Limit, Throttled},
};
use crate::{
    access::Principal,
    audit::{self, Act, Action, Scribe},
    db::{Database, DbError, TenantTx},
    mail::{self, Letter, Letterhead},
    tenancy::TenantHome,
};

/// Why a password that was shown again does not count.
#[derive(Debug, thiserror::Error)]
pub enum Mismatch {
    /// It is not the account's.
    #[error("the password is wrong")]
    Wrong,
    /// There were too many attempts in this session.
    #[error("too many attempts; wait {}", .0.wait_in_words())]
    Throttled(Throttled),
    /// No hash could be made.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Counts something shown again in a session. Attempts are the session's own: whoever took over one cannot use up those
/// of the others.
///
/// # Errors
/// [`DbError`].
pub async fn count(
    tx: &mut TenantTx,
    scribe: &Scribe,
    limit: Limit,
    person: &Principal,
) -> Result<Result<(), Throttled>, DbError> {
    throttle::count(tx, scribe.ambient(), &["shown again", &place(person)], limit).await
}

/// Takes back what [`count`] counted, for it was right.
///
/// # Errors
/// [`DbError`].
pub async fn take_back(tx: &mut TenantTx, person: &Principal) -> Result<(), DbError> {
    throttle::take_back(tx, &["shown again", &place(person)]).await
}

/// What is counted for: the session.
fn place(person: &Principal) -> String {
    person.session_id().map_or_else(|| person.account.to_string(), |session| session.to_string())
}

/// Whether `password` is that of the person who is signed in. No transaction is open while it is hashed.
///
/// # Errors
/// [`Mismatch`].
pub async fn check(
    database: &Database,
    scribe: &Scribe,
    passwords: &Passwords,
    limit: Limit,
    home: &TenantHome,
    (person, password): (&Principal, &str),
) -> Result<(), Mismatch> {
    let mut tx = database.begin(home).await?;
    let counted = count(&mut tx, scribe, limit, person).await?;
    let hash = account::password_hash(&mut tx, person.account).await?;
    tx.commit().await?;
    counted.map_err(Mismatch::Throttled)?;
    if !passwords.verify(password.to_owned(), hash).await? {
        return Err(Mismatch::Wrong);
    }
    let mut tx = database.begin(home).await?;
    take_back(&mut tx, person).await?;
    Ok(tx.commit().await?)
}

/// Gives the person another password, which the caller has checked and hashed; every session of theirs but the present
/// one ends.
///
/// # Errors
/// [`DbError`].
pub async fn change(
    tx: &mut TenantTx,
    scribe: &Scribe,
    letterhead: &Letterhead,
    person: &Principal,
    password_hash: &str,
    device: &Device,
) -> Result<(), DbError> {
    let ambient = scribe.ambient();
    account::set_password(tx, person.account, password_hash).await?;
    let ended = session::end_all(tx, person.account, person.session_id()).await?;
    challenge::end_all(tx, person.account).await?;
    magic_link::end_all(tx, person.account).await?;
    let letter = Letter::PasswordChanged { when: ambient.now(), device: devices::in_words(&device.user_agent) };
    mail::queue(tx, ambient, letterhead, &person.email, &letter).await?;
    let act = Act::by(person, Action::PasswordChanged).on("account", person.account.to_string(), &person.email);
    audit::record(tx, scribe, act.change((), serde_json::json!({ "sessions_ended": ended }))).await
}
