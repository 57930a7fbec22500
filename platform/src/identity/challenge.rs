//! Somebody who has shown a first factor and owes the second: between the two, no session exists.

use time::Duration;

use super::{policy::Method, sha256, token_text};
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
    sso::SsoLogin,
};

const LIFE: Duration = Duration::minutes(10);
/// Wrong answers after which the first factor has to be shown again. The account itself is not locked: whoever gets
/// here knows the password.
const ATTEMPTS: i32 = 5;

/// A sign-in that is half done.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// Whose it is.
    pub account: AccountId,
    /// The first factor that was shown.
    pub method: Method,
    /// Where it was shown, if at a provider: what the session will keep.
    pub sso: Option<SsoLogin>,
}

/// Begins: the token goes into a cookie of the browser that showed the first factor.
///
/// # Errors
/// [`DbError`].
pub async fn begin(
    tx: &mut TenantTx,
    ambient: &Ambient,
    account: AccountId,
    method: Method,
    sso: Option<&SsoLogin>,
) -> Result<String, DbError> {
    let token = token_text(ambient.bytes());
    let now = ambient.now();
    // An account has few of these; what has ended goes with the next one.
    sqlx::query!(
        "DELETE FROM sign_in_challenge WHERE tenant_id = $1 AND account_id = $2 AND expires_at < $3",
        tx.tenant_id(),
        account.0,
        now
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO sign_in_challenge (tenant_id, token_hash, account_id, method, attempts, created_at, expires_at, sso)
         VALUES ($1, $2, $3, $4, 0, $5, $6, $7)",
        tx.tenant_id(),
        sha256(&token),
        account.0,
        method.as_str(),
        now,
        now + LIFE,
        sso.map(SsoLogin::to_json)
    )
    .execute(tx)
    .await?;
    Ok(token)
}

/// The challenge of a token, if it has not ended and its account is active. Nothing is counted.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut TenantTx, ambient: &Ambient, token: &str) -> Result<Option<Challenge>, DbError> {
    let row = sqlx::query!(
        "SELECT c.account_id, c.method, c.sso
         FROM sign_in_challenge c
         JOIN account a ON a.tenant_id = c.tenant_id AND a.id = c.account_id AND a.state = 'active'
         WHERE c.tenant_id = $1 AND c.token_hash = $2 AND c.expires_at > $3 AND c.attempts < $4",
        tx.tenant_id(),
        sha256(token),
        ambient.now(),
        ATTEMPTS
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.and_then(|row| {
        Some(Challenge {
            account: AccountId(row.account_id),
            method: Method::parse(&row.method)?,
            sso: row.sso.as_ref().and_then(SsoLogin::from_json),
        })
    }))
}

/// Counts an answer before it is checked, and locks the challenge until the transaction ends. The caller commits a
/// wrong answer too. `None` where there is no such challenge, or too many answers were given.
///
/// # Errors
/// [`DbError`].
pub async fn attempt(tx: &mut TenantTx, ambient: &Ambient, token: &str) -> Result<Option<Challenge>, DbError> {
    let found = find(tx, ambient, token).await?;
    let counted = sqlx::query!(
        "UPDATE sign_in_challenge SET attempts = attempts + 1
         WHERE tenant_id = $1 AND token_hash = $2 AND attempts < $3",
        tx.tenant_id(),
        sha256(token),
        ATTEMPTS
    )
    .execute(tx)
    .await?;
    Ok(found.filter(|_| counted.rows_affected() == 1))
}

/// Ends every sign-in of an account that is half done: what was shown in them does not hold any more.
pub(super) async fn end_all(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM sign_in_challenge WHERE tenant_id = $1 AND account_id = $2", tx.tenant_id(), account.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// Ends a challenge that was met. Answers whether it was still there, so that it is met once.
///
/// # Errors
/// [`DbError`].
pub async fn settle(tx: &mut TenantTx, token: &str) -> Result<bool, DbError> {
    let gone = sqlx::query!(
        "DELETE FROM sign_in_challenge WHERE tenant_id = $1 AND token_hash = $2",
        tx.tenant_id(),
        sha256(token)
    )
    .execute(tx)
    .await?;
    Ok(gone.rows_affected() == 1)
}
