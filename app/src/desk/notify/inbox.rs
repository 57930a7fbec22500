//! What somebody was told of: the queries of their inbox.

use rowhouse_platform::{
    access::{Permission, Permit},
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::said::said;
use crate::desk::{
    permission::{ManageProjects, ReadTickets},
    project::Reach,
    ticket::TicketKey,
    ticket::event::Kind,
};

/// Items of a page that people read.
pub const PAGE_SIZE: usize = 30;
/// The frame shows no greater number.
pub const MOST_COUNTED: i64 = 99;

/// One thing that somebody was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The event.
    pub event: Uuid,
    /// What people call the ticket.
    pub ticket: TicketKey,
    /// The ticket's title, now.
    pub title: String,
    /// Who did it, if not the program.
    pub actor: Option<String>,
    /// What, in words that follow the name.
    pub said: String,
    /// Whether the ticket is theirs to work on.
    pub is_assigned: bool,
    /// When.
    pub at: OffsetDateTime,
    /// Whether they have seen it.
    pub is_read: bool,
}

/// A place in the inbox: what comes after this item, unread ones first and then the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    is_read: bool,
    event: Uuid,
}

impl After {
    /// After this item.
    #[must_use]
    pub fn item(item: &Item) -> Self {
        Self { is_read: item.is_read, event: item.event }
    }

    /// As it stands in an address.
    #[must_use]
    pub fn word(self) -> String {
        format!("{}{}", if self.is_read { 'r' } else { 'u' }, self.event.simple())
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let is_read = match word.get(..1)? {
            "r" => true,
            "u" => false,
            _ => return None,
        };
        Some(Self { is_read, event: Uuid::parse_str(word.get(1..)?).ok()? })
    }
}

/// A page of at most `size` items of the principal's inbox, and whether there is more behind it. What they do not reach
/// any more is left out.
///
/// # Errors
/// [`DbError`].
pub async fn page(
    permit: &mut Permit<ReadTickets>,
    reach: &Reach,
    after: Option<After>,
    size: usize,
) -> Result<(Vec<Item>, bool), DbError> {
    let mut items = Vec::new();
    // Two pieces of one index, each in its order.
    for is_read in [false, true] {
        let before = match after {
            Some(after) if after.is_read == is_read => after.event,
            Some(after) if after.is_read => continue,
            _ => Uuid::max(),
        };
        let room = (size + 1).saturating_sub(items.len());
        if room > 0 {
            items.extend(piece(permit, reach, is_read, before, room).await?);
        }
    }
    let has_more = items.len() > size;
    items.truncate(size);
    Ok((items, has_more))
}

/// The newest items before one, of those that are read or of the others.
async fn piece(
    permit: &mut Permit<ReadTickets>,
    reach: &Reach,
    is_read: bool,
    before: Uuid,
    most: usize,
) -> Result<Vec<Item>, DbError> {
    let account = permit.principal().account;
    let rows = sqlx::query!(
        r#"SELECT i.event_id, i.reason, e.kind, e.detail, e.created_at, a.name AS "actor?", t.title, t.number, p.key
           FROM inbox_item i
           JOIN ticket_event e
               ON e.tenant_id = i.tenant_id AND e.ticket_id = i.ticket_id AND e.id = i.event_id
           JOIN ticket t ON t.tenant_id = i.tenant_id AND t.id = i.ticket_id
           JOIN project p ON p.tenant_id = t.tenant_id AND p.id = t.project_id
           LEFT JOIN account a ON a.tenant_id = e.tenant_id AND a.id = e.actor_id
           WHERE i.tenant_id = $1 AND i.account_id = $2 AND t.project_id = ANY ($3)
             AND (i.read_at IS NOT NULL) = $4 AND i.event_id < $5
           ORDER BY i.event_id DESC LIMIT $6"#,
        permit.tenant_id(),
        account.0,
        &reach.ids(),
        is_read,
        before,
        i64::try_from(most).unwrap_or(i64::MAX)
    )
    .fetch_all(&mut **permit)
    .await?;
    let items = rows.into_iter().map(|row| Item {
        event: row.event_id,
        ticket: TicketKey { project: row.key, number: row.number },
        title: row.title,
        actor: row.actor,
        said: Kind::read(&row.kind, &row.detail).map_or_else(|| "changed it".to_owned(), |kind| said(&kind)),
        is_assigned: row.reason == "assigned",
        at: row.created_at,
        is_read,
    });
    Ok(items.collect())
}

