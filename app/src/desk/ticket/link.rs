//! Links between tickets. A link is one row, seen from both ends.

use rowhouse_platform::{access::Permit, ambient::Ambient, db::DbError};
use uuid::Uuid;

use super::{
    ChangeError, MOST_LINKS, Status, TicketId, TicketKey,
    error::{Stop, settle},
    event::{self, Kind, OtherEnd},
    lock,
    words::choice,
};
use crate::desk::{
    permission::{ReadTickets, WriteTickets},
    project::{ProjectId, Reach},
};

choice! {
    /// How a ticket stands to another one.
    Relation {
        /// They have to do with each other.
        Relates => "relates", "Relates to";
        /// The other one waits for it.
        Blocks => "blocks", "Blocks";
        /// It waits for the other one.
        BlockedBy => "blocked_by", "Is blocked by";
        /// It says what the other one says already.
        Duplicates => "duplicates", "Duplicates";
        /// The other one says what it says already.
        DuplicatedBy => "duplicated_by", "Is duplicated by";
    }
}

impl Relation {
    /// How the other one stands to it.
    #[must_use]
    pub fn inverse(self) -> Self {
        match self {
            Self::Relates => Self::Relates,
            Self::Blocks => Self::BlockedBy,
            Self::BlockedBy => Self::Blocks,
            Self::Duplicates => Self::DuplicatedBy,
            Self::DuplicatedBy => Self::Duplicates,
        }
    }

    /// The kind of the row that says so, and its two ends.
    pub(in crate::desk) fn row(self, ticket: TicketId, other: TicketId) -> (&'static str, Uuid, Uuid) {
        match self {
            Self::Relates => ("relates", ticket.0.min(other.0), ticket.0.max(other.0)),
            Self::Blocks | Self::Duplicates => (self.word(), ticket.0, other.0),
            Self::BlockedBy | Self::DuplicatedBy => (self.inverse().word(), other.0, ticket.0),
        }
    }
}

/// A link, seen from one end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// How the ticket stands to the other.
    pub relation: Relation,
    /// The other ticket.
    pub id: TicketId,
    /// What people call it.
    pub key: TicketKey,
    /// Its title.
    pub title: String,
    /// How far it is.
    pub status: Status,
}

/// The links of a ticket to those that the principal reaches, by how they stand to each other. The caller found the
/// ticket under the same reach.
///
/// # Errors
/// [`DbError`].
pub async fn of(permit: &mut Permit<ReadTickets>, reach: &Reach, ticket: TicketId) -> Result<Vec<Link>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT l.kind AS "relation: Relation", l.from_id = $2 AS "is_from!", t.id, t.project_id, t.number, t.title,
                  t.status AS "status: Status"
           FROM ticket_link l
           JOIN ticket t
               ON t.tenant_id = l.tenant_id AND t.id = CASE WHEN l.from_id = $2 THEN l.to_id ELSE l.from_id END
           WHERE l.tenant_id = $1 AND (l.from_id = $2 OR l.to_id = $2) AND t.project_id = ANY ($3)"#,
        permit.tenant_id(),
        ticket.0,
        &reach.ids()
    )
    .fetch_all(&mut **permit)
    .await?;
    let mut links: Vec<Link> = rows
        .into_iter()
        .filter_map(|row| {
            Some(Link {
                relation: if row.is_from { row.relation } else { row.relation.inverse() },
                id: TicketId(row.id),
                key: TicketKey { project: reach.of_id(ProjectId(row.project_id))?.key.clone(), number: row.number },
                title: row.title,
                status: row.status,
            })
        })
        .collect();
    links.sort_by(|one, other| (one.relation, &one.key).cmp(&(other.relation, &other.key)));
    Ok(links)
}

/// Links a ticket that the principal may change to one that they reach. Both hear of it.
///
/// # Errors
/// [`DbError`]; within, [`ChangeError`]: nothing was done.
pub async fn add(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    ticket: TicketId,
    relation: Relation,
    other: TicketId,
) -> Result<Result<(), ChangeError>, DbError> {
    settle(try_add(permit, ambient, reach, ticket, relation, other).await)
}

