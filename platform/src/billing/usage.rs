//! Usage that is paid for: how much of a meter a day came to, told once Stripe can be told of all of it.
//!
//! Days are told some hours after their end. Events that come later still are told as what is more. What was told stands
//! in `control.billed_usage`, beside the rows of the outbox that tell it, in one transaction.

use time::{Duration, OffsetDateTime, Time};

use super::outbox::Outbox;
use crate::{
    ambient::Ambient,
    db::DbError,
    metering::{Meter, Sum},
};

/// How long after its end a day is told.
const AFTER: Duration = Duration::hours(3);
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
}

/// Writes down for Stripe what is to be paid of `meters` beyond what it was told. Answers how many rows that were.
pub(super) async fn bill(outbox: &Outbox, ambient: &Ambient, meters: &[BilledMeter]) -> Result<usize, DbError> {
    let now = ambient.now();
    let until = (now - AFTER).replace_time(Time::MIDNIGHT);
    let mut told = 0;
    for meter in meters {
        for day in due(outbox, meter, until).await? {
            let more = sqlx::query_scalar!(
                r#"SELECT control.bill_usage($1, $2, $3, $4, $5, $6, $7) AS "more!""#,
                day.tenant_id,
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

struct Due {
    tenant_id: uuid::Uuid,
    day: time::Date,
    used: i64,
}

/// The days of subscribed tenants that came to more than Stripe was told: people are counted once a day, of whatever hours. A subscription pays from its first whole day.
async fn due(outbox: &Outbox, meter: &BilledMeter, until: OffsetDateTime) -> Result<Vec<Due>, DbError> {
    Ok(sqlx::query_as!(
        Due,
        r#"SELECT u.tenant_id AS "tenant_id!", (u.at AT TIME ZONE 'UTC')::date AS "day!",
                  CASE WHEN $5 THEN count(DISTINCT u.account_id) ELSE sum(u.quantity)::bigint END AS "used!"
           FROM control.subscription s
           JOIN control.stripe_subscription b ON b.id = s.stripe_subscription
           JOIN pooled.usage_day u ON u.tenant_id = s.tenant_id
           LEFT JOIN control.billed_usage t ON t.tenant_id = u.tenant_id AND t.meter = u.meter
               AND t.day = (u.at AT TIME ZONE 'UTC')::date
           WHERE u.meter = $1 AND u.at >= $2 AND u.at < $3 AND u.at >= b.started_at
           GROUP BY u.tenant_id, u.at, t.quantity
           HAVING CASE WHEN $5 THEN count(DISTINCT u.account_id) ELSE sum(u.quantity)::bigint END
               > coalesce(t.quantity, 0)
           ORDER BY u.at, u.tenant_id LIMIT $4"#,
        meter.meter,
        until - BACK,
        until,
        AT_A_TIME,
        Meter::parse(&meter.meter).is_some_and(|meter| meter.sum() == Sum::People)
    )
    .fetch_all(outbox.pool())
    .await?)
}
