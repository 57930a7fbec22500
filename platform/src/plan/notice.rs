//! Mail to owners whose workspace comes near a limit of its plan, or reaches it: once for each limit in a period.
//!
//! A server looks at every tenant every now and then, beside all requests: it counts what is used, and the database
//! says whether that is further than it was the last time and was not told in this period.

use std::{collections::BTreeMap, marker::PhantomData, sync::Arc, time::Duration};

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    Allowance, Entitlements, Limit,
    count::{self, ProductUse},
};
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    mail::{self, BillingNews, Letter, Letterhead},
    tenancy::{Tenant, leaving},
    upkeep::{Chore, Left, Means},
};

/// Where the plan is looked after.
const PAGE: &str = "/admin/plan";
/// How long a tenant is not looked at again.
const EVERY: time::Duration = time::Duration::minutes(15);
/// Tenants in one look.
const MOST: i64 = 500;

/// The limits that mail is about: what stays used until somebody does something. Requests are answered for the minute.
pub const TOLD: [Limit; 4] = [Limit::Seats, Limit::Projects, Limit::StorageBytes, Limit::CustomDomains];

/// A limit that is near or reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// Which.
    pub limit: Limit,
    /// What is used.
    pub used: i64,
    /// The limit.
    pub most: i64,
}

impl Notice {
    /// How far the limit is used, in percent, as far as it is spoken of: 0, 80 or 100.
    fn level(own: &Entitlements, limit: Limit, used: i64) -> (i32, Option<Self>) {
        match own.check(limit, used, 0) {
            Allowance::Within => (0, None),
            Allowance::Near { used, most } | Allowance::Reached { used, most } => {
                (if used >= most { 100 } else { 80 }, Some(Self { limit, used, most }))
            }
        }
    }

    /// Whether there is no room left.
    pub fn is_reached(self) -> bool {
        self.used >= self.most
    }
}

/// Counts what every tenant uses, and tells its owners. Several servers may.
pub struct LimitChore<P> {
    letterhead: Arc<dyn Fn(&Tenant) -> Letterhead + Send + Sync>,
    product: PhantomData<fn() -> P>,
}

impl<P> LimitChore<P> {
    /// With the look and address of a tenant's mail. `P` counts what only the product can count.
    pub fn new(letterhead: Arc<dyn Fn(&Tenant) -> Letterhead + Send + Sync>) -> Self {
        Self { letterhead, product: PhantomData }
    }
}

// By hand: the product itself is not cloned.
impl<P> Clone for LimitChore<P> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.letterhead))
    }
}

impl<P: ProductUse + 'static> Chore for LimitChore<P> {
    const WHAT: &'static str = "limits of plans that are near";
    const LOOK_EVERY: Duration = Duration::from_mins(1);
    type Due = String;
    type Error = DbError;

    async fn look(&self, operator: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<String>, DbError> {
        // Who is looked at is taken by this server: another that looks at the same moment waits, and passes them over.
        Ok(sqlx::query_scalar!(
            r#"WITH due AS (
                 SELECT t.id, t.slug FROM control.tenant t LEFT JOIN control.limit_look l ON l.tenant_id = t.id
                 WHERE t.state = 'active' AND (l.looked_at IS NULL OR l.looked_at <= $2)
                 ORDER BY l.looked_at NULLS FIRST, t.id LIMIT $3
             ), taken AS (
                 INSERT INTO control.limit_look AS l (tenant_id, looked_at)
                 SELECT d.id, $1::timestamptz FROM due d ORDER BY d.id
                 ON CONFLICT (tenant_id) DO UPDATE SET looked_at = EXCLUDED.looked_at WHERE l.looked_at <= $2
                 RETURNING l.tenant_id
             )
             SELECT d.slug AS "slug!" FROM due d JOIN taken x ON x.tenant_id = d.id ORDER BY d.slug"#,
            now,
            now - EVERY,
            MOST
        )
        .fetch_all(operator)
        .await?)
    }

    async fn tenant(&self, means: &Means, tenant: &Tenant, _: String) -> Result<Left, DbError> {
        let mut tx = means.database.begin(&tenant.home).await?;
        let used = count::all::<P>(&mut tx, &means.ambient).await?;
        let notices = news(&mut tx, &means.ambient, &tenant.entitlements, &used).await?;
        if !notices.is_empty() {
            let letterhead = (self.letterhead)(tenant);
            let owners = leaving::owners(&mut tx).await?;
            for notice in notices {
                let letter = Letter::Billing(BillingNews::Limit(notice), letterhead.link(PAGE));
                for (_, email) in &owners {
                    mail::queue(&mut tx, &means.ambient, &letterhead, email, &letter).await?;
                }
            }
        }
        tx.commit().await?;
        Ok(Left::Nothing)
    }
}

/// What the owners are to be told now.
async fn news(
    tx: &mut TenantTx,
    ambient: &Ambient,
    own: &Entitlements,
    used: &BTreeMap<Limit, i64>,
) -> Result<Vec<Notice>, DbError> {
    let mut news = Vec::new();
    for limit in TOLD {
        let (level, notice) = Notice::level(own, limit, used.get(&limit).copied().unwrap_or_default());
        let is_news = sqlx::query_scalar!(
            r#"SELECT control.note_limit_level($1, $2, $3) AS "is_news!""#,
            limit.word(),
            level,
            ambient.now()
        )
        .fetch_one(&mut *tx)
        .await?;
        news.extend(notice.filter(|_| is_news));
    }
    Ok(news)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_spoken_of_from_four_fifths_on() {
        let mut own = Entitlements::unlimited("free".parse().unwrap());
        let level = |own: &Entitlements, used| Notice::level(own, Limit::Projects, used).0;
        assert_eq!(level(&own, 1_000), 0, "no limit");
        own.limits.insert(Limit::Projects, 10);
        assert_eq!([7, 8, 9, 10, 12].map(|used| level(&own, used)), [0, 80, 80, 100, 100]);
        let (_, notice) = Notice::level(&own, Limit::Projects, 10);
        assert!(notice.is_some_and(Notice::is_reached));
        own.limits.insert(Limit::Projects, 0);
        assert_eq!(level(&own, 0), 0, "what is not in the plan is not near");
    }
}
