//! Which tenants have API keys to look after, found with the operator's rights.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::upkeep::WARNED_BEFORE;
use crate::{db::DbError, idempotency};

/// The names of the tenants that have something to do.
pub(super) async fn tenants(operator: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT t.slug FROM control.tenant t
         WHERE EXISTS (SELECT FROM pooled.api_key k
                       WHERE k.tenant_id = t.id AND k.revoked_at IS NULL AND k.expiry_warned_at IS NULL
                           AND k.expires_at > $1 AND k.expires_at <= $2)
            OR EXISTS (SELECT FROM pooled.idempotency_key i WHERE i.tenant_id = t.id AND i.created_at <= $3)
         ORDER BY t.slug",
        now,
        now + WARNED_BEFORE,
        now - idempotency::KEPT
    )
    .fetch_all(operator)
    .await?)
}
