//! One tenant: what it is, what it may use and uses, and what was agreed with it.

use std::{collections::BTreeMap, future::Future};

use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{super::OfTenant, LATELY};
use crate::{
    ambient::Ambient,
    db::DbError,
    id::TenantId,
    metering::series::{self, Cut, Dimension, Part, Point},
    plan::{self, Entitlements, Limit},
};

/// What a tenant is, and what may be wrong with it.
#[derive(Debug, Clone)]
pub struct Facts {
    /// What it is called.
    pub name: String,
    /// `active`, `suspended` or `closing`.
    pub state: String,
    /// Why an operator suspended it.
    pub state_reason: Option<String>,
    /// Where its data lives.
    pub placement: String,
    /// Whether it is a demonstration tenant.
    pub is_demo: bool,
    /// Since when it is there.
    pub created_at: OffsetDateTime,
    /// When it is deleted, where it is closing.
    pub closes_at: Option<OffsetDateTime>,
    /// Its own domains that are proven.
    pub domains: Vec<String>,
    /// When anybody of it was last seen.
    pub last_seen_at: Option<OffsetDateTime>,
    /// Mail that was given up lately.
    pub mail_failed: i64,
    /// Mail that waits and was tried.
    pub mail_waiting: i64,
    /// Its customer at Stripe.
    pub stripe_customer: Option<String>,
    /// Requests to Stripe that failed lately or do not get through.
    pub billing_stuck: i64,
}

/// What a tenant is.
///
/// # Errors
/// [`DbError`].
pub async fn facts(of: &mut OfTenant, ambient: &Ambient) -> Result<Facts, DbError> {
    let tenant = of.id().0;
    Ok(sqlx::query_as!(
        Facts,
        r#"SELECT t.name, t.state, t.state_reason, t.placement, t.is_demo, t.created_at, t.closes_at,
                  ARRAY (SELECT d.host FROM control.domain d
                         WHERE d.tenant_id = t.id AND d.verified_at IS NOT NULL ORDER BY d.host) AS "domains!",
                  (SELECT max(x.last_seen_at) FROM session x WHERE x.tenant_id = $1) AS last_seen_at,
                  (SELECT count(*) FROM control.mail m
                   WHERE m.tenant_id = t.id AND m.failed_at > $2) AS "mail_failed!",
                  (SELECT count(*) FROM control.mail m
                   WHERE m.tenant_id = t.id AND m.sent_at IS NULL AND m.failed_at IS NULL AND m.attempts > 0)
                      AS "mail_waiting!",
                  s.stripe_customer,
                  (SELECT count(*) FROM control.billing_outbox b
                   WHERE b.tenant_id = t.id AND b.done_at IS NULL
                       AND (b.failed_at > $2 AND b.attempts > 0 OR b.failed_at IS NULL AND b.attempts > 2))
                      AS "billing_stuck!"
           FROM control.tenant t JOIN control.subscription s ON s.tenant_id = t.id WHERE t.id = $1"#,
        tenant,
        ambient.now() - LATELY
    )
    .fetch_one(of.connection())
    .await?)
}

/// What only the product can count.
pub trait ProductUse {
    /// How many projects of the tenant are not archived.
    fn projects(operator: &mut PgConnection, tenant: TenantId) -> impl Future<Output = Result<i64, DbError>> + Send;
}

/// How much is used of what is counted.
///
/// # Errors
/// [`DbError`].
pub async fn used<P: ProductUse>(of: &mut OfTenant) -> Result<BTreeMap<Limit, i64>, DbError> {
    let tenant = of.id();
    let row = sqlx::query!(
        r#"SELECT (SELECT count(*) FROM account a WHERE a.tenant_id = $1 AND a.state = 'active') AS "seats!",
                  coalesce((SELECT u.bytes FROM storage_use u WHERE u.tenant_id = $1), 0) AS "bytes!",
                  (SELECT count(*) FROM control.domain d WHERE d.tenant_id = $1 AND d.verified_at IS NOT NULL)
                      + (SELECT count(*) FROM control.domain_claim c WHERE c.tenant_id = $1) AS "domains!""#,
        tenant.0
    )
    .fetch_one(of.connection())
    .await?;
    Ok(BTreeMap::from([
        (Limit::Seats, row.seats),
        (Limit::Projects, P::projects(of.connection(), tenant).await?),
        (Limit::StorageBytes, row.bytes),
        (Limit::CustomDomains, row.domains),
    ]))
}

/// What a tenant may use, and what it used over a time.
#[derive(Debug)]
pub struct Usage {
    /// What it used, cut.
    pub points: Vec<Point>,
    /// What it used in the period, by member.
    pub of_period: Vec<Part>,
    /// When events were added up last.
    pub added_up_at: Option<OffsetDateTime>,
}

/// What a tenant may use.
///
/// # Errors
/// [`DbError`].
pub async fn entitlements(of: &mut OfTenant) -> Result<Entitlements, DbError> {
    plan::load_by(of.connection()).await
}

/// What a tenant used: over a time, cut; and in the period from one day to another.
///
/// # Errors
/// [`DbError`].
pub async fn usage(
    of: &mut OfTenant,
    cut: Cut,
    (from, until): (OffsetDateTime, OffsetDateTime),
    (period_from, period_until): (OffsetDateTime, OffsetDateTime),
) -> Result<Usage, DbError> {
    let tenant = of.id().0;
    Ok(Usage {
        points: series::over_time_by(of.connection(), tenant, cut, from, until).await?,
        of_period: series::divided_by(of.connection(), tenant, Dimension::Account, Cut::Day, period_from, period_until)
            .await?,
        added_up_at: series::added_up_at_by(of.connection(), tenant).await?,
    })
}

/// What was made otherwise for a tenant.
#[derive(Debug, Clone)]
pub struct OverrideRow {
    /// The word of the limit or feature.
    pub key: String,
    /// What holds: a number, null for no limit, true or false.
    pub value: Value,
    /// Why.
    pub reason: String,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub created_at: OffsetDateTime,
    /// Until when; until it is taken back, where there is none.
    pub ends_at: Option<OffsetDateTime>,
    /// When it ended or was taken back.
    pub removed_at: Option<OffsetDateTime>,
}

/// The overrides of a tenant: those in force first, then those that are over, the newest first.
///
/// # Errors
/// [`DbError`].
pub async fn overrides(of: &mut OfTenant, most: i64) -> Result<Vec<OverrideRow>, DbError> {
    let tenant = of.id().0;
    Ok(sqlx::query_as!(
        OverrideRow,
        "SELECT key, value, reason, made_by, created_at, ends_at, removed_at FROM control.entitlement_override
         WHERE tenant_id = $1 ORDER BY (removed_at IS NULL) DESC, created_at DESC, key LIMIT $2",
        tenant,
        most
    )
    .fetch_all(of.connection())
    .await?)
}
