//! What happened to a ticket: its timeline, and what feeds and notifications are made of.

use rowhouse_platform::{
    access::{Permit, Principal},
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{Colour, CommentId, EventId, Label, LabelId, Person, Priority, Relation, Status, TicketId, TicketKey};
use crate::desk::{
    notify::tell::{self, Happened},
    permission::ReadTickets,
    project::{ProjectId, Reach},
};

time::serde::format_description!(day, Date, "[year]-[month]-[day]");

/// Somebody, as they were called at that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Their account.
    pub id: AccountId,
    /// What they were called.
    pub name: String,
}

impl From<&Person> for Named {
    fn from(person: &Person) -> Self {
        Self { id: person.id, name: person.name.clone() }
    }
}

/// A label as it was at that time. It need not exist any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedLabel {
    /// Its id.
    pub id: LabelId,
    /// What it said.
    pub name: String,
    /// Its colour.
    pub colour: Colour,
}

impl From<&Label> for NamedLabel {
    fn from(label: &Label) -> Self {
        Self { id: label.id, name: label.name.clone(), colour: label.colour }
    }
}

/// The ticket at the other end of a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherEnd {
    /// Its id.
    pub id: TicketId,
    /// Its project: who does not reach it is not told of the ticket.
    pub project: ProjectId,
    /// What people call it.
    pub key: TicketKey,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "detail", rename_all = "snake_case")]
pub enum Kind {
    /// It was created.
    Created {},
    /// It got another title.
    Title {
        /// The title before.
        from: String,
        /// The title since.
        to: String,
    },
    /// It got another description.
    Description {},
    /// It got another status.
    Status {
        /// The status before.
        from: Status,
        /// The status since.
        to: Status,
    },
    /// It got another priority.
    Priority {
        /// The priority before.
        from: Priority,
        /// The priority since.
        to: Priority,
    },
    /// Somebody else works on it.
    Assignee {
        /// Who did.
        from: Option<Named>,
        /// Who does.
        to: Option<Named>,
    },
    /// Somebody else asks.
    Requester {
        /// Who did.
        from: Named,
        /// Who does.
        to: Named,
    },
    /// It is due on another day.
    Due {
        /// The day before.
        #[serde(with = "day::option")]
        from: Option<Date>,
        /// The day since.
        #[serde(with = "day::option")]
        to: Option<Date>,
    },
    /// It got other labels.
    Labels {
        /// Which it got.
        added: Vec<NamedLabel>,
        /// Which were taken from it.
        removed: Vec<NamedLabel>,
    },
    /// Somebody commented.
    Comment {
        /// The comment.
        comment: CommentId,
    },
    /// Somebody changed a comment.
    CommentEdited {
        /// The comment.
        comment: CommentId,
    },
    /// Somebody deleted a comment.
    CommentRemoved {
        /// Who had written it.
        author: Named,
    },
    /// Others hear of it.
    Watchers {
        /// Who does now.
        added: Vec<Named>,
        /// Who does no longer.
        removed: Vec<Named>,
    },
    /// It was linked.
    LinkAdded {
        /// How it stands to the other.
        relation: Relation,
        /// The other one. `None` for who does not reach it.
        other: Option<OtherEnd>,
    },
    /// A link was removed.
    LinkRemoved {
        /// How it stood to the other.
        relation: Relation,
        /// The other one. `None` for who does not reach it.
        other: Option<OtherEnd>,
    },
    /// A file was attached.
    Attached {
        /// What it is called.
        name: String,
    },
    /// An attached file was removed.
    Detached {
        /// What it was called.
        name: String,
    },
}

impl Kind {
    /// The word in the database, and the detail beside it.
    pub(in crate::desk) fn columns(&self) -> (String, Value) {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        let word = value.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        (word, value.get_mut("detail").map(Value::take).unwrap_or_default())
    }

