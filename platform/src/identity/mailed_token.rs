//! Tokens that travel by mail and prove that somebody reads an address: one use, a short life.

use time::Duration;

use super::{
    EmailAddress, known_device,
    policy::{self, Method},
    session::Device,
    sha256,
    throttle::{self, Limit, Throttled},
    token_text,
};
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
};

/// The most mails of one kind to one address, asked for by browsers that its account does not know.
const TO_ONE: Limit = Limit { attempts: 5, window: Duration::hours(1) };
/// The most mails that one network address asks for.
const FROM_ONE: Limit = Limit { attempts: 30, window: Duration::hours(1) };

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    VerifyEmail,
    ResetPassword,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
        }
    }
}

/// Whose token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The account.
    pub account: AccountId,
    /// What the person is called.
    pub name: String,
    /// The address that the token was sent to, which is still the account's.
    pub email: String,
}

/// An active account of an address.
#[derive(Debug, Clone)]
pub(super) struct Addressee {
    pub(super) account: AccountId,
    pub(super) email: String,
}

/// The active account of an address.
pub(super) async fn addressee(tx: &mut TenantTx, email: &EmailAddress) -> Result<Option<Addressee>, DbError> {
    Ok(sqlx::query!(
        r#"SELECT id, email AS "email!" FROM account WHERE tenant_id = $1 AND email_key = $2 AND state = 'active'"#,
        tx.tenant_id(),
        email.key()
    )
    .fetch_optional(tx)
    .await?
    .map(|row| Addressee { account: AccountId(row.id), email: row.email }))
}

/// The active account of an address that may come in by `method`. Where single sign-on is required, that is one owner:
/// the others get no mail, which would lead nowhere.
pub(super) async fn addressee_for(
    tx: &mut TenantTx,
    email: &EmailAddress,
    method: Method,
) -> Result<Option<Addressee>, DbError> {
    let found = addressee(tx, email).await?;
    let policy = policy::load(tx).await?;
    Ok(found.filter(|addressee| !policy.bars(method, addressee.account)))
}

/// Whether any account has an address.
pub(super) async fn is_taken(tx: &mut TenantTx, email: &EmailAddress) -> Result<bool, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM account WHERE tenant_id = $1 AND email_key = $2) AS "taken!""#,
        tx.tenant_id(),
        email.key()
    )
    .fetch_one(tx)
    .await?)
}

/// Counts a mail of a kind before it is sent, so that nobody floods a mailbox. What strangers ask for does not count
/// against a browser that the account knows. The caller commits in any case.
pub(super) async fn count(
    tx: &mut TenantTx,
    ambient: &Ambient,
    kind: &str,
    email: &EmailAddress,
    account: Option<AccountId>,
    device: &Device,
) -> Result<Result<(), Throttled>, DbError> {
    if let Some(account) = account
        && known_device::is_known(tx, account, &device.token).await?
    {
        return throttle::count(tx, ambient, &[kind, "by", device.token.as_str(), email.key()], TO_ONE).await;
    }
    let verdict = throttle::count(tx, ambient, &["mail from", device.address.as_str()], FROM_ONE).await?;
    if verdict.is_err() {
        return Ok(verdict);
    }
    throttle::count(tx, ambient, &[kind, "to", email.key()], TO_ONE).await
}

/// Makes a token for the account's present address.
pub(super) async fn issue(
    tx: &mut TenantTx,
    ambient: &Ambient,
    account: AccountId,
    purpose: Purpose,
    life: Duration,
) -> Result<String, DbError> {
    let token = token_text(ambient.bytes());
    let now = ambient.now();
    // An account has few of these; what has ended goes with the next one.
    sqlx::query!(
        "DELETE FROM mailed_token WHERE tenant_id = $1 AND account_id = $2 AND expires_at < $3",
        tx.tenant_id(),
        account.0,
        now
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO mailed_token (tenant_id, token_hash, account_id, purpose, email_key, created_at, expires_at)
         SELECT $1, $2, id, $4, email_key, $5, $6 FROM account
         WHERE tenant_id = $1 AND id = $3 AND email_key IS NOT NULL",
        tx.tenant_id(),
        sha256(&token),
        account.0,
        purpose.as_str(),
        now,
        now + life
    )
    .execute(tx)
    .await?;
    Ok(token)
}

/// Whose token it is, if it can still be used. It is not used.
pub(super) async fn find(
    tx: &mut TenantTx,
    ambient: &Ambient,
    purpose: Purpose,
    token: &str,
) -> Result<Option<Holder>, DbError> {
    let row = sqlx::query!(
        r#"SELECT a.id, a.name, a.email AS "email!"
           FROM mailed_token t
           JOIN account a ON a.tenant_id = t.tenant_id AND a.id = t.account_id
               AND a.email_key = t.email_key AND a.state = 'active'
           WHERE t.tenant_id = $1 AND t.token_hash = $2 AND t.purpose = $3 AND t.expires_at > $4"#,
        tx.tenant_id(),
        sha256(token),
        purpose.as_str(),
        ambient.now()
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Holder { account: AccountId(row.id), name: row.name, email: row.email }))
}

/// Uses a token up, and with it all of the account that are for the same. Of two that use one at the same time, the
/// second finds it gone.
pub(super) async fn redeem(
    tx: &mut TenantTx,
    ambient: &Ambient,
    purpose: Purpose,
    token: &str,
) -> Result<Option<Holder>, DbError> {
    let Some(holder) = find(tx, ambient, purpose, token).await? else { return Ok(None) };
    let used = sqlx::query!(
        "DELETE FROM mailed_token WHERE tenant_id = $1 AND token_hash = $2",
        tx.tenant_id(),
        sha256(token)
    )
    .execute(&mut *tx)
    .await?;
    if used.rows_affected() == 0 {
        return Ok(None);
    }
    sqlx::query!(
        "DELETE FROM mailed_token WHERE tenant_id = $1 AND account_id = $2 AND purpose = $3",
        tx.tenant_id(),
        holder.account.0,
        purpose.as_str()
    )
    .execute(tx)
    .await?;
    Ok(Some(holder))
}

/// Ends all tokens of an account.
pub(super) async fn remove_all(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM mailed_token WHERE tenant_id = $1 AND account_id = $2", tx.tenant_id(), account.0)
        .execute(tx)
        .await?;
    Ok(())
}
