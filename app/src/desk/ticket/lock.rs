//! Tickets that are about to be changed.

use rowhouse_platform::{
    access::{Permission, Permit},
    db::{DbError, TenantTx},
};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{ChangeError, Priority, Status, TicketId, TicketKey, error::Stop};
use crate::desk::project::{ProjectId, Reach, Reached};

/// A ticket as it is, and nobody else changes it until the transaction ends.
#[derive(Debug)]
pub(super) struct Locked {
    pub(super) project: ProjectId,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) status: Status,
    pub(super) priority: Priority,
    pub(super) requester: Uuid,
    pub(super) assignee: Option<Uuid>,
    pub(super) due_on: Option<Date>,
    pub(super) resolved_at: Option<OffsetDateTime>,
    pub(super) version: i64,
}

/// Locks a ticket that the principal may change.
///
/// Nothing is joined here: who waited for the lock would see the ticket's new columns beside the old rows of others.
pub(super) async fn for_change<P: Permission>(
    permit: &mut Permit<P>,
    reach: &Reach,
    ticket: TicketId,
) -> Result<Locked, Stop> {
    let row = sqlx::query!(
        r#"SELECT project_id, title, description, status AS "status: Status", priority AS "priority: Priority",
                  requester_id, assignee_id, due_on, resolved_at, version
           FROM ticket WHERE tenant_id = $1 AND id = $2 AND project_id = ANY ($3)
           FOR NO KEY UPDATE"#,
        permit.tenant_id(),
        ticket.0,
        &reach.ids()
    )
    .fetch_optional(&mut **permit)
    .await?
    .ok_or(ChangeError::NotFound)?;
    if !reach.may_write(ProjectId(row.project_id)) {
        return Err(ChangeError::ReadOnly.into());
    }
    Ok(Locked {
        project: ProjectId(row.project_id),
        title: row.title,
        description: row.description,
        status: row.status,
        priority: row.priority,
        requester: row.requester_id,
        assignee: row.assignee_id,
        due_on: row.due_on,
        resolved_at: row.resolved_at,
        version: row.version,
    })
}

/// Two tickets to be linked or parted, by what people call them: the first may be changed, the other is reached
/// and not at rest.
pub(super) async fn pair(
    tx: &mut TenantTx,
    reach: &Reach,
    ticket: TicketId,
    other: TicketId,
) -> Result<[(ProjectId, TicketKey); 2], Stop> {
    if ticket == other {
        return Err(ChangeError::LinkToItself.into());
    }
    let both = [ticket.0, other.0];
    // In one order, so that two who link the same tickets wait for each other.
    let rows = sqlx::query!(
        "SELECT id, project_id, number FROM ticket
         WHERE tenant_id = $1 AND id = ANY ($2) AND project_id = ANY ($3)
         ORDER BY id FOR NO KEY UPDATE",
        tx.tenant_id(),
        &both[..],
        &reach.ids()
    )
    .fetch_all(tx)
    .await?;
    let of = |wanted: TicketId| {
        let row = rows.iter().find(|row| row.id == wanted.0)?;
        let project = reach.of_id(ProjectId(row.project_id))?;
        Some((project.id, TicketKey { project: project.key.clone(), number: row.number }))
    };
    let first = of(ticket).ok_or(ChangeError::NotFound)?;
    if !reach.may_write(first.0) {
        return Err(ChangeError::ReadOnly.into());
    }
    let second = of(other).ok_or(ChangeError::NoSuchTicket)?;
    // A link stands at both ends, and nothing of a project at rest changes. Who only reads the other project may link.
    if reach.of_id(second.0).is_some_and(Reached::is_at_rest) {
        return Err(ChangeError::OtherAtRest.into());
    }
    Ok([first, second])
}

/// Why a ticket could not be changed by a statement that asked for `project_id = ANY (writable)`.
pub(super) async fn refusal(tx: &mut TenantTx, reach: &Reach, ticket: TicketId) -> Result<ChangeError, DbError> {
    let is_reached = sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM ticket t WHERE t.tenant_id = $1 AND t.id = $2 AND t.project_id = ANY ($3)
           ) AS "is_reached!""#,
        tx.tenant_id(),
        ticket.0,
        &reach.ids()
    )
    .fetch_one(tx)
    .await?;
    Ok(if is_reached { ChangeError::ReadOnly } else { ChangeError::NotFound })
}

/// The projects whose tickets may be changed, for `project_id = ANY ($n)`.
pub(super) fn writable(reach: &Reach) -> Vec<Uuid> {
    reach.writable().map(|project| project.id.0).collect()
}
