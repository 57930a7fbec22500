//! One-time codes of an authenticator app (RFC 6238): six digits, a new code every 30 seconds, HMAC-SHA-1, which is
//! what all apps know.
//!
//! An app is set up in two steps: [`enrol`] shows a secret, [`confirm`] takes the first code and lets it count. A code
//! is good once: the time step it belongs to is written down, and only later ones are accepted.
//!
//! `totp/code.rs` is the arithmetic; the rest keeps the apps of a tenant's people. Operators of the installation have theirs in
//! tables of their own (`crate::operator`), with the same arithmetic.

pub(crate) mod code;

use time::OffsetDateTime;

pub use self::code::{Enrolment, Label, TotpFailure};
use self::code::{PENDING_FOR, SECRET_LENGTH, matching_step, open};
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
    secrets::{Sealed, SecretKeys},
};

/// Since when the account has an app that counts.
///
/// # Errors
/// [`DbError`].
pub async fn confirmed_at(tx: &mut TenantTx, account: AccountId) -> Result<Option<OffsetDateTime>, DbError> {
    let row = sqlx::query_scalar!(
        "SELECT confirmed_at FROM totp WHERE tenant_id = $1 AND account_id = $2",
        tx.tenant_id(),
        account.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.flatten())
}

/// Makes a secret that does not count yet; one that was waiting is forgotten.
///
/// # Errors
/// [`DbError`].
pub async fn enrol(tx: &mut TenantTx, ambient: &Ambient, keys: &SecretKeys, account: AccountId) -> Result<(), DbError> {
    let secret = ambient.bytes::<SECRET_LENGTH>();
    let sealed = keys.seal(&context(tx, account), &secret, ambient);
    sqlx::query!(
        "INSERT INTO totp (tenant_id, account_id, last_step, pending, pending_since) VALUES ($1, $2, 0, $3, $4)
         ON CONFLICT (tenant_id, account_id) DO UPDATE SET pending = $3, pending_since = $4",
        tx.tenant_id(),
        account.0,
        sealed.as_bytes(),
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The secret that waits for its first code, to be shown.
///
/// # Errors
/// [`TotpFailure`].
pub async fn pending(
    tx: &mut TenantTx,
    ambient: &Ambient,
    keys: &SecretKeys,
    account: AccountId,
    label: Label<'_>,
) -> Result<Option<Enrolment>, TotpFailure> {
    let Some(sealed) = pending_secret(tx, ambient, account).await? else { return Ok(None) };
    code::enrolment(keys, &context(tx, account), &sealed, label).map(Some)
}

/// Takes the first code of the secret that was shown. If it is right, that app counts from now on, and none before it.
///
/// # Errors
/// [`TotpFailure`].
pub async fn confirm(
    tx: &mut TenantTx,
    ambient: &Ambient,
    keys: &SecretKeys,
    account: AccountId,
    typed: &str,
) -> Result<bool, TotpFailure> {
    let Some(sealed) = pending_secret(tx, ambient, account).await? else { return Ok(false) };
    let Some(step) = matching_step(&open(keys, &context(tx, account), &sealed, None)?, ambient, typed) else {
        return Ok(false);
    };
    // The comparison keeps out a second page that confirms another secret meanwhile.
    let done = sqlx::query!(
        "UPDATE totp SET secret = pending, confirmed_at = $3, last_step = $4, pending = NULL, pending_since = NULL
         WHERE tenant_id = $1 AND account_id = $2 AND pending = $5",
        tx.tenant_id(),
        account.0,
        ambient.now(),
        step,
        sealed.as_bytes()
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets a secret that waits for its first code.
///
/// # Errors
/// [`DbError`].
pub async fn cancel(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    let tenant = tx.tenant_id();
    sqlx::query!(
        "UPDATE totp SET pending = NULL, pending_since = NULL
         WHERE tenant_id = $1 AND account_id = $2 AND secret IS NOT NULL",
        tenant,
        account.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("DELETE FROM totp WHERE tenant_id = $1 AND account_id = $2 AND secret IS NULL", tenant, account.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// Whether the code is right and was not used before; it is then used. The caller counts attempts.
///
/// # Errors
/// [`TotpFailure`].
pub async fn verify(
    tx: &mut TenantTx,
    ambient: &Ambient,
    keys: &SecretKeys,
    account: AccountId,
    typed: &str,
) -> Result<bool, TotpFailure> {
    let secret = sqlx::query_scalar!(
        "SELECT secret FROM totp WHERE tenant_id = $1 AND account_id = $2",
        tx.tenant_id(),
        account.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(sealed) = secret.flatten().map(Sealed::from_bytes) else { return Ok(false) };
    let Some(step) = matching_step(&open(keys, &context(tx, account), &sealed, None)?, ambient, typed) else {
        return Ok(false);
    };
    // Of two that use one code at the same time, the second waits for the first here, and finds the step used.
    let done = sqlx::query!(
        "UPDATE totp SET last_step = $3 WHERE tenant_id = $1 AND account_id = $2 AND last_step < $3 AND secret = $4",
        tx.tenant_id(),
        account.0,
        step,
        sealed.as_bytes()
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes the account's app, and one that is being set up. Answers whether there was one that counted.
///
/// # Errors
/// [`DbError`].
pub async fn remove(tx: &mut TenantTx, account: AccountId) -> Result<bool, DbError> {
    let row = sqlx::query_scalar!(
        r#"DELETE FROM totp WHERE tenant_id = $1 AND account_id = $2 RETURNING secret IS NOT NULL AS "counted!""#,
        tx.tenant_id(),
        account.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.unwrap_or(false))
}

/// Seals the tenant's secrets with the current key, where another sealed them. Answers how many that were.
///
/// # Errors
/// [`TotpFailure`].
pub async fn reseal(tx: &mut TenantTx, ambient: &Ambient, keys: &SecretKeys) -> Result<usize, TotpFailure> {
    // Locked, so that nobody confirms or replaces one between reading and writing.
    let rows = sqlx::query!(
        "SELECT account_id, secret, pending FROM totp WHERE tenant_id = $1 ORDER BY account_id FOR UPDATE",
        tx.tenant_id()
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut count = 0;
    for row in rows {
        let context = context(tx, AccountId(row.account_id));
        let reseal = |bytes: Option<Vec<u8>>| match bytes {
            Some(bytes) => keys.reseal(&context, &Sealed::from_bytes(bytes), ambient),
            None => Ok(None),
        };
        let (secret, pending) = (reseal(row.secret)?, reseal(row.pending)?);
        if secret.is_none() && pending.is_none() {
            continue;
        }
        sqlx::query!(
            "UPDATE totp SET secret = coalesce($3, secret), pending = coalesce($4, pending)
             WHERE tenant_id = $1 AND account_id = $2",
            tx.tenant_id(),
            row.account_id,
            secret.as_ref().map(Sealed::as_bytes),
            pending.as_ref().map(Sealed::as_bytes)
        )
        .execute(&mut *tx)
        .await?;
        count += usize::from(secret.is_some()) + usize::from(pending.is_some());
    }
    Ok(count)
}

async fn pending_secret(
    tx: &mut TenantTx,
    ambient: &Ambient,
    account: AccountId,
) -> Result<Option<Sealed>, TotpFailure> {
    let row = sqlx::query_scalar!(
        "SELECT pending FROM totp WHERE tenant_id = $1 AND account_id = $2 AND pending_since > $3",
        tx.tenant_id(),
        account.0,
        ambient.now() - PENDING_FOR
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.flatten().map(Sealed::from_bytes))
}

/// What a secret is sealed for.
fn context(tx: &TenantTx, account: AccountId) -> String {
    format!("totp/{}/{}", tx.tenant_id(), account.0)
}
