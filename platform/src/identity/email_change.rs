//! Moving an account to another address. Both confirm: the old one, so that nobody who got into a session takes the
//! account away; the new one, because it must be the person's. The old one can also refuse.

use time::{Duration, OffsetDateTime};

use super::{
    EmailAddress,
    account::EMAIL_TAKEN,
    mailed_token::{self, count},
    session::Device,
    sha256,
    throttle::Throttled,
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

const LIFE: Duration = Duration::hours(24);
const VALID_FOR: &str = "24 hours";

/// Which of the two addresses a link went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The one to leave.
    Old,
    /// The one to come.
    New,
}

/// A change on its way.
#[derive(Debug, Clone)]
pub struct Pending {
    /// Whose it is.
    pub account: AccountId,
    /// What they are called.
    pub name: String,
    /// The address to leave.
    pub old_email: String,
    /// The address to come.
    pub new_email: String,
    /// Whether the old one has confirmed.
    pub old_confirmed: bool,
    /// Whether the new one has.
    pub new_confirmed: bool,
    /// When it is void.
    pub expires_at: OffsetDateTime,
}

/// What a confirmation led to.
#[derive(Debug, Clone)]
pub enum Confirmed {
    /// The other address has not confirmed yet.
    Waiting(Pending),
    /// The account has its new address.
    Changed(Pending),
    /// Another account has the address by now.
    Taken(Pending),
}

/// Begins a change, and ends one that was on its way. An address that another account has gets no mail, and the page
/// says nothing of it. The caller commits in any case.
///
/// # Errors
/// [`DbError`].
pub async fn request(
    tx: &mut TenantTx,
    scribe: &Scribe,
    letterhead: &Letterhead,
    person: &Principal,
    new: &EmailAddress,
    device: &Device,
) -> Result<Result<(), Throttled>, DbError> {
    let ambient = scribe.ambient();
    // The new address too: this page must not be a way to flood a stranger's mailbox.
    let Ok(old) = EmailAddress::parse(&person.email) else { return Ok(Ok(())) };
    let mut counted = count(tx, ambient, "email change", &old, Some(person.account), device).await?;
    if counted.is_ok() {
        counted = count(tx, ambient, "email change to", new, None, device).await?;
    }
    if counted.is_err() {
        return Ok(counted);
    }
    let is_taken = mailed_token::is_taken(tx, new).await?;
    let (old_token, new_token) = (token_text(ambient.bytes()), token_text(ambient.bytes()));
    let now = ambient.now();
    sqlx::query!(
        "INSERT INTO email_change (tenant_id, account_id, old_email_key, new_email, new_email_key, old_token_hash,
             new_token_hash, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (tenant_id, account_id) DO UPDATE SET old_email_key = $3, new_email = $4, new_email_key = $5,
             old_token_hash = $6, new_token_hash = $7, old_confirmed_at = NULL, new_confirmed_at = NULL,
             created_at = $8, expires_at = $9",
        tx.tenant_id(),
        person.account.0,
        old.key(),
        new.as_str(),
        new.key(),
        sha256(&old_token),
        sha256(&new_token),
        now,
        now + LIFE
    )
    .execute(&mut *tx)
    .await?;
    let link = |token: &str| letterhead.link(&format!("/confirm-email-change?token={token}"));
    let to_old = Letter::EmailChangeConfirmOld {
        new_email: new.to_string(),
        link: link(&old_token),
        valid_for: VALID_FOR.to_owned(),
    };
    mail::queue(tx, ambient, letterhead, &person.email, &to_old).await?;
    if !is_taken {
        let to_new = Letter::EmailChangeConfirmNew { link: link(&new_token), valid_for: VALID_FOR.to_owned() };
        mail::queue(tx, ambient, letterhead, new.as_str(), &to_new).await?;
    }
    let act = Act::by(person, Action::AccountEmailChangeRequested);
    let change = (serde_json::json!({ "email": person.email }), serde_json::json!({ "email": new.as_str() }));
    let act = act.on("account", person.account.to_string(), &person.email).change(change.0, change.1);
    audit::record(tx, scribe, act).await?;
    Ok(counted)
}

/// The change of an account that is on its way.
///
/// # Errors
/// [`DbError`].
pub async fn pending(tx: &mut TenantTx, ambient: &Ambient, account: AccountId) -> Result<Option<Pending>, DbError> {
    let row = sqlx::query!(
        r#"SELECT a.name, a.email AS "old_email!", c.new_email,
               c.old_confirmed_at IS NOT NULL AS "old_confirmed!", c.new_confirmed_at IS NOT NULL AS "new_confirmed!",
               c.expires_at
           FROM email_change c
           JOIN account a ON a.tenant_id = c.tenant_id AND a.id = c.account_id
               AND a.email_key = c.old_email_key AND a.state = 'active'
           WHERE c.tenant_id = $1 AND c.account_id = $2 AND c.expires_at > $3"#,
        tx.tenant_id(),
        account.0,
        ambient.now()
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Pending {
        account,
        name: row.name,
        old_email: row.old_email,
        new_email: row.new_email,
        old_confirmed: row.old_confirmed,
        new_confirmed: row.new_confirmed,
        expires_at: row.expires_at,
    }))
}

