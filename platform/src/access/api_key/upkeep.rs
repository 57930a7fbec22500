//! What a server does about keys by itself: warns of those that end soon, and removes answers that are kept no longer.
//!
//! The operator's connection finds the tenants that have something to do; what is done for one is done in a transaction of
//! its own, as the serving role. Several servers may do it at the same time.

use std::{sync::Arc, time::Duration as StdDuration};

use time::Duration;

use super::busy;
use crate::{
    ambient::Ambient,
    db::{Database, DbError, TenantTx},
    idempotency,
    mail::{self, Letter, Letterhead},
    tenancy::{Address, Lookup, Tenant, TenantDirectory, TenantState},
};

/// How often there is a look.
const LOOK_EVERY: StdDuration = StdDuration::from_mins(10);
/// How long before its end a key's owner is told.
pub(super) const WARNED_BEFORE: Duration = Duration::days(7);

/// What the upkeep needs. Cheap to clone.
#[derive(Clone)]
pub struct Upkeep {
    /// The operator's address of the database.
    pub operator_url: String,
    /// The serving role's way into the database.
    pub database: Database,
    /// Time and randomness.
    pub ambient: Ambient,
    /// Finds tenants.
    pub directory: TenantDirectory,
    /// The look and address of a tenant's mail.
    pub letterhead: Arc<dyn Fn(&Tenant) -> Letterhead + Send + Sync>,
}

impl Upkeep {
    /// Looks after keys. Runs until it is dropped.
    pub async fn run(self) {
        loop {
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "API keys could not be looked after; trying again in ten minutes");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Does what there is to do now.
    ///
    /// # Errors
    /// [`DbError`] when it cannot be found out. What fails for one tenant is logged, and done again the next time.
    pub async fn round(&self) -> Result<(), DbError> {
        for slug in busy::tenants(&self.operator_url, self.ambient.now()).await? {
            if let Err(error) = self.tenant(&slug).await {
                tracing::warn!(%error, slug, "API keys of a tenant could not be looked after");
            }
        }
        Ok(())
    }

    async fn tenant(&self, slug: &str) -> Result<(), DbError> {
        let Lookup::Found(tenant) = self.directory.find(&Address::Slug(slug.to_owned())).await? else {
            return Ok(());
        };
        let mut tx = self.database.begin(&tenant.home).await?;
        idempotency::remove_old(&mut tx, &self.ambient).await?;
        if tenant.state == TenantState::Active {
            warn(&mut tx, &self.ambient, &(self.letterhead)(&tenant)).await?;
        }
        tx.commit().await
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
