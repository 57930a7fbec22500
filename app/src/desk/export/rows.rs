//! What a file says of each ticket beyond what the list shows.

use std::collections::HashMap;

use rowhouse_platform::{access::Permit, db::DbError, id::AccountId};
use serde::Serialize;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::desk::{
    list::{Cursor, SortBy, TicketRow},
    permission::ReadTickets,
    project::{ProjectId, Reach},
    ticket::TicketId,
};

/// Bytes of descriptions that are held in memory together, and those of the ticket that goes past them.
const BYTES: usize = 512 * 1024;

/// A ticket in a file. The names are those of the columns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExportedTicket)]
pub(in crate::desk) struct Line {
    pub(super) key: String,
    pub(super) id: String,
    pub(super) project: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) status: &'static str,
    pub(super) priority: &'static str,
    pub(super) requester_id: String,
    pub(super) requester: String,
    pub(super) assignee_id: Option<String>,
    pub(super) assignee: Option<String>,
    pub(super) labels: Vec<String>,
    pub(super) due: Option<String>,
    pub(super) created: String,
    pub(super) updated: String,
    pub(super) resolved: Option<String>,
}

/// ISO 8601, in UTC.
fn iso(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(&Rfc3339).unwrap_or_default()
}

/// Tickets as a file has them, and the last of them where others follow whose descriptions would be too much.
pub(super) struct Whole {
    pub(super) lines: Vec<Line>,
    pub(super) cut_behind: Option<Cursor>,
}

/// The tickets with their texts and the names of their labels, in the order in which they come: so many that their
/// descriptions stay within [`BYTES`], but one at least.
pub(super) async fn whole(
    permit: &mut Permit<ReadTickets>,
    reach: &Reach,
    rows: Vec<TicketRow>,
    by: SortBy,
) -> Result<Whole, DbError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    // How long a text is stands beside it: those that are cut off are not read.
    let texts = sqlx::query!(
        r#"SELECT w.id AS "id!", w.description AS "description!", w.resolved_at AS "resolved_at?",
                  ARRAY(SELECT l.name FROM ticket_label x
                        JOIN label l ON l.tenant_id = x.tenant_id AND l.id = x.label_id
                        WHERE x.tenant_id = $1 AND x.ticket_id = w.id
                        ORDER BY lower(l.name)) AS "labels!"
           FROM (SELECT t.id, t.description, t.resolved_at, n.nth,
                        sum(octet_length(t.description)) OVER (ORDER BY n.nth ROWS UNBOUNDED PRECEDING)
                            - octet_length(t.description) AS ahead
                 FROM unnest($2::uuid[]) WITH ORDINALITY AS n (id, nth) JOIN ticket t ON t.id = n.id
                 WHERE t.tenant_id = $1) w
           WHERE w.ahead < $3 ORDER BY w.nth"#,
        permit.tenant_id(),
        &ids,
        i64::try_from(BYTES).unwrap_or(i64::MAX)
    )
    .fetch_all(&mut **permit)
    .await?;
    let bytes: usize = texts.iter().map(|row| row.description.len()).sum();
    let last = texts.last().filter(|_| bytes >= BYTES).map(|row| row.id);
    let end = last.and_then(|last| ids.iter().position(|id| *id == last)).filter(|end| end + 1 < ids.len());
    let cut_behind = end.and_then(|end| rows.get(end)).map(|row| row.cursor(by));
    let mut texts: HashMap<Uuid, _> = texts.into_iter().map(|row| (row.id, row)).collect();
    let lines = rows.into_iter().filter_map(|row| {
        // One that was deleted between the two queries is gone, and one that was cut off comes later.
        let text = texts.remove(&row.id)?;
        let project = reach.of_id(ProjectId(row.project_id))?;
        Some(Line {
            key: format!("{}-{}", project.key, row.number),
            id: TicketId(row.id).to_string(),
            project: project.key.clone(),
            title: row.title,
            description: text.description,
            status: row.status.word(),
            priority: row.priority.word(),
            requester_id: AccountId(row.requester_id).to_string(),
            requester: row.requester,
            assignee_id: row.assignee_id.map(|id| AccountId(id).to_string()),
            assignee: row.assignee,
            labels: text.labels,
            due: row.due_on.map(|day| day.to_string()),
            created: iso(row.created_at),
            updated: iso(row.updated_at),
            resolved: text.resolved_at.map(iso),
        })
    });
    Ok(Whole { lines: lines.collect(), cut_behind })
}