    /// What [`columns`](Self::columns) wrote. `None`: something that this version does not know.
    pub(in crate::desk) fn read(word: &str, detail: &Value) -> Option<Self> {
        // The word first: otherwise serde keeps the detail until it has read the word, and what it keeps has no reader for
        // “no day”.
        serde_json::from_str(&format!("{{\"kind\":{},\"detail\":{detail}}}", json!(word))).ok()
    }

    /// Without what `reach` does not show.
    pub(in crate::desk) fn seen_by(mut self, reach: &Reach) -> Self {
        if let Self::LinkAdded { other, .. } | Self::LinkRemoved { other, .. } = &mut self {
            other.take_if(|end| reach.of_id(end.project).is_none());
        }
        self
    }
}

/// Something that happened to a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id; ids are in the order in which things happened.
    pub id: EventId,
    /// Who did it. Nobody where the program did.
    pub actor: Option<Person>,
    /// The name of the API key that they used, if one.
    pub via: Option<String>,
    /// What.
    pub kind: Kind,
    /// When.
    pub at: OffsetDateTime,
}

/// The last `limit` things that happened to a ticket before `before`, the newest first. The caller found the ticket
/// under the same reach.
///
/// # Errors
/// [`DbError`].
pub async fn timeline(
    permit: &mut Permit<ReadTickets>,
    reach: &Reach,
    ticket: TicketId,
    before: Option<EventId>,
    limit: i64,
) -> Result<Vec<Event>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT e.id, e.actor_id, a.name AS "actor?", a.avatar_hash, e.via, e.kind, e.detail, e.created_at
           FROM ticket_event e
           LEFT JOIN account a ON a.tenant_id = e.tenant_id AND a.id = e.actor_id
           WHERE e.tenant_id = $1 AND e.ticket_id = $2 AND e.id < $3
           ORDER BY e.id DESC LIMIT $4"#,
        permit.tenant_id(),
        ticket.0,
        before.map_or(Uuid::max(), |before| before.0),
        limit
    )
    .fetch_all(&mut **permit)
    .await?;
    let events = rows.into_iter().filter_map(|row| {
        let Some(kind) = Kind::read(&row.kind, &row.detail) else {
            tracing::warn!(event = %row.id, kind = row.kind, "an event of a ticket cannot be read");
            return None;
        };
        let actor = row.actor_id.zip(row.actor);
        Some(Event {
            id: EventId(row.id),
            actor: actor.map(|(id, name)| Person { id: AccountId(id), name, avatar_hash: row.avatar_hash }),
            via: row.via,
            kind: kind.seen_by(reach),
            at: row.created_at,
        })
    });
    Ok(events.collect())
}

/// The name of the API key that somebody acts through.
pub(super) fn via(principal: &Principal) -> Option<String> {
    principal.via().map(|key| key.name.clone())
}

/// Events as columns, for one statement that writes them beside what they tell of.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) ids: Vec<Uuid>,
    pub(super) kinds: Vec<String>,
    pub(super) details: Vec<Value>,
}

impl Rows {
    /// What happened in one change, in order.
    pub(super) fn new(ambient: &Ambient, events: &[Kind]) -> Self {
        let mut ids: Vec<Uuid> = events.iter().map(|_| ambient.uuid()).collect();
        // Of the same millisecond, so chance alone would order them.
        ids.sort_unstable();
        let (kinds, details) = events.iter().map(Kind::columns).unzip();
        Self { ids, kinds, details }
    }
}

/// Writes what happened to a ticket, where no other statement of the change can.
///
/// # Errors
/// [`DbError`].
pub async fn write(
    tx: &mut TenantTx,
    ambient: &Ambient,
    actor: Option<&Principal>,
    ticket: TicketId,
    events: &[Kind],
) -> Result<(), DbError> {
    write_each(tx, ambient, actor, &[ticket], events).await
}

