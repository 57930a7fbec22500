//! What happened to tickets, from one look at the database to another.
//!
//! A look is a snapshot of PostgreSQL's: which transactions had ended. What is told is what the later of two shows and the
//! earlier does not. So nothing is left out and nothing comes twice, whenever a transaction began, and in whatever order
//! transactions end.

use std::{fmt, str::FromStr};

use rowhouse_platform::{
    db::{DbError, TenantTx},
    id::AccountId,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::hub::Change;
use crate::desk::ticket::TicketKey;

/// The most changes that are told one by one; fewer than a listener may be behind.
const MOST: i64 = 200;

/// What PostgreSQL calls a snapshot. It has no type in Rust, and stays text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snapshot(String);

/// What happened.
pub(super) enum Found {
    /// In the order in which it was done.
    Changes(Vec<Change>),
    /// Too much to be told one by one.
    Much,
}

impl Found {
    fn of(rows: Vec<Row>) -> Self {
        if i64::try_from(rows.len()).is_ok_and(|count| count <= MOST) {
            Self::Changes(rows.into_iter().map(Change::from).collect())
        } else {
            Self::Much
        }
    }
}

/// How a page that was away says what it heard last: an event, and by how many transactions others may have begun before
/// that event's and not been told of yet. Numbers of transactions themselves are nobody's business: all tenants share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub event: Uuid,
    pub behind: i64,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.event, self.behind)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (event, behind) = text.split_once('.').ok_or(())?;
        let behind = behind.parse::<i64>().map_err(|_| ())?;
        if behind < 0 {
            return Err(());
        }
        Ok(Self { event: Uuid::parse_str(event).map_err(|_| ())?, behind })
    }
}

/// What is committed so far.
pub(super) async fn snapshot(tx: &mut TenantTx) -> Result<Snapshot, DbError> {
    let text = sqlx::query_scalar!(r#"SELECT pg_current_snapshot()::text AS "now!""#).fetch_one(tx).await?;
    Ok(Snapshot(text))
}

/// A change as it is read.
struct Row {
    id: Uuid,
    behind: i64,
    kind: String,
    actor_id: Option<Uuid>,
    actor: Option<String>,
    project_id: Uuid,
    key: String,
    number: i64,
}

impl From<Row> for Change {
    fn from(row: Row) -> Self {
        Self {
            place: Place { event: row.id, behind: row.behind },
            ticket: TicketKey { project: row.key, number: row.number }.to_string(),
            project: row.project_id,
            actor: row.actor_id.map(AccountId).zip(row.actor),
            kind: row.kind,
        }
    }
}

/// What `now` shows and `seen` does not, of events that were written since that time.
pub(super) async fn between(
    tx: &mut TenantTx,
    seen: &Snapshot,
    now: &Snapshot,
    since: OffsetDateTime,
) -> Result<Found, DbError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT e.id AS "id!", e.behind AS "behind!", e.kind AS "kind!", e.actor_id, a.name AS "actor?",
                  t.project_id AS "project_id!", p.key AS "key!", t.number AS "number!"
           FROM (
               SELECT n.ticket_id, n.id, n.kind, n.actor_id,
                      n.recorded_in::text::bigint - pg_snapshot_xmin($2::text::pg_snapshot)::text::bigint AS behind
               FROM ticket_event n
               WHERE n.tenant_id = $1 AND n.recorded_in >= pg_snapshot_xmin($2::text::pg_snapshot)
                 AND n.recorded_in < pg_snapshot_xmax($3::text::pg_snapshot)
                 AND NOT pg_visible_in_snapshot(n.recorded_in, $2::text::pg_snapshot)
                 AND pg_visible_in_snapshot(n.recorded_in, $3::text::pg_snapshot)
                 AND n.created_at >= $4
               LIMIT $5
           ) e
           JOIN ticket t ON t.tenant_id = $1 AND t.id = e.ticket_id
           JOIN project p ON p.tenant_id = $1 AND p.id = t.project_id
           LEFT JOIN account a ON a.tenant_id = $1 AND a.id = e.actor_id
           ORDER BY e.id"#,
        tx.tenant_id(),
        seen.0,
        now.0,
        since,
        MOST + 1
    )
    .fetch_all(tx)
    .await?;
    Ok(Found::of(rows))
}

