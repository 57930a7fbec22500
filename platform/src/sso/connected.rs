//! The people who came through a connection: whose account is connected with whom at the provider.

use serde_json::json;
use time::OffsetDateTime;

use super::{ConnectionId, session};
use crate::{
    access::{ManageSso, PermissionInfo, Permit},
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
    members::{self, State},
};

/// People on a page.
pub const PAGE_SIZE: i64 = 50;

/// Somebody who is connected.
#[derive(Debug, Clone)]
pub struct Connected {
    /// The provider's own name of them.
    pub subject: String,
    /// Their account here.
    pub account: AccountId,
    /// What they are called.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Whether they may come in.
    pub state: State,
    /// Whether the connection made the account.
    pub made_account: bool,
    /// Since when they are connected.
    pub linked_at: OffsetDateTime,
    /// When they last came through it.
    pub last_sign_in_at: OffsetDateTime,
}

/// A page of them.
#[derive(Debug)]
pub struct ConnectedPage {
    /// Who came last, first.
    pub people: Vec<Connected>,
    /// How many there are in all.
    pub total: i64,
}

/// The people of a connection, page `number` from 0.
///
/// # Errors
/// [`DbError`].
pub async fn list(tx: &mut TenantTx, connection: ConnectionId, number: i64) -> Result<ConnectedPage, DbError> {
    let tenant = tx.tenant_id();
    let total = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM sso_identity WHERE tenant_id = $1 AND connection_id = $2"#,
        tenant,
        connection.0
    )
    .fetch_one(&mut *tx)
    .await?;
    let rows = sqlx::query!(
        "SELECT i.subject, i.account_id, a.name, a.email, a.state, i.made_account, i.linked_at, i.last_sign_in_at
         FROM sso_identity i
         JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
         WHERE i.tenant_id = $1 AND i.connection_id = $2
         ORDER BY i.last_sign_in_at DESC, i.subject LIMIT $3 OFFSET $4",
        tenant,
        connection.0,
        PAGE_SIZE,
        number * PAGE_SIZE
    )
    .fetch_all(tx)
    .await?;
    let people = rows.into_iter().filter_map(|row| {
        Some(Connected {
            subject: row.subject,
            account: AccountId(row.account_id),
            name: row.name,
            email: row.email.unwrap_or_default(),
            state: State::parse(&row.state)?,
            made_account: row.made_account,
            linked_at: row.linked_at,
            last_sign_in_at: row.last_sign_in_at,
        })
    });
    Ok(ConnectedPage { people: people.collect(), total })
}

/// Why somebody stays connected. Nothing was done; the caller drops the transaction.
#[derive(Debug, thiserror::Error)]
pub enum DisconnectError {
    /// They are not connected (any more).
    #[error("nobody of this account is connected")]
    NotFound,
    /// Where one does it for oneself, it is seen to that one can still come in.
    #[error("Disconnect your own account on the page “Security” of your account.")]
    Yourself,
    /// The person holds more than the one who acts.
    #[error("{0} holds permissions that you do not have yourself, so you cannot disconnect them.")]
    TooMighty(String),
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<sqlx::Error> for DisconnectError {
    fn from(error: sqlx::Error) -> Self {
        DbError::from(error).into()
    }
}

/// Disconnects somebody, and ends their sessions that began there. The account stays.
///
/// # Errors
/// [`DisconnectError`].
pub async fn disconnect(
    permit: &mut Permit<ManageSso>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    connection: ConnectionId,
    account: AccountId,
) -> Result<(), DisconnectError> {
    let (principal, tx) = permit.parts();
    let tenant = tx.tenant_id();
    let row = sqlx::query!(
        r#"SELECT i.subject, a.name, c.name AS connection FROM sso_identity i
           JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
           JOIN sso_connection c ON c.tenant_id = i.tenant_id AND c.id = i.connection_id
           WHERE i.tenant_id = $1 AND i.connection_id = $2 AND i.account_id = $3 FOR UPDATE OF i"#,
        tenant,
        connection.0,
        account.0
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(DisconnectError::NotFound)?;
    if principal.account == account {
        return Err(DisconnectError::Yourself);
    }
    if !principal.grants.cover(&members::grants_of(tx, account).await?, catalogue) {
        return Err(DisconnectError::TooMighty(row.name));
    }
    sqlx::query!(
        "DELETE FROM sso_identity WHERE tenant_id = $1 AND connection_id = $2 AND account_id = $3",
        tenant,
        connection.0,
        account.0
    )
    .execute(&mut *tx)
    .await?;
    session::end_of_subject(tx, connection, &row.subject, None).await?;
    let act = Act::by(principal, Action::SsoIdentityUnlinked)
        .on("account", account.to_string(), &row.name)
        .change(json!({ "connection": row.connection, "subject": row.subject }), ());
    audit::record(tx, scribe, act).await?;
    Ok(())
}
