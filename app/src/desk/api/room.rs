//! What answers say of the plan's room, where more was made of what it limits.

use axum::http::{HeaderName, HeaderValue};
use rowhouse_platform::{
    db::{DbError, TenantTx},
    plan::{Limit, count},
};

use crate::{api::near, desk::project};

/// The header that says that little room is left, after more was made in the same transaction.
///
/// # Errors
/// [`DbError`].
pub(super) async fn left(tx: &mut TenantTx, limit: Limit) -> Result<Option<[(HeaderName, HeaderValue); 1]>, DbError> {
    // Where there is no limit, nothing is counted.
    if tx.entitlements().limit(limit).is_none() {
        return Ok(None);
    }
    let used = match limit {
        Limit::Projects => project::active(tx).await?,
        Limit::StorageBytes => count::storage(tx).await?,
        // Desk makes none of these.
        Limit::Seats | Limit::ApiRequestsPerMinute | Limit::AuditRetentionDays | Limit::CustomDomains => {
            return Ok(None);
        }
    };
    Ok(near(tx.entitlements(), limit, used))
}
