//! What a provider's groups mean here: an ordered list of rules, of which the first that matches says the role.

use super::ConnectionId;
use crate::{
    access::AssignedRole,
    db::{DbError, TenantTx},
};

/// A rule: whoever has `value` in the connection's attribute for groups gets `role`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its place in the order, from 1.
    pub position: i32,
    /// The group, exactly as the provider writes it.
    pub value: String,
    /// What people in it become.
    pub role: AssignedRole,
}

/// The rules of a connection, in their order.
///
/// # Errors
/// [`DbError`].
pub async fn of(tx: &mut TenantTx, connection: ConnectionId) -> Result<Vec<Rule>, DbError> {
    let rows = sqlx::query!(
        "SELECT position, value, role, custom_role_id FROM sso_role_rule
         WHERE tenant_id = $1 AND connection_id = $2 ORDER BY position",
        tx.tenant_id(),
        connection.0
    )
    .fetch_all(tx)
    .await?;
    // A role that cannot be read gives nothing.
    let read = |row: (i32, String, String, Option<uuid::Uuid>)| {
        Some(Rule { position: row.0, value: row.1, role: AssignedRole::from_columns(&row.2, row.3)? })
    };
    Ok(rows.into_iter().filter_map(|row| read((row.position, row.value, row.role, row.custom_role_id))).collect())
}
