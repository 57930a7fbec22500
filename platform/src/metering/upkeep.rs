//! What a server does about usage by itself: it makes partitions ahead, counts what is stored, adds up what is new, and
//! removes events that are past their time.
//!
//! The operator's connection finds the tenants that have something to do; what is done for one is done in its own
//! transactions, as the serving role. Several servers may do it at the same time.

use std::time::Duration as StdDuration;

use sqlx::{Connection as _, PgConnection};

use super::{MONTHS_KEPT, busy, month_of, note_stored, roll_up};
use crate::{
    ambient::Ambient,
    db::{Database, DbError},
    tenancy::{Address, Lookup, TenantDirectory},
};

/// How often there is a look.
const LOOK_EVERY: StdDuration = StdDuration::from_mins(1);
/// After how many looks there is one at partitions.
const PARTITIONS_EVERY: u32 = 60;

/// What the upkeep needs. Cheap to clone.
#[derive(Clone)]
pub struct Upkeep {
    /// The operator's address of the database.
    pub operator_url: String,
    /// The serving role's way into it.
    pub database: Database,
    /// Finds tenants.
    pub directory: TenantDirectory,
    /// The time.
    pub ambient: Ambient,
}

impl Upkeep {
    /// Does what is to be done, again and again. Runs until it is dropped.
    pub async fn run(self) {
        for look in (0..PARTITIONS_EVERY).cycle() {
            if look == 0
                && let Err(error) = self.keep_partitions().await
            {
                tracing::warn!(%error, "partitions for events of usage could not be kept; trying again in an hour");
            }
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "usage could not be added up; trying again in a minute");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Does what is to be done now.
    ///
    /// # Errors
    /// [`DbError`] when it cannot be found out. What fails for one tenant is logged, and done again the next time.
    pub async fn round(&self) -> Result<(), DbError> {
        let mut operator = PgConnection::connect(&self.operator_url).await?;
        if let Some(events) = busy::renumber(&mut operator).await? {
            tracing::warn!(events, "the database was restored elsewhere: usage is added up anew");
        }
        for slug in busy::storing(&mut operator).await? {
            if let Err(error) = self.stored(&slug).await {
                tracing::warn!(%error, slug, "what a tenant stores could not be counted");
            }
        }
        for slug in busy::counting(&mut operator).await? {
            if let Err(error) = self.add_up(&slug).await {
                tracing::warn!(%error, slug, "the usage of a tenant could not be added up");
            }
        }
        operator.close().await?;
        Ok(())
    }

    /// Makes partitions for the months to come, and removes those that are past their time. What no month is there for is
    /// kept in a partition of its own, so nothing is lost where this waits for its turn.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn keep_partitions(&self) -> Result<(), DbError> {
        let now = self.ambient.now();
        let mut operator = PgConnection::connect(&self.operator_url).await?;
        let made = busy::make_partitions(&mut operator, now).await?.unwrap_or(0);
        let dropped = busy::drop_partitions(&mut operator, month_of(now, MONTHS_KEPT)).await?.unwrap_or(0);
        if made > 0 || dropped > 0 {
            tracing::info!(made, dropped, "months of events of usage");
        }
        operator.close().await?;
        Ok(())
    }

    async fn stored(&self, slug: &str) -> Result<(), DbError> {
        let Lookup::Found(tenant) = self.directory.find(&Address::Slug(slug.to_owned())).await? else {
            return Ok(());
        };
        let mut tx = self.database.begin(&tenant.home).await?;
        note_stored(&mut tx, &self.ambient).await?;
        tx.commit().await
    }

    async fn add_up(&self, slug: &str) -> Result<(), DbError> {
        let Lookup::Found(tenant) = self.directory.find(&Address::Slug(slug.to_owned())).await? else {
            return Ok(());
        };
        let mut tx = self.database.begin(&tenant.home).await?;
        roll_up::roll_up(&mut tx, &self.ambient).await?;
        tx.commit().await
    }
}
