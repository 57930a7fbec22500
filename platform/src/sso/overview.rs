//! What the list of connections shows beside the connections themselves.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::ConnectionId;
use crate::db::{DbError, TenantTx};

/// What belongs to a connection.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// The email domains that it vouches for, proven ones alone.
    pub domains: Vec<String>,
    /// When somebody last signed in through it.
    pub last_sign_in_at: Option<OffsetDateTime>,
}

/// What belongs to each connection of the tenant.
///
/// # Errors
/// [`DbError`].
pub async fn all(tx: &mut TenantTx) -> Result<HashMap<ConnectionId, Overview>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT c.id,
               array(SELECT d.domain FROM sso_connection_domain d
                     JOIN email_domain e ON e.tenant_id = d.tenant_id AND e.domain = d.domain
                         AND e.verified_at IS NOT NULL
                     WHERE d.tenant_id = $1 AND d.connection_id = c.id ORDER BY d.domain) AS "domains!",
               (SELECT max(i.last_sign_in_at) FROM sso_identity i
                WHERE i.tenant_id = $1 AND i.connection_id = c.id) AS last_sign_in_at
           FROM sso_connection c WHERE c.tenant_id = $1"#,
        tx.tenant_id()
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (ConnectionId(row.id), Overview { domains: row.domains, last_sign_in_at: row.last_sign_in_at }))
        .collect())
}
