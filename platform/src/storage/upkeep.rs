//! What a server does for files by itself: removes those that nothing refers to, and those of tenants that are gone.
//!
//! The operator's connection finds the tenants that have something to remove; what is done for one is done in its own
//! transactions, as the serving role. Several servers may do it at the same time.

use std::time::Duration as StdDuration;

use sqlx::{Connection as _, PgConnection};
use time::{Duration, OffsetDateTime};

use super::{Storage, busy, object};
use crate::{
    ambient::Ambient,
    db::{Database, DbError},
    id::TenantId,
    tenancy::{Address, Lookup, TenantDirectory},
};

/// How often there is a look.
const LOOK_EVERY: StdDuration = StdDuration::from_mins(10);
/// After how long a file goes that nothing refers to: longer than any upload takes.
const AFTER: Duration = Duration::hours(1);
/// Files removed between two looks at the database.
const AT_A_TIME: i64 = 500;

/// What the upkeep needs. Cheap to clone.
#[derive(Clone)]
pub struct Upkeep {
    /// The operator's address of the database.
    pub operator_url: String,
    /// The serving role's way into it.
    pub database: Database,
    /// Finds tenants.
    pub directory: TenantDirectory,
    /// The way to files.
    pub storage: Storage,
    /// The time.
    pub ambient: Ambient,
}

impl Upkeep {
    /// Removes what is to be removed, again and again. Runs until it is dropped.
    pub async fn run(self) {
        loop {
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "files could not be looked after; trying again in ten minutes");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Removes what is to be removed now.
    ///
    /// # Errors
    /// [`DbError`] when it cannot be found out. What fails for one tenant is logged, and done again the next time.
    pub async fn round(&self) -> Result<(), DbError> {
        let until = self.ambient.now() - AFTER;
        let mut operator = PgConnection::connect(&self.operator_url).await?;
        let busy = busy::tenants(&mut operator, until).await?;
        for slug in busy {
            if let Err(error) = self.tenant(&slug, until).await {
                tracing::warn!(%error, slug, "files of a tenant could not be removed");
            }
        }
        self.gone(&mut operator).await?;
        operator.close().await?;
        Ok(())
    }

    async fn tenant(&self, slug: &str, until: OffsetDateTime) -> Result<(), DbError> {
        let Lookup::Found(tenant) = self.directory.find(&Address::Slug(slug.to_owned())).await? else {
            return Ok(());
        };
        loop {
            let mut tx = self.database.begin(&tenant.home).await?;
            let due = object::take_due(&mut tx, until, AT_A_TIME).await?;
            tx.commit().await?;
            let mut removed = Vec::new();
            for id in &due {
                match self.storage.remove(&tenant.home, *id).await {
                    Ok(()) => removed.push(*id),
                    Err(error) => tracing::warn!(%error, slug, %id, "a file could not be removed"),
                }
            }
            let mut tx = self.database.begin(&tenant.home).await?;
            object::forget(&mut tx, &removed).await?;
            tx.commit().await?;
            // Those that could not be removed would come again at once.
            if removed.len() < due.len() || due.is_empty() {
                return Ok(());
            }
        }
    }

    /// The files of tenants that are gone. Once more after an hour, for what was on its way when the tenant went.
    async fn gone(&self, operator: &mut PgConnection) -> Result<(), DbError> {
        let gone = sqlx::query!(
            r#"SELECT tenant_id, removed_at <= now() - interval '1 hour' AS "is_over!" FROM control.left_files
               ORDER BY removed_at"#
        )
        .fetch_all(&mut *operator)
        .await?;
        for row in gone {
            if let Err(error) = self.storage.remove_all_of(TenantId(row.tenant_id)).await {
                tracing::warn!(%error, tenant = %TenantId(row.tenant_id), "files of a tenant that is gone could not be removed");
                continue;
            }
            if row.is_over {
                sqlx::query!("DELETE FROM control.left_files WHERE tenant_id = $1", row.tenant_id)
                    .execute(&mut *operator)
                    .await?;
            }
        }
        Ok(())
    }
}
