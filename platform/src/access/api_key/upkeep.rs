//! What a server does about keys by itself: warns of those that end soon, and removes answers that are kept no longer.

use std::{sync::Arc, time::Duration as StdDuration};

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::busy;
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    idempotency,
    mail::{self, Letter, Letterhead},
    tenancy::{Tenant, TenantState},
    upkeep::{Chore, Left, Means},
};

/// How long before its end a key's owner is told.
pub(super) const WARNED_BEFORE: Duration = Duration::days(7);

/// What the upkeep of keys needs.
#[derive(Clone)]
pub struct KeyChore {
    /// The look and address of a tenant's mail.
    pub letterhead: Arc<dyn Fn(&Tenant) -> Letterhead + Send + Sync>,
}

impl Chore for KeyChore {
    const WHAT: &'static str = "API keys";
    const LOOK_EVERY: StdDuration = StdDuration::from_mins(10);
    type Due = String;
    type Error = DbError;

    async fn look(&self, operator: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<String>, DbError> {
        busy::tenants(operator, now).await
    }

    async fn tenant(&self, means: &Means, tenant: &Tenant, _: String) -> Result<Left, DbError> {
        let mut tx = means.database.begin(&tenant.home).await?;
        idempotency::remove_old(&mut tx, &means.ambient).await?;
        if tenant.state == TenantState::Active {
            warn(&mut tx, &means.ambient, &(self.letterhead)(tenant)).await?;
        }
        tx.commit().await?;
        Ok(Left::Nothing)
    }
}

/// Tells the owners of keys that end soon, of each once. One that was made for less time than that is told of too.
async fn warn(tx: &mut TenantTx, ambient: &Ambient, letterhead: &Letterhead) -> Result<(), DbError> {
    let now = ambient.now();
    let ending = sqlx::query!(
        r#"UPDATE api_key k SET expiry_warned_at = $2
           FROM account a
           WHERE k.tenant_id = $1 AND a.tenant_id = k.tenant_id AND a.id = k.account_id AND a.state = 'active'
               AND a.email IS NOT NULL AND k.revoked_at IS NULL AND k.expiry_warned_at IS NULL
               AND k.expires_at > $2 AND k.expires_at <= $3
           RETURNING k.name, k.expires_at AS "ends!", a.email AS "email!""#,
        tx.tenant_id(),
        now,
        now + WARNED_BEFORE
    )
    .fetch_all(&mut *tx)
    .await?;
    for key in ending {
        let letter =
            Letter::ApiKeyExpiring { name: key.name, ends: key.ends, link: letterhead.link("/admin/api-keys") };
        mail::queue(tx, ambient, letterhead, &key.email, &letter).await?;
    }
    Ok(())
}
