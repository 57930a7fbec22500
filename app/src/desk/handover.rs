//! The tickets and projects of somebody who leaves the workspace.

use std::collections::BTreeMap;

use rowhouse_platform::{
    access::Principal,
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
};

use super::{
    notify::inbox,
    project::{self, ProjectId},
    ticket::{
        TicketId,
        event::{self, Kind, Named},
        people, watch,
    },
    views,
};

/// Takes somebody who is gone out of what they were in, and removes what was theirs alone.
///
/// # Errors
/// [`DbError`].
pub async fn forget(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    watch::leave_all(tx, account).await?;
    inbox::leave_all(tx, account).await?;
    views::leave_all(tx, account).await?;
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

/// Assigns the tickets of `from` that are not done to `to`, or to nobody; those of a project that `to` does not reach, to
/// nobody. Answers how many there were.
///
/// # Errors
/// [`DbError`].
pub async fn reassign(
    tx: &mut TenantTx,
    ambient: &Ambient,
    by: &Principal,
    from: AccountId,
    to: Option<AccountId>,
) -> Result<usize, DbError> {
    let tickets = sqlx::query!(
        "SELECT id, project_id FROM ticket
         WHERE tenant_id = $1 AND assignee_id = $2 AND status IN ('open', 'pending')
         ORDER BY id FOR NO KEY UPDATE",
        tx.tenant_id(),
        from.0
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut of_projects: BTreeMap<ProjectId, Vec<TicketId>> = BTreeMap::new();
    for ticket in &tickets {
        of_projects.entry(ProjectId(ticket.project_id)).or_default().push(TicketId(ticket.id));
    }
    let Some(before) = people::named(tx, from).await? else { return Ok(0) };
    for (project, ids) in of_projects {
        let heir = match to {
            Some(to) => people::among(tx, project, &[to.0]).await?.pop(),
            None => None,
        };
        sqlx::query!(
            "UPDATE ticket SET assignee_id = $3, updated_at = $4, version = version + 1
             WHERE tenant_id = $1 AND id = ANY ($2)",
            tx.tenant_id(),
            &ids.iter().map(|id| id.0).collect::<Vec<_>>(),
            heir.as_ref().map(|heir| heir.id.0),
            ambient.now()
        )
        .execute(&mut *tx)
        .await?;
        let kind = Kind::Assignee { from: Some(before.clone()), to: heir.as_ref().map(Named::from) };
        event::write_each(tx, ambient, Some(by), &ids, &[kind]).await?;
    }
    Ok(tickets.len())
}
