//! What a server does for single sign-on by itself: fetches metadata again, warns of certificates that end soon, checks
//! the proofs of email domains again, and removes what has served its time.

mod expiry;
mod work;

use std::{sync::Arc, time::Duration as StdDuration};

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    email_domain::{Recheck, recheck_due},
    flow, refresh,
    refresh::Refresher,
    trace, used_message,
};
use crate::{
    db::DbError,
    mail::Letterhead,
    tenancy::{Tenant, TenantState, domains::Dns},
    upkeep::{Chore, Left, Means},
};

/// How long fetching is one server's business: longer than all connections of a tenant can take.
const LEASE: Duration = Duration::minutes(15);

/// What the upkeep of single sign-on needs. Cheap to clone.
#[derive(Clone)]
pub struct SsoChore {
    /// The look and address of a tenant's mail.
    pub letterhead: Arc<dyn Fn(&Tenant) -> Letterhead + Send + Sync>,
    /// The way to DNS.
    pub dns: Dns,
    /// Fetches metadata; has the audit log, too.
    pub refresher: Refresher,
}

impl Chore for SsoChore {
    const WHAT: &'static str = "single sign-on";
    const LOOK_EVERY: StdDuration = StdDuration::from_mins(10);
    /// One with a slow provider holds up no other.
    const AT_A_TIME: usize = 8;
    type Due = String;
    type Error = DbError;

    async fn look(&self, operator: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<String>, DbError> {
        work::tenants(operator, now).await
    }

    async fn tenant(&self, means: &Means, tenant: &Tenant, _: String) -> Result<Left, DbError> {
        let (database, now) = (&means.database, means.ambient.now());
        // Also of a tenant that is suspended: what was received is kept no longer than promised.
        let mut tx = database.begin(&tenant.home).await?;
        trace::remove_old(&mut tx, now).await?;
        flow::remove_expired(&mut tx, now).await?;
        used_message::remove_expired(&mut tx, now).await?;
        tx.commit().await?;
        if tenant.state != TenantState::Active {
            return Ok(Left::Nothing);
        }
        let mut tx = database.begin(&tenant.home).await?;
        let due = refresh::take_due(&mut tx, now, now + LEASE).await?;
        tx.commit().await?;
        for id in due {
            self.refresher.refresh(&tenant.home, id).await?;
        }
        // After that: what is about to end may just have been replaced.
        let letterhead = (self.letterhead)(tenant);
        let mut tx = database.begin(&tenant.home).await?;
        expiry::warn(&mut tx, &means.ambient, &letterhead).await?;
        tx.commit().await?;
        let (scribe, dns) = (&self.refresher.scribe, &self.dns);
        recheck_due(Recheck { database, scribe, dns, letterhead: &letterhead }, &tenant.home).await?;
        Ok(Left::Nothing)
    }
}
