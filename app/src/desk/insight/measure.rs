//! The figures: every query of the dashboard.
//!
//! Each reads one index and nothing else (migration 0020): the tickets that were opened in some days, those that were
//! resolved in them, those that are not resolved. When a day begins is computed here, in the workspace's time zone, and
//! given to PostgreSQL as moments; so both agree on every day, those of 23 and 25 hours too.

use std::collections::HashMap;

use rowhouse_platform::{access::Permit, db::DbError};
use time::OffsetDateTime;
use uuid::Uuid;

use super::filter::{Assignee, By, Filter};
use crate::{desk::permission::ReadTickets, ui::chart::Slot};

/// Some tickets: how many, and how long half and nine in ten of them took at most. Seconds; none where none took any.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Tally {
    pub(super) tickets: i64,
    /// How many of them have come to the end that is measured.
    pub(super) done: i64,
    pub(super) median: Option<f64>,
    pub(super) ninetieth: Option<f64>,
}

/// Tickets by the moment, by a part such as their project (none: those without, such as nobody's), and all of them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Flow {
    /// One of each slot.
    pub(super) slots: Vec<Tally>,
    pub(super) parts: HashMap<Option<Uuid>, Tally>,
    pub(super) all: Tally,
}

/// Tickets that are not resolved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) open: i64,
    pub(super) pending: i64,
}

/// Those by age, and by part.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Backlog {
    /// One of each span between the moments given, the oldest first.
    pub(super) ages: Vec<Waiting>,
    pub(super) parts: HashMap<Option<Uuid>, Waiting>,
    pub(super) all: Waiting,
}

/// What a row of a query stands for, as `GROUPING()` of slot and part says it.
enum Kind {
    Slot(usize),
    Part(Option<Uuid>),
    All,
}

fn kind(grouping: i32, slot: Option<i32>, part: Option<Uuid>) -> Kind {
    match grouping {
        1 => Kind::Slot(slot.and_then(|slot| usize::try_from(slot).ok()).unwrap_or(usize::MAX)),
        2 => Kind::Part(part),
        _ => Kind::All,
    }
}

/// Quantiles as PostgreSQL answers them.
fn quantiles(took: Option<&[f64]>) -> (Option<f64>, Option<f64>) {
    let at = |place: usize| took.and_then(|took| took.get(place)).copied();
    (at(0), at(1))
}

/// The parameters that all queries have for whose tickets and which label: the account, whether nobody's, the label.
///
/// The label is looked for at each ticket, in the primary key: a list of all tickets that have it would, where it is too
/// long to be kept in memory, be gone through for each of them.
fn narrowed(filter: &Filter) -> (Option<Uuid>, bool, Option<Uuid>) {
    let account = match filter.assignee {
        Some(Assignee::Account(id)) => Some(id.0),
        Some(Assignee::Nobody) | None => None,
    };
    (account, filter.assignee == Some(Assignee::Nobody), filter.label.map(|label| label.0))
}

/// The moments at which slots begin, and that at which the last is over.
fn bounds(slots: &[Slot]) -> Vec<OffsetDateTime> {
    slots.iter().map(|slot| slot.from).chain(slots.last().map(|slot| slot.until)).collect()
}

