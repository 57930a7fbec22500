//! The one place that says who may change a project.

use rowhouse_platform::access::Permit;

use super::{Level, Project, ProjectError, ProjectId, key::named, reach::level};
use crate::desk::permission::WriteTickets;

/// A project that the principal leads. It is locked until the transaction ends: whoever changes it or its members takes
/// turns, and sees what those before have done.
#[derive(Debug)]
pub(super) struct Led(Project);

impl Led {
    /// The project, unless it is archived: then nothing of it changes.
    pub(super) fn into_changeable(self) -> Result<Project, ProjectError> {
        if self.0.is_archived() { Err(ProjectError::Archived) } else { Ok(self.0) }
    }

    /// The project, archived or not.
    pub(super) fn in_any_state(self) -> Project {
        self.0
    }
}

/// Locks the project of this key and sees that the principal leads it.
pub(super) async fn lead(permit: &mut Permit<WriteTickets>, key: &str) -> Result<Led, ProjectError> {
    let key = named(key).ok_or(ProjectError::NotFound)?;
    let (principal, tx) = permit.parts();
    // Whoever gives out ticket numbers waits too, and after the lock sees that the project is archived.
    let project = sqlx::query!(
        "SELECT id, key, name, description, is_open, archived_at, version, created_at, updated_at
         FROM project WHERE tenant_id = $1 AND key = $2 FOR UPDATE",
        tx.tenant_id(),
        key
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(ProjectError::NotFound)?;
    // A statement of its own: it sees what was done while the lock was waited for.
    let role = sqlx::query_scalar!(
        "SELECT role FROM project_member WHERE tenant_id = $1 AND project_id = $2 AND account_id = $3",
        tx.tenant_id(),
        project.id,
        principal.account.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    match level(principal, project.is_open, role.as_deref()) {
        None => Err(ProjectError::NotFound),
        Some(Level::Viewer | Level::Contributor) => Err(ProjectError::NotLead),
        Some(Level::Lead) => Ok(Led(Project {
            id: ProjectId(project.id),
            key: project.key,
            name: project.name,
            description: project.description,
            is_open: project.is_open,
            archived_at: project.archived_at,
            version: project.version,
            created_at: project.created_at,
            updated_at: project.updated_at,
        })),
    }
}
