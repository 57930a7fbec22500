//! One ticket, as its page and the API show it.

use std::collections::HashMap;

use rowhouse_platform::{
    access::{Permission, Permit},
    db::DbError,
    id::AccountId,
};
use sqlx::types::Json;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{Label, Person, Priority, Status, TicketId, TicketKey, label::LabelJson};
use crate::desk::{
    permission::ReadTickets,
    project::{ProjectId, Reach},
};

/// A ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// Its project.
    pub project: ProjectId,
    /// What people call it.
    pub key: TicketKey,
    /// Its title.
    pub title: String,
    /// Its description, in Markdown.
    pub description: String,
    /// How far it is.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// Who asked.
    pub requester: Person,
    /// Who works on it.
    pub assignee: Option<Person>,
    /// The day by which it is due.
    pub due_on: Option<Date>,
    /// Its labels, by name.
    pub labels: Vec<Label>,
    /// Grows with every change of what stands above.
    pub version: i64,
    /// When it was opened.
    pub created_at: OffsetDateTime,
    /// When something last happened to it.
    pub updated_at: OffsetDateTime,
    /// When somebody else than the requester first commented.
    pub first_response_at: Option<OffsetDateTime>,
    /// When it was solved or closed, while it is.
    pub resolved_at: Option<OffsetDateTime>,
}

/// The ticket that people call so, if the principal reaches it.
///
/// # Errors
/// [`DbError`].
pub async fn of_key(
    permit: &mut Permit<ReadTickets>,
    reach: &Reach,
    key: &TicketKey,
) -> Result<Option<Ticket>, DbError> {
    let Some(project) = reach.of_key(&key.project) else { return Ok(None) };
    find(permit, reach, Wanted::Key(project.id, key.number)).await
}

/// The ticket of this id, if the principal reaches it.
///
/// # Errors
/// [`DbError`].
pub async fn of_id(permit: &mut Permit<ReadTickets>, reach: &Reach, id: TicketId) -> Result<Option<Ticket>, DbError> {
    find(permit, reach, Wanted::Id(id)).await
}

/// The id of the ticket that people call so, if the principal reaches it: for what changes one.
///
/// # Errors
/// [`DbError`].
pub async fn id_of_key<P: Permission>(
    permit: &mut Permit<P>,
    reach: &Reach,
    key: &TicketKey,
) -> Result<Option<TicketId>, DbError> {
    let Some(project) = reach.of_key(&key.project) else { return Ok(None) };
    let id = sqlx::query_scalar!(
        "SELECT id FROM ticket WHERE tenant_id = $1 AND project_id = $2 AND number = $3",
        permit.tenant_id(),
        project.id.0,
        key.number
    )
    .fetch_optional(&mut **permit)
    .await?;
    Ok(id.map(TicketId))
}

/// The same of several, in one query; a key that is not in the answer is that of no ticket that the principal reaches.
///
/// # Errors
/// [`DbError`].
pub async fn ids_of_keys<P: Permission>(
    permit: &mut Permit<P>,
    reach: &Reach,
    keys: &[TicketKey],
) -> Result<HashMap<TicketKey, TicketId>, DbError> {
    let reached = keys.iter().filter_map(|key| Some((reach.of_key(&key.project)?.id.0, key.number)));
    let (projects, numbers): (Vec<Uuid>, Vec<i64>) = reached.unzip();
    let rows = sqlx::query!(
        "SELECT t.id, t.project_id, t.number
         FROM unnest($2::uuid[], $3::bigint[]) AS k (project_id, number)
         JOIN ticket t ON t.project_id = k.project_id AND t.number = k.number
         WHERE t.tenant_id = $1",
        permit.tenant_id(),
        &projects,
        &numbers
    )
    .fetch_all(&mut **permit)
    .await?;
    let found = rows.into_iter().filter_map(|row| {
        let project = reach.of_id(ProjectId(row.project_id))?;
        Some((TicketKey { project: project.key.clone(), number: row.number }, TicketId(row.id)))
    });
    Ok(found.collect())
}

