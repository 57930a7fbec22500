//! Browsers that somebody signed in with before. A long-lived cookie tells them.
//!
//! A browser that is known has attempts of its own to sign in, so strangers cannot use them up (the device cookies of
//! OWASP's "Slow Down Online Guessing Attacks with Device Cookies"); one that is not is told of by mail.

use super::{sha256, token_text};
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
};

/// The most browsers remembered for an account; the one that was not seen for longest goes first.
const MOST: i64 = 50;

/// What the device cookie holds. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceToken(String);

impl DeviceToken {
    /// A token for a browser that has none.
    pub fn new(ambient: &Ambient) -> Self {
        Self(token_text(ambient.bytes()))
    }

    /// Reads a cookie's value; anything but 64 hexadecimal digits is no token.
    pub fn parse(text: &str) -> Option<Self> {
        let good = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        good.then(|| Self(text.to_owned()))
    }

    /// The cookie's value.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn hash(&self) -> Vec<u8> {
        sha256(&self.0)
    }
}

impl std::fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceToken(…)")
    }
}

/// How well an account knows a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acquaintance {
    /// It signed in with it before.
    Known,
    /// It signed in before, with others.
    New,
    /// It never signed in before.
    First,
}

/// Whether the account signed in with this browser before.
///
/// # Errors
/// [`DbError`].
pub async fn is_known(tx: &mut TenantTx, account: AccountId, token: &DeviceToken) -> Result<bool, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM known_device
               WHERE tenant_id = $1 AND account_id = $2 AND token_hash = $3 AND forgotten_at IS NULL
           ) AS "known!""#,
        tx.tenant_id(),
        account.0,
        token.hash()
    )
    .fetch_one(tx)
    .await?)
}

/// Remembers the browser for the account, and answers how well it was known until now.
///
/// # Errors
/// [`DbError`].
pub async fn meet(
    tx: &mut TenantTx,
    ambient: &Ambient,
    account: AccountId,
    token: &DeviceToken,
) -> Result<Acquaintance, DbError> {
    let (tenant, hash, now) = (tx.tenant_id(), token.hash(), ambient.now());
    let before = sqlx::query!(
        r#"SELECT count(*) AS "met!",
               coalesce(bool_or(token_hash = $3 AND forgotten_at IS NULL), false) AS "known!"
           FROM known_device WHERE tenant_id = $1 AND account_id = $2"#,
        tenant,
        account.0,
        hash
    )
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO known_device (tenant_id, account_id, token_hash, first_seen_at, last_seen_at)
         VALUES ($1, $2, $3, $4, $4)
         ON CONFLICT (tenant_id, account_id, token_hash) DO UPDATE SET last_seen_at = $4, forgotten_at = NULL",
        tenant,
        account.0,
        hash,
        now
    )
    .execute(&mut *tx)
    .await?;
    if before.met >= MOST {
        sqlx::query!(
            "DELETE FROM known_device
             WHERE tenant_id = $1 AND account_id = $2 AND last_seen_at <= (
                 SELECT last_seen_at FROM known_device
                 WHERE tenant_id = $1 AND account_id = $2 ORDER BY last_seen_at DESC OFFSET $3 LIMIT 1
             )",
            tenant,
            account.0,
            MOST
        )
        .execute(tx)
        .await?;
    }
    Ok(match before {
        before if before.known => Acquaintance::Known,
        before if before.met > 0 => Acquaintance::New,
        _ => Acquaintance::First,
    })
}

/// Removes every browser of an account that is to be nobody's.
pub(super) async fn remove_all(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM known_device WHERE tenant_id = $1 AND account_id = $2", tx.tenant_id(), account.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets one browser of the account, or all where none is named: the next sign-in with it is one on a new device.
pub(super) async fn forget(
    tx: &mut TenantTx,
    ambient: &Ambient,
    account: AccountId,
    token_hash: Option<&[u8]>,
) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE known_device SET forgotten_at = $4
         WHERE tenant_id = $1 AND account_id = $2 AND ($3::bytea IS NULL OR token_hash = $3) AND forgotten_at IS NULL",
        tx.tenant_id(),
        account.0,
        token_hash,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(())
}
