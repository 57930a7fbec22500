//! Changing what a ticket says of itself.

use std::collections::BTreeSet;

use rowhouse_platform::{
    access::Permit,
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
};
use sqlx::types::Json;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    ChangeError, Label, LabelId, MOST_LABELS, Person, Priority, Status, TicketId,
    error::{Stop, settle},
    event::{self, Kind, Named, NamedLabel},
    label::{self, LabelJson},
    lock::{self, Locked},
    people,
};
use crate::desk::{permission::WriteTickets, project::Reach, search::words};

/// What is to be different; `None` stays as it is. Texts are checked, as in [`NewTicket`](super::NewTicket).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketChange {
    /// Another title.
    pub title: Option<String>,
    /// Another description.
    pub description: Option<String>,
    /// Another status.
    pub status: Option<Status>,
    /// Another priority.
    pub priority: Option<Priority>,
    /// Somebody else, or nobody, to work on it.
    pub assignee: Option<Option<AccountId>>,
    /// Somebody else who asks.
    pub requester: Option<AccountId>,
    /// Another day, or none, by which it is due.
    pub due_on: Option<Option<Date>>,
    /// All labels that it then has.
    pub labels: Option<Vec<LabelId>>,
}

/// Changes a ticket, if it still has the version that is expected, where one is. Answers the version that it then has:
/// the same where nothing is different.
///
/// # Errors
/// [`DbError`]; within, [`ChangeError`]: nothing was done.
pub async fn apply(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    ticket: TicketId,
    expected_version: Option<i64>,
    change: TicketChange,
) -> Result<Result<i64, ChangeError>, DbError> {
    settle(try_apply(permit, ambient, reach, ticket, expected_version, change).await)
}

async fn try_apply(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    id: TicketId,
    expected_version: Option<i64>,
    mut change: TicketChange,
) -> Result<i64, Stop> {
    let old = lock::for_change(permit, reach, id).await?;
    if expected_version.is_some_and(|expected| expected != old.version) {
        return Err(ChangeError::Overtaken { current: old.version }.into());
    }
    let mut new = Next::from(&old);
    let mut events = Vec::new();
    let has_new_words = new.take_plain(&old, &mut change, &mut events);
    new.take_people(permit, id, &old, &change, &mut events).await?;
    let labels = labels(permit, id, change.labels.as_deref(), &mut events).await?;
    if events.is_empty() {
        return Ok(old.version);
    }
    new.write(permit, ambient, id, &old, &labels, &events).await?;
    if has_new_words {
        words::write(permit, &[id]).await?;
    }
    Ok(old.version + 1)
}

/// What a ticket says of itself after the change.
struct Next {
    title: String,
    description: String,
    status: Status,
    priority: Priority,
    requester: Uuid,
    assignee: Option<Uuid>,
    due_on: Option<Date>,
}

impl From<&Locked> for Next {
    fn from(old: &Locked) -> Self {
        Self {
            title: old.title.clone(),
            description: old.description.clone(),
            status: old.status,
            priority: old.priority,
            requester: old.requester,
            assignee: old.assignee,
            due_on: old.due_on,
        }
    }
}

impl Next {
    /// Takes what needs no look at other tables. Answers whether the ticket has other words.
    fn take_plain(&mut self, old: &Locked, change: &mut TicketChange, events: &mut Vec<Kind>) -> bool {
        if let Some(title) = change.title.take().filter(|title| *title != old.title) {
            events.push(Kind::Title { from: old.title.clone(), to: title.clone() });
            self.title = title;
        }
        if let Some(description) = change.description.take().filter(|description| *description != old.description) {
            events.push(Kind::Description {});
            self.description = description;
        }
        let has_new_words = !events.is_empty();
        if let Some(status) = change.status.filter(|status| *status != old.status) {
            events.push(Kind::Status { from: old.status, to: status });
            self.status = status;
        }
        if let Some(priority) = change.priority.filter(|priority| *priority != old.priority) {
            events.push(Kind::Priority { from: old.priority, to: priority });
            self.priority = priority;
        }
        if let Some(due_on) = change.due_on.filter(|due_on| *due_on != old.due_on) {
            events.push(Kind::Due { from: old.due_on, to: due_on });
            self.due_on = due_on;
        }
        has_new_words
    }

    /// Takes other people, who must reach the project.
    async fn take_people(
        &mut self,
        permit: &mut Permit<WriteTickets>,
        ticket: TicketId,
        old: &Locked,
        change: &TicketChange,
        events: &mut Vec<Kind>,
    ) -> Result<(), Stop> {
        let assignee = change.assignee.map(|assignee| assignee.map(|id| id.0)).filter(|id| *id != old.assignee);
        let requester = change.requester.map(|id| id.0).filter(|id| *id != old.requester);
        if assignee.is_none() && requester.is_none() {
            return Ok(());
        }
        let coming: BTreeSet<Uuid> = assignee.flatten().into_iter().chain(requester).collect();
        let coming: Vec<Uuid> = coming.into_iter().collect();
        let coming_people = people::among(permit, old.project, &coming).await?;
        if coming_people.len() != coming.len() {
            return Err(ChangeError::NoSuchPerson.into());
        }
        // Who was it may have left.
        let before = people::of_ticket(permit, ticket).await?;
        let named = |people: &[Person], id: Uuid| people.iter().find(|person| person.id.0 == id).map(Named::from);
        if let Some(assignee) = assignee {
            events.push(Kind::Assignee {
                from: old.assignee.and_then(|id| named(&before, id)),
                to: assignee.and_then(|id| named(&coming_people, id)),
            });
            self.assignee = assignee;
        }
        if let Some(requester) = requester
            && let Some((from, to)) = named(&before, old.requester).zip(named(&coming_people, requester))
        {
            events.push(Kind::Requester { from, to });
            self.requester = requester;
        }
        Ok(())
    }

