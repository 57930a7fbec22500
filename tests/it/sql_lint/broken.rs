//! The lint bites: statements that it must catch.

use super::check::check;
use super::tables::Tables;

const MIGRATION: &str = "
    CREATE TABLE tickets (tenant_id uuid NOT NULL);
    CREATE TABLE IF NOT EXISTS pooled.comments (tenant_id uuid NOT NULL);
    CREATE INDEX not_a_table ON tickets (tenant_id);
    CREATE OR REPLACE VIEW open_tickets WITH (security_invoker) AS SELECT * FROM tickets;
    CREATE TABLE \"usage\" PARTITION OF usages FOR VALUES IN (1);";

pub(super) fn tables() -> Tables {
    let mut tables = Tables::default();
    tables.add(MIGRATION);
    tables
}

/// Statements, each with a part of the message that it must bring.
const BROKEN_SQL: &[(&str, &str)] = &[
    // No predicate, or none that holds.
    ("SELECT id FROM tickets", "table tickets: nothing"),
    ("SELECT id FROM tickets WHERE id = $1 FOR NO KEY UPDATE", "table tickets"),
    ("SELECT id FROM pooled.tickets", "`tickets.tenant_id = $1`"),
    ("SELECT id FROM tenant_x.tickets", "table tickets"),
    ("SELECT id FROM \"tickets\" t WHERE t.id = $1", "tickets (as t)"),
    ("SELECT id FROM open_tickets", "table open_tickets"),
    ("SELECT id FROM usage", "table usage"),
    ("SELECT id FROM tickets WHERE tenant_id = tenant_id", "table tickets"),
    ("SELECT id FROM tickets t WHERE t.tenant_id = t.tenant_id", "table tickets"),
    ("SELECT id FROM tickets WHERE tenant_id = $1 OR id = $2", "table tickets"),
    ("SELECT id FROM tickets WHERE id = $2 AND (tenant_id = $1 OR true)", "table tickets"),
    ("SELECT id FROM tickets WHERE NOT (tenant_id = $1)", "table tickets"),
    ("SELECT id FROM tickets WHERE tenant_id <> $1", "table tickets"),
    ("SELECT id FROM tickets WHERE tenant_id >= $1", "table tickets"),
    ("SELECT id FROM tickets WHERE tenant_id = id", "table tickets"),
    ("SELECT id FROM tickets WHERE id = $1", "table tickets"),
    ("SELECT id FROM tickets WHERE tenant_id IS NOT NULL", "table tickets"),
    ("SELECT id FROM tickets WHERE tenant_id = ANY($1)", "table tickets"),
    ("SELECT id FROM tickets WHERE tenant_id::text = $1", "table tickets"),
    ("SELECT id FROM tickets WHERE tenant_id = '0190b5e4-0000-7000-8000-000000000000'", "table"),
    ("SELECT id FROM tickets WHERE tenant_id = current_setting('app.tenant_id')::uuid", "table"),
    ("SELECT id FROM tickets WHERE title = 'tenant_id = $1'", "table tickets"),
    ("SELECT id FROM tickets WHERE id = $1 -- AND tenant_id = $2", "table tickets"),
    ("SELECT id FROM tickets WHERE coalesce(tenant_id = $1, true)", "table tickets"),
    ("SELECT tenant_id = $1 FROM tickets", "table tickets"),
    ("SELECT max(id) FROM tickets GROUP BY tenant_id HAVING tenant_id = $1", "table tickets"),
    ("EXPLAIN SELECT id FROM tickets", "table tickets"),
    ("SELECT 1; SELECT id FROM tickets", "table tickets"),
    // Two tables.
    ("SELECT 1 FROM tickets t, comments c WHERE t.tenant_id = $1", "comments (as c)"),
    ("SELECT 1 FROM tickets t JOIN comments c ON c.ticket_id = t.id WHERE t.tenant_id = $1", "`c.tenant_id = $1`"),
    ("SELECT 1 FROM tickets t JOIN comments c ON c.tenant_id = t.tenant_id", "tickets (as t)"),
    ("SELECT 1 FROM tickets t JOIN comments c ON c.tenant_id = t.tenant_id", "comments (as c)"),
    ("SELECT 1 FROM tickets t JOIN comments c USING (tenant_id)", "comments (as c)"),
    ("SELECT 1 FROM tickets t JOIN comments c USING (ticket_id) WHERE tenant_id = $1", "table"),
    ("SELECT 1 FROM tickets t NATURAL JOIN comments c WHERE t.tenant_id = $1", "comments (as c)"),
    ("SELECT 1 FROM tickets t LEFT JOIN comments c ON t.tenant_id = $1 AND c.tenant_id = $1", "tickets (as t)"),
    ("SELECT 1 FROM tickets t RIGHT JOIN comments c ON t.tenant_id = $1 AND c.tenant_id = $1", "comments (as c)"),
    ("SELECT 1 FROM tickets t FULL JOIN comments c ON t.tenant_id = $1 AND c.tenant_id = $1", "tickets (as t)"),
    ("SELECT 1 FROM tickets t WHERE tenant_id = $1 UNION SELECT 1 FROM comments", "table comments"),
    ("SELECT 1 FROM control.domains d JOIN tickets t ON t.tenant_id = d.tenant_id", "tickets (as t)"),
    // Sub-queries.
    ("SELECT (SELECT count(*) FROM tickets) FROM control.tenants", "table tickets"),
    ("SELECT 1 FROM (SELECT id FROM tickets) x WHERE id = $1", "table tickets"),
    (
        "SELECT 1 FROM tickets t WHERE t.tenant_id = $1 AND EXISTS (SELECT 1 FROM comments c WHERE c.ticket_id = t.id)",
        "comments (as c)",
    ),
    (
        "SELECT 1 FROM tickets t WHERE EXISTS (SELECT 1 FROM comments c WHERE t.tenant_id = $1 AND c.tenant_id = $1)",
        "tickets (as t)",
    ),
    ("SELECT 1 FROM control.domains d WHERE d.id = $1 ORDER BY (SELECT count(*) FROM tickets)", "table tickets"),
    ("SELECT 1 LIMIT (SELECT count(*) FROM tickets)", "table tickets"),
    ("SELECT 1 FROM generate_series(1, (SELECT count(*) FROM tickets)) g", "table tickets"),
    (
        "SELECT 1 FROM control.domains d JOIN control.tenants x ON x.id = (SELECT tenant_id FROM tickets LIMIT 1)",
        "table tickets",
    ),
    (
        "SELECT 1 FROM tickets WHERE (tenant_id, id) IN (SELECT id, tenant_id FROM comments WHERE tenant_id = $1)",
        "table tickets",
    ),
    ("SELECT 1 FROM tickets WHERE tenant_id IN (SELECT tenant_id FROM control.domains)", "table tickets"),
    ("SELECT 1 FROM tickets WHERE tenant_id NOT IN (SELECT $1::uuid)", "table tickets"),
    (
        "SELECT 1 FROM (SELECT tenant_id FROM control.domains) d JOIN tickets t ON t.tenant_id = d.tenant_id",
        "tickets (as t)",
    ),
    (
        "SELECT 1 FROM control.tenants x CROSS JOIN LATERAL (SELECT id FROM tickets t WHERE t.tenant_id = x.id) l",
        "tickets (as t)",
    ),
    ("WITH mine AS (SELECT id FROM tickets) SELECT 1 FROM mine", "table tickets"),
    (
        "WITH mine AS (SELECT id AS tenant_id FROM tickets WHERE tenant_id = $1) SELECT 1 FROM mine m JOIN comments c ON c.tenant_id = m.tenant_id",
        "comments (as c)",
    ),
    (
        "WITH RECURSIVE r AS (SELECT tenant_id, id FROM tickets WHERE tenant_id = $1 UNION ALL SELECT t.tenant_id, t.id FROM tickets t JOIN r ON r.id = t.parent_id) SELECT 1 FROM r",
        "tickets (as t)",
    ),
    ("WITH gone AS (DELETE FROM tickets RETURNING id) SELECT count(*) FROM gone", "table tickets"),
    ("WITH mine AS (SELECT 1) UPDATE tickets SET title = $2 WHERE id = $1", "table tickets"),
    // Changes.
    ("INSERT INTO tickets (id, title) VALUES ($1, $2)", "does not list tenant_id"),
    ("INSERT INTO tickets VALUES ($1, $2)", "does not list tenant_id"),
    ("INSERT INTO tickets DEFAULT VALUES", "does not list tenant_id"),
    ("INSERT INTO tickets (id, tenant_id) VALUES ($1, DEFAULT)", "neither a parameter"),
    ("INSERT INTO tickets (id, tenant_id) VALUES ($1, $2), ($3, gen_random_uuid())", "neither a parameter"),
    ("INSERT INTO comments (id, tenant_id) SELECT $1, tenant_id FROM tickets WHERE id = $2", "table tickets"),
    ("INSERT INTO comments (tenant_id, id) SELECT id, $1 FROM control.tenants", "neither a parameter"),
    ("INSERT INTO comments (id, tenant_id) SELECT *, $1 FROM control.tenants", "neither a parameter"),
    (
        "INSERT INTO tickets (tenant_id, id) VALUES ($1, $2) ON CONFLICT (tenant_id, id) DO UPDATE SET tenant_id = $3",
        "moves rows",
    ),
    (
        "INSERT INTO tickets (tenant_id, id) VALUES ($1, $2) ON CONFLICT (tenant_id, id) DO UPDATE SET n = (SELECT count(*) FROM comments)",
        "table comments",
    ),
    ("INSERT INTO tickets (tenant_id, id) VALUES ($1, $2) RETURNING (SELECT count(*) FROM comments)", "table comments"),
    ("INSERT INTO control.tenants (id) SELECT id FROM tickets", "table tickets"),
    ("UPDATE tickets SET title = $1", "table tickets"),
    ("UPDATE tickets SET tenant_id = $2 WHERE tenant_id = $1", "moves rows"),
    ("UPDATE tickets SET (id, tenant_id) = ($2, $3) WHERE tenant_id = $1", "moves rows"),
    ("UPDATE tickets t SET title = c.body FROM comments c WHERE c.tenant_id = $1 AND c.id = t.id", "tickets (as t)"),
    ("UPDATE tickets t SET title = c.body FROM comments c WHERE t.tenant_id = $1 AND c.id = t.id", "comments (as c)"),
    ("UPDATE tickets SET n = (SELECT count(*) FROM comments) WHERE tenant_id = $1", "table comments"),
    ("DELETE FROM tickets WHERE id = $1", "table tickets"),
    ("DELETE FROM tickets t USING comments c WHERE t.tenant_id = $1 AND c.ticket_id = t.id", "comments (as c)"),
    ("MERGE INTO tickets t USING control.tenants s ON t.id = s.id WHEN MATCHED THEN DELETE", "tickets (as t)"),
    (
        "MERGE INTO control.tenants x USING tickets t ON t.tenant_id = $1 WHEN NOT MATCHED THEN INSERT (id) VALUES (t.id)",
        "tickets (as t)",
    ),
    (
        "MERGE INTO tickets t USING control.tenants s ON t.tenant_id = $1 AND t.id = s.id WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)",
        "does not list tenant_id",
    ),
    (
        "MERGE INTO tickets t USING control.tenants s ON t.tenant_id = $1 AND t.id = s.id WHEN NOT MATCHED THEN INSERT (tenant_id) VALUES (s.id)",
        "neither a parameter",
    ),
    (
        "MERGE INTO tickets t USING control.tenants s ON t.tenant_id = $1 WHEN MATCHED THEN UPDATE SET tenant_id = s.id",
        "moves rows",
    ),
    (
        "MERGE INTO tickets t USING control.tenants s ON t.tenant_id = $1 WHEN NOT MATCHED BY SOURCE THEN DELETE",
        "BY SOURCE",
    ),
    // What touches tables without a block.
    ("TABLE tickets", "cannot be parsed"),
    ("TRUNCATE tickets", "rows of every tenant"),
    ("COPY tickets TO STDOUT", "rows of every tenant"),
    ("DROP TABLE tickets", "rows of every tenant"),
    ("LOCK TABLE tickets", "rows of every tenant"),
    ("SELECT 1 UNION TABLE tickets", "restricts nothing"),
    ("SELECT * INTO copied FROM tickets WHERE tenant_id = $1", "creates a table"),
    // Transaction, session, schema.
    ("BEGIN", "`BEGIN"),
    ("START TRANSACTION", "`START TRANSACTION"),
    ("COMMIT", "`COMMIT"),
    ("ROLLBACK", "`ROLLBACK"),
    ("SAVEPOINT a", "`SAVEPOINT"),
    ("SET app.tenant_id = 'x'", "`SET"),
    ("SET LOCAL app.tenant_id = 'x'", "`SET LOCAL"),
    ("SET ROLE rowhouse_owner", "`SET ROLE"),
    ("RESET ALL", "`RESET"),
    ("DISCARD ALL", "`DISCARD"),
    ("LISTEN a", "`LISTEN"),
    ("UNLISTEN a", "`UNLISTEN"),
    ("PREPARE p AS SELECT 1", "`PREPARE"),
    ("DECLARE c CURSOR FOR SELECT 1", "`DECLARE"),
    ("CREATE TABLE a (b int)", "`CREATE TABLE"),
    ("DROP TABLE tickets", "`DROP TABLE"),
    ("SELECT set_config('app.tenant_id', $1, true)", "calls set_config()"),
    ("SELECT * FROM pg_catalog.set_config('app.tenant_id', $1, true)", "calls set_config()"),
    ("SELECT 1 FROM tickets WHERE tenant_id = $1 AND SET_CONFIG('a', 'b', true) = ''", "calls set_config()"),
    ("SELECT pg_advisory_lock($1)", "pg_advisory_xact_lock()"),
    ("SELECT query_to_xml('SELECT 1', true, true, '')", "hides SQL"),
    // Not understood.
    ("SELEC 1", "cannot be parsed"),
    ("SELECT 1 FROM tickets WHERE", "cannot be parsed"),
    ("", "holds no statement"),
];

#[test]
fn broken_statements_are_caught() {
    let tables = tables();
    let missed: Vec<String> = BROKEN_SQL
        .iter()
        .filter_map(|(sql, expected)| {
            let faults = check(sql, &tables);
            let caught = faults.iter().any(|fault| fault.message.contains(expected));
            (!caught).then(|| format!("{sql}\n    expected {expected:?}, found {faults:?}"))
        })
        .collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
