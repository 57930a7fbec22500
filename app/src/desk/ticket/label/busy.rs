//! Which tenants have a label on its way out, found with the operator's rights.

use rowhouse_platform::db::DbError;
use sqlx::PgConnection;

/// Their names.
pub(super) async fn tenants(operator: &mut PgConnection) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT t.slug FROM control.tenant t
         WHERE EXISTS (SELECT FROM pooled.label l WHERE l.tenant_id = t.id AND l.ending_since IS NOT NULL)
         ORDER BY t.slug"
    )
    .fetch_all(operator)
    .await?)
}