    async fn write(
        self,
        permit: &mut Permit<WriteTickets>,
        ambient: &Ambient,
        id: TicketId,
        old: &Locked,
        labels: &Labels,
        events: &[Kind],
    ) -> Result<(), Stop> {
        let now = ambient.now();
        let (principal, tx) = permit.parts();
        let event::Rows { ids, kinds, details } = event::Rows::new(ambient, events);
        sqlx::query!(
            "WITH changed AS (
                 UPDATE ticket SET title = $3, description = $4, status = $5, priority = $6, requester_id = $7,
                                   assignee_id = $8, due_on = $9, resolved_at = $10, updated_at = $11,
                                   version = version + 1
                 WHERE tenant_id = $1 AND id = $2 AND version = $12
                 RETURNING tenant_id, id
             ), taken AS (
                 DELETE FROM ticket_label WHERE tenant_id = $1 AND ticket_id = $2 AND label_id = ANY ($13)
             ), given AS (
                 INSERT INTO ticket_label (tenant_id, ticket_id, label_id)
                 SELECT changed.tenant_id, changed.id, x.id FROM changed CROSS JOIN unnest($14::uuid[]) AS x (id)
                 ON CONFLICT DO NOTHING
             )
             INSERT INTO ticket_event (tenant_id, ticket_id, id, actor_id, via, kind, detail, created_at)
             SELECT changed.tenant_id, changed.id, e.id, $15::uuid, $16::text, e.kind, e.detail, $11
             FROM changed CROSS JOIN unnest($17::uuid[], $18::text[], $19::jsonb[]) AS e (id, kind, detail)",
            tx.tenant_id(),
            id.0,
            self.title,
            self.description,
            self.status.word(),
            self.priority.word(),
            self.requester,
            self.assignee,
            self.due_on,
            resolved_at(old, self.status, now),
            now,
            old.version,
            &labels.removed,
            &labels.added,
            principal.account.0,
            event::via(principal),
            &ids,
            &kinds,
            &details
        )
        .execute(&mut *tx)
        .await?;
        event::told(tx, ambient, Some(principal), id, &ids, &kinds).await?;
        Ok(())
    }
}

/// Since when it is solved or closed: closing what was solved does not change that.
fn resolved_at(old: &Locked, status: Status, now: OffsetDateTime) -> Option<OffsetDateTime> {
    if status.is_resolved() { old.resolved_at.or(Some(now)) } else { None }
}

/// Labels that come and go.
#[derive(Default)]
struct Labels {
    added: Vec<Uuid>,
    removed: Vec<Uuid>,
}

/// Compares the labels of a ticket with those that it shall have.
async fn labels(
    tx: &mut TenantTx,
    ticket: TicketId,
    wanted: Option<&[LabelId]>,
    events: &mut Vec<Kind>,
) -> Result<Labels, Stop> {
    let Some(wanted) = wanted else { return Ok(Labels::default()) };
    let wanted: BTreeSet<Uuid> = wanted.iter().map(|label| label.0).collect();
    if wanted.len() > MOST_LABELS {
        return Err(ChangeError::TooManyLabels.into());
    }
    // None of them goes between the look and the change.
    label::hold(tx, &wanted.iter().copied().collect::<Vec<_>>()).await?;
    let row = sqlx::query!(
        r#"SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'name', l.name, 'colour', l.colour)
                                     ORDER BY lower(l.name)), '[]') AS "labels!: Json<Vec<LabelJson>>",
                  coalesce(array_agg(l.id) FILTER (WHERE x.label_id IS NOT NULL), '{}') AS "had!",
                  coalesce(array_agg(l.id) FILTER (WHERE l.ending_since IS NOT NULL), '{}') AS "ending!"
           FROM label l
           LEFT JOIN ticket_label x ON x.tenant_id = l.tenant_id AND x.label_id = l.id AND x.ticket_id = $2
           WHERE l.tenant_id = $1 AND (l.id = ANY ($3) OR x.label_id IS NOT NULL)"#,
        tx.tenant_id(),
        ticket.0,
        &wanted.iter().copied().collect::<Vec<_>>()
    )
    .fetch_one(tx)
    .await?;
    let known: Vec<Label> = row.labels.0.into_iter().map(Label::from).collect();
    let (had, mut labels): (BTreeSet<Uuid>, Labels) = (row.had.into_iter().collect(), Labels::default());
    // What becomes of a label on its way out is decided: a ticket that has it keeps it until its turn comes, and no other
    // gets it.
    let stays = |id: &Uuid| row.ending.contains(id);
    let may_have = |id: &Uuid| known.iter().any(|label| label.id.0 == *id) && (!stays(id) || had.contains(id));
    if !wanted.iter().all(may_have) {
        return Err(ChangeError::NoSuchLabel.into());
    }
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for label in known.iter().filter(|label| !stays(&label.id.0)) {
        match (wanted.contains(&label.id.0), had.contains(&label.id.0)) {
            (true, false) => {
                added.push(NamedLabel::from(label));
                labels.added.push(label.id.0);
            }
            (false, true) => {
                removed.push(NamedLabel::from(label));
                labels.removed.push(label.id.0);
            }
            _ => {}
        }
    }
    if !added.is_empty() || !removed.is_empty() {
        events.push(Kind::Labels { added, removed });
    }
    Ok(labels)
}