/// Writes the same events for each of several tickets.
///
/// # Errors
/// [`DbError`].
pub async fn write_each(
    tx: &mut TenantTx,
    ambient: &Ambient,
    actor: Option<&Principal>,
    tickets: &[TicketId],
    events: &[Kind],
) -> Result<(), DbError> {
    let of_each: Vec<Uuid> = tickets.iter().flat_map(|ticket| events.iter().map(|_| ticket.0)).collect();
    let mut rows = Rows::default();
    for _ in tickets {
        let Rows { ids, kinds, details } = Rows::new(ambient, events);
        rows.ids.extend(ids);
        rows.kinds.extend(kinds);
        rows.details.extend(details);
    }
    sqlx::query!(
        "INSERT INTO ticket_event (tenant_id, ticket_id, id, actor_id, via, kind, detail, created_at)
         SELECT $1, e.ticket_id, e.id, $2, $3, e.kind, e.detail, $4
         FROM unnest($5::uuid[], $6::uuid[], $7::text[], $8::jsonb[]) AS e (ticket_id, id, kind, detail)",
        tx.tenant_id(),
        actor.map(|principal| principal.account.0),
        actor.and_then(via),
        ambient.now(),
        &of_each,
        &rows.ids,
        &rows.kinds,
        &rows.details
    )
    .execute(&mut *tx)
    .await?;
    let happened = of_each.iter().zip(&rows.ids).zip(&rows.kinds);
    let happened = happened.map(|((ticket, event), kind)| Happened { ticket: TicketId(*ticket), event: *event, kind });
    tell::tell(tx, ambient, actor.map(|principal| principal.account), &happened.collect::<Vec<_>>()).await
}

/// Tells people of events that a statement of its own has written for a ticket.
pub(super) async fn told(
    tx: &mut TenantTx,
    ambient: &Ambient,
    actor: Option<&Principal>,
    ticket: TicketId,
    ids: &[Uuid],
    kinds: &[String],
) -> Result<(), DbError> {
    let happened = ids.iter().zip(kinds).map(|(event, kind)| Happened { ticket, event: *event, kind });
    tell::tell(tx, ambient, actor.map(|principal| principal.account), &happened.collect::<Vec<_>>()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_back() {
        let named = Named { id: AccountId(Uuid::from_u128(1)), name: "Olga".to_owned() };
        let other = OtherEnd {
            id: TicketId(Uuid::from_u128(2)),
            project: ProjectId(Uuid::from_u128(3)),
            key: TicketKey { project: "OPS".to_owned(), number: 7 },
        };
        let label = NamedLabel { id: LabelId(Uuid::from_u128(4)), name: "bug".to_owned(), colour: Colour::Red };
        for kind in [
            Kind::Created {},
            Kind::Status { from: Status::Open, to: Status::Solved },
            Kind::Assignee { from: None, to: Some(named.clone()) },
            Kind::Due { from: Some(time::macros::date!(2026 - 02 - 28)), to: None },
            Kind::Labels { added: vec![label], removed: vec![] },
            Kind::Watchers { added: vec![named], removed: vec![] },
            Kind::LinkAdded { relation: Relation::BlockedBy, other: Some(other) },
        ] {
            let (word, detail) = kind.columns();
            assert!(detail.is_object(), "{word}");
            assert_eq!(Kind::read(&word, &detail), Some(kind));
        }
        assert_eq!(Kind::Created {}.columns(), ("created".to_owned(), json!({})));
        assert_eq!(Kind::read("from_the_future", &json!({})), None);
    }

    #[test]
    fn the_other_end_of_a_link_is_shown_to_who_reaches_it() {
        let other = OtherEnd {
            id: TicketId(Uuid::nil()),
            project: ProjectId(Uuid::nil()),
            key: TicketKey { project: "SEC".to_owned(), number: 1 },
        };
        let kind = Kind::LinkRemoved { relation: Relation::Relates, other: Some(other) };
        let Kind::LinkRemoved { other, .. } = kind.seen_by(&Reach::default()) else { panic!("another kind") };
        assert_eq!(other, None);
    }
}
