//! The words of tickets, as the search index has them.

use rowhouse_platform::db::{DbError, TenantTx};
use uuid::Uuid;

use crate::desk::ticket::TicketId;

/// How many bytes of comments are indexed, the newest first. A `tsvector` holds one megabyte; a text becomes at most
/// four times as long in it, and title and description have at most 81 kB.
const COMMENT_BYTES: i64 = 100_000;
/// How many comments are looked at, the newest first.
const COMMENTS: i64 = 200;

/// Writes the words of tickets anew, from their titles (weight A), descriptions (B) and newest comments (C).
///
/// # Errors
/// [`DbError`].
pub async fn write(tx: &mut TenantTx, tickets: &[TicketId]) -> Result<(), DbError> {
    let ids: Vec<Uuid> = tickets.iter().map(|ticket| ticket.0).collect();
    sqlx::query!(
        "INSERT INTO ticket_words (tenant_id, ticket_id, words)
         SELECT t.tenant_id, t.id,
                tenant_words(setweight(to_tsvector('simple', t.title), 'A')
                || setweight(to_tsvector('simple', t.description), 'B')
                || setweight(to_tsvector('simple', coalesce((
                       SELECT string_agg(n.body, ' ' ORDER BY n.id)
                       FROM (
                           SELECT b.id, b.body, sum(octet_length(b.body)) OVER (ORDER BY b.id DESC) AS bytes
                           FROM (
                               SELECT c.id, c.body FROM ticket_comment c
                               WHERE c.tenant_id = $1 AND c.ticket_id = t.id
                               ORDER BY c.id DESC LIMIT $3
                           ) b
                       ) n
                       WHERE n.bytes <= $4
                   ), '')), 'C'))
         FROM ticket t WHERE t.tenant_id = $1 AND t.id = ANY ($2)
         ON CONFLICT (tenant_id, ticket_id) DO UPDATE SET words = excluded.words",
        tx.tenant_id(),
        &ids,
        COMMENTS,
        COMMENT_BYTES
    )
    .execute(tx)
    .await?;
    Ok(())
}
