//! Which tenants have files to remove, found with the operator's rights.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::db::DbError;

/// The names of the tenants with files that nothing has referred to since `until`.
pub(super) async fn tenants(operator: &mut PgConnection, until: OffsetDateTime) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT t.slug FROM control.tenant t
         WHERE EXISTS (SELECT FROM pooled.stored_object o
                       WHERE o.tenant_id = t.id AND o.state <> 'stored' AND o.changed_at <= $1)
         ORDER BY t.slug",
        until
    )
    .fetch_all(operator)
    .await?)
}
