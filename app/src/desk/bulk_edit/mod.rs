//! Changing several tickets at once. Each is changed as if it were changed alone, with its own rules and events; those
//! that cannot be changed stay as they are, and why is told.

mod form;
mod submit;

use std::collections::{HashMap, HashSet};

use rowhouse_platform::{access::Permit, ambient::Ambient, db::DbError, id::AccountId};
use uuid::Uuid;

use super::{
    permission::WriteTickets,
    project::{ProjectId, Reach},
    ticket::{ChangeError, LabelId, Priority, Status, TicketChange, TicketId, TicketKey, change, label},
};

pub(super) use form::{form, notice};
pub(super) use submit::submit;

/// The most tickets that are changed at once.
pub const MOST: usize = 200;

/// What is to be different in each ticket; `None` and empty stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BulkChange {
    /// Another status.
    pub status: Option<Status>,
    /// Another priority.
    pub priority: Option<Priority>,
    /// Somebody else, or nobody, to work on it.
    pub assignee: Option<Option<AccountId>>,
    /// Labels that it gets.
    pub add: Vec<LabelId>,
    /// Labels that it loses.
    pub remove: Vec<LabelId>,
}

impl BulkChange {
    /// Whether nothing is to be different.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether tickets get or lose labels.
    fn is_relabelling(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty()
    }

    /// What it means for a ticket that has these labels.
    fn of_ticket(&self, labels: &[Uuid]) -> TicketChange {
        let kept = labels.iter().copied().map(LabelId).filter(|label| !self.remove.contains(label));
        let mut wanted: Vec<LabelId> = kept.chain(self.add.iter().copied()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        TicketChange {
            status: self.status,
            priority: self.priority,
            assignee: self.assignee,
            labels: self.is_relabelling().then_some(wanted),
            ..TicketChange::default()
        }
    }
}

/// What became of one ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// It is different now.
    Changed,
    /// It was so already.
    Same,
    /// It could not be changed.
    Refused(ChangeError),
    /// It could not be changed: its project is archived.
    Archived,
}

/// What became of each ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome(pub Vec<(TicketId, Option<TicketKey>, Became)>);

impl Outcome {
    /// How many became so.
    #[must_use]
    pub fn count(&self, became: &Became) -> usize {
        self.0.iter().filter(|row| row.2 == *became).count()
    }

    /// Those that could not be changed.
    pub fn refused(&self) -> impl Iterator<Item = &(TicketId, Option<TicketKey>, Became)> {
        self.0.iter().filter(|row| matches!(row.2, Became::Refused(_) | Became::Archived))
    }
}

/// Changes these tickets, at most [`MOST`], one after the other in one transaction.
///
/// # Errors
/// [`DbError`]; nothing is changed then.
pub async fn apply(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    tickets: &[TicketId],
    bulk: &BulkChange,
) -> Result<Outcome, DbError> {
    let mut ids: Vec<Uuid> = tickets.iter().take(MOST).map(|ticket| ticket.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let there = lock(permit, reach, &ids).await?;
    let mut labels = labels(permit, &ids).await?;
    if bulk.is_relabelling() {
        hold(permit, &mut labels, &bulk.add).await?;
    }
    let mut outcome = Outcome::default();
    for id in ids.into_iter().map(TicketId) {
        let Some(found) = there.get(&id) else {
            outcome.0.push((id, None, Became::Refused(ChangeError::NotFound)));
            continue;
        };
        let change = bulk.of_ticket(labels.get(&id).map_or(&[], Vec::as_slice));
        let became = match change::apply(permit, ambient, reach, id, None, change).await? {
            Ok(version) if version == found.version => Became::Same,
            Ok(_) => Became::Changed,
            Err(ChangeError::ReadOnly) if found.is_archived => Became::Archived,
            Err(error) => Became::Refused(error),
        };
        outcome.0.push((id, Some(found.key.clone()), became));
    }
    Ok(outcome)
}

struct Found {
    key: TicketKey,
    version: i64,
    is_archived: bool,
}

/// Locks those that are reached, in the order of their ids: two who change the same tickets wait for each other.
async fn lock(
    permit: &mut Permit<WriteTickets>,
    reach: &Reach,
    ids: &[Uuid],
) -> Result<HashMap<TicketId, Found>, DbError> {
    let rows = sqlx::query!(
        "SELECT id, project_id, number, version FROM ticket
         WHERE tenant_id = $1 AND id = ANY ($2) AND project_id = ANY ($3)
         ORDER BY id FOR NO KEY UPDATE",
        permit.tenant_id(),
        ids,
        &reach.ids()
    )
    .fetch_all(&mut **permit)
    .await?;
    let found = rows.into_iter().filter_map(|row| {
        let project = reach.of_id(ProjectId(row.project_id))?;
        let key = TicketKey { project: project.key.clone(), number: row.number };
        Some((TicketId(row.id), Found { key, version: row.version, is_archived: project.is_archived }))
    });
    Ok(found.collect())
}

/// The labels that tickets have. They are locked already, and whoever gives a ticket labels locks it first.
async fn labels(permit: &mut Permit<WriteTickets>, ids: &[Uuid]) -> Result<HashMap<TicketId, Vec<Uuid>>, DbError> {
    let rows = sqlx::query!(
        "SELECT ticket_id, label_id FROM ticket_label WHERE tenant_id = $1 AND ticket_id = ANY ($2)",
        permit.tenant_id(),
        ids
    )
    .fetch_all(&mut **permit)
    .await?;
    let mut labels: HashMap<TicketId, Vec<Uuid>> = HashMap::new();
    for row in rows {
        labels.entry(TicketId(row.ticket_id)).or_default().push(row.label_id);
    }
    Ok(labels)
}

/// Sees that no label goes while tickets are changed one after the other. What tickets had that went before is forgotten,
/// and what they shall get that is not there any more is refused with each of them.
async fn hold(
    permit: &mut Permit<WriteTickets>,
    labels: &mut HashMap<TicketId, Vec<Uuid>>,
    added: &[LabelId],
) -> Result<(), DbError> {
    let mut all: Vec<Uuid> = labels.values().flatten().copied().chain(added.iter().map(|label| label.0)).collect();
    all.sort_unstable();
    all.dedup();
    let there: HashSet<Uuid> = label::hold(permit, &all).await?.into_iter().collect();
    for of_ticket in labels.values_mut() {
        of_ticket.retain(|label| there.contains(label));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_come_and_go_and_others_stay() {
        let label = |number| LabelId(Uuid::from_u128(number));
        let bulk = BulkChange { add: vec![label(3), label(1)], remove: vec![label(2)], ..BulkChange::default() };
        let change = bulk.of_ticket(&[Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(4)]);
        assert_eq!(change.labels, Some(vec![label(1), label(3), label(4)]));
        let solved = BulkChange { status: Some(Status::Solved), ..BulkChange::default() };
        assert_eq!(solved.of_ticket(&[Uuid::from_u128(1)]).labels, None, "labels that nobody spoke of stay unread");
        assert!(BulkChange::default().is_empty() && !solved.is_empty());
    }
}
