//! With which providers an account is connected, for its own person and for admins.

use time::OffsetDateTime;

use super::super::ConnectionId;
use crate::{
    db::{DbError, TenantTx},
    id::AccountId,
};

/// An account's connection with a provider.
#[derive(Debug, Clone)]
pub struct Linked {
    /// The connection.
    pub connection: ConnectionId,
    /// What it is called.
    pub name: String,
    /// What addresses name it by.
    pub hint: String,
    /// Whether it lets people in.
    pub is_on: bool,
    /// Who the person is there.
    pub subject: String,
    /// Whether the connection made the account.
    pub made_account: bool,
    /// When they were connected.
    pub linked_at: OffsetDateTime,
    /// When the person last came that way.
    pub last_sign_in_at: OffsetDateTime,
}

/// With what an account is connected, by name.
///
/// # Errors
/// [`DbError`].
pub async fn of_account(tx: &mut TenantTx, account: AccountId) -> Result<Vec<Linked>, DbError> {
    let rows = sqlx::query!(
        "SELECT c.id, c.name, c.hint, c.state, i.subject, i.made_account, i.linked_at, i.last_sign_in_at
         FROM sso_identity i JOIN sso_connection c ON c.tenant_id = i.tenant_id AND c.id = i.connection_id
         WHERE i.tenant_id = $1 AND i.account_id = $2 ORDER BY lower(c.name), c.id",
        tx.tenant_id(),
        account.0
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Linked {
            connection: ConnectionId(row.id),
            name: row.name,
            hint: row.hint,
            is_on: row.state == "on",
            subject: row.subject,
            made_account: row.made_account,
            linked_at: row.linked_at,
            last_sign_in_at: row.last_sign_in_at,
        })
        .collect())
}

/// A connection that is on, and that an account is not connected with.
#[derive(Debug, Clone)]
pub struct AtHand {
    /// The connection.
    pub connection: ConnectionId,
    /// What it is called.
    pub name: String,
}

/// With what an account can be connected, by name.
///
/// # Errors
/// [`DbError`].
pub async fn at_hand(tx: &mut TenantTx, account: AccountId) -> Result<Vec<AtHand>, DbError> {
    let rows = sqlx::query!(
        "SELECT c.id, c.name FROM sso_connection c
         WHERE c.tenant_id = $1 AND c.state = 'on' AND NOT EXISTS (
             SELECT FROM sso_identity i
             WHERE i.tenant_id = $1 AND i.connection_id = c.id AND i.account_id = $2
         )
         ORDER BY lower(c.name), c.id",
        tx.tenant_id(),
        account.0
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| AtHand { connection: ConnectionId(row.id), name: row.name }).collect())
}

/// Forgets who somebody is at all providers.
pub(crate) async fn forget(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM sso_identity WHERE tenant_id = $1 AND account_id = $2", tx.tenant_id(), account.0)
        .execute(tx)
        .await?;
    Ok(())
}
