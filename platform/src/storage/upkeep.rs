//! What a server does for files by itself: removes those that nothing refers to, and those of tenants that are gone.

use std::time::Duration as StdDuration;

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{Storage, busy, object};
use crate::{
    db::DbError,
    id::TenantId,
    tenancy::Tenant,
    upkeep::{Chore, Left, Means},
};

/// After how long a file goes that nothing refers to: longer than any upload takes.
const AFTER: Duration = Duration::hours(1);
/// Files removed between two looks at the database.
const AT_A_TIME: i64 = 500;

/// What the upkeep of files needs.
#[derive(Clone)]
pub struct FileChore {
    /// The way to files.
    pub storage: Storage,
}

impl Chore for FileChore {
    const WHAT: &'static str = "files";
    const LOOK_EVERY: StdDuration = StdDuration::from_mins(10);
    type Due = String;
    type Error = DbError;

    async fn look(&self, operator: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<String>, DbError> {
        self.gone(operator).await?;
        busy::tenants(operator, now - AFTER).await
    }

    async fn tenant(&self, means: &Means, tenant: &Tenant, slug: String) -> Result<Left, DbError> {
        let until = means.ambient.now() - AFTER;
        loop {
            let mut tx = means.database.begin(&tenant.home).await?;
            let due = object::take_due(&mut tx, until, AT_A_TIME).await?;
            tx.commit().await?;
            let mut removed = Vec::new();
            for id in &due {
                match self.storage.remove(&tenant.home, *id).await {
                    Ok(()) => removed.push(*id),
                    Err(error) => tracing::warn!(%error, slug, %id, "a file could not be removed"),
                }
            }
            let mut tx = means.database.begin(&tenant.home).await?;
            object::forget(&mut tx, &removed).await?;
            tx.commit().await?;
            // Those that could not be removed would come again at once.
            if removed.len() < due.len() || due.is_empty() {
                return Ok(Left::Nothing);
            }
        }
    }
}

impl FileChore {
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
