//! What was billed, read with the operator's rights: what was put down for the payment provider, what that took, and what
//! its invoices say.

use sqlx::PgConnection;
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use crate::db::DbError;

/// For so long something may be on its way.
const ON_ITS_WAY: Duration = Duration::days(1);
/// How old usage is at most when the provider is told, as in `billing/outbox/call.rs`, in seconds.
const OLDEST: i64 = 34 * 86_400;

/// How much of a meter was put down for the payment provider, of each day.
pub(super) struct Billed {
    pub(super) meter: String,
    pub(super) day: Date,
    pub(super) quantity: i64,
    /// What of it the provider took, or is being told since less than a day. What was given up, or is not known to have
    /// arrived for longer, is not in it.
    pub(super) taken: i64,
}

/// What was put down of these days of a tenant.
pub(super) async fn of(
    operator: &mut PgConnection,
    tenant: Uuid,
    (first, last): (Date, Date),
    now: OffsetDateTime,
) -> Result<Vec<Billed>, DbError> {
    Ok(sqlx::query_as!(
        Billed,
        r#"SELECT b.meter, b.day, b.quantity,
                  coalesce(sum((o.body ->> 'value')::bigint) FILTER (WHERE o.done_at IS NOT NULL
                      OR o.failed_at IS NULL AND o.created_at > $4
                          AND (o.uncertain_since IS NULL OR o.uncertain_since > $4)), 0)::bigint AS "taken!"
           FROM control.billed_usage b
           LEFT JOIN control.billing_outbox o ON o.tenant_id = b.tenant_id AND o.kind = 'usage'
               AND o.body ->> 'meter' = b.meter AND o.body ->> 'day' = to_char(b.day, 'YYYY-MM-DD')
           WHERE b.tenant_id = $1 AND b.day BETWEEN $2 AND $3
           GROUP BY b.meter, b.day, b.quantity ORDER BY b.day, b.meter"#,
        tenant,
        first,
        last,
        now - ON_ITS_WAY
    )
    .fetch_all(operator)
    .await?)
}

/// What an invoice bills of a meter.
pub(super) struct Invoiced {
    /// The end of the time that it bills.
    pub(super) until: OffsetDateTime,
    /// How much.
    pub(super) quantity: i64,
    /// What the payment provider took for that time.
    pub(super) taken: i64,
}

/// The lines of a tenant's invoices that bill a meter, by its prices, for times that ended from `from` on and before `until`;
/// as far as it is known what the invoices bill.
pub(super) async fn invoices(
    operator: &mut PgConnection,
    tenant: Uuid,
    meter: &str,
    prices: &[String],
    (from, until): (OffsetDateTime, OffsetDateTime),
) -> Result<Vec<Invoiced>, DbError> {
    Ok(sqlx::query_as!(
        Invoiced,
        r#"WITH line AS (
               SELECT i.id, i.stripe_customer, l."start", l."end", sum(l.quantity)::bigint AS quantity
               FROM control.invoice i
               JOIN control.stripe_customer c ON c.id = i.stripe_customer
               CROSS JOIN LATERAL jsonb_to_recordset(i.lines)
                   AS l (price text, quantity bigint, "start" bigint, "end" bigint)
               WHERE c.tenant_id = $1 AND i.status IN ('open', 'uncollectible', 'paid') AND l.price = ANY ($3)
                   AND to_timestamp(l."end") >= $4 AND to_timestamp(l."end") < $5
               GROUP BY i.id, i.stripe_customer, l."start", l."end"
           ), told AS (
               -- Each with the time for which it was told.
               SELECT o.body ->> 'customer' AS customer, (o.body ->> 'value')::bigint AS value,
                   greatest(
                       least(
                           extract(epoch FROM ((o.body ->> 'day')::date + 1)::timestamp AT TIME ZONE 'UTC')::bigint - 1,
                           (o.body ->> 'ended')::bigint - 1,
                           floor(extract(epoch FROM o.created_at))::bigint),
                       floor(extract(epoch FROM o.created_at))::bigint - $6) AS at
               FROM control.billing_outbox o
               WHERE o.tenant_id = $1 AND o.kind = 'usage' AND o.body ->> 'meter' = $2 AND o.done_at IS NOT NULL
           )
           SELECT to_timestamp(l."end") AS "until!", l.quantity AS "quantity!",
                  (SELECT coalesce(sum(t.value), 0)::bigint FROM told t
                   WHERE t.customer = l.stripe_customer AND t.at >= l."start" AND t.at < l."end") AS "taken!"
           FROM line l ORDER BY l."end", l.id"#,
        tenant,
        meter,
        prices,
        from,
        until,
        OLDEST
    )
    .fetch_all(operator)
    .await?)
}
