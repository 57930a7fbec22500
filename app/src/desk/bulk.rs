//! Many tickets at once, for demonstration data: brought in with their past, and removed as a whole.

use rowhouse_platform::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::ticket::{Priority, Status};

/// A ticket with its past.
#[derive(Debug)]
pub struct PastTicket {
    /// Its number; the caller knows that it is free.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// How far it is.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// Who asked.
    pub requester: AccountId,
    /// Who works on it.
    pub assignee: Option<AccountId>,
    /// When it was opened.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
    /// Its comments: who, what, when.
    pub comments: Vec<(AccountId, String, OffsetDateTime)>,
}

/// Brings tickets in, and sets the counter to the highest number.
///
/// # Errors
/// [`DbError`].
pub async fn bring_in(tx: &mut TenantTx, ambient: &Ambient, tickets: &[PastTicket]) -> Result<(), DbError> {
    let tenant = tx.tenant_id();
    let ids: Vec<Uuid> = tickets.iter().map(|ticket| ambient.uuid_at(ticket.created_at)).collect();
    let column =
        |value: fn(&PastTicket) -> &str| tickets.iter().map(|ticket| value(ticket).to_owned()).collect::<Vec<_>>();
    let times = |value: fn(&PastTicket) -> OffsetDateTime| tickets.iter().map(value).collect::<Vec<_>>();
    let assignees: Vec<Option<Uuid>> = tickets.iter().map(|ticket| ticket.assignee.map(|id| id.0)).collect();
    sqlx::query!(
        "INSERT INTO ticket (tenant_id, id, number, title, description, status, priority, requester_id, assignee_id,
                             created_at, updated_at)
         SELECT $1, * FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[],
                                  $9::uuid[], $10::timestamptz[], $11::timestamptz[])",
        tenant,
        &ids,
        &tickets.iter().map(|ticket| ticket.number).collect::<Vec<_>>(),
        &column(|ticket| &ticket.title),
        &column(|ticket| &ticket.description),
        &column(|ticket| ticket.status.word()),
        &column(|ticket| ticket.priority.word()),
        &tickets.iter().map(|ticket| ticket.requester.0).collect::<Vec<_>>(),
        &assignees as &[Option<Uuid>],
        &times(|ticket| ticket.created_at),
        &times(|ticket| ticket.updated_at)
    )
    .execute(&mut *tx)
    .await?;

    let comments =
        || tickets.iter().zip(&ids).flat_map(|(ticket, id)| ticket.comments.iter().map(move |comment| (id, comment)));
    sqlx::query!(
        "INSERT INTO ticket_comment (tenant_id, ticket_id, id, author_id, body, created_at)
         SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[])",
        tenant,
        &comments().map(|(ticket, _)| *ticket).collect::<Vec<_>>(),
        &comments().map(|(_, comment)| ambient.uuid_at(comment.2)).collect::<Vec<_>>(),
        &comments().map(|(_, comment)| comment.0.0).collect::<Vec<_>>(),
        &comments().map(|(_, comment)| comment.1.clone()).collect::<Vec<_>>(),
        &comments().map(|(_, comment)| comment.2).collect::<Vec<_>>()
    )
    .execute(&mut *tx)
    .await?;

    let highest = tickets.iter().map(|ticket| ticket.number).max().unwrap_or(0);
    sqlx::query!(
        "INSERT INTO ticket_counter AS c (tenant_id, last_number) VALUES ($1, $2)
         ON CONFLICT (tenant_id) DO UPDATE SET last_number = greatest(c.last_number, $2)",
        tenant,
        highest
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Removes all that Desk keeps of the tenant.
///
/// # Errors
/// [`DbError`].
pub async fn remove_all(tx: &mut TenantTx) -> Result<(), DbError> {
    let tenant = tx.tenant_id();
    sqlx::query!("DELETE FROM ticket_comment WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM ticket WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM ticket_counter WHERE tenant_id = $1", tenant).execute(tx).await?;
    Ok(())
}
