//! Which tenants have notifications to mail or to remove, found with the operator's rights.

use rowhouse_platform::db::DbError;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::upkeep::KEPT;

/// Their names.
pub(super) async fn tenants(operator: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT t.slug FROM control.tenant t
         WHERE EXISTS (SELECT FROM pooled.inbox_item i WHERE i.tenant_id = t.id AND i.mail_due_at <= $1)
            OR EXISTS (SELECT FROM pooled.inbox_item i WHERE i.tenant_id = t.id AND i.created_at <= $2)
         ORDER BY t.slug",
        now,
        now - KEPT
    )
    .fetch_all(operator)
    .await?)
}
