//! A link and a code by mail: a way to sign in without a password, and a way to show again who one is.
//!
//! The browser that asks holds a token in a cookie. The link signs in at once there, and after a press of a button
//! anywhere else; the code works there alone, so that nobody can be talked out of one that is of use elsewhere.

use time::Duration;

use super::{
    EmailAddress,
    mailed_token::{self, Addressee},
    policy::Method,
    session::Device,
    sha256,
    throttle::{self, Limit, Throttled},
    token_text,
};
use crate::{
    access::Principal,
    ambient::Ambient,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
    mail::{self, Letter, Letterhead},
};

/// How long the link, the code and the browser's token are good for.
pub const LIFE: Duration = Duration::minutes(15);
const VALID_FOR: &str = "15 minutes";
/// Codes that may be typed for one mail.
const ATTEMPTS: i32 = 5;
/// Codes that may be typed for one account, whoever asks for how many mails: out of a million, so that guessing is
/// hopeless. The link still works after that, so nobody is locked out.
const CODES: Limit = Limit { attempts: 30, window: Duration::hours(24) };

/// What a mail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    SignIn,
    Confirm,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Confirm => "confirm",
        }
    }
}

/// A link that works.
#[derive(Debug, Clone)]
pub struct Found {
    /// Whose it is.
    pub account: AccountId,
    /// Their address.
    pub email: String,
    /// Whether the browser is the one that asked for it.
    pub asked_here: bool,
}

/// Makes the token that the asking browser holds.
pub fn browser_token(ambient: &Ambient) -> String {
    token_text(ambient.bytes())
}

/// Mails a link and a code to sign in with, if an account has the address. The answer does not tell. `rest` is what the
/// link's query has beside the token: nothing, or `&next=…`. The caller commits in any case.
///
/// # Errors
/// [`DbError`].
pub async fn request(
    tx: &mut TenantTx,
    scribe: &Scribe,
    letterhead: &Letterhead,
    email: &EmailAddress,
    (device, browser): (&Device, &str),
    rest: &str,
) -> Result<Result<(), Throttled>, DbError> {
    let ambient = scribe.ambient();
    let addressee = mailed_token::addressee_for(tx, email, Method::MagicLink).await?;
    let account = addressee.as_ref().map(|addressee| addressee.account);
    let counted = mailed_token::count(tx, ambient, "magic link", email, account, device).await?;
    let (Some(addressee), Ok(())) = (addressee, &counted) else { return Ok(counted) };
    let (token, code) = issue(tx, ambient, &addressee, browser, Purpose::SignIn).await?;
    let link = letterhead.link(&format!("/sign-in/link/open?token={token}{rest}"));
    let letter = Letter::MagicLink { link, code: spaced(&code), valid_for: VALID_FOR.to_owned() };
    mail::queue(tx, ambient, letterhead, &addressee.email, &letter).await?;
    let act = Act::by_nobody(Action::MagicLinkSent);
    audit::record(tx, scribe, act.on("account", addressee.account.to_string(), &addressee.email)).await?;
    Ok(counted)
}

/// Mails a code to somebody who is signed in, with which they show again who they are. The caller commits in any case.
///
/// # Errors
/// [`DbError`].
pub async fn request_confirmation(
    tx: &mut TenantTx,
    scribe: &Scribe,
    letterhead: &Letterhead,
    person: &Principal,
    (device, browser): (&Device, &str),
) -> Result<Result<(), Throttled>, DbError> {
    let ambient = scribe.ambient();
    let Ok(email) = EmailAddress::parse(&person.email) else { return Ok(Ok(())) };
    let counted = mailed_token::count(tx, ambient, "confirmation", &email, Some(person.account), device).await?;
    if counted.is_err() {
        return Ok(counted);
    }
    let addressee = Addressee { account: person.account, email: person.email.clone() };
    let (_, code) = issue(tx, ambient, &addressee, browser, Purpose::Confirm).await?;
    let letter = Letter::ConfirmIdentity { code: spaced(&code), valid_for: VALID_FOR.to_owned() };
    mail::queue(tx, ambient, letterhead, &person.email, &letter).await?;
    Ok(counted)
}

async fn issue(
    tx: &mut TenantTx,
    ambient: &Ambient,
    addressee: &Addressee,
    browser: &str,
    purpose: Purpose,
) -> Result<(String, String), DbError> {
    let token = token_text(ambient.bytes());
    let code = format!("{:06}", u64::from_be_bytes(ambient.bytes()) % 1_000_000);
    let now = ambient.now();
    sqlx::query!(
        "DELETE FROM magic_link WHERE tenant_id = $1 AND account_id = $2 AND expires_at < $3",
        tx.tenant_id(),
        addressee.account.0,
        now
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO magic_link (tenant_id, token_hash, account_id, purpose, email_key, browser_hash, code_hash,
             attempts, created_at, expires_at)
         SELECT $1, $2, id, $4, email_key, $5, $6, 0, $7, $8 FROM account
         WHERE tenant_id = $1 AND id = $3 AND email_key IS NOT NULL",
        tx.tenant_id(),
        sha256(&token),
        addressee.account.0,
        purpose.as_str(),
        sha256(browser),
        code_hash(browser, &code),
        now,
        now + LIFE
    )
    .execute(tx)
    .await?;
    Ok((token, code))
}

/// The code as people read it: in two halves.
fn spaced(code: &str) -> String {
    let (first, second) = code.split_at(code.len() / 2);
    format!("{first} {second}")
}

