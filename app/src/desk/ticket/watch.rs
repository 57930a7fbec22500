//! Who hears of what happens to a ticket, beside its requester and its assignee.

use rowhouse_platform::{
    access::{Permission, Permit},
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
};

use super::{
    ChangeError, MOST_WATCHERS, Person, TicketId,
    error::{Stop, settle},
    event::{self, Kind, Named},
    people,
};
use crate::desk::{
    permission::{ReadTickets, WriteTickets},
    project::{ProjectId, Reach},
};

/// The watchers of a ticket, by name. The caller found the ticket under the principal’s reach.
///
/// # Errors
/// [`DbError`].
pub async fn list(permit: &mut Permit<ReadTickets>, ticket: TicketId) -> Result<Vec<Person>, DbError> {
    Ok(sqlx::query!(
        "SELECT a.id, a.name, a.avatar_hash
         FROM ticket_watcher w
         JOIN account a ON a.tenant_id = w.tenant_id AND a.id = w.account_id
         WHERE w.tenant_id = $1 AND w.ticket_id = $2
         ORDER BY lower(a.name), a.id",
        permit.tenant_id(),
        ticket.0
    )
    .fetch_all(&mut **permit)
    .await?
    .into_iter()
    .map(|row| Person { id: AccountId(row.id), name: row.name, avatar_hash: row.avatar_hash })
    .collect())
}

/// Makes somebody watch a ticket, or no longer.
///
/// # Errors
/// [`DbError`]; within, [`ChangeError`]: nothing was done.
pub async fn set(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    ticket: TicketId,
    person: AccountId,
    watches: bool,
) -> Result<Result<(), ChangeError>, DbError> {
    settle(try_set(permit, ambient, reach, ticket, person, watches).await)
}

/// Makes the principal watch a ticket, or no longer: who reads it may.
///
/// # Errors
/// [`DbError`]; within, [`ChangeError`]: nothing was done.
pub async fn set_own(
    permit: &mut Permit<ReadTickets>,
    ambient: &Ambient,
    reach: &Reach,
    ticket: TicketId,
    watches: bool,
) -> Result<Result<(), ChangeError>, DbError> {
    let myself = permit.principal().account;
    settle(try_set(permit, ambient, reach, ticket, myself, watches).await)
}

/// Somebody who is gone watches nothing.
///
/// # Errors
/// [`DbError`].
pub async fn leave_all(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM ticket_watcher WHERE tenant_id = $1 AND account_id = $2", tx.tenant_id(), account.0)
        .execute(tx)
        .await?;
    Ok(())
}

async fn try_set<P: Permission>(
    permit: &mut Permit<P>,
    ambient: &Ambient,
    reach: &Reach,
    ticket: TicketId,
    person: AccountId,
    watches: bool,
) -> Result<(), Stop> {
    let (principal, tx) = permit.parts();
    let is_own = person == principal.account;
    let row = sqlx::query!(
        r#"SELECT t.project_id, (
               SELECT count(*) FROM ticket_watcher n WHERE n.tenant_id = $1 AND n.ticket_id = $2
           ) AS "watchers!", EXISTS (
               SELECT FROM ticket_watcher w WHERE w.tenant_id = $1 AND w.ticket_id = $2 AND w.account_id = $4
           ) AS "watches!", (
               SELECT a.name FROM account a WHERE a.tenant_id = $1 AND a.id = $4
           ) AS name
           FROM ticket t WHERE t.tenant_id = $1 AND t.id = $2 AND t.project_id = ANY ($3)"#,
        tx.tenant_id(),
        ticket.0,
        &reach.ids(),
        person.0
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(ChangeError::NotFound)?;
    let project = ProjectId(row.project_id);
    let is_archived = reach.of_id(project).is_none_or(|project| project.is_archived);
    if is_archived || (!is_own && !reach.may_write(project)) {
        return Err(ChangeError::ReadOnly.into());
    }
    if row.watches == watches {
        return Ok(());
    }
    let name = row.name.ok_or(ChangeError::NoSuchPerson)?;
    let named = vec![Named { id: person, name }];
    let kind = if watches {
        if usize::try_from(row.watchers).unwrap_or(usize::MAX) >= MOST_WATCHERS {
            return Err(ChangeError::TooManyWatchers.into());
        }
        if !is_own && people::among(tx, project, &[person.0]).await?.is_empty() {
            return Err(ChangeError::NoSuchPerson.into());
        }
        sqlx::query!(
            "INSERT INTO ticket_watcher (tenant_id, ticket_id, account_id, since) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
            tx.tenant_id(),
            ticket.0,
            person.0,
            ambient.now()
        )
        .execute(&mut *tx)
        .await?;
        Kind::Watchers { added: named, removed: Vec::new() }
    } else {
        sqlx::query!(
            "DELETE FROM ticket_watcher WHERE tenant_id = $1 AND ticket_id = $2 AND account_id = $3",
            tx.tenant_id(),
            ticket.0,
            person.0
        )
        .execute(&mut *tx)
        .await?;
        Kind::Watchers { added: Vec::new(), removed: named }
    };
    event::write(tx, ambient, Some(principal), ticket, &[kind]).await?;
    Ok(())
}
