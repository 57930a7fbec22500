//! The first project of a workspace, so that its first ticket has somewhere to stand.

use rowhouse_platform::{
    ambient::Ambient,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
};
use serde_json::json;

use super::{ProjectId, change::turn};

const KEY: &str = "SUP";
const NAME: &str = "Support";

/// The oldest project of the tenant, made where it has none: Support, open to the whole workspace.
///
/// # Errors
/// [`DbError`].
pub async fn ensure_first(tx: &mut TenantTx, ambient: &Ambient) -> Result<ProjectId, DbError> {
    turn(tx).await?;
    let oldest = sqlx::query_scalar!(
        "SELECT id FROM project WHERE tenant_id = $1 ORDER BY created_at, id LIMIT 1",
        tx.tenant_id()
    )
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(id) = oldest {
        return Ok(ProjectId(id));
    }
    let id = ProjectId(ambient.uuid());
    sqlx::query!(
        "INSERT INTO project (tenant_id, id, key, name, description, is_open, last_number, version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, '', true, 0, 1, $5, $5)",
        tx.tenant_id(),
        id.0,
        KEY,
        NAME,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(id)
}

/// What Desk begins with in a workspace that somebody has just signed up for: its first project, told of in the audit
/// log as made by its owner.
///
/// # Errors
/// [`DbError`].
pub async fn begin(
    tx: &mut TenantTx,
    scribe: &Scribe,
    owner: AccountId,
    (name, email): (&str, &str),
) -> Result<(), DbError> {
    let id = ensure_first(tx, scribe.ambient()).await?;
    let act = Act::by_account(owner, name, email, Action::ProjectCreated)
        .on("project", id.to_string(), KEY)
        .change((), json!({ "key": KEY, "name": NAME, "open": true }));
    audit::record(tx, scribe, act).await
}
