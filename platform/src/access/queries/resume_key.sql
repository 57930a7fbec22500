-- One statement finds the key and counts the request: a statement of its own for the event would cost a round trip, which
-- is dearer than the row. Only the right secret, or an access token of the key ($6 is null then), is counted.
WITH found AS (
    SELECT k.id AS key_id, k.name AS key_name, k.secret_hash, k.permissions AS key_permissions, k.expires_at,
        k.last_used_at, a.id AS account_id, a.name, a.email, a.email_verified_at, a.avatar_hash,
        coalesce(a.locale, w.locale) AS locale, coalesce(a.time_zone, w.time_zone) AS time_zone,
        a.role, a.custom_role_id, r.permissions,
        ARRAY(
            SELECT g.role FROM group_member m JOIN member_group g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
            WHERE m.tenant_id = $1 AND m.account_id = a.id AND g.role <> 'custom'
        ) AS group_roles,
        ARRAY(
            SELECT unnest(c.permissions)
            FROM group_member m
            JOIN member_group g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
            JOIN role c ON c.tenant_id = g.tenant_id AND c.id = g.custom_role_id
            WHERE m.tenant_id = $1 AND m.account_id = a.id
        ) AS group_permissions,
        p.allowed_networks
    FROM api_key k
    JOIN account a ON a.tenant_id = k.tenant_id AND a.id = k.account_id AND a.state = 'active'
    LEFT JOIN role r ON r.tenant_id = a.tenant_id AND r.id = a.custom_role_id
    LEFT JOIN workspace_settings w ON w.tenant_id = k.tenant_id
    LEFT JOIN sign_in_policy p ON p.tenant_id = k.tenant_id
    WHERE k.tenant_id = $1 AND k.revoked_at IS NULL
        AND k.id = coalesce($2::uuid, (SELECT f.id FROM api_key f WHERE f.tenant_id = $1 AND f.prefix = $3::text))
), counted AS (
    INSERT INTO usage_event (tenant_id, meter, key, at, quantity, account_id, api_key_id, recorded_at)
    SELECT $1, $7, $4::text, $5, 1, f.account_id, f.key_id, $5
    FROM found f
    WHERE $4::text IS NOT NULL AND (f.expires_at IS NULL OR f.expires_at > $5)
        AND ($6::bytea IS NULL OR f.secret_hash = $6::bytea)
)
SELECT key_id AS "key_id!", key_name AS "key_name!", secret_hash AS "secret_hash!",
    key_permissions AS "key_permissions!", expires_at, last_used_at,
    account_id AS "account_id!", name AS "name!", email AS "email!", email_verified_at, avatar_hash, locale, time_zone,
    role AS "role!", custom_role_id, permissions AS "permissions?",
    group_roles AS "group_roles!: Vec<String>", group_permissions AS "group_permissions!: Vec<String>",
    allowed_networks AS "allowed_networks?"
FROM found
