//! The tickets and projects of somebody who leaves the workspace.

use rowhouse_platform::{
    db::{DbError, TenantTx},
    id::AccountId,
};

use super::project;

/// Takes somebody who is gone out of what they were in.
///
/// # Errors
/// [`DbError`].
pub async fn forget(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    project::members::leave_all(tx, account).await
}

/// How many tickets that are not done are assigned to somebody.
///
/// # Errors
/// [`DbError`].
pub async fn open_tickets(tx: &mut TenantTx, assignee: AccountId) -> Result<i64, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM ticket
           WHERE tenant_id = $1 AND assignee_id = $2 AND status IN ('open', 'pending')"#,
        tx.tenant_id(),
        assignee.0
    )
    .fetch_one(tx)
    .await?)
}

/// Assigns the tickets of `from` that are not done to `to`, or to nobody. Answers how many there were.
///
/// # Errors
/// [`DbError`].
pub async fn reassign(tx: &mut TenantTx, from: AccountId, to: Option<AccountId>) -> Result<u64, DbError> {
    let done = sqlx::query!(
        "UPDATE ticket SET assignee_id = $3
         WHERE tenant_id = $1 AND assignee_id = $2 AND status IN ('open', 'pending')",
        tx.tenant_id(),
        from.0,
        to.map(|to| to.0)
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}
