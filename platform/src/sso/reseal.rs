//! What single sign-on keeps sealed, sealed with the current key.

use super::{ConnectionError, ConnectionId, connection::context, session};
use crate::{
    ambient::Ambient,
    db::TenantTx,
    secrets::{Sealed, SecretKeys},
};

/// Seals the tenant's client secrets, connections' keys and ID tokens with the current key, where another sealed them.
/// Answers how many that were.
///
/// # Errors
/// [`ConnectionError`].
pub async fn reseal(tx: &mut TenantTx, ambient: &Ambient, keys: &SecretKeys) -> Result<usize, ConnectionError> {
    let tenant = tx.tenant_id();
    // Locked, so that nobody replaces one between reading and writing.
    let rows = sqlx::query!(
        "SELECT id, client_secret, private_key FROM sso_connection WHERE tenant_id = $1 ORDER BY id FOR NO KEY UPDATE",
        tenant
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut count = 0;
    for row in rows {
        let id = ConnectionId(row.id);
        let reseal = |what: &str, bytes: Option<Vec<u8>>| match bytes {
            Some(bytes) => keys.reseal(&context(tenant, id, what), &Sealed::from_bytes(bytes), ambient),
            None => Ok(None),
        };
        let client_secret = reseal("client-secret", row.client_secret)?;
        let private_key = reseal("private-key", Some(row.private_key))?;
        if client_secret.is_none() && private_key.is_none() {
            continue;
        }
        sqlx::query!(
            "UPDATE sso_connection SET client_secret = coalesce($3, client_secret),
                 private_key = coalesce($4, private_key)
             WHERE tenant_id = $1 AND id = $2",
            tenant,
            row.id,
            client_secret.as_ref().map(Sealed::as_bytes),
            private_key.as_ref().map(Sealed::as_bytes)
        )
        .execute(&mut *tx)
        .await?;
        count += usize::from(client_secret.is_some()) + usize::from(private_key.is_some());
    }
    Ok(count + session::reseal(tx, ambient, keys).await?)
}
