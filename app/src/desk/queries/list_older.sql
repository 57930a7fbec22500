SELECT t.id, t.project_id, t.number, t.title, t.status, t.priority, r.name AS requester, a.name AS "assignee?", t.created_at
FROM ticket t
JOIN account r ON r.tenant_id = t.tenant_id AND r.id = t.requester_id
LEFT JOIN account a ON a.tenant_id = t.tenant_id AND a.id = t.assignee_id
WHERE t.tenant_id = $1 AND t.id < $2 AND t.status = ANY($3::text[]) AND t.title ILIKE $4
  AND t.project_id = ANY ($6)
ORDER BY t.id DESC
LIMIT $5
