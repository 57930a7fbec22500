SELECT s.id AS session_id, s.last_seen_at, s.expires_at, a.id AS account_id, a.name, a.email, a.role
FROM session s
JOIN account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
WHERE s.tenant_id = $1 AND s.token_hash = $2
