//! What a server does about billing by itself: tells Stripe what waits in the outbox, lets those who owe become read-only
//! and suspended, mails their owners, and tells Stripe what was used. Several servers may.

use std::{sync::Arc, time::Duration as StdDuration};

use time::{Duration, OffsetDateTime};

use super::{Billing, notice, outbox::Outbox, usage};
use crate::{
    ambient::Ambient,
    db::{Database, DbError},
    mail::Letterhead,
    tenancy::{Address, Lookup, Tenant, TenantDirectory},
};

/// How often the outbox is looked at.
const LOOK_EVERY: StdDuration = StdDuration::from_secs(2);
/// How often time is let pass.
const SETTLE_EVERY: Duration = Duration::minutes(1);
/// How often usage is added up.
const BILL_EVERY: Duration = Duration::minutes(30);

/// What the upkeep needs. Cheap to clone.
#[derive(Clone)]
pub struct Upkeep {
    /// Billing.
    pub billing: Billing,
    /// The outbox.
    pub outbox: Outbox,
    /// The serving role's way into the database.
    pub database: Database,
    /// Time and randomness.
    pub ambient: Ambient,
    /// Finds tenants.
    pub directory: TenantDirectory,
    /// The look and address of a tenant's mail.
    pub letterhead: Arc<dyn Fn(&Tenant) -> Letterhead + Send + Sync>,
}

/// When something was done last.
struct Last(Option<OffsetDateTime>);

impl Last {
    /// Whether it is time again; also where the clock went back.
    fn is_due(&mut self, now: OffsetDateTime, every: Duration) -> bool {
        let is_due = self.0.is_none_or(|last| (now - last).abs() >= every);
        if is_due {
            self.0 = Some(now);
        }
        is_due
    }
}

impl Upkeep {
    /// Looks after billing. Runs until it is dropped.
    pub async fn run(self) {
        let (mut settled, mut billed) = (Last(None), Last(None));
        loop {
            let now = self.ambient.now();
            if let Err(error) = self.outbox.round(&self.billing).await {
                tracing::warn!(%error, "what waits for Stripe could not be told");
            }
            if settled.is_due(now, SETTLE_EVERY)
                && let Err(error) = self.settle().await
            {
                tracing::warn!(%error, "what is owed could not be looked after");
            }
            if billed.is_due(now, BILL_EVERY)
                && let Err(error) = self.bill_usage().await
            {
                tracing::warn!(%error, "what was used could not be put on the bill");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Lets time pass for those who owe, and mails what is to be mailed.
    ///
    /// # Errors
    /// [`DbError`] when it cannot be found out. What fails for one tenant is logged, and done again the next time.
    pub async fn settle(&self) -> Result<(), DbError> {
        let now = self.ambient.now();
        let changed = sqlx::query_scalar!(r#"SELECT control.settle_owing($1) AS "changed!""#, now)
            .fetch_one(self.outbox.pool())
            .await?;
        if changed > 0 {
            tracing::info!(changed, "tenants that owe changed their state");
        }
        for due in notice::due(&self.outbox, now).await? {
            if let Err(error) = self.tell(&due).await {
                tracing::warn!(%error, slug = due.slug, "owners could not be told about billing");
            }
        }
        Ok(())
    }

    async fn tell(&self, due: &notice::Due) -> Result<(), DbError> {
        let Lookup::Found(tenant) = self.directory.find(&Address::Slug(due.slug.clone())).await? else {
            return Ok(());
        };
        let mut tx = self.database.begin(&tenant.home).await?;
        notice::tell(&mut tx, &self.ambient, &(self.letterhead)(&tenant), due).await?;
        tx.commit().await
    }

    /// Puts on the bill what was used and Stripe was not told of. Answers how many rows of the outbox that made.
    ///
    /// # Errors
    /// [`DbError`]; what was put down before it stays.
    pub async fn bill_usage(&self) -> Result<usize, DbError> {
        usage::bill(&self.outbox, &self.ambient, &self.billing.settings().meters).await
    }
}
