//! What a server does about usage by itself: it makes partitions ahead, counts what is stored, adds up what is new, and
//! removes events that are past their time.

use std::time::Duration as StdDuration;

use sqlx::{Connection as _, PgConnection};
use time::OffsetDateTime;

use super::{MONTHS_KEPT, busy, month_of, note_stored, roll_up};
use crate::{
    db::DbError,
    tenancy::Tenant,
    upkeep::{self, Chore, Left, Means, every},
};

/// How often there is a look at what was used.
const LOOK_EVERY: StdDuration = StdDuration::from_mins(1);
/// How often there is one at partitions.
const PARTITIONS_EVERY: StdDuration = StdDuration::from_hours(1);

/// What the upkeep needs. Cheap to clone.
#[derive(Clone)]
pub struct Upkeep {
    /// What it is done with.
    pub means: Means,
}

impl Upkeep {
    /// Does what is to be done, again and again. Runs until it is dropped.
    pub async fn run(self) {
        let upkeep = &self;
        tokio::join!(
            every(PARTITIONS_EVERY, "partitions for events of usage", move || upkeep.keep_partitions()),
            every(LOOK_EVERY, "usage", move || upkeep.round()),
        );
    }

    /// Counts what is stored, then adds up what is new.
    ///
    /// # Errors
    /// [`DbError`] when it cannot be found out. What fails for one tenant is logged, and done again the next time.
    pub async fn round(&self) -> Result<(), DbError> {
        upkeep::Upkeep { means: self.means.clone(), chore: CountStored }.round().await?;
        upkeep::Upkeep { means: self.means.clone(), chore: AddUp }.round().await?;
        Ok(())
    }

    /// Makes partitions for the months to come, and removes those that are past their time. What no month is there for is
    /// kept in a partition of its own, so nothing is lost where this waits for its turn.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn keep_partitions(&self) -> Result<(), DbError> {
        let now = self.means.ambient.now();
        let mut operator = PgConnection::connect(&self.means.operator_url).await?;
        let made = busy::make_partitions(&mut operator, now).await?.unwrap_or(0);
        let dropped = busy::drop_partitions(&mut operator, month_of(now, MONTHS_KEPT)).await?.unwrap_or(0);
        if made > 0 || dropped > 0 {
            tracing::info!(made, dropped, "months of events of usage");
        }
        operator.close().await?;
        Ok(())
    }
}

#[derive(Clone)]
struct CountStored;

impl Chore for CountStored {
    const WHAT: &'static str = "what is stored";
    const LOOK_EVERY: StdDuration = LOOK_EVERY;
    type Due = String;
    type Error = DbError;

    async fn look(&self, operator: &mut PgConnection, _: OffsetDateTime) -> Result<Vec<String>, DbError> {
        busy::storing(operator).await
    }

    async fn tenant(&self, means: &Means, tenant: &Tenant, _: String) -> Result<Left, DbError> {
        let mut tx = means.database.begin(&tenant.home).await?;
        note_stored(&mut tx, &means.ambient).await?;
        tx.commit().await?;
        Ok(Left::Nothing)
    }
}

#[derive(Clone)]
struct AddUp;

impl Chore for AddUp {
    const WHAT: &'static str = "roll-ups of usage";
    const LOOK_EVERY: StdDuration = LOOK_EVERY;
    type Due = String;
    type Error = DbError;

    async fn look(&self, operator: &mut PgConnection, _: OffsetDateTime) -> Result<Vec<String>, DbError> {
        if let Some(events) = busy::renumber(&mut *operator).await? {
            tracing::warn!(events, "the database was restored elsewhere: usage is added up anew");
        }
        busy::counting(operator).await
    }

    async fn tenant(&self, means: &Means, tenant: &Tenant, _: String) -> Result<Left, DbError> {
        let mut tx = means.database.begin(&tenant.home).await?;
        roll_up::roll_up(&mut tx, &means.ambient).await?;
        tx.commit().await?;
        Ok(Left::Nothing)
    }
}
