//! Who works on tickets.

use rowhouse_platform::{access::Permit, db::DbError, id::AccountId};

use super::measure;
use crate::desk::permission::ReadTickets;

/// The most people to choose from.
const MOST: i64 = 1000;

/// Somebody who has tickets, or had some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assigned {
    pub(super) id: AccountId,
    pub(super) name: String,
}

/// Everybody who has a ticket, done or not, by name.
pub(super) async fn assigned(permit: &mut Permit<ReadTickets>) -> Result<Vec<Assigned>, DbError> {
    Ok(sqlx::query!(
        "SELECT a.id, a.name FROM account a
         WHERE a.tenant_id = $1
           AND EXISTS (SELECT FROM ticket t WHERE t.tenant_id = $1 AND t.assignee_id = a.id)
         ORDER BY lower(a.name), a.id LIMIT $2",
        permit.tenant_id(),
        MOST
    )
    .fetch_all(&mut **permit)
    .await?
    .into_iter()
    .map(|row| Assigned { id: AccountId(row.id), name: row.name })
    .collect())
}

/// Adds who is asked for and is not among those to choose from: who never had a ticket, or stands behind the most. An
/// account that does not exist is not added.
pub(super) async fn with_asked(
    permit: &mut Permit<ReadTickets>,
    asked: &str,
    people: &mut Vec<Assigned>,
) -> Result<(), DbError> {
    let Ok(id) = asked.parse::<AccountId>() else { return Ok(()) };
    if people.iter().any(|person| person.id == id) {
        return Ok(());
    }
    let names = measure::names(permit, &[id.0]).await?;
    people.extend(names.into_iter().map(|(id, name)| Assigned { id: AccountId(id), name }));
    Ok(())
}
