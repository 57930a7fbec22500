//! The end of a label: tickets lose it, or get another one in its place. Each of them is told so in its timeline.

use rowhouse_platform::{
    access::Permit,
    ambient::Ambient,
    db::{DbError, TenantTx},
};
use uuid::Uuid;

use super::{
    super::event::{self, Kind, NamedLabel},
    Colour, Label, LabelError, LabelId,
};
use crate::desk::permission::ManageProjects;

/// Gives every ticket that has `from` the label `into` instead, and deletes `from`. Answers how many tickets had it.
///
/// # Errors
/// [`LabelError::NotFound`], [`LabelError::IntoItself`], [`LabelError::Database`].
pub async fn merge(
    permit: &mut Permit<ManageProjects>,
    ambient: &Ambient,
    from: LabelId,
    into: LabelId,
) -> Result<u64, LabelError> {
    if from == into {
        return Err(LabelError::IntoItself);
    }
    hold_tickets(permit, from).await?;
    let there = hold(permit, &[from, into]).await?;
    let named = |id: LabelId| there.iter().find(|label| label.id == id).map(NamedLabel::from);
    match (named(from), named(into)) {
        (Some(from), Some(into)) => end(permit, ambient, from, Some(into)).await,
        _ => Err(LabelError::NotFound),
    }
}

/// Deletes a label and takes it from all tickets. Answers how many had it.
///
/// # Errors
/// [`LabelError::NotFound`], [`LabelError::Database`].
pub async fn remove(permit: &mut Permit<ManageProjects>, ambient: &Ambient, id: LabelId) -> Result<u64, LabelError> {
    hold_tickets(permit, id).await?;
    let there = hold(permit, &[id]).await?;
    match there.first() {
        Some(label) => end(permit, ambient, label.into(), None).await,
        None => Err(LabelError::NotFound),
    }
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

/// Locks labels, in one order, so that two merges at the same time wait for each other: from now on no ticket gets them.
async fn hold(tx: &mut TenantTx, labels: &[LabelId]) -> Result<Vec<Label>, DbError> {
    let ids: Vec<Uuid> = labels.iter().map(|label| label.0).collect();
    let rows = sqlx::query!(
        r#"SELECT id, name, colour AS "colour: Colour" FROM label
           WHERE tenant_id = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE"#,
        tx.tenant_id(),
        &ids
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| Label { id: LabelId(row.id), name: row.name, colour: row.colour }).collect())
}

/// Takes `from` from all tickets, gives them `into`, writes that down for each, and deletes `from`. Both are held.
async fn end(
    permit: &mut Permit<ManageProjects>,
    ambient: &Ambient,
    from: NamedLabel,
    into: Option<NamedLabel>,
) -> Result<u64, LabelError> {
    let (gone, instead) = (from.id.0, into.as_ref().map(|label| label.id.0));
    let (principal, tx) = permit.parts();
    let tickets = sqlx::query_scalar!(
        "SELECT ticket_id FROM ticket_label WHERE tenant_id = $1 AND label_id = $2 ORDER BY ticket_id",
        tx.tenant_id(),
        gone
    )
    .fetch_all(&mut *tx)
    .await?;
    let events: Vec<Uuid> = tickets.iter().map(|_| ambient.uuid()).collect();
    // Of tickets that had both labels, and of the others.
    let (kind, lost) = Kind::Labels { added: Vec::new(), removed: vec![from.clone()] }.columns();
    let (_, exchanged) = Kind::Labels { added: into.into_iter().collect(), removed: vec![from] }.columns();
    let written = sqlx::query!(
        "WITH taken AS (
             DELETE FROM ticket_label WHERE tenant_id = $1 AND label_id = $2 RETURNING ticket_id
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
        gone,
        instead as Option<Uuid>,
        ambient.now(),
        principal.account.0,
        event::via(principal) as Option<String>,
        kind,
        lost,
        exchanged,
        &tickets,
        &events
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("DELETE FROM label WHERE tenant_id = $1 AND id = $2", tx.tenant_id(), gone).execute(tx).await?;
    Ok(written.rows_affected())
}
