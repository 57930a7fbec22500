//! Comments on tickets.

use rowhouse_platform::{
    access::Permit,
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    ChangeError, CommentId, Person, TicketId,
    error::{Stop, settle},
    event::{self, Kind, Named},
    lock,
};
use crate::desk::{
    permission::{ReadTickets, WriteTickets},
    project::{Level, Reach},
    search::words,
};

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id; ids are in the order of writing.
    pub id: CommentId,
    /// Who wrote it.
    pub author: Person,
    /// What they wrote, in Markdown.
    pub body: String,
    /// When.
    pub created_at: OffsetDateTime,
    /// When they last changed it.
    pub edited_at: Option<OffsetDateTime>,
    /// Grows with every change.
    pub version: i64,
}

/// Some comments of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comments {
    /// In the order in which they were written.
    pub shown: Vec<Comment>,
    /// How many the ticket has in all.
    pub all: i64,
}

/// The last `most` comments of a ticket before `before`. The caller found the ticket under the principal’s reach.
///
/// # Errors
/// [`DbError`].
pub async fn list(
    permit: &mut Permit<ReadTickets>,
    ticket: TicketId,
    before: Option<CommentId>,
    most: i64,
) -> Result<Comments, DbError> {
    let rows = sqlx::query!(
        r#"SELECT c.id, c.author_id, a.name AS author, a.avatar_hash, c.body, c.created_at, c.edited_at, c.version, (
               SELECT count(*) FROM ticket_comment n WHERE n.tenant_id = $1 AND n.ticket_id = $2
           ) AS "all!"
           FROM ticket_comment c
           JOIN account a ON a.tenant_id = c.tenant_id AND a.id = c.author_id
           WHERE c.tenant_id = $1 AND c.ticket_id = $2 AND c.id < $3
           ORDER BY c.id DESC LIMIT $4"#,
        permit.tenant_id(),
        ticket.0,
        before.map_or(Uuid::max(), |before| before.0),
        most
    )
    .fetch_all(&mut **permit)
    .await?;
    let all = rows.first().map_or(0, |row| row.all);
    let shown = rows.into_iter().rev().map(|row| Comment {
        id: CommentId(row.id),
        author: Person { id: AccountId(row.author_id), name: row.author, avatar_hash: row.avatar_hash },
        body: row.body,
        created_at: row.created_at,
        edited_at: row.edited_at,
        version: row.version,
    });
    Ok(Comments { shown: shown.collect(), all })
}

/// Comments on a ticket in the name of the principal. The text is checked and not empty.
///
/// # Errors
/// [`DbError`]; within, [`ChangeError`]: nothing was done.
pub async fn add(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    ticket: TicketId,
    body: &str,
) -> Result<Result<CommentId, ChangeError>, DbError> {
    settle(try_add(permit, ambient, reach, ticket, body).await)
}

async fn try_add(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    ticket: TicketId,
    body: &str,
) -> Result<CommentId, Stop> {
    let id = CommentId(ambient.uuid());
    let (principal, tx) = permit.parts();
    let event::Rows { ids, kinds, details } = event::Rows::new(ambient, &[Kind::Comment { comment: id }]);
    let done = sqlx::query!(
        "WITH touched AS (
             UPDATE ticket
             SET updated_at = $6,
                 first_response_at = CASE WHEN requester_id = $4 THEN first_response_at
                                          ELSE coalesce(first_response_at, $6) END
             WHERE tenant_id = $1 AND id = $2 AND project_id = ANY ($7)
             RETURNING tenant_id, id
         ), written AS (
             INSERT INTO ticket_comment (tenant_id, ticket_id, id, author_id, body, created_at)
             SELECT touched.tenant_id, touched.id, $3::uuid, $4::uuid, $5::text, $6::timestamptz FROM touched
         )
         INSERT INTO ticket_event (tenant_id, ticket_id, id, actor_id, via, kind, detail, created_at)
         SELECT touched.tenant_id, touched.id, e.id, $4, $8::text, e.kind, e.detail, $6
         FROM touched CROSS JOIN unnest($9::uuid[], $10::text[], $11::jsonb[]) AS e (id, kind, detail)",
        tx.tenant_id(),
        ticket.0,
        id.0,
        principal.account.0,
        body,
        ambient.now(),
        &lock::writable(reach),
        event::via(principal),
        &ids,
        &kinds,
        &details
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Err(lock::refusal(tx, reach, ticket).await?.into());
    }
    words::write(tx, &[ticket]).await?;
    event::told(tx, ambient, Some(principal), ticket, &ids, &kinds).await?;
    Ok(id)
}

