SELECT a.id, a.name, a.avatar_hash, a.email, a.role, r.name AS "custom_role?", a.state, a.created_at,
    (SELECT count(*) FROM group_member m WHERE m.tenant_id = $1 AND m.account_id = a.id) AS "groups!",
    (SELECT max(s.last_seen_at) FROM session s WHERE s.tenant_id = $1 AND s.account_id = a.id) AS last_seen_at,
    (SELECT string_agg(c.name, ', ' ORDER BY lower(c.name), c.id)
     FROM sso_identity i JOIN sso_connection c ON c.tenant_id = i.tenant_id AND c.id = i.connection_id
     WHERE i.tenant_id = $1 AND i.account_id = a.id) AS connections,
    count(*) OVER () AS "total!"
FROM account a
LEFT JOIN role r ON r.tenant_id = a.tenant_id AND r.id = a.custom_role_id
WHERE a.tenant_id = $1
  AND CASE WHEN $2::text IS NULL THEN a.state <> 'removed' ELSE a.state = $2 END
  AND ($3::text IS NULL OR (a.role = $3 AND a.custom_role_id IS NOT DISTINCT FROM $4::uuid))
  AND ($5::uuid IS NULL
       OR EXISTS (SELECT 1 FROM group_member m WHERE m.tenant_id = $1 AND m.account_id = a.id AND m.group_id = $5))
  AND (strpos(lower(a.name), lower($6)) > 0 OR strpos(lower(a.email), lower($6)) > 0)
ORDER BY
    CASE WHEN $7 = 'role' THEN array_position(ARRAY['owner', 'admin', 'agent', 'viewer', 'custom'], a.role) END,
    CASE WHEN $7 = 'role' THEN r.name_key END,
    CASE WHEN $7 = 'seen'
         THEN (SELECT max(s.last_seen_at) FROM session s WHERE s.tenant_id = $1 AND s.account_id = a.id)
    END DESC NULLS LAST,
    CASE WHEN $7 = 'joined' THEN a.created_at END DESC,
    lower(a.name), a.id
LIMIT $8 OFFSET $9
