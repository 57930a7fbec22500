//! How a tenant ends: an owner closes it, an owner may open it again for a while, and then it is deleted.

use sqlx::{Connection as _, PgConnection};
use time::{Duration, OffsetDateTime};

use crate::{
    access::{OwnWorkspace, Permit},
    ambient::Ambient,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    upkeep::every,
};

/// For how long an owner can open a closed tenant again.
pub const GRACE: Duration = Duration::days(30);
/// How often a server looks for tenants whose time is over.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_hours(1);

/// Closes the tenant: from the next request on, its pages say so and nothing else. Answers when it is deleted; `None`
/// where it is not open.
///
/// # Errors
/// [`DbError`].
pub async fn close(permit: &mut Permit<OwnWorkspace>, scribe: &Scribe) -> Result<Option<OffsetDateTime>, DbError> {
    let until = scribe.ambient().now() + GRACE;
    let done =
        sqlx::query_scalar!(r#"SELECT control.close_tenant($1) AS "done!""#, until).fetch_one(&mut **permit).await?;
    if !done {
        return Ok(None);
    }
    let act = Act::by(permit.principal(), Action::WorkspaceClosing)
        .because(format!("It is deleted on {} unless an owner opens it again.", until.date()));
    audit::record(permit, scribe, act).await?;
    Ok(Some(until))
}

/// Opens it again. False where it was not closing.
///
/// # Errors
/// [`DbError`].
pub async fn reopen(permit: &mut Permit<OwnWorkspace>, scribe: &Scribe) -> Result<bool, DbError> {
    let done = sqlx::query_scalar!(r#"SELECT control.reopen_tenant() AS "done!""#).fetch_one(&mut **permit).await?;
    if done {
        let act = Act::by(permit.principal(), Action::WorkspaceReopened);
        audit::record(permit, scribe, act).await?;
    }
    Ok(done)
}

/// When the transaction's tenant is deleted, if it is closing.
pub(super) async fn closes_at(tx: &mut TenantTx) -> Result<Option<OffsetDateTime>, DbError> {
    Ok(sqlx::query_scalar!(r#"SELECT control.tenant_closes_at()"#).fetch_one(tx).await?)
}

/// Name and address of every active owner, for mail about the tenant's end.
///
/// # Errors
/// [`DbError`].
pub async fn owners(tx: &mut TenantTx) -> Result<Vec<(String, String)>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT name, email AS "email!" FROM account
           WHERE tenant_id = $1 AND role = 'owner' AND state = 'active' ORDER BY id"#,
        tx.tenant_id()
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.name, row.email)).collect())
}

/// Deletes every tenant whose time is over, each in a transaction of its own. Answers their names.
///
/// # Errors
/// [`DbError`]; tenants deleted before it stay so.
pub async fn delete_closed(operator_url: &str, ambient: &Ambient) -> Result<Vec<String>, DbError> {
    let mut connection = PgConnection::connect(operator_url).await?;
    let mut gone = Vec::new();
    while let Some(slug) =
        sqlx::query_scalar!("SELECT control.delete_closed_tenant($1)", ambient.now()).fetch_one(&mut connection).await?
    {
        gone.push(slug);
    }
    connection.close().await?;
    Ok(gone)
}

/// Deletes them again and again, as a server does by itself. Runs until it is dropped; several servers may.
pub async fn keep_deleting(operator_url: String, ambient: Ambient) {
    let (operator_url, ambient) = (operator_url.as_str(), &ambient);
    every(LOOK_EVERY, "closed tenants", move || delete_and_tell(operator_url, ambient)).await;
}

async fn delete_and_tell(operator_url: &str, ambient: &Ambient) -> Result<(), DbError> {
    for tenant in delete_closed(operator_url, ambient).await? {
        tracing::info!(tenant, "a closed tenant's time was over: it is deleted");
    }
    Ok(())
}