/// Changes a comment of the principal's own, if it still has the expected version. Answers the version that it then has.
///
/// # Errors
/// [`DbError`]; within, [`ChangeError`]: nothing was done.
pub async fn edit(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    ticket: TicketId,
    comment: CommentId,
    expected_version: i64,
    body: &str,
) -> Result<Result<i64, ChangeError>, DbError> {
    settle(try_edit(permit, ambient, reach, (ticket, comment), expected_version, body).await)
}

async fn try_edit(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    (ticket, comment): (TicketId, CommentId),
    expected_version: i64,
    body: &str,
) -> Result<i64, Stop> {
    lock::for_change(permit, reach, ticket).await?;
    let (principal, tx) = permit.parts();
    let old = find(tx, ticket, comment).await?;
    if old.author.id != principal.account {
        return Err(ChangeError::NotYours.into());
    }
    if old.version != expected_version {
        return Err(ChangeError::Overtaken { current: old.version }.into());
    }
    if old.body == body {
        return Ok(old.version);
    }
    let now = ambient.now();
    sqlx::query!(
        "WITH touched AS (UPDATE ticket SET updated_at = $5 WHERE tenant_id = $1 AND id = $2)
         UPDATE ticket_comment SET body = $4, edited_at = $5, version = version + 1
         WHERE tenant_id = $1 AND ticket_id = $2 AND id = $3",
        tx.tenant_id(),
        ticket.0,
        comment.0,
        body,
        now
    )
    .execute(&mut *tx)
    .await?;
    event::write(tx, ambient, Some(principal), ticket, &[Kind::CommentEdited { comment }]).await?;
    words::write(tx, &[ticket]).await?;
    Ok(old.version + 1)
}

/// Deletes a comment: its author's own, or anybody's by who leads the project.
///
/// # Errors
/// [`DbError`]; within, [`ChangeError`]: nothing was done.
pub async fn remove(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    ticket: TicketId,
    comment: CommentId,
) -> Result<Result<(), ChangeError>, DbError> {
    settle(try_remove(permit, ambient, reach, ticket, comment).await)
}

async fn try_remove(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    ticket: TicketId,
    comment: CommentId,
) -> Result<(), Stop> {
    let locked = lock::for_change(permit, reach, ticket).await?;
    let leads = reach.of_id(locked.project).is_some_and(|project| project.level >= Level::Lead);
    let (principal, tx) = permit.parts();
    let old = find(tx, ticket, comment).await?;
    if old.author.id != principal.account && !leads {
        return Err(ChangeError::NotYours.into());
    }
    sqlx::query!(
        "WITH touched AS (UPDATE ticket SET updated_at = $4 WHERE tenant_id = $1 AND id = $2)
         DELETE FROM ticket_comment WHERE tenant_id = $1 AND ticket_id = $2 AND id = $3",
        tx.tenant_id(),
        ticket.0,
        comment.0,
        ambient.now()
    )
    .execute(&mut *tx)
    .await?;
    event::write(tx, ambient, Some(principal), ticket, &[Kind::CommentRemoved { author: old.author }]).await?;
    words::write(tx, &[ticket]).await?;
    Ok(())
}

/// A comment that is about to be changed. Its ticket is locked.
struct Old {
    author: Named,
    body: String,
    version: i64,
}

async fn find(tx: &mut TenantTx, ticket: TicketId, comment: CommentId) -> Result<Old, Stop> {
    let row = sqlx::query!(
        "SELECT c.author_id, a.name, c.body, c.version
         FROM ticket_comment c
         JOIN account a ON a.tenant_id = c.tenant_id AND a.id = c.author_id
         WHERE c.tenant_id = $1 AND c.ticket_id = $2 AND c.id = $3",
        tx.tenant_id(),
        ticket.0,
        comment.0
    )
    .fetch_optional(tx)
    .await?
    .ok_or(ChangeError::NotFound)?;
    let author = Named { id: AccountId(row.author_id), name: row.name };
    Ok(Old { author, body: row.body, version: row.version })
}
