//! The tickets that fit best to what somebody types.

use rowhouse_platform::{access::Permit, db::DbError};
use serde_json::json;

use super::query::parse;
use crate::desk::{
    permission::ReadTickets,
    project::{ProjectId, Reach},
    ticket::{Status, TicketId, TicketKey},
};

/// How many tickets with the words are looked at, the newest first: to find out how well one matches costs as much as to
/// find it, and a word that a tenth of a large workspace's tickets have is found a hundred thousand times.
pub const MOST_RANKED: i32 = 500;

/// A ticket that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Its id.
    pub id: TicketId,
    /// What people call it.
    pub key: TicketKey,
    /// Its title.
    pub title: String,
    /// How far it is.
    pub status: Status,
    /// How well it fits.
    pub rank: f32,
}

/// The `most` tickets that the principal reaches and that fit best to what was typed; of the same fit, the newer first.
///
/// # Errors
/// [`DbError`].
pub async fn best(
    permit: &mut Permit<ReadTickets>,
    reach: &Reach,
    typed: &str,
    most: i64,
) -> Result<Vec<Hit>, DbError> {
    let Some(sought) = parse(typed) else { return Ok(Vec::new()) };
    let within = if reach.is_whole() { json!({}) } else { json!({ "projects": reach.ids() }) };
    let rows = sqlx::query!(
        r#"SELECT t.id, t.project_id, t.number, t.title, t.status AS "status: Status", f.rank AS "rank!"
           FROM find_ticket_words(to_tsquery('simple', $2), $3, $6, false) AS f (ticket_id, rank)
           JOIN ticket t ON t.tenant_id = $1 AND t.id = f.ticket_id
           WHERE t.project_id = ANY ($4)
           ORDER BY f.rank DESC, t.id DESC LIMIT $5"#,
        permit.tenant_id(),
        sought,
        MOST_RANKED,
        &reach.ids(),
        most,
        within
    )
    .fetch_all(&mut **permit)
    .await?;
    let hits = rows.into_iter().filter_map(|row| {
        let project = reach.of_id(ProjectId(row.project_id))?;
        Some(Hit {
            id: TicketId(row.id),
            key: TicketKey { project: project.key.clone(), number: row.number },
            title: row.title,
            status: row.status,
            rank: row.rank,
        })
    });
    Ok(hits.collect())
}
