//! Checks that nobody asked for: claims that wait for their record, and domains that must keep it.
//!
//! Every server looks for due checks; each check is leased to one of them, for longer than it can take. A server that
//! dies with a lease in hand only delays the check.

use std::{sync::Arc, time::Duration as StdDuration};

use time::Duration;
use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    check::{Checker, DueCheck, Settled, check, settle},
    dns::Dns,
    store::{take_due_checks, tenants_with_due_checks},
    traffic::DomainSettings,
};
use crate::{
    access::{ManageDomains, addresses_of_holders},
    audit::{Act, Action, Scribe, record},
    db::{Database, DbError, TenantTx},
    mail::{Letter, Letterhead, queue},
    tenancy::{Address, Lookup, Tenant, TenantDirectory},
};

/// How often due checks are looked for.
const INTERVAL: StdDuration = StdDuration::from_secs(20);
/// Tenants whose checks are made in one round, at most.
const TENANTS_A_ROUND: i32 = 200;
/// Tenants whose checks are made at the same time: one with slow name servers holds up no other.
const AT_A_TIME: usize = 8;
/// How long a check is one server's business: longer than all checks of a tenant can take.
const LEASE: Duration = Duration::minutes(15);

/// What checks need. Cheap to clone.
#[derive(Clone)]
pub struct Watch {
    /// The serving role's way into the database.
    pub database: Database,
    /// Finds tenants.
    pub directory: TenantDirectory,
    /// Time, and the audit log.
    pub scribe: Scribe,
    /// The look and address of a tenant's mail.
    pub letterhead: Arc<dyn Fn(&Tenant) -> Letterhead + Send + Sync>,
    /// The way to DNS.
    pub dns: Dns,
    /// What the operator decided.
    pub settings: DomainSettings,
}

impl Watch {
    /// Makes due checks, again and again. Runs until it is dropped.
    pub async fn run(self) {
        loop {
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "due checks of domains cannot be found");
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Makes the checks that are due now.
    ///
    /// # Errors
    /// [`DbError`] when they cannot be found. A check that fails is logged, and made again when its lease is over.
    pub async fn round(&self) -> Result<(), DbError> {
        let mut control = self.database.control().await?;
        let due = tenants_with_due_checks(&mut control, self.scribe.ambient().now(), TENANTS_A_ROUND).await?;
        control.commit().await?;
        let places = Arc::new(Semaphore::new(AT_A_TIME));
        let mut checks = JoinSet::new();
        for slug in due {
            let (watch, places) = (self.clone(), Arc::clone(&places));
            checks.spawn(async move {
                // The semaphore is never closed.
                let Ok(_place) = places.acquire().await else { return };
                if let Err(error) = watch.tenant(&slug).await {
                    tracing::warn!(%error, slug, "domains of a tenant cannot be checked");
                }
            });
        }
        while checks.join_next().await.is_some() {}
        Ok(())
    }

    async fn tenant(&self, slug: &str) -> Result<(), DbError> {
        let Lookup::Found(tenant) = self.directory.find(&Address::Slug(slug.to_owned())).await? else {
            return Ok(());
        };
        let now = self.scribe.ambient().now();
        let mut tx = self.database.begin(&tenant.home).await?;
        let due = take_due_checks(&mut tx, now, now + LEASE).await?;
        tx.commit().await?;
        for due in due {
            self.one(&tenant, due).await?;
        }
        Ok(())
    }

    async fn one(&self, tenant: &Tenant, due: DueCheck) -> Result<(), DbError> {
        let checked = check(&self.dns, due, &self.settings.destination(&tenant.slug)).await;
        let mut tx = self.database.begin(&tenant.home).await?;
        let settled = settle(&mut tx, self.scribe.ambient(), &checked, Checker::Server, self.settings.recheck).await?;
        let host = checked.host().as_str();
        match settled {
            Settled::Verified => {
                let act = Act::by_system(Action::DomainVerified).on("domain", host, host);
                record(&mut tx, &self.scribe, act).await?;
            }
            Settled::Lost => {
                self.tell(&mut tx, tenant, host).await?;
                let why = checked.problem().unwrap_or_default();
                let act = Act::by_system(Action::DomainLost).on("domain", host, host).because(why);
                record(&mut tx, &self.scribe, act).await?;
            }
            Settled::Renewed | Settled::Taken | Settled::Pending | Settled::Failing | Settled::Gone => {}
        }
        tx.commit().await?;
        if matches!(settled, Settled::Verified | Settled::Lost) {
            self.directory.forget(tenant.home.id());
            tracing::info!(tenant = %tenant.home.id(), domain = host, ?settled, "a domain changed its state");
        }
        Ok(())
    }

    /// Writes to those who can mend it that a domain is lost.
    async fn tell(&self, tx: &mut TenantTx, tenant: &Tenant, host: &str) -> Result<(), DbError> {
        let mut tenant = tenant.clone();
        // The letter must not lead to the domain that it says is lost.
        tenant.primary_host = tenant.primary_host.filter(|primary| **primary != *host);
        let letterhead = (self.letterhead)(&tenant);
        let letter = Letter::DomainLost { host: host.to_owned() };
        for address in addresses_of_holders::<ManageDomains>(tx).await? {
            queue(tx, self.scribe.ambient(), &letterhead, &address, &letter).await?;
        }
        Ok(())
    }
}
