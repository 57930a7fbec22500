//! Projects made, changed, archived, restored.

use rowhouse_platform::{
    access::Permit,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    plan::Limit,
};
use serde_json::{Value, json};

use super::{
    Level, MOST_PROJECTS, Project, ProjectError, ProjectId,
    key::{numbered, parse_key, suggested},
    lead::lead,
    members,
};
use crate::desk::permission::{ManageProjects, WriteTickets};

/// A project to be. Its texts are checked.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// What its tickets begin with; none: one is made from the name.
    pub key: Option<String>,
    /// How it is to be.
    pub draft: ProjectDraft,
}

/// A project as it is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectDraft {
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether everybody who may read tickets is in.
    pub is_open: bool,
}

impl ProjectDraft {
    /// How a project is.
    #[must_use]
    pub fn of(project: &Project) -> Self {
        Self { name: project.name.clone(), description: project.description.clone(), is_open: project.is_open }
    }

    fn record(&self) -> Value {
        json!({ "name": self.name, "description": self.description, "open": self.is_open })
    }
}

/// The turn of whoever makes a project of the tenant: so that there are never more than there may be.
pub(super) async fn turn(tx: &mut TenantTx) -> Result<(), DbError> {
    let tenant = tx.tenant_id().to_string();
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('projects/' || $1::text, 0))", tenant)
        .execute(tx)
        .await?;
    Ok(())
}

/// Whether the plan has room for one more project that is in use. Whoever asks has the turn.
async fn room_for_one(tx: &mut TenantTx) -> Result<(), ProjectError> {
    let used = active(tx).await?;
    tx.entitlements().require_room(Limit::Projects, used, 1).map_err(ProjectError::Plan)
}

/// How many projects are in use: those that are not archived.
///
/// # Errors
/// [`DbError`].
pub async fn active(tx: &mut TenantTx) -> Result<i64, DbError> {
    let tenant = tx.tenant_id();
    active_by(tx, tenant).await
}

/// The same in any transaction that sees the tenant: the operator's console counts them too.
///
/// # Errors
/// [`DbError`].
pub async fn active_by<'e>(by: impl sqlx::PgExecutor<'e>, tenant: uuid::Uuid) -> Result<i64, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM project WHERE tenant_id = $1 AND archived_at IS NULL"#,
        tenant
    )
    .fetch_one(by)
    .await?)
}

/// What the projects in use are called for which there is no room among `most`: the newest.
///
/// # Errors
/// [`DbError`].
pub async fn over_plan(tx: &mut TenantTx, most: i64) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT p.key || ' ' || p.name AS "called!" FROM project p
           WHERE p.tenant_id = $1 AND p.archived_at IS NULL ORDER BY p.id OFFSET $2"#,
        tx.tenant_id(),
        most
    )
    .fetch_all(tx)
    .await?)
}

/// Makes a project, and whoever makes it its lead. Answers its key.
///
/// # Errors
/// [`ProjectError`]; the caller drops the transaction.
pub async fn create(
    permit: &mut Permit<ManageProjects>,
    scribe: &Scribe,
    new: NewProject,
) -> Result<String, ProjectError> {
    let (principal, tx) = permit.parts();
    turn(tx).await?;
    let count = sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM project WHERE tenant_id = $1"#, tx.tenant_id())
        .fetch_one(&mut *tx)
        .await?;
    if count >= MOST_PROJECTS {
        return Err(ProjectError::TooMany);
    }
    room_for_one(tx).await?;
    let key = match new.key {
        Some(key) => key,
        None => free_key(tx, &new.draft.name).await?,
    };
    let id = ProjectId(scribe.ambient().uuid());
    // Not an error of the constraint: what its name is can still be asked in this transaction.
    let done = sqlx::query!(
        "INSERT INTO project (tenant_id, id, key, name, description, is_open, last_number, version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, 0, 1, $7, $7)
         ON CONFLICT (tenant_id, key) DO NOTHING",
        tx.tenant_id(),
        id.0,
        key,
        new.draft.name,
        new.draft.description,
        new.draft.is_open,
        scribe.ambient().now()
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        let taken =
            sqlx::query_scalar!("SELECT name FROM project WHERE tenant_id = $1 AND key = $2", tx.tenant_id(), key)
                .fetch_one(tx)
                .await?;
        return Err(ProjectError::KeyTaken(taken));
    }
    members::put_in(tx, scribe, id, principal.account, Level::Lead).await?;
    let mut after = new.draft.record();
    after["key"] = json!(key);
    let act = Act::by(principal, Action::ProjectCreated).on("project", id.to_string(), &key).change((), after);
    audit::record(tx, scribe, act).await?;
    Ok(key)
}

