//! A new password for somebody who lost theirs: a link to the account's address.
//!
//! A link works once and for an hour. A new one does not end those before, for otherwise a stranger who asks on and on
//! would keep a person from ever using one; the first that is used ends all.

use time::Duration;

pub use super::mailed_token::Holder;
use super::{
    EmailAddress, account, challenge, devices, known_device, magic_link,
    mailed_token::{self, Purpose},
    policy::{self, Method},
    session::{self, Device},
    sign_in,
    throttle::Throttled,
};
use crate::{
    ambient::Ambient,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    mail::{self, Letter, Letterhead},
};

const LIFE: Duration = Duration::hours(1);

/// Mails the link, if an account has the address. The answer does not tell. The caller commits in any case.
///
/// # Errors
/// [`DbError`].
pub async fn request(
    tx: &mut TenantTx,
    scribe: &Scribe,
    letterhead: &Letterhead,
    email: &EmailAddress,
    device: &Device,
) -> Result<Result<(), Throttled>, DbError> {
    let ambient = scribe.ambient();
    let addressee = mailed_token::addressee_for(tx, email, Method::Password).await?;
    let account = addressee.as_ref().map(|addressee| addressee.account);
    let counted = mailed_token::count(tx, ambient, "password reset", email, account, device).await?;
    let (Some(addressee), Ok(())) = (addressee, &counted) else { return Ok(counted) };
    let token = mailed_token::issue(tx, ambient, addressee.account, Purpose::ResetPassword, LIFE).await?;
    let link = letterhead.link(&format!("/reset-password/new?token={token}"));
    let letter = Letter::ResetPassword { link, valid_for: "1 hour".to_owned() };
    mail::queue(tx, ambient, letterhead, &addressee.email, &letter).await?;
    let act = Act::by_nobody(Action::PasswordResetRequested);
    audit::record(tx, scribe, act.on("account", addressee.account.to_string(), &addressee.email)).await?;
    Ok(counted)
}

/// Whose link it is, if it still works. It is not used.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut TenantTx, ambient: &Ambient, token: &str) -> Result<Option<Holder>, DbError> {
    let found = mailed_token::find(tx, ambient, Purpose::ResetPassword, token).await?;
    let policy = policy::load(tx).await?;
    // Asked for before single sign-on was required.
    Ok(found.filter(|holder| !policy.bars(Method::Password, holder.account)))
}

/// Uses the link up: the account has this password, which the caller has checked and hashed, and is signed out
/// everywhere. The browser that did it is known from now on, so that strangers who guess passwords cannot keep its
/// person out. `None` where the link does not work any more.
///
/// # Errors
/// [`DbError`].
pub async fn reset(
    tx: &mut TenantTx,
    scribe: &Scribe,
    letterhead: &Letterhead,
    token: &str,
    password_hash: &str,
    device: &Device,
) -> Result<Option<Holder>, DbError> {
    let ambient = scribe.ambient();
    if find(tx, ambient, token).await?.is_none() {
        return Ok(None);
    }
    let Some(holder) = mailed_token::redeem(tx, ambient, Purpose::ResetPassword, token).await? else {
        return Ok(None);
    };
    let account = holder.account;
    account::set_password(tx, account, password_hash).await?;
    // The link came to the address.
    account::set_email_verified(tx, ambient, account).await?;
    let ended = session::end_all(tx, account, None).await?;
    challenge::end_all(tx, account).await?;
    magic_link::end_all(tx, account).await?;
    known_device::forget(tx, ambient, account, None).await?;
    known_device::meet(tx, ambient, account, &device.token).await?;
    sign_in::forgive(tx, &holder.email, device).await?;
    let letter = Letter::PasswordChanged { when: ambient.now(), device: devices::in_words(&device.user_agent) };
    mail::queue(tx, ambient, letterhead, &holder.email, &letter).await?;
    let act = Act::by_account(account, &holder.name, &holder.email, Action::PasswordReset);
    let after = serde_json::json!({ "sessions_ended": ended });
    audit::record(tx, scribe, act.on("account", account.to_string(), &holder.email).change((), after)).await?;
    Ok(Some(holder))
}
