-- A page of tenants, each with its plan, what it uses and what may be wrong. First the page is found, from the control
-- plane alone; then its tenants are looked at.
WITH page AS (
    SELECT t.id, t.slug, t.name, t.state, t.is_demo, t.created_at, p.name AS plan_name, p.position AS plan_position,
        s.state AS subscription_state, v.limits, p.key AS plan_key, v.per_seat, s.seats AS seats_paid,
        s.stripe_subscription IS NOT NULL AS is_billed, used.quantity AS used
    FROM control.tenant t
    JOIN control.subscription s ON s.tenant_id = t.id
    JOIN control.plan_version v ON v.id = s.plan_version_id
    JOIN control.plan p ON p.key = v.plan_key
    -- Added up for every tenant only where that is the order.
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(d.quantity), 0)::bigint AS quantity FROM usage_day d
        WHERE $4::text IN ('calls', 'tickets') AND d.tenant_id = t.id AND d.at > $8
            AND d.meter = CASE $4::text WHEN 'calls' THEN 'api_call' ELSE 'ticket' END
    ) used
    LEFT JOIN (
        SELECT ct.id, ct.slug, ct.created_at, cp.position,
            (SELECT coalesce(sum(d.quantity), 0)::bigint FROM usage_day d
             WHERE $4::text IN ('calls', 'tickets') AND d.tenant_id = ct.id AND d.at > $8
                 AND d.meter = CASE $4::text WHEN 'calls' THEN 'api_call' ELSE 'ticket' END) AS used
        FROM control.tenant ct
        JOIN control.subscription cs ON cs.tenant_id = ct.id
        JOIN control.plan_version cv ON cv.id = cs.plan_version_id
        JOIN control.plan cp ON cp.key = cv.plan_key
        WHERE ct.slug = $5
    ) after ON true
    WHERE ($1 = '' OR strpos(lower(t.slug || ' ' || t.name), lower($1)) > 0 OR t.id = $2 OR s.stripe_customer = $1
            OR EXISTS (SELECT FROM control.domain d WHERE d.tenant_id = t.id AND d.host = lower($1)))
        AND CASE $3::text
            WHEN 'suspended' THEN t.state = 'suspended' OR s.state = 'suspended'
            WHEN 'closing' THEN t.state = 'closing'
            WHEN 'unpaid' THEN s.state IN ('past_due', 'read_only', 'suspended')
            WHEN 'trialing' THEN s.state = 'trialing'
            ELSE true END
        AND ($9 = '' OR p.key = $9)
        AND (after.id IS NULL OR CASE $4::text
            WHEN 'newest' THEN (t.created_at, t.id) < (after.created_at, after.id)
            WHEN 'plan' THEN (-p.position, t.slug) > (-after.position, after.slug)
            WHEN 'calls' THEN (-used.quantity, t.slug) > (-after.used, after.slug)
            WHEN 'tickets' THEN (-used.quantity, t.slug) > (-after.used, after.slug)
            ELSE t.slug > after.slug END)
    ORDER BY CASE WHEN $4::text = 'newest' THEN t.created_at END DESC, CASE WHEN $4::text = 'newest' THEN t.id END DESC,
        CASE WHEN $4::text = 'plan' THEN -p.position END, used.quantity DESC, t.slug
    LIMIT $6
)
SELECT page.slug AS "slug!", page.name AS "name!", page.state AS "state!", page.is_demo AS "is_demo!",
    page.created_at AS "created_at!", page.plan_name AS "plan_name!", page.subscription_state AS "subscription_state!",
    page.limits AS "limits!", page.plan_key AS "plan_key!", page.per_seat AS "per_seat!", page.seats_paid,
    page.is_billed AS "is_billed!",
    (SELECT coalesce(jsonb_agg(jsonb_build_object('key', o.key, 'value', o.value,
                'ends_at', extract(epoch FROM o.ends_at)::bigint) ORDER BY o.key), '[]')
     FROM control.entitlement_override o WHERE o.tenant_id = page.id AND o.removed_at IS NULL) AS "overrides!",
    (SELECT count(*) FROM account a WHERE a.tenant_id = page.id AND a.state = 'active') AS "seats!",
    coalesce((SELECT u.bytes FROM storage_use u WHERE u.tenant_id = page.id), 0) AS "bytes!",
    coalesce(days.api_calls, 0)::bigint AS "api_calls!", coalesce(days.tickets, 0)::bigint AS "tickets!",
    (SELECT max(x.last_seen_at) FROM session x WHERE x.tenant_id = page.id) AS last_seen_at,
    (SELECT count(*) FROM control.mail m WHERE m.tenant_id = page.id AND m.failed_at > $7) AS "mail_failed!",
    (SELECT count(*) FROM control.billing_outbox b WHERE b.tenant_id = page.id AND b.done_at IS NULL
         AND (b.failed_at > $7 AND b.attempts > 0 OR b.failed_at IS NULL AND b.attempts > 2)) AS "billing_stuck!"
FROM page
CROSS JOIN LATERAL (
    SELECT sum(d.quantity) FILTER (WHERE d.meter = 'api_call') AS api_calls,
        sum(d.quantity) FILTER (WHERE d.meter = 'ticket') AS tickets
    FROM usage_day d WHERE d.tenant_id = page.id AND d.at > $8
) days
ORDER BY CASE WHEN $4::text = 'newest' THEN page.created_at END DESC,
    CASE WHEN $4::text = 'newest' THEN page.id END DESC, CASE WHEN $4::text = 'plan' THEN -page.plan_position END,
    page.used DESC, page.slug
