//! The end of a label: tickets lose it, or get another one in its place. Each of them is told so in its timeline.
//!
//! Where few tickets have it, that is done at once. Where more do, the label is marked as ending, and [`super::ending`]
//! does the rest.

use rowhouse_platform::{
    access::Permit,
    ambient::Ambient,
    db::{DbError, TenantTx},
};
use uuid::Uuid;

use super::{
    super::event::{self, Kind, NamedLabel},
    Colour, LabelError, LabelId,
    ending::AT_ONCE,
};
use crate::desk::permission::ManageProjects;

/// How far the end of a label came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It is gone.
    AtOnce {
        /// How many tickets had it.
        tickets: u64,
    },
    /// It is marked, and nobody gives it any more. Its tickets are done by a server, batch by batch.
    OnItsWay,
}

/// Gives every ticket that has `from` the label `into` instead, and deletes `from`.
///
/// # Errors
/// [`LabelError::NotFound`], [`LabelError::IntoItself`], [`LabelError::Ending`], [`LabelError::IntoEnding`],
/// [`LabelError::Awaited`], [`LabelError::Database`].
pub async fn merge(
    permit: &mut Permit<ManageProjects>,
    ambient: &Ambient,
    from: LabelId,
    into: LabelId,
) -> Result<Ended, LabelError> {
    if from == into {
        return Err(LabelError::IntoItself);
    }
    end(permit, ambient, from, Some(into)).await
}

/// Deletes a label and takes it from all tickets.
///
/// # Errors
/// [`LabelError::NotFound`], [`LabelError::Ending`], [`LabelError::Awaited`], [`LabelError::Database`].
pub async fn remove(permit: &mut Permit<ManageProjects>, ambient: &Ambient, id: LabelId) -> Result<Ended, LabelError> {
    end(permit, ambient, id, None).await
}

async fn end(
    permit: &mut Permit<ManageProjects>,
    ambient: &Ambient,
    from: LabelId,
    into: Option<LabelId>,
) -> Result<Ended, LabelError> {
    let is_quick = have_few(permit, from).await?;
    if is_quick {
        hold_tickets(permit, from).await?;
    }
    let ids: Vec<LabelId> = into.into_iter().chain([from]).collect();
    let held = hold(permit, &ids).await?;
    let find = |id: LabelId| held.iter().find(|held| held.label.id == id).ok_or(LabelError::NotFound);
    let gone = find(from)?;
    let instead = into.map(find).transpose()?;
    if gone.is_ending {
        return Err(LabelError::Ending);
    }
    if instead.is_some_and(|instead| instead.is_ending) {
        return Err(LabelError::IntoEnding);
    }
    if is_awaited(permit, from).await? {
        return Err(LabelError::Awaited);
    }
    if !is_quick {
        mark(permit, ambient, from, into).await?;
        return Ok(Ended::OnItsWay);
    }
    let (principal, tx) = permit.parts();
    let by = By { account: principal.account.0, via: event::via(principal) };
    let tickets = sqlx::query_scalar!(
        "SELECT ticket_id FROM ticket_label WHERE tenant_id = $1 AND label_id = $2 ORDER BY ticket_id",
        tx.tenant_id(),
        from.0
    )
    .fetch_all(&mut *tx)
    .await?;
    let tickets = exchange(tx, ambient, &by, &gone.label, instead.map(|instead| &instead.label), &tickets).await?;
    sqlx::query!("DELETE FROM label WHERE tenant_id = $1 AND id = $2", tx.tenant_id(), from.0).execute(tx).await?;
    Ok(Ended::AtOnce { tickets })
}

/// Whether no more tickets have a label than are done in one transaction.
async fn have_few(tx: &mut TenantTx, label: LabelId) -> Result<bool, DbError> {
    let found = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM (
               SELECT FROM ticket_label x WHERE x.tenant_id = $1 AND x.label_id = $2 LIMIT $3
           ) few"#,
        tx.tenant_id(),
        label.0,
        AT_ONCE + 1
    )
    .fetch_one(tx)
    .await?;
    Ok(found <= AT_ONCE)
}

/// Locks the tickets that have a label, before the label: whoever changes a ticket locks it first and its labels then, and
/// neither is to wait for the other.
async fn hold_tickets(tx: &mut TenantTx, label: LabelId) -> Result<(), DbError> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM (
               SELECT k.id FROM ticket k
               WHERE k.tenant_id = $1 AND EXISTS (
                   SELECT 1 FROM ticket_label x
                   WHERE x.tenant_id = k.tenant_id AND x.ticket_id = k.id AND x.label_id = $2
               )
               ORDER BY k.id FOR NO KEY UPDATE
           ) held"#,
        tx.tenant_id(),
        label.0
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

