//! Projects as they are looked at.

use rowhouse_platform::{
    access::{Permission, Permit},
    db::DbError,
};

use super::{Level, Project, ProjectId, key::named, reach::level};
use crate::desk::permission::{ManageProjects, ReadTickets};

/// The project of this key, in any case, and what the principal may do in it, if they reach it.
///
/// # Errors
/// [`DbError`].
pub async fn of_key<P: Permission>(permit: &mut Permit<P>, key: &str) -> Result<Option<(Project, Level)>, DbError> {
    let Some(key) = named(key) else { return Ok(None) };
    let (principal, tx) = permit.parts();
    let row = sqlx::query!(
        r#"SELECT p.id, p.key, p.name, p.description, p.is_open, p.archived_at, p.version, p.created_at, p.updated_at,
                  m.role AS "role?"
           FROM project p
           LEFT JOIN project_member m
               ON m.tenant_id = p.tenant_id AND m.project_id = p.id AND m.account_id = $3
           WHERE p.tenant_id = $1 AND p.key = $2"#,
        tx.tenant_id(),
        key,
        principal.account.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.and_then(|row| {
        let level = level(principal, row.is_open, row.role.as_deref())?;
        let project = Project {
            id: ProjectId(row.id),
            key: row.key,
            name: row.name,
            description: row.description,
            is_open: row.is_open,
            archived_at: row.archived_at,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        };
        Some((project, level))
    }))
}

/// Which projects a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Those that are worked on.
    Active,
    /// Those that can only be read.
    Archived,
}

/// How many open tickets of a project are counted; more are “more than”.
pub const OPEN_COUNTED: i64 = 100;

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRow {
    /// What its tickets begin with.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether everybody who may read tickets is in.
    pub is_open: bool,
    /// What the principal may do in it.
    pub level: Level,
    /// Its tickets that are open or pending, at most [`OPEN_COUNTED`].
    pub open_tickets: i64,
}

/// The projects that the principal reaches, by name.
///
/// # Errors
/// [`DbError`].
pub async fn list(permit: &mut Permit<ReadTickets>, shown: Shown) -> Result<Vec<ProjectRow>, DbError> {
    let (principal, tx) = permit.parts();
    let rows = sqlx::query!(
        r#"SELECT p.key, p.name, p.description, p.is_open, m.role AS "role?",
                  (SELECT count(*) FROM (
                      SELECT 1 AS one FROM ticket t
                      WHERE t.tenant_id = $1 AND t.project_id = p.id AND t.status IN ('open', 'pending') LIMIT $5
                  ) counted) AS "open_tickets!"
           FROM project p
           LEFT JOIN project_member m
               ON m.tenant_id = p.tenant_id AND m.project_id = p.id AND m.account_id = $2
           WHERE p.tenant_id = $1 AND (p.is_open OR m.role IS NOT NULL OR $3) AND (p.archived_at IS NOT NULL) = $4
           ORDER BY lower(p.name), p.key"#,
        tx.tenant_id(),
        principal.account.0,
        principal.may::<ManageProjects>(),
        shown == Shown::Archived,
        OPEN_COUNTED
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(ProjectRow {
                level: level(principal, row.is_open, row.role.as_deref())?,
                key: row.key,
                name: row.name,
                description: row.description,
                is_open: row.is_open,
                open_tickets: row.open_tickets,
            })
        })
        .collect())
}