async fn try_add(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    ticket: TicketId,
    relation: Relation,
    other: TicketId,
) -> Result<(), Stop> {
    let ends = lock::pair(permit, reach, ticket, other).await?;
    let (kind, from, to) = relation.row(ticket, other);
    let (tenant, both) = (permit.tenant_id(), [ticket.0, other.0]);
    let counts = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM ticket_link l CROSS JOIN unnest($2::uuid[]) AS e (id)
           WHERE l.tenant_id = $1 AND (l.from_id = e.id OR l.to_id = e.id)
           GROUP BY e.id"#,
        tenant,
        &both[..]
    )
    .fetch_all(&mut **permit)
    .await?;
    if counts.into_iter().any(|count| usize::try_from(count).unwrap_or(usize::MAX) >= MOST_LINKS) {
        return Err(ChangeError::TooManyLinks.into());
    }
    let done = sqlx::query!(
        "INSERT INTO ticket_link (tenant_id, from_id, to_id, kind, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
        tenant,
        from,
        to,
        kind,
        ambient.now()
    )
    .execute(&mut **permit)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(());
    }
    tell(permit, ambient, (ticket, other), ends, relation, |relation, other| Kind::LinkAdded { relation, other }).await
}

/// Removes a link. Nothing happens where there is none.
///
/// # Errors
/// [`DbError`]; within, [`ChangeError`]: nothing was done.
pub async fn remove(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    ticket: TicketId,
    relation: Relation,
    other: TicketId,
) -> Result<Result<(), ChangeError>, DbError> {
    settle(try_remove(permit, ambient, reach, ticket, relation, other).await)
}

async fn try_remove(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    ticket: TicketId,
    relation: Relation,
    other: TicketId,
) -> Result<(), Stop> {
    let ends = lock::pair(permit, reach, ticket, other).await?;
    let (kind, from, to) = relation.row(ticket, other);
    let done = sqlx::query!(
        "DELETE FROM ticket_link WHERE tenant_id = $1 AND from_id = $2 AND to_id = $3 AND kind = $4",
        permit.tenant_id(),
        from,
        to,
        kind
    )
    .execute(&mut **permit)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(());
    }
    tell(permit, ambient, (ticket, other), ends, relation, |relation, other| Kind::LinkRemoved { relation, other })
        .await
}

/// Writes into the timelines of both ends.
async fn tell(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    (ticket, other): (TicketId, TicketId),
    [of_ticket, of_other]: [(ProjectId, TicketKey); 2],
    relation: Relation,
    kind: fn(Relation, Option<OtherEnd>) -> Kind,
) -> Result<(), Stop> {
    let end = |id, (project, key)| Some(OtherEnd { id, project, key });
    let (principal, tx) = permit.parts();
    let both = [ticket.0, other.0];
    sqlx::query!(
        "UPDATE ticket SET updated_at = $3 WHERE tenant_id = $1 AND id = ANY ($2)",
        tx.tenant_id(),
        &both[..],
        ambient.now()
    )
    .execute(&mut *tx)
    .await?;
    let here = kind(relation, end(other, of_other));
    let there = kind(relation.inverse(), end(ticket, of_ticket));
    event::write(tx, ambient, Some(principal), ticket, &[here]).await?;
    event::write(tx, ambient, Some(principal), other, &[there]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_one_row_whichever_end_it_is_made_from() {
        let (one, two) = (TicketId(Uuid::from_u128(1)), TicketId(Uuid::from_u128(2)));
        for relation in Relation::ALL {
            assert_eq!(relation.row(one, two), relation.inverse().row(two, one));
            assert_eq!(relation.inverse().inverse(), *relation);
        }
        assert_eq!(Relation::BlockedBy.row(one, two), ("blocks", two.0, one.0));
        assert_eq!(Relation::Relates.row(two, one), ("relates", one.0, two.0));
    }
}
