//! A key ends before its time.

use super::ApiKeyId;
use crate::{
    access::{ManageApiKeys, Permit},
    ambient::Ambient,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
};

/// Revokes a key, whosever it is: from the next request on it is refused, and so is every access token that was got with
/// it. `false` where there is none that is in use.
///
/// # Errors
/// [`DbError`].
pub async fn revoke(permit: &mut Permit<ManageApiKeys>, scribe: &Scribe, id: ApiKeyId) -> Result<bool, DbError> {
    let (principal, tx) = permit.parts();
    let name = sqlx::query_scalar!(
        "UPDATE api_key SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING name",
        tx.tenant_id(),
        id.0,
        scribe.ambient().now()
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(name) = name else { return Ok(false) };
    let act = Act::by(principal, Action::ApiKeyRevoked).on("api_key", id.to_string(), name);
    audit::record(tx, scribe, act).await?;
    Ok(true)
}

/// Revokes every key of somebody who is removed.
pub(crate) async fn revoke_all_of(tx: &mut TenantTx, ambient: &Ambient, account: AccountId) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE api_key SET revoked_at = $3 WHERE tenant_id = $1 AND account_id = $2 AND revoked_at IS NULL",
        tx.tenant_id(),
        account.0,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(())
}