/// A label that is locked.
struct Held {
    label: NamedLabel,
    is_ending: bool,
}

/// Locks labels, in one order, so that two merges at the same time wait for each other: from now on no ticket gets them.
async fn hold(tx: &mut TenantTx, labels: &[LabelId]) -> Result<Vec<Held>, DbError> {
    let ids: Vec<Uuid> = labels.iter().map(|label| label.0).collect();
    let rows = sqlx::query!(
        r#"SELECT id, name, colour AS "colour: Colour", ending_since IS NOT NULL AS "is_ending!" FROM label
           WHERE tenant_id = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE"#,
        tx.tenant_id(),
        &ids
    )
    .fetch_all(tx)
    .await?;
    let held = rows.into_iter().map(|row| Held {
        label: NamedLabel { id: LabelId(row.id), name: row.name, colour: row.colour },
        is_ending: row.is_ending,
    });
    Ok(held.collect())
}

/// Whether others are being merged into a label. It is locked, so no more of them begin. A statement of its own: what one
/// that has waited for the lock reads of other rows is as old as its beginning.
async fn is_awaited(tx: &mut TenantTx, label: LabelId) -> Result<bool, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM label WHERE tenant_id = $1 AND merging_into = $2) AS "is_awaited!""#,
        tx.tenant_id(),
        label.0
    )
    .fetch_one(tx)
    .await?)
}

/// Marks a label as ending. It is locked.
async fn mark(
    permit: &mut Permit<ManageProjects>,
    ambient: &Ambient,
    label: LabelId,
    into: Option<LabelId>,
) -> Result<(), DbError> {
    let (principal, tx) = permit.parts();
    sqlx::query!(
        "UPDATE label SET ending_since = $3, merging_into = $4, ended_by = $5, ended_via = $6
         WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        label.0,
        ambient.now(),
        into.map(|into| into.0),
        principal.account.0,
        event::via(principal)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Who ends a label, as timelines say it.
pub(super) struct By {
    pub(super) account: Uuid,
    pub(super) via: Option<String>,
}

/// Takes `from` from those of these tickets that have it, gives them `into`, and writes that down for each. Answers how
/// many had it. The tickets are locked.
pub(super) async fn exchange(
    tx: &mut TenantTx,
    ambient: &Ambient,
    by: &By,
    from: &NamedLabel,
    into: Option<&NamedLabel>,
    tickets: &[Uuid],
) -> Result<u64, DbError> {
    let events: Vec<Uuid> = tickets.iter().map(|_| ambient.uuid()).collect();
    // Of tickets that had both labels, and of the others.
    let (kind, lost) = Kind::Labels { added: Vec::new(), removed: vec![from.clone()] }.columns();
    let (_, exchanged) =
        Kind::Labels { added: into.into_iter().cloned().collect(), removed: vec![from.clone()] }.columns();
    let written = sqlx::query!(
        "WITH taken AS (
             DELETE FROM ticket_label WHERE tenant_id = $1 AND label_id = $2 AND ticket_id = ANY ($10)
             RETURNING ticket_id
         ), given AS (
             INSERT INTO ticket_label (tenant_id, ticket_id, label_id)
             SELECT $1, taken.ticket_id, $3::uuid FROM taken WHERE $3::uuid IS NOT NULL
             ON CONFLICT DO NOTHING RETURNING ticket_id
         ), changed AS (
             UPDATE ticket SET version = version + 1, updated_at = $4
             WHERE tenant_id = $1 AND id IN (SELECT taken.ticket_id FROM taken)
         )
         INSERT INTO ticket_event (tenant_id, ticket_id, id, actor_id, via, kind, detail, created_at)
         SELECT $1, taken.ticket_id, e.id, $5::uuid, $6::text, $7,
                CASE WHEN given.ticket_id IS NULL THEN $8::jsonb ELSE $9::jsonb END, $4
         FROM taken JOIN unnest($10::uuid[], $11::uuid[]) AS e (ticket_id, id) ON e.ticket_id = taken.ticket_id
         LEFT JOIN given ON given.ticket_id = taken.ticket_id",
        tx.tenant_id(),
        from.id.0,
        into.map(|into| into.id.0) as Option<Uuid>,
        ambient.now(),
        by.account,
        by.via.as_deref() as Option<&str>,
        kind,
        lost,
        exchanged,
        tickets,
        &events
    )
    .execute(tx)
    .await?;
    Ok(written.rows_affected())
}
