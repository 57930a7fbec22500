//! What a file says of each ticket beyond what the list shows.

use std::collections::HashMap;

use rowhouse_platform::{access::Permit, db::DbError, id::AccountId};
use serde::Serialize;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::desk::{
    list::TicketRow,
    permission::ReadTickets,
    project::{ProjectId, Reach},
    ticket::TicketId,
};

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

/// The tickets with their texts and the names of their labels, in the order in which they come.
pub(super) async fn whole(
    permit: &mut Permit<ReadTickets>,
    reach: &Reach,
    rows: Vec<TicketRow>,
) -> Result<Vec<Line>, DbError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let texts = sqlx::query!(
        r#"SELECT t.id, t.description, t.resolved_at,
                  ARRAY(SELECT l.name FROM ticket_label x
                        JOIN label l ON l.tenant_id = x.tenant_id AND l.id = x.label_id
                        WHERE x.tenant_id = t.tenant_id AND x.ticket_id = t.id
                        ORDER BY lower(l.name)) AS "labels!"
           FROM ticket t WHERE t.tenant_id = $1 AND t.id = ANY($2)"#,
        permit.tenant_id(),
        &ids
    )
    .fetch_all(&mut **permit)
    .await?;
    let mut texts: HashMap<Uuid, _> = texts.into_iter().map(|row| (row.id, row)).collect();
    let lines = rows.into_iter().filter_map(|row| {
        // One that was deleted between the two queries is gone.
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
    Ok(lines.collect())
}