/// Tickets opened in the slots, and how long it took until somebody else than the requester answered.
pub(super) async fn created(
    permit: &mut Permit<ReadTickets>,
    filter: &Filter,
    slots: &[Slot],
) -> Result<Flow, DbError> {
    let bounds = bounds(slots);
    let (Some(from), Some(until)) = (bounds.first(), bounds.last()) else { return Ok(Flow::default()) };
    let (account, nobody, label) = narrowed(filter);
    let rows = sqlx::query!(
        r#"SELECT GROUPING(f.slot, f.part) AS "grouping!", f.slot AS "slot?", f.part AS "part?", count(*) AS "tickets!",
                  count(f.seconds) AS "done!",
                  percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY f.seconds) AS "took?: Vec<f64>"
           FROM (
               SELECT width_bucket(t.created_at, $3::timestamptz[]) - 1 AS slot,
                      CASE $4 WHEN 'project' THEN t.project_id WHEN 'assignee' THEN t.assignee_id END AS part,
                      date_part('epoch', t.first_response_at - t.created_at) AS seconds
               FROM ticket t
               WHERE t.tenant_id = $1 AND t.project_id = ANY ($2) AND t.created_at >= $5 AND t.created_at < $6
                 AND ($7::uuid IS NULL OR t.assignee_id = $7) AND (NOT $8 OR t.assignee_id IS NULL)
                 AND ($9::uuid IS NULL OR EXISTS (
                     SELECT FROM ticket_label l WHERE l.tenant_id = $1 AND l.ticket_id = t.id AND l.label_id = $9))
           ) f
           GROUP BY GROUPING SETS ((f.slot), (f.part), ())"#,
        permit.tenant_id(),
        &filter.projects,
        &bounds,
        filter.by.word(),
        from,
        until,
        account,
        nobody,
        label
    )
    .fetch_all(&mut **permit)
    .await?;
    let mut flow = Flow { slots: vec![Tally::default(); slots.len()], ..Flow::default() };
    for row in rows {
        let (median, ninetieth) = quantiles(row.took.as_deref());
        flow.put(
            kind(row.grouping, row.slot, row.part),
            Tally { tickets: row.tickets, done: row.done, median, ninetieth },
        );
    }
    if filter.by == By::Label {
        flow.parts = created_by_label(permit, filter, *from, *until).await?;
    }
    Ok(flow)
}

/// Tickets resolved in the slots, and how long it took since they were opened.
pub(super) async fn resolved(
    permit: &mut Permit<ReadTickets>,
    filter: &Filter,
    slots: &[Slot],
) -> Result<Flow, DbError> {
    let bounds = bounds(slots);
    let (Some(from), Some(until)) = (bounds.first(), bounds.last()) else { return Ok(Flow::default()) };
    let (account, nobody, label) = narrowed(filter);
    let rows = sqlx::query!(
        r#"SELECT GROUPING(f.slot, f.part) AS "grouping!", f.slot AS "slot?", f.part AS "part?", count(*) AS "tickets!",
                  percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY f.seconds) AS "took?: Vec<f64>"
           FROM (
               SELECT width_bucket(t.resolved_at, $3::timestamptz[]) - 1 AS slot,
                      CASE $4 WHEN 'project' THEN t.project_id WHEN 'assignee' THEN t.assignee_id END AS part,
                      date_part('epoch', t.resolved_at - t.created_at) AS seconds
               FROM ticket t
               WHERE t.tenant_id = $1 AND t.project_id = ANY ($2) AND t.resolved_at >= $5 AND t.resolved_at < $6
                 AND ($7::uuid IS NULL OR t.assignee_id = $7) AND (NOT $8 OR t.assignee_id IS NULL)
                 AND ($9::uuid IS NULL OR EXISTS (
                     SELECT FROM ticket_label l WHERE l.tenant_id = $1 AND l.ticket_id = t.id AND l.label_id = $9))
           ) f
           GROUP BY GROUPING SETS ((f.slot), (f.part), ())"#,
        permit.tenant_id(),
        &filter.projects,
        &bounds,
        filter.by.word(),
        from,
        until,
        account,
        nobody,
        label
    )
    .fetch_all(&mut **permit)
    .await?;
    let mut flow = Flow { slots: vec![Tally::default(); slots.len()], ..Flow::default() };
    for row in rows {
        let (median, ninetieth) = quantiles(row.took.as_deref());
        let tally = Tally { tickets: row.tickets, done: row.tickets, median, ninetieth };
        flow.put(kind(row.grouping, row.slot, row.part), tally);
    }
    if filter.by == By::Label {
        flow.parts = resolved_by_label(permit, filter, *from, *until).await?;
    }
    Ok(flow)
}

