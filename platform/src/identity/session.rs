//! Sessions: a row in the tenant's table for each signed-in browser, found by the hash of the cookie's token.
//!
//! A session is looked up inside the tenant's transaction, so the token of one tenant finds nothing in another.

use time::{Duration, OffsetDateTime};

use super::{sha256, token_text};
use crate::{
    access::{Principal, Role},
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::{AccountId, SessionId},
};

/// `last_seen_at` is written at most once in this time: each request would otherwise be a write.
const SEEN_RESOLUTION: Duration = Duration::minutes(1);
/// What is kept of a browser's description of itself.
const USER_AGENT_LENGTH: usize = 300;

/// How long sessions live.
#[derive(Debug, Clone, Copy)]
pub struct SessionPolicy {
    /// Without a request.
    pub idle: Duration,
    /// In all.
    pub lifetime: Duration,
}

/// What the cookie holds. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// Reads a cookie's value; anything but 64 hexadecimal digits is no token.
    pub fn parse(text: &str) -> Option<Self> {
        let good = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        good.then(|| Self(text.to_owned()))
    }

    /// The cookie's value.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn hash(&self) -> Vec<u8> {
        sha256(&self.0)
    }
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// Where a request comes from, as shown in the list of devices.
#[derive(Debug, Clone)]
pub struct Device {
    /// What the browser says it is.
    pub user_agent: String,
    /// The address it came from.
    pub address: String,
}

/// Opens a session for an account.
///
/// # Errors
/// [`DbError`].
pub async fn open(
    tx: &mut TenantTx,
    ambient: &Ambient,
    policy: SessionPolicy,
    account: AccountId,
    device: &Device,
) -> Result<SessionToken, DbError> {
    let token = SessionToken(token_text(ambient.bytes()));
    let now = ambient.now();
    let user_agent: String = device.user_agent.chars().take(USER_AGENT_LENGTH).collect();
    // Nobody else removes what has ended; a person has few sessions, so this touches few rows.
    sqlx::query!(
        "DELETE FROM session WHERE tenant_id = $1 AND account_id = $2 AND (expires_at < $3 OR last_seen_at < $4)",
        tx.tenant_id(),
        account.0,
        now,
        now - policy.idle
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO session (tenant_id, id, token_hash, account_id, user_agent, address, created_at, last_seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
        tx.tenant_id(),
        ambient.uuid(),
        token.hash(),
        account.0,
        user_agent,
        device.address,
        now,
        now + policy.lifetime
    )
    .execute(tx)
    .await?;
    Ok(token)
}

/// The principal of a token's session, if it is one of this tenant and has not ended.
///
/// # Errors
/// [`DbError`].
pub async fn resume(
    tx: &mut TenantTx,
    ambient: &Ambient,
    policy: SessionPolicy,
    token: &SessionToken,
) -> Result<Option<Principal>, DbError> {
    let row = sqlx::query_file!("src/identity/queries/resume_session.sql", tx.tenant_id(), token.hash())
        .fetch_optional(&mut *tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let now = ambient.now();
    if row.expires_at <= now || row.last_seen_at + policy.idle <= now {
        return Ok(None);
    }
    let Some(role) = Role::parse(&row.role) else { return Ok(None) };
    if row.last_seen_at + SEEN_RESOLUTION < now {
        touch(tx, row.session_id, now).await?;
    }
    Ok(Some(Principal {
        account: AccountId(row.account_id),
        session: SessionId(row.session_id),
        name: row.name,
        email: row.email,
        role,
    }))
}

async fn touch(tx: &mut TenantTx, session: uuid::Uuid, now: OffsetDateTime) -> Result<(), DbError> {
    sqlx::query!("UPDATE session SET last_seen_at = $3 WHERE tenant_id = $1 AND id = $2", tx.tenant_id(), session, now)
        .execute(tx)
        .await?;
    Ok(())
}

/// Ends a token's session. Nothing happens where there is none.
///
/// # Errors
/// [`DbError`].
pub async fn end(tx: &mut TenantTx, token: &SessionToken) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM session WHERE tenant_id = $1 AND token_hash = $2", tx.tenant_id(), token.hash())
        .execute(tx)
        .await?;
    Ok(())
}