/// What people call the ticket of this id, if the principal reaches it.
///
/// # Errors
/// [`DbError`].
pub async fn key_of_id<P: Permission>(
    permit: &mut Permit<P>,
    reach: &Reach,
    id: TicketId,
) -> Result<Option<TicketKey>, DbError> {
    let row = sqlx::query!(
        "SELECT project_id, number FROM ticket WHERE tenant_id = $1 AND id = $2",
        permit.tenant_id(),
        id.0
    )
    .fetch_optional(&mut **permit)
    .await?;
    Ok(row.and_then(|row| {
        let project = reach.of_id(ProjectId(row.project_id))?;
        Some(TicketKey { project: project.key.clone(), number: row.number })
    }))
}

#[derive(Clone, Copy)]
enum Wanted {
    Id(TicketId),
    Key(ProjectId, i64),
}

async fn find(permit: &mut Permit<ReadTickets>, reach: &Reach, wanted: Wanted) -> Result<Option<Ticket>, DbError> {
    let (id, project, number) = match wanted {
        Wanted::Id(id) => (Some(id.0), None, None),
        Wanted::Key(project, number) => (None, Some(project.0), Some(number)),
    };
    let row = sqlx::query!(
        r#"SELECT t.id, t.project_id, t.number, t.title, t.description, t.status AS "status: Status",
                  t.priority AS "priority: Priority", t.requester_id, r.name AS requester,
                  r.avatar_hash AS requester_avatar, t.assignee_id, a.name AS "assignee?",
                  a.avatar_hash AS assignee_avatar, t.due_on, t.version, t.created_at, t.updated_at,
                  t.first_response_at, t.resolved_at, (
                      SELECT coalesce(
                          jsonb_agg(jsonb_build_object('id', l.id, 'name', l.name, 'colour', l.colour)
                                    ORDER BY lower(l.name)),
                          '[]')
                      FROM ticket_label x
                      JOIN label l ON l.tenant_id = x.tenant_id AND l.id = x.label_id
                      WHERE x.tenant_id = t.tenant_id AND x.ticket_id = t.id
                  ) AS "labels!: Json<Vec<LabelJson>>"
           FROM ticket t
           JOIN account r ON r.tenant_id = t.tenant_id AND r.id = t.requester_id
           LEFT JOIN account a ON a.tenant_id = t.tenant_id AND a.id = t.assignee_id
           WHERE t.tenant_id = $1 AND t.project_id = ANY ($2) AND t.id = coalesce($3::uuid, (
               SELECT k.id FROM ticket k
               WHERE k.tenant_id = $1 AND k.project_id = $4::uuid AND k.number = $5::bigint
           ))"#,
        permit.tenant_id(),
        &reach.ids(),
        id as Option<Uuid>,
        project as Option<Uuid>,
        number as Option<i64>
    )
    .fetch_optional(&mut **permit)
    .await?;
    Ok(row.and_then(|row| {
        let project = reach.of_id(ProjectId(row.project_id))?;
        Some(Ticket {
            id: TicketId(row.id),
            project: project.id,
            key: TicketKey { project: project.key.clone(), number: row.number },
            title: row.title,
            description: row.description,
            status: row.status,
            priority: row.priority,
            requester: Person {
                id: AccountId(row.requester_id),
                name: row.requester,
                avatar_hash: row.requester_avatar,
            },
            assignee: row.assignee_id.zip(row.assignee).map(|(id, name)| Person {
                id: AccountId(id),
                name,
                avatar_hash: row.assignee_avatar,
            }),
            due_on: row.due_on,
            labels: row.labels.0.into_iter().map(Label::from).collect(),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            first_response_at: row.first_response_at,
            resolved_at: row.resolved_at,
        })
    }))
}