fn code_hash(browser: &str, code: &str) -> Vec<u8> {
    sha256(&format!("{browser} {code}"))
}

/// A link to sign in with, if it still works; `browser` is the token of the browser that opened it. It is not used.
///
/// # Errors
/// [`DbError`].
pub async fn find(
    tx: &mut TenantTx,
    ambient: &Ambient,
    token: &str,
    browser: Option<&str>,
) -> Result<Option<Found>, DbError> {
    let row = sqlx::query!(
        r#"SELECT a.id, a.email AS "email!", l.browser_hash
           FROM magic_link l
           JOIN account a ON a.tenant_id = l.tenant_id AND a.id = l.account_id
               AND a.email_key = l.email_key AND a.state = 'active'
           WHERE l.tenant_id = $1 AND l.token_hash = $2 AND l.purpose = 'sign_in' AND l.expires_at > $3"#,
        tx.tenant_id(),
        sha256(token),
        ambient.now()
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Found {
        account: AccountId(row.id),
        email: row.email,
        asked_here: browser.is_some_and(|browser| sha256(browser) == row.browser_hash),
    }))
}

/// Uses a link up. Of two that do so at the same time, the second finds it gone.
///
/// # Errors
/// [`DbError`].
pub async fn redeem(tx: &mut TenantTx, ambient: &Ambient, token: &str) -> Result<Option<AccountId>, DbError> {
    let Some(found) = find(tx, ambient, token, None).await? else { return Ok(None) };
    let used =
        sqlx::query!("DELETE FROM magic_link WHERE tenant_id = $1 AND token_hash = $2", tx.tenant_id(), sha256(token))
            .execute(&mut *tx)
            .await?;
    if used.rows_affected() == 0 {
        return Ok(None);
    }
    end(tx, found.account, Purpose::SignIn).await?;
    Ok(Some(found.account))
}

/// Why a typed code does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// It is wrong, too old, or was used; or nobody was sent one.
    Wrong,
    /// There were too many codes for the account. The link in the mail still works.
    Throttled(Throttled),
}

/// Takes a code to sign in with, in the browser that asked for it. The caller commits a miss too, for it was counted.
///
/// # Errors
/// [`DbError`].
pub async fn redeem_code(
    tx: &mut TenantTx,
    ambient: &Ambient,
    browser: &str,
    typed: &str,
) -> Result<Result<AccountId, Miss>, DbError> {
    take_code(tx, ambient, browser, typed, Purpose::SignIn).await
}

/// Takes a code by which somebody who is signed in shows again who they are. The caller commits a miss too.
///
/// # Errors
/// [`DbError`].
pub async fn confirm_by_code(
    tx: &mut TenantTx,
    ambient: &Ambient,
    account: AccountId,
    browser: &str,
    typed: &str,
) -> Result<Result<(), Miss>, DbError> {
    let taken = take_code(tx, ambient, browser, typed, Purpose::Confirm).await?;
    Ok(taken.and_then(|whose| if whose == account { Ok(()) } else { Err(Miss::Wrong) }))
}

async fn take_code(
    tx: &mut TenantTx,
    ambient: &Ambient,
    browser: &str,
    typed: &str,
    purpose: Purpose,
) -> Result<Result<AccountId, Miss>, DbError> {
    let typed: String = typed.chars().filter(|sign| !sign.is_whitespace() && *sign != '-').take(20).collect();
    // Counted before they are compared, and locked until the transaction ends.
    let rows = sqlx::query!(
        "UPDATE magic_link SET attempts = attempts + 1
         WHERE tenant_id = $1 AND browser_hash = $2 AND purpose = $3 AND expires_at > $4 AND attempts < $5
         RETURNING token_hash, account_id, email_key, code_hash",
        tx.tenant_id(),
        sha256(browser),
        purpose.as_str(),
        ambient.now(),
        ATTEMPTS
    )
    .fetch_all(&mut *tx)
    .await?;
    let accounts: std::collections::BTreeSet<_> = rows.iter().map(|row| row.account_id).collect();
    for account in &accounts {
        let key = ["code by mail", &account.to_string()];
        if let Err(throttled) = throttle::count(tx, ambient, &key, CODES).await? {
            return Ok(Err(Miss::Throttled(throttled)));
        }
    }
    let expected = code_hash(browser, &typed);
    let Some(row) = rows.into_iter().find(|row| row.code_hash == expected) else { return Ok(Err(Miss::Wrong)) };
    let account = AccountId(row.account_id);
    let is_good = sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM account WHERE tenant_id = $1 AND id = $2 AND email_key = $3 AND state = 'active'
           ) AS "good!""#,
        tx.tenant_id(),
        account.0,
        row.email_key
    )
    .fetch_one(&mut *tx)
    .await?;
    if !is_good {
        return Ok(Err(Miss::Wrong));
    }
    throttle::take_back(tx, &["code by mail", &account.0.to_string()]).await?;
    end(tx, account, purpose).await?;
    Ok(Ok(account))
}

/// Ends all of an account's that are for the same: one was used.
async fn end(tx: &mut TenantTx, account: AccountId, purpose: Purpose) -> Result<(), DbError> {
    sqlx::query!(
        "DELETE FROM magic_link WHERE tenant_id = $1 AND account_id = $2 AND purpose = $3",
        tx.tenant_id(),
        account.0,
        purpose.as_str()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends all of an account's.
pub(super) async fn end_all(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM magic_link WHERE tenant_id = $1 AND account_id = $2", tx.tenant_id(), account.0)
        .execute(tx)
        .await?;
    Ok(())
}
