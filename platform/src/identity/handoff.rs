//! Carries a sign-in from the apex to a tenant's own host, where the cookie must be set: a token of one use and a
//! minute's life.

use time::Duration;

use super::{
    admission, known_device,
    policy::Method,
    session::{self, Device, Proof, SessionPolicy, SessionToken},
    sha256, token_text,
};
use crate::{
    ambient::Ambient,
    audit::Scribe,
    db::{DbError, TenantTx},
    id::AccountId,
};

const LIFE: Duration = Duration::minutes(1);

/// Makes a token that signs `account` in, once.
///
/// # Errors
/// [`DbError`].
pub async fn offer(tx: &mut TenantTx, ambient: &Ambient, account: AccountId) -> Result<String, DbError> {
    let token = token_text(ambient.bytes());
    sqlx::query!(
        "INSERT INTO handoff (tenant_id, token_hash, account_id, expires_at) VALUES ($1, $2, $3, $4)",
        tx.tenant_id(),
        sha256(&token),
        account.0,
        ambient.now() + LIFE
    )
    .execute(tx)
    .await?;
    Ok(token)
}

/// Uses a token up and opens the session it stands for; `None` where it was used, is too old or was never made.
///
/// # Errors
/// [`DbError`].
pub async fn accept(
    tx: &mut TenantTx,
    scribe: &Scribe,
    policy: SessionPolicy,
    token: &str,
    device: &Device,
) -> Result<Option<SessionToken>, DbError> {
    let used = sqlx::query!(
        "DELETE FROM handoff WHERE tenant_id = $1 AND token_hash = $2 RETURNING account_id, expires_at",
        tx.tenant_id(),
        sha256(token)
    )
    .fetch_optional(&mut *tx)
    .await?;
    match used {
        Some(row) if row.expires_at > scribe.ambient().now() => {
            let (account, proof) = (AccountId(row.account_id), Proof::first(Method::Password));
            known_device::meet(tx, scribe.ambient(), account, &device.token).await?;
            let token = session::open(tx, scribe.ambient(), policy, account, proof, device).await?;
            admission::record_sign_in(tx, scribe, account, proof).await?;
            Ok(Some(token))
        }
        _ => Ok(None),
    }
}