/// The change that a link is of, if it still works, and the end that it went to. It is not used.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut TenantTx, ambient: &Ambient, token: &str) -> Result<Option<(Pending, End)>, DbError> {
    let hash = sha256(token);
    let row = sqlx::query!(
        r#"SELECT c.account_id, c.old_token_hash = $2 AS "is_old!", c.old_confirmed_at, c.new_confirmed_at
           FROM email_change c
           WHERE c.tenant_id = $1 AND (c.old_token_hash = $2 OR c.new_token_hash = $2)"#,
        tx.tenant_id(),
        hash
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let end = if row.is_old { End::Old } else { End::New };
    let is_used = if row.is_old { row.old_confirmed_at.is_some() } else { row.new_confirmed_at.is_some() };
    if is_used {
        return Ok(None);
    }
    Ok(pending(tx, ambient, AccountId(row.account_id)).await?.map(|pending| (pending, end)))
}

/// Uses a link up: its end has confirmed. With the second the account moves, and the old address is told. `None` where
/// the link does not work any more.
///
/// # Errors
/// [`DbError`].
pub async fn confirm(
    tx: &mut TenantTx,
    scribe: &Scribe,
    letterhead: &Letterhead,
    token: &str,
) -> Result<Option<Confirmed>, DbError> {
    let ambient = scribe.ambient();
    let Some((_, end)) = find(tx, ambient, token).await? else { return Ok(None) };
    let (hash, now) = (sha256(token), ambient.now());
    let used = match end {
        End::Old => sqlx::query!(
            "UPDATE email_change SET old_confirmed_at = $3
                 WHERE tenant_id = $1 AND old_token_hash = $2 AND old_confirmed_at IS NULL
                 RETURNING account_id",
            tx.tenant_id(),
            hash,
            now
        )
        .fetch_optional(&mut *tx)
        .await?
        .map(|row| row.account_id),
        End::New => sqlx::query!(
            "UPDATE email_change SET new_confirmed_at = $3
                 WHERE tenant_id = $1 AND new_token_hash = $2 AND new_confirmed_at IS NULL
                 RETURNING account_id",
            tx.tenant_id(),
            hash,
            now
        )
        .fetch_optional(&mut *tx)
        .await?
        .map(|row| row.account_id),
    };
    // The row is locked now: what the other end did meanwhile is seen.
    let Some(account) = used.map(AccountId) else { return Ok(None) };
    let Some(change) = pending(tx, ambient, account).await? else { return Ok(None) };
    if !(change.old_confirmed && change.new_confirmed) {
        return Ok(Some(Confirmed::Waiting(change)));
    }
    sqlx::query!("DELETE FROM email_change WHERE tenant_id = $1 AND account_id = $2", tx.tenant_id(), account.0)
        .execute(&mut *tx)
        .await?;
    if !move_account(tx, ambient, &change).await? {
        return Ok(Some(Confirmed::Taken(change)));
    }
    let told = Letter::EmailChanged { new_email: change.new_email.clone() };
    mail::queue(tx, ambient, letterhead, &change.old_email, &told).await?;
    let act = Act::by_account(account, &change.name, &change.old_email, Action::AccountEmailChanged);
    let (before, after) =
        (serde_json::json!({ "email": change.old_email }), serde_json::json!({ "email": change.new_email }));
    audit::record(tx, scribe, act.on("account", account.to_string(), &change.new_email).change(before, after)).await?;
    Ok(Some(Confirmed::Changed(change)))
}

/// Gives the account its new address, unless another has it.
async fn move_account(tx: &mut TenantTx, ambient: &Ambient, change: &Pending) -> Result<bool, DbError> {
    let Ok(new) = EmailAddress::parse(&change.new_email) else { return Ok(false) };
    if mailed_token::is_taken(tx, &new).await? {
        return Ok(false);
    }
    sqlx::query!(
        "UPDATE account SET email = $3, email_key = $4, email_verified_at = $5 WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        change.account.0,
        new.as_str(),
        new.key(),
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(true)
}

/// Whether an error of [`confirm`] says that another account got the address at the same moment.
pub fn is_taken_meanwhile(error: &DbError) -> bool {
    error.constraint() == Some(EMAIL_TAKEN)
}

/// Ends a change: its owner thought better of it.
///
/// # Errors
/// [`DbError`].
pub async fn cancel(tx: &mut TenantTx, account: AccountId) -> Result<bool, DbError> {
    let ended =
        sqlx::query!("DELETE FROM email_change WHERE tenant_id = $1 AND account_id = $2", tx.tenant_id(), account.0)
            .execute(tx)
            .await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends a change by a link: whoever reads the old address did not ask for it, or whoever reads the new one does not know
/// the account. `None` where the link does not work any more.
///
/// # Errors
/// [`DbError`].
pub async fn refuse(tx: &mut TenantTx, scribe: &Scribe, token: &str) -> Result<Option<(Pending, End)>, DbError> {
    let Some((change, end)) = find(tx, scribe.ambient(), token).await? else { return Ok(None) };
    if !cancel(tx, change.account).await? {
        return Ok(None);
    }
    let who = match end {
        End::Old => "Refused from the old address.",
        End::New => "Refused from the new address.",
    };
    let act = Act::by_nobody(Action::AccountEmailChangeRequested)
        .on("account", change.account.to_string(), &change.old_email)
        .change(serde_json::json!({ "email": change.new_email }), ())
        .because(who);
    audit::record(tx, scribe, act).await?;
    Ok(Some((change, end)))
}
