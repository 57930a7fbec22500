//! Which tenants have an import to work on, found with the operator's rights.

use rowhouse_platform::db::DbError;
use sqlx::PgConnection;
use time::OffsetDateTime;

/// Their names.
pub(super) async fn tenants(operator: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT t.slug FROM control.tenant t
         WHERE EXISTS (SELECT FROM pooled.desk_import i
                       WHERE i.tenant_id = t.id
                         AND (i.state IN ('checking', 'running', 'undoing') OR i.has_old_problems)
                         AND (i.lease_until IS NULL OR i.lease_until <= $1))
         ORDER BY t.slug",
        now
    )
    .fetch_all(operator)
    .await?)
}
