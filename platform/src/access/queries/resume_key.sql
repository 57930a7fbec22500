SELECT k.id AS key_id, k.name AS key_name, k.secret_hash, k.permissions AS key_permissions, k.expires_at, k.last_used_at,
    a.id AS account_id, a.name, a.email AS "email!", a.email_verified_at,
    a.avatar_hash, coalesce(a.locale, w.locale) AS locale, coalesce(a.time_zone, w.time_zone) AS time_zone,
    a.role, a.custom_role_id, r.permissions AS "permissions?",
    ARRAY(
        SELECT g.role FROM group_member m JOIN member_group g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
        WHERE m.tenant_id = $1 AND m.account_id = a.id AND g.role <> 'custom'
    ) AS "group_roles!: Vec<String>",
    ARRAY(
        SELECT unnest(c.permissions)
        FROM group_member m
        JOIN member_group g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
        JOIN role c ON c.tenant_id = g.tenant_id AND c.id = g.custom_role_id
        WHERE m.tenant_id = $1 AND m.account_id = a.id
    ) AS "group_permissions!: Vec<String>",
    p.allowed_networks AS "allowed_networks?"
FROM api_key k
JOIN account a ON a.tenant_id = k.tenant_id AND a.id = k.account_id AND a.state = 'active'
LEFT JOIN role r ON r.tenant_id = a.tenant_id AND r.id = a.custom_role_id
LEFT JOIN workspace_settings w ON w.tenant_id = k.tenant_id
LEFT JOIN sign_in_policy p ON p.tenant_id = k.tenant_id
WHERE k.tenant_id = $1 AND k.revoked_at IS NULL
    AND k.id = coalesce($2::uuid, (SELECT f.id FROM api_key f WHERE f.tenant_id = $1 AND f.prefix = $3::text))
