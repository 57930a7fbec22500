//! Connections that go, or are switched off: whom it leaves without a way in, and how it is done.

use super::{ConnectionId, connection, connection::ConnectionError, ways_in};
use crate::{
    access::{ManageSso, Permit},
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
};

/// Who depends on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependents {
    /// Active people who came through it.
    pub people: i64,
    /// Those of them who have no password, no passkey and no other connection that is on.
    pub only_here: i64,
    /// Whether the tenant requires single sign-on, and no other connection is on: it can be neither deleted nor switched
    /// off.
    pub is_last_of_required: bool,
}

/// Who depends on a connection.
///
/// # Errors
/// [`DbError`].
pub async fn dependents(tx: &mut TenantTx, id: ConnectionId) -> Result<Dependents, DbError> {
    let row = sqlx::query!(
        r#"SELECT count(*) AS "people!",
               count(*) FILTER (WHERE a.password_hash IS NULL
                   AND NOT EXISTS (SELECT FROM passkey k WHERE k.tenant_id = $1 AND k.account_id = a.id)
                   AND NOT EXISTS (
                       SELECT FROM sso_identity o
                       JOIN sso_connection c ON c.tenant_id = o.tenant_id AND c.id = o.connection_id AND c.state = 'on'
                       WHERE o.tenant_id = $1 AND o.account_id = a.id AND o.connection_id <> $2)) AS "only_here!",
               EXISTS (SELECT FROM sign_in_policy p WHERE p.tenant_id = $1 AND p.sso_required)
                   AND NOT EXISTS (SELECT FROM sso_connection c
                                   WHERE c.tenant_id = $1 AND c.state = 'on' AND c.id <> $2) AS "is_last!"
           FROM account a
           WHERE a.tenant_id = $1 AND a.state = 'active'
             AND EXISTS (SELECT FROM sso_identity i
                         WHERE i.tenant_id = $1 AND i.account_id = a.id AND i.connection_id = $2)"#,
        tx.tenant_id(),
        id.0
    )
    .fetch_one(tx)
    .await?;
    Ok(Dependents { people: row.people, only_here: row.only_here, is_last_of_required: row.is_last })
}

/// Deletes a connection with everything that belongs to it: who somebody is there, rules, links, traces. Accounts stay.
///
/// # Errors
/// [`ConnectionError`].
pub async fn remove(permit: &mut Permit<ManageSso>, scribe: &Scribe, id: ConnectionId) -> Result<(), ConnectionError> {
    let before = connection::find(permit, id).await?.ok_or(ConnectionError::NotFound)?;
    ways_in::keep_one(permit, id).await?;
    let (principal, tx) = permit.parts();
    sqlx::query!("DELETE FROM sso_connection WHERE tenant_id = $1 AND id = $2", tx.tenant_id(), id.0)
        .execute(&mut *tx)
        .await?;
    let act = Act::by(principal, Action::SsoConnectionDeleted)
        .on("sso_connection", id.to_string(), &before.name)
        .change(before.audited(), ());
    audit::record(tx, scribe, act).await?;
    Ok(())
}