/// What may have been missed by a page that heard of that place last. What was told just before it may come again.
pub(super) async fn after(tx: &mut TenantTx, last: Place) -> Result<Found, DbError> {
    // Transactions are numbered from three on.
    let from = sqlx::query_scalar!(
        r#"SELECT greatest(e.recorded_in::text::bigint - $3::bigint, 3)::text AS "from!"
           FROM ticket_event e WHERE e.tenant_id = $1 AND e.id = $2 AND e.recorded_in IS NOT NULL"#,
        tx.tenant_id(),
        last.event,
        last.behind
    )
    .fetch_optional(&mut *tx)
    .await?;
    // It went with its ticket.
    let Some(from) = from else { return Ok(Found::Much) };
    // As if all before had ended, and nothing since.
    let seen = Snapshot(format!("{from}:{from}:"));
    let now = snapshot(tx).await?;
    let mut found = between(tx, &seen, &now, OffsetDateTime::UNIX_EPOCH).await?;
    if let Found::Changes(changes) = &mut found {
        changes.retain(|change| change.place.event != last.event);
    }
    Ok(found)
}

/// What happened of late, from this id on: what a page may lack that was read just before it began to listen.
pub(super) async fn recent(tx: &mut TenantTx, from: Uuid) -> Result<Found, DbError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT e.id AS "id!", e.behind AS "behind!", e.kind AS "kind!", e.actor_id, a.name AS "actor?",
                  t.project_id AS "project_id!", p.key AS "key!", t.number AS "number!"
           FROM (
               SELECT n.ticket_id, n.id, n.kind, n.actor_id,
                      greatest(n.recorded_in::text::bigint
                                   - pg_snapshot_xmin(pg_current_snapshot())::text::bigint, 0) AS behind
               FROM ticket_event n
               WHERE n.tenant_id = $1 AND n.recorded_in IS NOT NULL
               ORDER BY n.recorded_in DESC LIMIT $3
           ) e
           JOIN ticket t ON t.tenant_id = $1 AND t.id = e.ticket_id
           JOIN project p ON p.tenant_id = $1 AND p.id = t.project_id
           LEFT JOIN account a ON a.tenant_id = $1 AND a.id = e.actor_id
           WHERE e.id >= $2
           ORDER BY e.id"#,
        tx.tenant_id(),
        from,
        MOST + 1
    )
    .fetch_all(tx)
    .await?;
    Ok(Found::of(rows))
}

/// The least id of that time: ids begin with their milliseconds.
pub(super) fn first_id(at: OffsetDateTime) -> Uuid {
    let milliseconds = u128::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    Uuid::from_u128(milliseconds << 80)
}

/// When an id was made.
pub(super) fn time_of(id: Uuid) -> Option<OffsetDateTime> {
    let nanoseconds = i128::try_from(id.as_u128() >> 80).ok()?.checked_mul(1_000_000)?;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    use rowhouse_platform::ambient::Ambient;
    use time::{Duration, macros::datetime};

    use super::*;

    #[test]
    fn ids_tell_their_time() {
        let at = datetime!(2026-11-21 15:40:01.234 UTC);
        let id = Ambient::system().uuid_at(at);
        assert!(first_id(at) <= id && id < first_id(at + Duration::milliseconds(1)));
        assert_eq!(time_of(id), Some(at));
    }

    #[test]
    fn places_are_read_back() {
        let place = Place { event: Uuid::from_u128(7), behind: 12 };
        assert_eq!(place.to_string().parse::<Place>(), Ok(place));
        for text in ["", "7", "00000000-0000-0000-0000-000000000007", "00000000-0000-0000-0000-000000000007.-1", ".1"] {
            assert_eq!(text.parse::<Place>(), Err(()), "{text}");
        }
    }
}