impl Flow {
    fn put(&mut self, kind: Kind, tally: Tally) {
        match kind {
            Kind::Slot(slot) => {
                if let Some(place) = self.slots.get_mut(slot) {
                    *place = tally;
                }
            }
            Kind::Part(part) => {
                self.parts.insert(part, tally);
            }
            Kind::All => self.all = tally,
        }
    }
}

/// Tickets that are not resolved, by the moments between which they were opened: `moments` in their order, the first
/// span being all that lies before the first.
pub(super) async fn backlog(
    permit: &mut Permit<ReadTickets>,
    filter: &Filter,
    moments: &[OffsetDateTime],
) -> Result<Backlog, DbError> {
    let (account, nobody, label) = narrowed(filter);
    let rows = sqlx::query!(
        r#"SELECT GROUPING(f.age, f.part) AS "grouping!", f.age AS "age?", f.part AS "part?",
                  count(*) FILTER (WHERE f.status = 'open') AS "open!",
                  count(*) FILTER (WHERE f.status = 'pending') AS "pending!"
           FROM (
               SELECT width_bucket(t.created_at, $3::timestamptz[]) AS age,
                      CASE $4 WHEN 'project' THEN t.project_id WHEN 'assignee' THEN t.assignee_id END AS part,
                      t.status
               FROM ticket t
               WHERE t.tenant_id = $1 AND t.project_id = ANY ($2) AND t.resolved_at IS NULL
                 AND ($5::uuid IS NULL OR t.assignee_id = $5) AND (NOT $6 OR t.assignee_id IS NULL)
                 AND ($7::uuid IS NULL OR EXISTS (
                     SELECT FROM ticket_label l WHERE l.tenant_id = $1 AND l.ticket_id = t.id AND l.label_id = $7))
           ) f
           GROUP BY GROUPING SETS ((f.age), (f.part), ())"#,
        permit.tenant_id(),
        &filter.projects,
        moments,
        filter.by.word(),
        account,
        nobody,
        label
    )
    .fetch_all(&mut **permit)
    .await?;
    let mut backlog = Backlog { ages: vec![Waiting::default(); moments.len() + 1], ..Backlog::default() };
    for row in rows {
        let waiting = Waiting { open: row.open, pending: row.pending };
        match kind(row.grouping, row.age, row.part) {
            Kind::Slot(age) => {
                if let Some(place) = backlog.ages.get_mut(age) {
                    *place = waiting;
                }
            }
            Kind::Part(part) => {
                backlog.parts.insert(part, waiting);
            }
            Kind::All => backlog.all = waiting,
        }
    }
    if filter.by == By::Label {
        backlog.parts = backlog_by_label(permit, filter).await?;
    }
    Ok(backlog)
}

/// A ticket counts with each of its labels; those without any are left out.
async fn created_by_label(
    permit: &mut Permit<ReadTickets>,
    filter: &Filter,
    from: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<HashMap<Option<Uuid>, Tally>, DbError> {
    let (account, nobody, label) = narrowed(filter);
    let rows = sqlx::query!(
        r#"SELECT l.label_id, count(*) AS "tickets!", count(t.first_response_at) AS "done!",
                  percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (
                      ORDER BY date_part('epoch', t.first_response_at - t.created_at)) AS "took?: Vec<f64>"
           FROM ticket t JOIN ticket_label l ON l.tenant_id = t.tenant_id AND l.ticket_id = t.id
           WHERE t.tenant_id = $1 AND t.project_id = ANY ($2) AND t.created_at >= $3 AND t.created_at < $4
             AND ($5::uuid IS NULL OR t.assignee_id = $5) AND (NOT $6 OR t.assignee_id IS NULL)
             AND ($7::uuid IS NULL OR EXISTS (
                 SELECT FROM ticket_label o WHERE o.tenant_id = $1 AND o.ticket_id = t.id AND o.label_id = $7))
           GROUP BY l.label_id"#,
        permit.tenant_id(),
        &filter.projects,
        from,
        until,
        account,
        nobody,
        label
    )
    .fetch_all(&mut **permit)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (median, ninetieth) = quantiles(row.took.as_deref());
            (Some(row.label_id), Tally { tickets: row.tickets, done: row.done, median, ninetieth })
        })
        .collect())
}

