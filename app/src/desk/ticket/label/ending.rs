//! Labels that many tickets have, on their way out: a server takes them from the tickets, batch by batch.
//!
//! A batch is one transaction, and what is left to do is what tickets still have the label. So nothing is kept of how far
//! it came, and where a server is killed any other goes on. Two of them at one label take different tickets. Somebody
//! else's ticket is not waited for: its turn comes with the next look.

use std::time::Duration as StdDuration;

use rowhouse_platform::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    tenancy::{Tenant, TenantState},
    upkeep::{Chore, Left, Means},
};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    super::event::NamedLabel,
    Colour, LabelId, busy,
    end::{By, exchange},
};

/// Tickets of one transaction.
pub const AT_ONCE: i64 = 500;
/// Batches of a tenant, before others have their turn.
const TURN: usize = 20;

/// What a server does about labels by itself.
#[derive(Debug, Clone, Copy)]
pub struct LabelChore;

impl Chore for LabelChore {
    const WHAT: &'static str = "labels that end";
    const LOOK_EVERY: StdDuration = StdDuration::from_secs(3);
    type Due = String;
    type Error = DbError;

    async fn look(&self, operator: &mut PgConnection, _: OffsetDateTime) -> Result<Vec<String>, DbError> {
        busy::tenants(operator).await
    }

    /// Works on the oldest ones, for a while.
    async fn tenant(&self, means: &Means, tenant: &Tenant, _: String) -> Result<Left, DbError> {
        // What is read-only goes on once it is paid.
        if tenant.state != TenantState::Active || !tenant.entitlements.may_write() {
            return Ok(Left::Nothing);
        }
        let mut place = Place::default();
        for _ in 0..TURN {
            let mut tx = means.database.begin(&tenant.home).await?;
            let done = batch(&mut tx, &means.ambient, &mut place).await?;
            tx.commit().await?;
            if done == Left::Nothing {
                return Ok(Left::Nothing);
            }
        }
        Ok(Left::More)
    }
}

/// Where among the tickets of a label the next batch begins. It saves looking at those again that were done just now, and
/// is of no other use: everything is found from the beginning, too.
#[derive(Debug, Default)]
pub struct Place {
    label: Option<LabelId>,
    after: Uuid,
}

/// Does the next tickets of the label that has been ending for the longest; where it has none any more, the label goes.
///
/// # Errors
/// [`DbError`]; nothing of the batch was done.
pub async fn batch(tx: &mut TenantTx, ambient: &Ambient, place: &mut Place) -> Result<Left, DbError> {
    let Some(Ending { label, into, by }) = oldest(tx).await? else { return Ok(Left::Nothing) };
    if place.label != Some(label.id) {
        *place = Place { label: Some(label.id), after: Uuid::nil() };
    }
    let tickets = sqlx::query_scalar!(
        "SELECT ticket_id FROM ticket_label WHERE tenant_id = $1 AND label_id = $2 AND ticket_id > $3
         ORDER BY ticket_id LIMIT $4",
        tx.tenant_id(),
        label.id.0,
        place.after,
        AT_ONCE
    )
    .fetch_all(&mut *tx)
    .await?;
    let Some(last) = tickets.last() else {
        return Ok(if leave(tx, label.id).await? { Left::More } else { Left::Nothing });
    };
    place.after = *last;
    let held = sqlx::query_scalar!(
        "SELECT id FROM ticket WHERE tenant_id = $1 AND id = ANY ($2) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED",
        tx.tenant_id(),
        &tickets
    )
    .fetch_all(&mut *tx)
    .await?;
    exchange(tx, ambient, &by, &label, into.as_ref(), &held).await?;
    Ok(Left::More)
}

/// A label that ends.
struct Ending {
    label: NamedLabel,
    into: Option<NamedLabel>,
    by: By,
}

/// The label that has been ending for the longest. It is not locked: nobody else takes the mark away, and the one in its
/// place stays as long as there is a mark that names it.
async fn oldest(tx: &mut TenantTx) -> Result<Option<Ending>, DbError> {
    let row = sqlx::query!(
        r#"SELECT l.id, l.name, l.colour AS "colour: Colour", l.ended_by AS "ended_by!", l.ended_via,
                  m.id AS "into_id?", m.name AS "into_name?", m.colour AS "into_colour?: Colour"
           FROM label l
           LEFT JOIN label m ON m.tenant_id = l.tenant_id AND m.id = l.merging_into
           WHERE l.tenant_id = $1 AND l.ending_since IS NOT NULL
           ORDER BY l.ending_since, l.id LIMIT 1"#,
        tx.tenant_id()
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| {
        let into = row.into_id.zip(row.into_name).zip(row.into_colour);
        Ending {
            label: NamedLabel { id: LabelId(row.id), name: row.name, colour: row.colour },
            into: into.map(|((id, name), colour)| NamedLabel { id: LabelId(id), name, colour }),
            by: By { account: row.ended_by, via: row.ended_via },
        }
    }))
}

/// Deletes a label that no ticket has any more. `false`: one has it, which somebody else was changing.
async fn leave(tx: &mut TenantTx, label: LabelId) -> Result<bool, DbError> {
    // Whoever was still giving it has done so when the lock is there; the next statement sees that.
    sqlx::query_scalar!("SELECT id FROM label WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tx.tenant_id(), label.0)
        .fetch_optional(&mut *tx)
        .await?;
    let gone = sqlx::query!(
        "DELETE FROM label l
         WHERE l.tenant_id = $1 AND l.id = $2 AND l.ending_since IS NOT NULL
           AND NOT EXISTS (SELECT FROM ticket_label x WHERE x.tenant_id = $1 AND x.label_id = $2)",
        tx.tenant_id(),
        label.0
    )
    .execute(tx)
    .await?;
    Ok(gone.rows_affected() == 1)
}