/// A key for a project of this name that no other has. There are fewer projects than candidates.
async fn free_key(tx: &mut TenantTx, name: &str) -> Result<String, ProjectError> {
    let most = usize::try_from(MOST_PROJECTS).unwrap_or(usize::MAX);
    let candidates = numbered(&suggested(name), most);
    let taken = sqlx::query_scalar!(
        "SELECT key FROM project WHERE tenant_id = $1 AND key = ANY($2)",
        tx.tenant_id(),
        &candidates
    )
    .fetch_all(tx)
    .await?;
    candidates.into_iter().find(|key| parse_key(key).is_ok() && !taken.contains(key)).ok_or(ProjectError::TooMany)
}

/// Changes a project that still has this version. Where nobody leads a project that becomes one of members only, whoever
/// does that leads it.
///
/// # Errors
/// [`ProjectError`]; the caller drops the transaction.
pub async fn change(
    permit: &mut Permit<WriteTickets>,
    scribe: &Scribe,
    key: &str,
    version: i64,
    draft: ProjectDraft,
) -> Result<(), ProjectError> {
    let project = lead(permit, key).await?.into_changeable()?;
    if project.version != version {
        return Err(ProjectError::Overtaken(Box::new(project)));
    }
    let (principal, tx) = permit.parts();
    let old = ProjectDraft::of(&project);
    if draft == old {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE project SET name = $3, description = $4, is_open = $5, version = version + 1, updated_at = $6
         WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        project.id.0,
        draft.name,
        draft.description,
        draft.is_open,
        scribe.ambient().now()
    )
    .execute(&mut *tx)
    .await?;
    let mut act = Act::by(principal, Action::ProjectChanged)
        .on("project", project.id.to_string(), &project.key)
        .change(old.record(), draft.record());
    if old.is_open && !draft.is_open && members::count(tx, project.id).await?.leads == 0 {
        members::make_lead(tx, scribe, project.id, principal.account).await?;
        act = act.because("Nobody led the project: whoever closed it to its members leads it now.");
    }
    audit::record(tx, scribe, act).await?;
    Ok(())
}

/// Archives a project: its tickets can be read, and nothing changes. `typed` is its key, typed by whoever does it.
///
/// # Errors
/// [`ProjectError`]; the caller drops the transaction.
pub async fn archive(
    permit: &mut Permit<WriteTickets>,
    scribe: &Scribe,
    key: &str,
    typed: &str,
) -> Result<(), ProjectError> {
    let project = lead(permit, key).await?.into_changeable()?;
    if parse_key(typed).ok().as_deref() != Some(&project.key) {
        return Err(ProjectError::WrongKey);
    }
    set_archived(permit, scribe, &project, true).await
}

/// Restores an archived project. One that is not archived stays as it is.
///
/// # Errors
/// [`ProjectError`]; the caller drops the transaction.
pub async fn restore(permit: &mut Permit<WriteTickets>, scribe: &Scribe, key: &str) -> Result<(), ProjectError> {
    let project = lead(permit, key).await?.in_any_state();
    if !project.is_archived() {
        return Ok(());
    }
    turn(permit).await?;
    room_for_one(permit).await?;
    set_archived(permit, scribe, &project, false).await
}

async fn set_archived(
    permit: &mut Permit<WriteTickets>,
    scribe: &Scribe,
    project: &Project,
    archived: bool,
) -> Result<(), ProjectError> {
    let (principal, tx) = permit.parts();
    let now = scribe.ambient().now();
    sqlx::query!(
        "UPDATE project SET archived_at = $3, version = version + 1, updated_at = $4 WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        project.id.0,
        archived.then_some(now),
        now
    )
    .execute(&mut *tx)
    .await?;
    let action = if archived { Action::ProjectArchived } else { Action::ProjectRestored };
    let act = Act::by(principal, action)
        .on("project", project.id.to_string(), &project.key)
        .change(json!({ "archived": !archived }), json!({ "archived": archived }));
    audit::record(tx, scribe, act).await?;
    Ok(())
}