async fn resolved_by_label(
    permit: &mut Permit<ReadTickets>,
    filter: &Filter,
    from: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<HashMap<Option<Uuid>, Tally>, DbError> {
    let (account, nobody, label) = narrowed(filter);
    let rows = sqlx::query!(
        r#"SELECT l.label_id, count(*) AS "tickets!",
                  percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (
                      ORDER BY date_part('epoch', t.resolved_at - t.created_at)) AS "took?: Vec<f64>"
           FROM ticket t JOIN ticket_label l ON l.tenant_id = t.tenant_id AND l.ticket_id = t.id
           WHERE t.tenant_id = $1 AND t.project_id = ANY ($2) AND t.resolved_at >= $3 AND t.resolved_at < $4
             AND ($5::uuid IS NULL OR t.assignee_id = $5) AND (NOT $6 OR t.assignee_id IS NULL)
             AND ($7::uuid IS NULL OR EXISTS (
                 SELECT FROM ticket_label o WHERE o.tenant_id = $1 AND o.ticket_id = t.id AND o.label_id = $7))
           GROUP BY l.label_id"#,
        permit.tenant_id(),
        &filter.projects,
        from,
        until,
        account,
        nobody,
        label
    )
    .fetch_all(&mut **permit)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (median, ninetieth) = quantiles(row.took.as_deref());
            (Some(row.label_id), Tally { tickets: row.tickets, done: row.tickets, median, ninetieth })
        })
        .collect())
}

async fn backlog_by_label(
    permit: &mut Permit<ReadTickets>,
    filter: &Filter,
) -> Result<HashMap<Option<Uuid>, Waiting>, DbError> {
    let (account, nobody, label) = narrowed(filter);
    let rows = sqlx::query!(
        r#"SELECT l.label_id, count(*) FILTER (WHERE t.status = 'open') AS "open!",
                  count(*) FILTER (WHERE t.status = 'pending') AS "pending!"
           FROM ticket t JOIN ticket_label l ON l.tenant_id = t.tenant_id AND l.ticket_id = t.id
           WHERE t.tenant_id = $1 AND t.project_id = ANY ($2) AND t.resolved_at IS NULL
             AND ($3::uuid IS NULL OR t.assignee_id = $3) AND (NOT $4 OR t.assignee_id IS NULL)
             AND ($5::uuid IS NULL OR EXISTS (
                 SELECT FROM ticket_label o WHERE o.tenant_id = $1 AND o.ticket_id = t.id AND o.label_id = $5))
           GROUP BY l.label_id"#,
        permit.tenant_id(),
        &filter.projects,
        account,
        nobody,
        label
    )
    .fetch_all(&mut **permit)
    .await?;
    let waiting = |open, pending| Waiting { open, pending };
    Ok(rows.into_iter().map(|row| (Some(row.label_id), waiting(row.open, row.pending))).collect())
}

/// Whether there is any ticket that is reached.
pub(super) async fn is_any(permit: &mut Permit<ReadTickets>, projects: &[Uuid]) -> Result<bool, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM ticket t WHERE t.tenant_id = $1 AND t.project_id = ANY ($2)) AS "any!""#,
        permit.tenant_id(),
        projects
    )
    .fetch_one(&mut **permit)
    .await?)
}

/// The names of accounts.
pub(super) async fn names(permit: &mut Permit<ReadTickets>, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, DbError> {
    Ok(sqlx::query!("SELECT id, name FROM account WHERE tenant_id = $1 AND id = ANY ($2)", permit.tenant_id(), ids)
        .fetch_all(&mut **permit)
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect())
}
