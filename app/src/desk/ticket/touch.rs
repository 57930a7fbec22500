//! What belongs to a ticket changes, and nothing of its own: an attachment comes or goes.

use rowhouse_platform::{access::Permit, ambient::Ambient, db::DbError};

use super::{
    ChangeError, TicketId,
    error::{Stop, settle},
    event::{self, Kind},
    lock,
};
use crate::desk::{permission::WriteTickets, project::Reach};

/// Locks a ticket that the principal may change, and writes what happens to it in this transaction.
///
/// # Errors
/// [`DbError`]; within, [`ChangeError`]: nothing was done.
pub async fn touch(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    ticket: TicketId,
    events: &[Kind],
) -> Result<Result<(), ChangeError>, DbError> {
    settle(try_touch(permit, ambient, reach, ticket, events).await)
}

async fn try_touch(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    ticket: TicketId,
    events: &[Kind],
) -> Result<(), Stop> {
    lock::for_change(permit, reach, ticket).await?;
    let (principal, tx) = permit.parts();
    sqlx::query!(
        "UPDATE ticket SET updated_at = $3 WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        ticket.0,
        ambient.now()
    )
    .execute(&mut *tx)
    .await?;
    event::write(tx, ambient, Some(principal), ticket, events).await?;
    Ok(())
}
