//! Assertions and logout tokens are accepted once.

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::ConnectionId;
use crate::db::{DbError, TenantTx};

/// Notes that the message `id` of `issuer` was accepted, until `expires_at`, when it would not be accepted anyway.
/// `false`: it was accepted before. Who asks at the same time waits for the first.
///
/// # Errors
/// [`DbError`].
pub async fn accept_once(
    tx: &mut TenantTx,
    connection: ConnectionId,
    issuer: &str,
    id: &str,
    expires_at: OffsetDateTime,
) -> Result<bool, DbError> {
    let mut hash = Sha256::new();
    // The length keeps the two parts apart.
    hash.update((issuer.len() as u64).to_be_bytes());
    hash.update(issuer.as_bytes());
    hash.update(id.as_bytes());
    let noted = sqlx::query!(
        "INSERT INTO sso_used_message (tenant_id, connection_id, message_hash, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
        tx.tenant_id(),
        connection.0,
        hash.finalize().to_vec(),
        expires_at
    )
    .execute(tx)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Forgets messages that would not be accepted anyway.
///
/// # Errors
/// [`DbError`].
pub async fn remove_expired(tx: &mut TenantTx, now: OffsetDateTime) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM sso_used_message WHERE tenant_id = $1 AND expires_at < $2", tx.tenant_id(), now)
        .execute(tx)
        .await?;
    Ok(())
}
