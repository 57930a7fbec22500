//! What a server does for single sign-on by itself: fetches metadata again, warns of certificates that end soon, checks
//! the proofs of email domains again, and removes what has served its time.
//!
//! The operator's connection finds the tenants that have something to do; what is done for one is done in its own
//! transactions, as the serving role. Several servers may do it at the same time.

mod expiry;
mod work;

use std::{sync::Arc, time::Duration as StdDuration};

use time::Duration;
use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    email_domain::{Recheck, recheck_due},
    flow, refresh,
    refresh::Refresher,
    trace, used_message,
};
use crate::{
    db::DbError,
    mail::Letterhead,
    tenancy::{Address, Lookup, Tenant, TenantDirectory, TenantState, domains::Dns},
};

/// How often there is a look.
const LOOK_EVERY: StdDuration = StdDuration::from_mins(10);
/// Tenants that are looked after at the same time: one with a slow provider holds up no other.
const AT_A_TIME: usize = 8;
/// How long fetching is one server's business: longer than all connections of a tenant can take.
const LEASE: Duration = Duration::minutes(15);

/// What the upkeep needs. Cheap to clone.
#[derive(Clone)]
pub struct Upkeep {
    /// The operator's address of the database.
    pub operator_url: String,
    /// Finds tenants.
    pub directory: TenantDirectory,
    /// The look and address of a tenant's mail.
    pub letterhead: Arc<dyn Fn(&Tenant) -> Letterhead + Send + Sync>,
    /// The way to DNS.
    pub dns: Dns,
    /// Fetches metadata; has the way into the database, the time, and the audit log.
    pub refresher: Refresher,
}

impl Upkeep {
    /// Looks after single sign-on. Runs until it is dropped.
    pub async fn run(self) {
        loop {
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "single sign-on could not be looked after; trying again in ten minutes");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Does what there is to do now.
    ///
    /// # Errors
    /// [`DbError`] when it cannot be found out. What fails for one tenant is logged, and done again the next time.
    pub async fn round(&self) -> Result<(), DbError> {
        let busy = work::tenants(&self.operator_url, self.refresher.scribe.ambient().now()).await?;
        let places = Arc::new(Semaphore::new(AT_A_TIME));
        let mut rounds = JoinSet::new();
        for slug in busy {
            let (upkeep, places) = (self.clone(), Arc::clone(&places));
            rounds.spawn(async move {
                // The semaphore is never closed.
                let Ok(_place) = places.acquire().await else { return };
                if let Err(error) = upkeep.tenant(&slug).await {
                    tracing::warn!(%error, slug, "single sign-on of a tenant could not be looked after");
                }
            });
        }
        while rounds.join_next().await.is_some() {}
        Ok(())
    }

    async fn tenant(&self, slug: &str) -> Result<(), DbError> {
        let Lookup::Found(tenant) = self.directory.find(&Address::Slug(slug.to_owned())).await? else {
            return Ok(());
        };
        let (database, now) = (&self.refresher.database, self.refresher.scribe.ambient().now());
        // Also of a tenant that is suspended: what was received is kept no longer than promised.
        let mut tx = database.begin(&tenant.home).await?;
        trace::remove_old(&mut tx, now).await?;
        flow::remove_expired(&mut tx, now).await?;
        used_message::remove_expired(&mut tx, now).await?;
        tx.commit().await?;
        if tenant.state != TenantState::Active {
            return Ok(());
        }
        let mut tx = database.begin(&tenant.home).await?;
        let due = refresh::take_due(&mut tx, now, now + LEASE).await?;
        tx.commit().await?;
        for id in due {
            self.refresher.refresh(&tenant.home, id).await?;
        }
        // After that: what is about to end may just have been replaced.
        let letterhead = (self.letterhead)(&tenant);
        let mut tx = database.begin(&tenant.home).await?;
        expiry::warn(&mut tx, self.refresher.scribe.ambient(), &letterhead).await?;
        tx.commit().await?;
        let (scribe, dns) = (&self.refresher.scribe, &self.dns);
        recheck_due(Recheck { database, scribe, dns, letterhead: &letterhead }, &tenant.home).await?;
        Ok(())
    }
}
