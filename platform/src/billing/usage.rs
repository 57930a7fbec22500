//! Usage that is paid for: how much of a meter a day came to, told once Stripe can be told of all of it.
//!
//! Days are told some hours after their end; where the subscription is over, at once, for Stripe makes its last invoice soon
//! after, and what is done later is not paid for. Events that come later still are told as what is more. What was told
//! stands in `control.billed_usage`, beside the rows of the outbox that tell it, in one transaction.

use sqlx::PgExecutor;
use time::{Duration, OffsetDateTime, Time};
use uuid::Uuid;

use super::outbox::Outbox;
use crate::{
    ambient::Ambient,
    db::DbError,
    metering::{Meter, Sum},
};

/// How long after its end a day is told.
const AFTER: Duration = Duration::hours(3);
/// How long after its end a day has been told, where servers run.
const TOLD_AFTER: Duration = Duration::hours(4);
/// How far back late events are told of: Stripe takes usage of 35 days.
const BACK: Duration = Duration::days(33);
/// Days of tenants that are told in one look.
const AT_A_TIME: i64 = 1000;

/// A meter that Stripe is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledMeter {
    /// Our word for it.
    pub meter: String,
    /// The event name of the meter at Stripe.
    pub event_name: String,
    /// The prices there that bill it: by these its lines of an invoice are known.
    pub prices: Vec<String>,
}

/// Writes down for Stripe what is to be paid of `meters` beyond what it was told. Answers how many rows that were.
pub(super) async fn bill(outbox: &Outbox, ambient: &Ambient, meters: &[BilledMeter]) -> Result<usize, DbError> {
    let now = ambient.now();
    let until = (now - AFTER).replace_time(Time::MIDNIGHT);
    let mut told = 0;
    for meter in meters {
        let which = Which { tenant: None, from: until - BACK, until: now, whole_until: until, now, only_more: true };
        for day in billable(outbox.pool(), &meter.meter, which, AT_A_TIME).await? {
            let more = sqlx::query_scalar!(
                r#"SELECT control.bill_usage_of($1, $2, $3, $4, $5, $6, $7, $8) AS "more!""#,
                day.tenant_id,
                day.subscription,
                meter.meter,
                day.day,
                day.used,
                meter.event_name,
                ambient.uuid(),
                now
            )
            .fetch_one(outbox.pool())
            .await?;
            told += usize::from(more > 0);
        }
    }
    Ok(told)
}

/// A day of a tenant while it was subscribed.
pub(crate) struct Billable {
    tenant_id: Uuid,
    subscription: String,
    /// In UTC.
    pub(crate) day: time::Date,
    /// What it came to while the tenant was subscribed.
    pub(crate) used: i64,
    /// Whether it is over, for long enough.
    pub(crate) is_due: bool,
    /// Whether the subscription ended in the course of it.
    pub(crate) is_last: bool,
}

/// Of which days it is asked.
#[derive(Clone, Copy)]
struct Which {
    tenant: Option<Uuid>,
    /// Days that begin from then on,
    from: OffsetDateTime,
    /// and before.
    until: OffsetDateTime,
    /// Whole days that begin before it are due.
    whole_until: OffsetDateTime,
    now: OffsetDateTime,
    /// Only what came to more than was told.
    only_more: bool,
}

async fn billable(by: impl PgExecutor<'_>, meter: &str, which: Which, most: i64) -> Result<Vec<Billable>, DbError> {
    Ok(sqlx::query_file_as!(
        Billable,
        "src/billing/queries/billable.sql",
        meter,
        which.from,
        which.until,
        which.whole_until,
        which.now,
        Meter::parse(meter).is_some_and(|meter| meter.sum() == Sum::People),
        which.tenant,
        which.only_more,
        most
    )
    .fetch_all(by)
    .await?)
}

/// The days of a tenant between these moments on which it was subscribed and used something of a meter. Due are those of
/// which Stripe ought to have been told by now.
pub(crate) async fn of_tenant(
    by: impl PgExecutor<'_>,
    tenant: Uuid,
    meter: &str,
    (from, until): (OffsetDateTime, OffsetDateTime),
    now: OffsetDateTime,
) -> Result<Vec<Billable>, DbError> {
    let late = now - TOLD_AFTER;
    let whole_until = late.replace_time(Time::MIDNIGHT);
    let which = Which { tenant: Some(tenant), from, until, whole_until, now: late, only_more: false };
    billable(by, meter, which, i64::MAX).await
}
