SELECT s.id AS session_id, s.method, s.created_at, s.last_seen_at, s.expires_at, s.authenticated_at, s.second_factor_at,
    a.id AS account_id, a.name, a.email AS "email!", a.email_verified_at, a.created_at AS joined_at,
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
    p.methods AS "methods?", p.mfa_required_since, p.mfa_grace_days AS "mfa_grace_days?", p.idle_minutes,
    p.lifetime_hours, p.allowed_networks AS "allowed_networks?", p.sso_required AS "sso_required?",
    p.break_glass_account_id
FROM session s
JOIN account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id AND a.state = 'active'
LEFT JOIN role r ON r.tenant_id = a.tenant_id AND r.id = a.custom_role_id
LEFT JOIN workspace_settings w ON w.tenant_id = s.tenant_id
LEFT JOIN sign_in_policy p ON p.tenant_id = s.tenant_id
WHERE s.tenant_id = $1 AND s.token_hash = $2
