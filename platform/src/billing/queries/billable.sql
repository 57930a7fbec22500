-- What the days of a meter came to for as long as their tenant was subscribed, and which subscription pays for each.
-- A subscription pays from its first whole day until its end: of the day of its end, what was done before it.
--
-- $1 the meter, $2 and $3 the days that begin from then on and before, $4 whole days that begin before it are due, $5 now,
-- $6 whether people are counted, $7 one tenant or none for all, $8 only what came to more than was billed, $9 at most.
WITH payer AS (
    SELECT c.tenant_id, b.id, b.started_at,
        CASE WHEN b.status = 'canceled' THEN coalesce(b.ended_at, b.said_at) END AS ended_at
    FROM control.stripe_customer c JOIN control.stripe_subscription b ON b.stripe_customer = c.id
    WHERE ($7::uuid IS NULL OR c.tenant_id = $7) AND b.status NOT IN ('incomplete', 'incomplete_expired')
), day AS (
    -- Of several subscriptions, the one that goes on, or else the one that ended last.
    SELECT DISTINCT ON (u.tenant_id, u.at) u.tenant_id, u.at, p.id AS subscription, p.ended_at
    FROM payer p JOIN pooled.usage_day u ON u.tenant_id = p.tenant_id
    WHERE u.meter = $1 AND u.at >= $2 AND u.at < $3 AND u.at >= p.started_at
        AND (p.ended_at IS NULL OR p.ended_at > u.at)
    ORDER BY u.tenant_id, u.at, p.ended_at DESC NULLS FIRST, p.started_at DESC, p.id COLLATE "C" DESC
), used AS (
    SELECT d.tenant_id, d.at, d.subscription, coalesce(d.at < $4 OR d.ended_at <= $5, false) AS is_due,
        coalesce(d.ended_at < d.at + interval '24 hours', false) AS is_last,
        CASE WHEN d.ended_at < d.at + interval '24 hours' THEN
            (SELECT CASE WHEN $6 THEN count(DISTINCT e.account_id) ELSE coalesce(sum(e.quantity), 0)::bigint END
             FROM pooled.usage_event e
             WHERE e.tenant_id = d.tenant_id AND e.meter = $1 AND e.at >= d.at AND e.at < d.ended_at)
        ELSE
            (SELECT CASE WHEN $6 THEN count(DISTINCT u.account_id) ELSE coalesce(sum(u.quantity), 0)::bigint END
             FROM pooled.usage_day u WHERE u.tenant_id = d.tenant_id AND u.meter = $1 AND u.at = d.at)
        END AS quantity
    FROM day d
)
SELECT u.tenant_id AS "tenant_id!", u.subscription AS "subscription!", (u.at AT TIME ZONE 'UTC')::date AS "day!",
    u.quantity AS "used!", u.is_due AS "is_due!", u.is_last AS "is_last!"
FROM used u
LEFT JOIN control.billed_usage t
    ON t.tenant_id = u.tenant_id AND t.meter = $1 AND t.day = (u.at AT TIME ZONE 'UTC')::date
WHERE NOT $8 OR u.is_due AND u.quantity > coalesce(t.quantity, 0)
ORDER BY u.at, u.tenant_id LIMIT $9
