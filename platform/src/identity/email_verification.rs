//! Proving that an account's address is its person's: a link by mail.

use time::Duration;

pub use super::mailed_token::Holder;
use super::{
    EmailAddress, account,
    mailed_token::{self, Purpose},
    session::Device,
    throttle::Throttled,
};
use crate::{
    access::Principal,
    ambient::Ambient,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
    mail::{self, Letter, Letterhead},
};

const LIFE: Duration = Duration::hours(24);

/// Mails the link to an account whose address is not proven: after signing up. Nothing is sent to one that is.
///
/// # Errors
/// [`DbError`].
pub async fn send(
    tx: &mut TenantTx,
    ambient: &Ambient,
    letterhead: &Letterhead,
    account: AccountId,
) -> Result<(), DbError> {
    let Some(email) = account::unverified_email(tx, account).await? else { return Ok(()) };
    let token = mailed_token::issue(tx, ambient, account, Purpose::VerifyEmail, LIFE).await?;
    let link = letterhead.link(&format!("/verify-email?token={token}"));
    let letter = Letter::VerifyEmail { link, valid_for: "24 hours".to_owned() };
    mail::queue(tx, ambient, letterhead, &email, &letter).await
}

/// Mails it again to somebody who is signed in. The caller commits in any case.
///
/// # Errors
/// [`DbError`].
pub async fn send_again(
    tx: &mut TenantTx,
    ambient: &Ambient,
    letterhead: &Letterhead,
    person: &Principal,
    device: &Device,
) -> Result<Result<(), Throttled>, DbError> {
    let Ok(email) = EmailAddress::parse(&person.email) else { return Ok(Ok(())) };
    let counted = mailed_token::count(tx, ambient, "verification", &email, Some(person.account), device).await?;
    if counted.is_ok() {
        send(tx, ambient, letterhead, person.account).await?;
    }
    Ok(counted)
}

/// Whose link it is, if it still works. It is not used.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut TenantTx, ambient: &Ambient, token: &str) -> Result<Option<Holder>, DbError> {
    mailed_token::find(tx, ambient, Purpose::VerifyEmail, token).await
}

/// Uses the link up: the address is proven. `None` where it does not work any more.
///
/// # Errors
/// [`DbError`].
pub async fn verify(tx: &mut TenantTx, scribe: &Scribe, token: &str) -> Result<Option<Holder>, DbError> {
    let ambient = scribe.ambient();
    let Some(holder) = mailed_token::redeem(tx, ambient, Purpose::VerifyEmail, token).await? else { return Ok(None) };
    account::set_email_verified(tx, ambient, holder.account).await?;
    let act = Act::by_account(holder.account, &holder.name, &holder.email, Action::AccountEmailVerified);
    audit::record(tx, scribe, act.on("account", holder.account.to_string(), &holder.email)).await?;
    Ok(Some(holder))
}
