//! Connections as ways in: held while somebody comes in by one, and kept where people have to come by one.

use super::{ConnectionError, ConnectionId, ConnectionState};
use crate::{
    db::{DbError, TenantTx},
    identity::policy,
};

/// Whether a connection is on. If so, nobody deletes it until the transaction ends.
pub(crate) async fn hold_if_on(tx: &mut TenantTx, id: ConnectionId) -> Result<bool, DbError> {
    let found = sqlx::query_scalar!(
        "SELECT id FROM sso_connection WHERE tenant_id = $1 AND id = $2 AND state = 'on' FOR KEY SHARE",
        tx.tenant_id(),
        id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(found.is_some())
}

/// The connections that are on. Until the transaction ends, nobody switches one.
pub(crate) async fn lock_those_on(tx: &mut TenantTx) -> Result<Vec<ConnectionId>, DbError> {
    let rows = sqlx::query!(
        "SELECT id, state FROM sso_connection WHERE tenant_id = $1 ORDER BY id FOR NO KEY UPDATE",
        tx.tenant_id()
    )
    .fetch_all(tx)
    .await?;
    let is_on = |state: &str| ConnectionState::parse(state) == Some(ConnectionState::On);
    Ok(rows.into_iter().filter(|row| is_on(&row.state)).map(|row| ConnectionId(row.id)).collect())
}

/// Before a connection is switched off or deleted: people who have to come through one can still do so.
pub(super) async fn keep_one(tx: &mut TenantTx, without: ConnectionId) -> Result<(), ConnectionError> {
    let on = lock_those_on(tx).await?;
    let is_last = on.contains(&without) && on.len() == 1;
    if is_last && policy::load(tx).await?.sso_required {
        return Err(ConnectionError::Required);
    }
    Ok(())
}
