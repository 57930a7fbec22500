//! What a server does about billing by itself: tells Stripe what waits in the outbox, asks it what was left open, lets those
//! who owe become read-only and suspended, mails owners, and tells Stripe what was used. Several servers may.
//!
//! Owners are mailed about trials and the like also where nothing is paid through Stripe: that is a chore of its own.

use std::{sync::Arc, time::Duration};

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{Billing, look, notice, outbox::Outbox, usage};
use crate::{
    db::DbError,
    mail::Letterhead,
    tenancy::Tenant,
    upkeep::{self, Chore, Left, Means, every},
};

/// How often the outbox is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often time is let pass.
const SETTLE_EVERY: Duration = Duration::from_mins(1);
/// How often it is seen whether what tenants pay with was said long ago.
const REFRESH_EVERY: Duration = Duration::from_hours(1);
/// How often usage is added up.
const BILL_EVERY: Duration = Duration::from_mins(30);
/// How often it is seen whether there is something to forget.
const FORGET_EVERY: Duration = Duration::from_hours(24);
/// For so long what Stripe says of customers who are no tenant's is kept: whose they are may be said later.
const STRANGERS_KEPT: time::Duration = time::Duration::days(30);

/// What the upkeep needs. Cheap to clone.
#[derive(Clone)]
pub struct Upkeep {
    /// Billing.
    pub billing: Billing,
    /// The outbox.
    pub outbox: Outbox,
    /// What it is done with.
    pub means: Means,
    /// The look and address of a tenant's mail.
    pub letterhead: Arc<dyn Fn(&Tenant) -> Letterhead + Send + Sync>,
}

impl Upkeep {
    /// Looks after billing, but for those who owe, whom [`OwingChore`] looks after. Runs until it is dropped.
    pub async fn run(self) {
        let upkeep = &self;
        tokio::join!(
            every(LOOK_EVERY, "what waits for Stripe", move || upkeep.tell_stripe()),
            every(LOOK_EVERY, "what Stripe is to be asked", move || upkeep.ask()),
            every(REFRESH_EVERY, "what tenants pay with", move || upkeep.refresh()),
            every(BILL_EVERY, "bills for what was used", move || upkeep.bill()),
            every(FORGET_EVERY, "what Stripe said of strangers", move || upkeep.forget()),
        );
    }

    async fn tell_stripe(&self) -> Result<(), DbError> {
        self.outbox.round(&self.billing).await?;
        Ok(())
    }

    async fn ask(&self) -> Result<(), DbError> {
        self.ask_stripe().await?;
        Ok(())
    }

    async fn forget(&self) -> Result<(), DbError> {
        while self.forget_strangers().await? > 0 {}
        Ok(())
    }

    /// Forgets some of what Stripe said long ago of customers who are no tenant's, or were one's that was deleted. Answers
    /// how many events those were.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn forget_strangers(&self) -> Result<i64, DbError> {
        let until = self.means.ambient.now() - STRANGERS_KEPT;
        Ok(sqlx::query_scalar!(r#"SELECT control.forget_stripe_strangers($1) AS "forgotten!""#, until)
            .fetch_one(self.outbox.pool())
            .await?)
    }

    /// Asks Stripe about what was left open and is due. Answers about how many objects it said something new.
    ///
    /// # Errors
    /// [`DbError`]; what was claimed is due again later.
    pub async fn ask_stripe(&self) -> Result<usize, DbError> {
        look::round(self.outbox.pool(), &self.means.ambient, &self.billing).await
    }

    /// Has Stripe asked what tenants pay with, where that was said long ago or never.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn refresh(&self) -> Result<(), DbError> {
        look::refresh(self.outbox.pool(), self.means.ambient.now()).await
    }

    /// Lets time pass for those who owe, and mails what is to be mailed.
    ///
    /// # Errors
    /// [`DbError`] when it cannot be found out. What fails for one tenant is logged, and done again the next time.
    pub async fn settle(&self) -> Result<(), DbError> {
        let chore = OwingChore { letterhead: Arc::clone(&self.letterhead) };
        upkeep::Upkeep { means: self.means.clone(), chore }.round().await?;
        Ok(())
    }

    async fn bill(&self) -> Result<(), DbError> {
        self.bill_usage().await?;
        Ok(())
    }

    /// Puts on the bill what was used and Stripe was not told of. Answers how many rows of the outbox that made.
    ///
    /// # Errors
    /// [`DbError`]; what was put down before it stays.
    pub async fn bill_usage(&self) -> Result<usize, DbError> {
        usage::bill(&self.outbox, &self.means.ambient, &self.billing.settings().meters).await
    }
}

/// Those who owe, those whose trial ends, and those whose workspace was made read-only.
#[derive(Clone)]
pub struct OwingChore {
    /// The look and address of a tenant's mail.
    pub letterhead: Arc<dyn Fn(&Tenant) -> Letterhead + Send + Sync>,
}

impl upkeep::Due for notice::Due {
    fn slug(&self) -> &str {
        &self.slug
    }
}

impl Chore for OwingChore {
    const WHAT: &'static str = "mail about billing";
    const LOOK_EVERY: Duration = SETTLE_EVERY;
    type Due = notice::Due;
    type Error = DbError;

    async fn look(&self, operator: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<notice::Due>, DbError> {
        let changed = sqlx::query_scalar!(r#"SELECT control.settle_owing($1) AS "changed!""#, now)
            .fetch_one(&mut *operator)
            .await?;
        if changed > 0 {
            tracing::info!(changed, "tenants that owe changed their state");
        }
        notice::due(operator, now).await
    }

    async fn tenant(&self, means: &Means, tenant: &Tenant, due: notice::Due) -> Result<Left, DbError> {
        let mut tx = means.database.begin(&tenant.home).await?;
        notice::tell(&mut tx, &means.ambient, &(self.letterhead)(tenant), &due).await?;
        tx.commit().await?;
        Ok(Left::Nothing)
    }
}
