//! Reading connections and their secrets.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Admitting, Connection, ConnectionError, ConnectionId, ConnectionSecrets, ConnectionState, Provider, context,
};
use crate::{
    access::AssignedRole,
    db::{DbError, TenantTx},
    secrets::{Sealed, SecretKeys},
    sso::rules::lock,
};

#[expect(clippy::struct_excessive_bools, reason = "the columns of a row")]
struct Row {
    id: Uuid,
    provider: String,
    name: String,
    hint: String,
    state: String,
    settings: serde_json::Value,
    has_client_secret: bool,
    base_url: String,
    certificate: Vec<u8>,
    show_button: bool,
    creates_accounts: bool,
    default_role: String,
    default_custom_role_id: Option<Uuid>,
    applies_roles: bool,
    trusts_second_factor: bool,
    vouched_by_owner: bool,
    tested_at: Option<OffsetDateTime>,
    protocol_changed_at: OffsetDateTime,
    refreshed_at: Option<OffsetDateTime>,
    refresh_error: Option<String>,
    created_at: OffsetDateTime,
}

impl Row {
    /// What cannot be read is no connection: nobody gets in through it.
    fn read(self) -> Option<Connection> {
        let protocol = serde_json::from_value(self.settings)
            .inspect_err(|error| tracing::error!(connection = %ConnectionId(self.id), %error, "unreadable settings"))
            .ok()?;
        Some(Connection {
            id: ConnectionId(self.id),
            provider: Provider::parse(&self.provider)?,
            name: self.name,
            hint: self.hint,
            state: ConnectionState::parse(&self.state)?,
            protocol,
            has_client_secret: self.has_client_secret,
            base_url: self.base_url,
            certificate: self.certificate,
            admitting: Admitting {
                show_button: self.show_button,
                creates_accounts: self.creates_accounts,
                default_role: AssignedRole::from_columns(&self.default_role, self.default_custom_role_id)?,
                applies_roles: self.applies_roles,
                trusts_second_factor: self.trusts_second_factor,
            },
            vouched_by_owner: self.vouched_by_owner,
            tested_at: self.tested_at,
            protocol_changed_at: self.protocol_changed_at,
            refreshed_at: self.refreshed_at,
            refresh_error: self.refresh_error,
            created_at: self.created_at,
        })
    }
}

/// The connections of the tenant, in the order in which they were made.
///
/// # Errors
/// [`DbError`].
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Connection>, DbError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, provider, name, hint, state, settings, client_secret IS NOT NULL AS "has_client_secret!",
               base_url, certificate, show_button, creates_accounts, default_role, default_custom_role_id, applies_roles,
               trusts_second_factor, vouched_by_owner, tested_at, protocol_changed_at, refreshed_at, refresh_error,
               created_at
           FROM sso_connection WHERE tenant_id = $1 ORDER BY id"#,
        tx.tenant_id()
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

/// One connection.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut TenantTx, id: ConnectionId) -> Result<Option<Connection>, DbError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, provider, name, hint, state, settings, client_secret IS NOT NULL AS "has_client_secret!",
               base_url, certificate, show_button, creates_accounts, default_role, default_custom_role_id, applies_roles,
               trusts_second_factor, vouched_by_owner, tested_at, protocol_changed_at, refreshed_at, refresh_error,
               created_at
           FROM sso_connection WHERE tenant_id = $1 AND id = $2"#,
        tx.tenant_id(),
        id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.and_then(Row::read))
}

/// The connection that addresses name by `hint`.
///
/// # Errors
/// [`DbError`].
pub async fn of_hint(tx: &mut TenantTx, hint: &str) -> Result<Option<Connection>, DbError> {
    let id =
        sqlx::query_scalar!("SELECT id FROM sso_connection WHERE tenant_id = $1 AND hint = $2", tx.tenant_id(), hint)
            .fetch_optional(&mut *tx)
            .await?;
    match id {
        Some(id) => find(tx, ConnectionId(id)).await,
        None => Ok(None),
    }
}

/// The connections that are on and vouch for an email domain (lower case), which has to be proven.
///
/// # Errors
/// [`DbError`].
pub async fn of_email_domain(tx: &mut TenantTx, domain: &str) -> Result<Vec<Connection>, DbError> {
    let ids = sqlx::query_scalar!(
        "SELECT c.id FROM sso_connection_domain d
         JOIN email_domain e ON e.tenant_id = d.tenant_id AND e.domain = d.domain AND e.verified_at IS NOT NULL
         JOIN sso_connection c ON c.tenant_id = d.tenant_id AND c.id = d.connection_id AND c.state = 'on'
         WHERE d.tenant_id = $1 AND d.domain = $2",
        tx.tenant_id(),
        domain
    )
    .fetch_all(&mut *tx)
    .await?;
    let all = list(tx).await?;
    Ok(all.into_iter().filter(|connection| ids.contains(&connection.id.0)).collect())
}

/// The proven email domains that a connection vouches for.
///
/// # Errors
/// [`DbError`].
pub async fn domains(tx: &mut TenantTx, id: ConnectionId) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT d.domain FROM sso_connection_domain d
         JOIN email_domain e ON e.tenant_id = d.tenant_id AND e.domain = d.domain AND e.verified_at IS NOT NULL
         WHERE d.tenant_id = $1 AND d.connection_id = $2 ORDER BY d.domain",
        tx.tenant_id(),
        id.0
    )
    .fetch_all(tx)
    .await?)
}

/// The secrets of a connection.
///
/// # Errors
/// [`ConnectionError`].
pub async fn secrets(
    tx: &mut TenantTx,
    keys: &SecretKeys,
    id: ConnectionId,
) -> Result<ConnectionSecrets, ConnectionError> {
    let tenant = tx.tenant_id();
    let row = sqlx::query!(
        "SELECT client_secret, private_key FROM sso_connection WHERE tenant_id = $1 AND id = $2",
        tenant,
        id.0
    )
    .fetch_optional(tx)
    .await?
    .ok_or(ConnectionError::NotFound)?;
    let client_secret = match row.client_secret {
        Some(sealed) => {
            let plain = keys.open(&context(tenant, id, "client-secret"), &Sealed::from_bytes(sealed))?;
            Some(String::from_utf8_lossy(&plain).into_owned())
        }
        None => None,
    };
    let private_key = keys.open(&context(tenant, id, "private-key"), &Sealed::from_bytes(row.private_key))?;
    Ok(ConnectionSecrets { client_secret, private_key })
}

/// One connection, which nobody else changes until the transaction ends.
pub(super) async fn find_locked(tx: &mut TenantTx, id: ConnectionId) -> Result<Connection, ConnectionError> {
    if !lock(tx, id).await? {
        return Err(ConnectionError::NotFound);
    }
    find(tx, id).await?.ok_or(ConnectionError::NotFound)
}
