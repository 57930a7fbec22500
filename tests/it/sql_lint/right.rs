//! The lint lets right statements pass.

use super::broken::tables;
use super::check::check;

/// Statements that are right.
const RIGHT_SQL: &[&str] = &[
    "SELECT 1",
    "SELECT id FROM control.tenants WHERE slug = $1",
    "SELECT id FROM control.tickets",
    "SELECT id AS \"id!: TicketId\" FROM tickets WHERE tenant_id = $1 AND (status = $2 OR id = $3)",
    "SELECT id FROM tickets t WHERE $1 = t.tenant_id ORDER BY id DESC LIMIT $2 FOR UPDATE OF t SKIP LOCKED",
    "SELECT id FROM tickets WHERE tenant_id = $1 FOR KEY SHARE",
    "SELECT id FROM tickets WHERE tenant_id = $1 ORDER BY id FOR NO KEY UPDATE",
    "SELECT id FROM pooled.tickets WHERE tickets.tenant_id = ($1::uuid) AND (created_at, id) < ($2, $3)",
    "SELECT id FROM tickets WHERE (tenant_id, id) = ($1, $2)",
    "SELECT 1 FROM tickets t JOIN comments c ON c.tenant_id = t.tenant_id AND c.ticket_id = t.id WHERE t.tenant_id = $1",
    "SELECT 1 FROM tickets t JOIN comments c ON c.tenant_id = t.tenant_id WHERE c.tenant_id = $1",
    "SELECT 1 FROM tickets t JOIN comments c USING (tenant_id) WHERE tenant_id = $1",
    "SELECT 1 FROM tickets t JOIN comments c USING (tenant_id, id) JOIN usage u USING (tenant_id) WHERE t.tenant_id = $1",
    "SELECT 1 FROM tickets t LEFT JOIN comments c ON c.tenant_id = t.tenant_id WHERE t.tenant_id = $1",
    "SELECT 1 FROM tickets t LEFT JOIN (comments c JOIN usage u ON u.tenant_id = c.tenant_id) ON c.tenant_id = $1 WHERE t.tenant_id = $1",
    "SELECT 1 FROM control.domains d JOIN tickets t ON t.tenant_id = d.tenant_id WHERE d.tenant_id = $1",
    "SELECT 1 FROM tickets t WHERE t.tenant_id = $1 AND EXISTS (SELECT 1 FROM comments c WHERE c.tenant_id = t.tenant_id)",
    "SELECT (SELECT count(*) FROM comments c WHERE c.tenant_id = t.tenant_id) FROM tickets t WHERE tenant_id = $1",
    "SELECT 1 FROM tickets WHERE (tenant_id, id) IN (SELECT tenant_id, ticket_id FROM comments WHERE tenant_id = $1)",
    "SELECT 1 FROM tickets t JOIN LATERAL (SELECT c.tenant_id FROM comments c WHERE c.tenant_id = t.tenant_id) l ON true JOIN usage u ON u.tenant_id = l.tenant_id WHERE t.tenant_id = $1",
    "SELECT 1 FROM (SELECT * FROM tickets WHERE tenant_id = $1) t JOIN comments c ON c.tenant_id = t.tenant_id",
    "SELECT 1 FROM (VALUES ($1::uuid, 1)) v (tenant_id, n) JOIN comments c ON c.tenant_id = v.tenant_id",
    "WITH tickets AS (SELECT 1) SELECT 1 FROM tickets",
    "WITH mine (tenant_id, n) AS (SELECT t.tenant_id, id FROM tickets t WHERE tenant_id = $1) SELECT 1 FROM mine m JOIN comments c ON c.tenant_id = m.tenant_id",
    "WITH RECURSIVE r AS (SELECT tenant_id, id FROM tickets WHERE tenant_id = $1 UNION ALL SELECT t.tenant_id, t.id FROM tickets t JOIN r ON r.tenant_id = t.tenant_id AND r.id = t.parent_id) SELECT 1 FROM r",
    "WITH new AS (INSERT INTO tickets (tenant_id, id) VALUES ($1, $2) RETURNING tenant_id, id) INSERT INTO comments (tenant_id, id) SELECT tenant_id, id FROM new",
    "INSERT INTO tickets (id, tenant_id) VALUES ($1, $2), ($3, $2) ON CONFLICT (tenant_id, id) DO UPDATE SET n = excluded.n WHERE tickets.n > (SELECT count(*) FROM comments c WHERE c.tenant_id = excluded.tenant_id) RETURNING id",
    "INSERT INTO tickets (tenant_id, id) SELECT $1, id FROM unnest($2::uuid[]) AS u (id)",
    "INSERT INTO control.tenants (id) VALUES ($1)",
    "UPDATE tickets SET title = $1 WHERE tenant_id = $2 AND id = $3 RETURNING id",
    "UPDATE tickets t SET n = c.n FROM comments c WHERE t.tenant_id = $1 AND c.tenant_id = t.tenant_id",
    "DELETE FROM tickets t USING comments c WHERE c.tenant_id = $1 AND c.tenant_id = t.tenant_id",
    "MERGE INTO tickets t USING (SELECT $1::uuid AS tenant_id, $2::uuid AS id) s ON t.tenant_id = s.tenant_id AND t.id = s.id WHEN MATCHED THEN UPDATE SET n = 1 WHEN NOT MATCHED THEN INSERT (tenant_id, id) VALUES (s.tenant_id, s.id)",
    "SELECT pg_advisory_xact_lock($1)",
    "SELECT pg_notify('tenant', $1)",
];

#[test]
fn right_statements_pass() {
    let tables = tables();
    let refused: Vec<String> = RIGHT_SQL
        .iter()
        .map(|sql| (sql, check(sql, &tables)))
        .filter(|(_, faults)| !faults.is_empty())
        .map(|(sql, faults)| format!("{sql}\n    {faults:?}"))
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
