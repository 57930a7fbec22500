//! Suspending a tenant and letting it go on, with the operator's rights.

use sqlx::PgConnection;

use crate::db::DbError;

/// Suspends a tenant, with a reason that only operators see, or lets it go on where there is none. Servers hear of it
/// within a second. Answers whether there is such a tenant.
///
/// # Errors
/// [`DbError`].
pub async fn set_suspended(operator: &mut PgConnection, slug: &str, reason: Option<&str>) -> Result<bool, DbError> {
    let state = if reason.is_some() { "suspended" } else { "active" };
    let done =
        sqlx::query!("UPDATE control.tenant SET state = $2, state_reason = $3 WHERE slug = $1", slug, state, reason)
            .execute(operator)
            .await?;
    Ok(done.rows_affected() == 1)
}