/// How many the principal has not seen of those that they reach, as far as [`MOST_COUNTED`] and one more. Each page asks,
/// so the rule of [`reach`](crate::desk::project::reach) stands in the query: finding the reach would be one more.
///
/// # Errors
/// [`DbError`].
pub async fn unread<P: Permission>(permit: &mut Permit<P>) -> Result<i64, DbError> {
    let (principal, tx) = permit.parts();
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM (
               SELECT FROM inbox_item i
               JOIN ticket t ON t.tenant_id = i.tenant_id AND t.id = i.ticket_id
               JOIN project p ON p.tenant_id = t.tenant_id AND p.id = t.project_id
               WHERE i.tenant_id = $1 AND i.account_id = $2 AND i.read_at IS NULL
                 AND ($4 OR p.is_open OR EXISTS (
                     SELECT FROM project_member m
                     WHERE m.tenant_id = $1 AND m.project_id = p.id AND m.account_id = $2))
               LIMIT $3
           ) few"#,
        tx.tenant_id(),
        principal.account.0,
        MOST_COUNTED + 1,
        principal.may::<ManageProjects>()
    )
    .fetch_one(tx)
    .await?)
}

/// The principal has seen this, or has not after all. `false`: it is no item of theirs, and stays as it is.
///
/// # Errors
/// [`DbError`].
pub async fn mark(
    permit: &mut Permit<ReadTickets>,
    ambient: &Ambient,
    event: Uuid,
    is_read: bool,
) -> Result<bool, DbError> {
    let account = permit.principal().account;
    let done = sqlx::query!(
        "UPDATE inbox_item SET read_at = $4, mail_due_at = CASE WHEN $4::timestamptz IS NULL THEN mail_due_at END
         WHERE tenant_id = $1 AND account_id = $2 AND event_id = $3",
        permit.tenant_id(),
        account.0,
        event,
        is_read.then(|| ambient.now())
    )
    .execute(&mut **permit)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The principal has seen all that there was when they looked: up to and with this event.
///
/// # Errors
/// [`DbError`].
pub async fn mark_all(permit: &mut Permit<ReadTickets>, ambient: &Ambient, until: Uuid) -> Result<(), DbError> {
    let account = permit.principal().account;
    sqlx::query!(
        "UPDATE inbox_item SET read_at = $4, mail_due_at = NULL
         WHERE tenant_id = $1 AND account_id = $2 AND event_id <= $3 AND read_at IS NULL",
        permit.tenant_id(),
        account.0,
        until,
        ambient.now()
    )
    .execute(&mut **permit)
    .await?;
    Ok(())
}

/// Empties the inbox of somebody who leaves the workspace, and forgets what they wanted mailed.
///
/// # Errors
/// [`DbError`].
pub async fn leave_all(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM inbox_item WHERE tenant_id = $1 AND account_id = $2", tx.tenant_id(), account.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "DELETE FROM notification_preference WHERE tenant_id = $1 AND account_id = $2",
        tx.tenant_id(),
        account.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_back() {
        for after in [After { is_read: true, event: Uuid::from_u128(7) }, After { is_read: false, event: Uuid::max() }]
        {
            assert_eq!(After::parse(&after.word()), Some(after));
        }
        for wrong in ["", "u", "x00000000000000000000000000000001", "ü"] {
            assert_eq!(After::parse(wrong), None, "{wrong}");
        }
    }
}
