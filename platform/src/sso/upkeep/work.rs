//! Which tenants have something to do, as the operator's connection sees it.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{db::DbError, sso::trace};

/// The names of the tenants that have a SAML connection that is on, whose metadata and certificates are looked at, an
/// email domain whose proof is checked again, or something that has served its time.
pub(super) async fn tenants(operator: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT t.slug FROM control.tenant t
         WHERE EXISTS (SELECT FROM pooled.sso_connection c
                       WHERE c.tenant_id = t.id AND c.kind = 'saml' AND c.state = 'on')
            OR EXISTS (SELECT FROM pooled.email_domain d
                       WHERE d.tenant_id = t.id AND d.next_check_at <= $1 AND d.verified_at IS NOT NULL)
            OR EXISTS (SELECT FROM pooled.sso_trace o WHERE o.tenant_id = t.id AND o.at < $2)
            OR EXISTS (SELECT FROM pooled.sso_flow f WHERE f.tenant_id = t.id AND f.expires_at < $1)
            OR EXISTS (SELECT FROM pooled.sso_used_message m WHERE m.tenant_id = t.id AND m.expires_at < $1)
         ORDER BY t.slug",
        now,
        now - trace::KEPT
    )
    .fetch_all(operator)
    .await?)
}
