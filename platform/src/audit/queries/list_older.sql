SELECT seq, id, at, action, actor_kind, actor_id, actor_name, actor_email, target_kind, target_id, target_label,
    before::text, after::text, reason, address, user_agent, request_id, mac
FROM audit_event
WHERE tenant_id = $1 AND seq < $2 AND at >= $3 AND at < $4
    AND ($5::text[] IS NULL OR action = ANY($5))
    AND concat_ws(' ', actor_name, actor_email, CASE actor_kind WHEN 'system' THEN 'Rowhouse' WHEN 'nobody' THEN 'Not signed in' END) ILIKE $6
    AND concat_ws(' ', target_label, target_id, target_kind) ILIKE $7
    AND address ILIKE $8
ORDER BY seq DESC
LIMIT $9
