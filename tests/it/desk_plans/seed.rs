//! Rows of many tenants, so that looking at those of another would be seen, and would be slower.

use std::collections::BTreeMap;

use rowhouse_app::desk::ticket::{LabelId, TicketId};
use rowhouse_platform::id::to_text;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

/// Each statement takes the tenant as `$1` and an account of its as `$2`.
const FILLING: &[&str] = &[
    "INSERT INTO pooled.account (tenant_id, id, email, email_key, name, role, state, created_at)
     SELECT $1, gen_random_uuid(), 'p' || n || '@example.test', 'p' || n || '@example.test', 'Person ' || n, 'agent', 'active', now()
     FROM generate_series(1, 25) n WHERE $2::uuid IS NOT NULL",
    "INSERT INTO pooled.project (tenant_id, id, key, name, description, is_open, last_number, version, created_at, updated_at)
     SELECT $1, gen_random_uuid(), 'K' || n, 'Project ' || n, '', n % 4 > 0, 1000, 1, now(), now()
     FROM generate_series(1, 24) n WHERE $2::uuid IS NOT NULL",
    "INSERT INTO pooled.project_member (tenant_id, project_id, account_id, role, added_at)
     SELECT $1, p.id, a.id, 'contributor', now() FROM pooled.project p JOIN pooled.account a ON a.tenant_id = p.tenant_id
     WHERE p.tenant_id = $1 AND a.email LIKE 'p1%' AND $2::uuid IS NOT NULL",
    "INSERT INTO pooled.label (tenant_id, id, name, colour, created_at)
     SELECT $1, gen_random_uuid(), 'Label ' || n, 'red', now() FROM generate_series(1, 30) n WHERE $2::uuid IS NOT NULL",
    "INSERT INTO pooled.ticket (tenant_id, id, project_id, number, title, description, status, priority, requester_id,
                                assignee_id, created_at, updated_at, resolved_at, due_on)
     SELECT $1, (lpad(to_hex((extract(epoch FROM x.at) * 1000)::bigint), 12, '0') || '7' || substr(gen_random_uuid()::text, 16, 3)
                 || 'a' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 15))::uuid,
            p.ids[1 + n % 24], n, 'Printer ' || n, 'It does not print.', x.s,
            (ARRAY['low', 'normal', 'high', 'urgent'])[1 + n % 4], $2, CASE WHEN n % 3 > 0 THEN $2 END, x.at, x.at,
            CASE WHEN x.s IN ('solved', 'closed') THEN x.at END, CASE WHEN n % 5 > 0 THEN date '2026-05-01' + n % 60 END
     FROM generate_series(1, 400) n,
          LATERAL (SELECT timestamptz '2026-05-01 00:00Z' + make_interval(hours => n) AS at,
                          (ARRAY['open', 'pending', 'solved', 'closed'])[1 + n % 7 % 4] AS s) x,
          (SELECT array_agg(id ORDER BY key) AS ids FROM pooled.project WHERE tenant_id = $1 AND key LIKE 'K%') p",
    "INSERT INTO pooled.ticket_words (tenant_id, ticket_id, words)
     SELECT t.tenant_id, t.id, tenant_words(to_tsvector('simple', t.title)) FROM pooled.ticket t WHERE t.tenant_id = $1 AND $2::uuid IS NOT NULL",
    "INSERT INTO pooled.ticket_label (tenant_id, ticket_id, label_id)
     SELECT t.tenant_id, t.id, l.ids[1 + k % 30] FROM pooled.ticket t, generate_series(t.number, t.number + 1) k,
            (SELECT array_agg(id ORDER BY name) AS ids FROM pooled.label WHERE tenant_id = $1) l
     WHERE t.tenant_id = $1 AND $2::uuid IS NOT NULL",
    "INSERT INTO pooled.ticket_watcher (tenant_id, ticket_id, account_id, since)
     SELECT t.tenant_id, t.id, $2, now() FROM pooled.ticket t WHERE t.tenant_id = $1 AND t.number % 3 = 0",
    "INSERT INTO pooled.ticket_link (tenant_id, from_id, to_id, kind, created_at)
     SELECT t.tenant_id, t.id, u.id, 'blocks', now()
     FROM pooled.ticket t JOIN pooled.ticket u ON u.tenant_id = t.tenant_id AND u.number = t.number + 1
     WHERE t.tenant_id = $1 AND t.number % 3 = 0 AND $2::uuid IS NOT NULL",
    "INSERT INTO pooled.ticket_comment (tenant_id, ticket_id, id, author_id, body, created_at)
     SELECT t.tenant_id, t.id, gen_random_uuid(), $2, 'Is it on?', now() FROM pooled.ticket t WHERE t.tenant_id = $1",
    "INSERT INTO pooled.ticket_event (tenant_id, ticket_id, id, actor_id, kind, detail, created_at)
     SELECT t.tenant_id, t.id, t.id, $2, 'created', '{}', now() FROM pooled.ticket t WHERE t.tenant_id = $1",
    "INSERT INTO pooled.saved_view (tenant_id, id, owner_id, name, is_shared, filter, created_at, updated_at)
     SELECT $1, gen_random_uuid(), $2, 'View ' || n, n % 2 = 0, 'status=open', now(), now() FROM generate_series(1, 24) n",
    "INSERT INTO pooled.stored_object (tenant_id, id, purpose, state, bytes, sha256, content_type, created_at, changed_at)
     SELECT t.tenant_id, t.id, 'attachment', 'stored', 1, sha256('a'), 'image/png', now(), now()
     FROM pooled.ticket t WHERE t.tenant_id = $1 AND t.number % 3 > 0 AND $2::uuid IS NOT NULL",
    "INSERT INTO pooled.attachment (tenant_id, id, ticket_id, object_id, name, uploaded_by, created_at)
     SELECT o.tenant_id, o.id, o.id, o.id, 'a.png', $2, now() FROM pooled.stored_object o WHERE o.tenant_id = $1",
    "INSERT INTO pooled.desk_import (tenant_id, id, project_id, account_id, file_name, file_bytes, separator, header,
         mapping, state, at_byte, at_line, first_byte, first_line, rows_read, problems, made, removed, created_at,
         changed_at)
     SELECT p.tenant_id, p.id, p.id, $2, 'a.csv', 1, ',', '{title}', '{title}', 'done', 0, 1, 0, 1, 0, 10, 0, 0, now(), now()
     FROM pooled.project p WHERE p.tenant_id = $1 AND p.key LIKE 'K%'",
    "INSERT INTO pooled.desk_import_problem (tenant_id, import_id, place, line, header, message)
     SELECT i.tenant_id, i.id, n, n + 1, 'title', 'The title is missing.'
     FROM pooled.desk_import i, generate_series(1, 10) n WHERE i.tenant_id = $1 AND $2::uuid IS NOT NULL",
    "INSERT INTO pooled.inbox_item (tenant_id, account_id, event_id, ticket_id, reason, created_at, read_at)
     SELECT t.tenant_id, $2, t.id, t.id, 'watching', now(), CASE WHEN t.number % 2 = 0 THEN now() END
     FROM pooled.ticket t WHERE t.tenant_id = $1",
    "INSERT INTO pooled.notification_preference (tenant_id, account_id, assigned, watching, unsubscribe_token)
     SELECT a.tenant_id, a.id, 'none', 'none', left(encode(sha256(convert_to(a.id::text, 'UTF8')), 'hex'), 40)
     FROM pooled.account a WHERE a.tenant_id = $1 AND $2::uuid IS NOT NULL",
];

/// Fills the tenant and as many others with the same.
pub(super) async fn fill(admin: &mut PgConnection, tenant: Uuid, account: Uuid, others: u32) {
    for place in 0..=others {
        let (tenant, account) = match place {
            // In the middle, so that its rows do not stand at an end of the tables.
            place if place == others / 2 => (tenant, account),
            place => {
                let (tenant, account) =
                    (Uuid::from_u128(u128::from(place) + 1), Uuid::from_u128(u128::from(place) + 1));
                sqlx::query(
                    "INSERT INTO pooled.account (tenant_id, id, email, email_key, name, role, state, created_at)
                     VALUES ($1, $2, 'owner@example.test', 'owner@example.test', 'Owner', 'owner', 'active', now())",
                )
                .bind(tenant)
                .bind(account)
                .execute(&mut *admin)
                .await
                .unwrap();
                (tenant, account)
            }
        };
        sqlx::query("SELECT set_config('app.tenant_id', $1, false), set_config('search_path', 'pooled', false)")
            .bind(tenant.to_string())
            .execute(&mut *admin)
            .await
            .unwrap();
        for sql in FILLING {
            sqlx::query(*sql).bind(tenant).bind(account).execute(&mut *admin).await.unwrap();
        }
    }
    // What autovacuum would do in time: without it the planner knows nothing of these rows.
    sqlx::raw_sql("VACUUM ANALYZE").execute(admin).await.unwrap();
}

/// How many rows the tenant has in each table.
pub(super) async fn count(
    admin: &mut PgConnection,
    tenant: Uuid,
    tables: impl IntoIterator<Item = impl AsRef<str>>,
) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for table in tables {
        let table = table.as_ref();
        let sql = AssertSqlSafe(format!("SELECT count(*) FROM pooled.{table} WHERE tenant_id = $1"));
        let rows = sqlx::query_scalar(sql).bind(tenant).fetch_one(&mut *admin).await.unwrap();
        counts.insert(table.to_owned(), rows);
    }
    counts
}

/// What some of the tenant's rows are called in addresses.
pub(super) struct Names {
    pub(super) label: String,
    pub(super) other_label: String,
    /// The key of a ticket.
    pub(super) ticket: String,
    /// The id of a ticket.
    pub(super) ticket_id: String,
    /// The id of the import of K3.
    pub(super) import: String,
}

pub(super) async fn names(admin: &mut PgConnection, tenant: Uuid) -> Names {
    let labels: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM pooled.label WHERE tenant_id = $1 ORDER BY name LIMIT 2")
            .bind(tenant)
            .fetch_all(&mut *admin)
            .await
            .unwrap();
    let (id, key): (Uuid, String) = sqlx::query_as(
        "SELECT t.id, p.key || '-' || t.number FROM pooled.ticket t
         JOIN pooled.project p ON p.tenant_id = t.tenant_id AND p.id = t.project_id
         WHERE t.tenant_id = $1 AND p.is_open AND t.status = 'open' ORDER BY t.number LIMIT 1",
    )
    .bind(tenant)
    .fetch_one(&mut *admin)
    .await
    .unwrap();
    let import: Uuid = sqlx::query_scalar(
        "SELECT i.id FROM pooled.desk_import i JOIN pooled.project p ON p.tenant_id = $1 AND p.id = i.project_id
         WHERE i.tenant_id = $1 AND p.key = 'K3'",
    )
    .bind(tenant)
    .fetch_one(admin)
    .await
    .unwrap();
    Names {
        label: LabelId(labels[0]).to_string(),
        other_label: LabelId(labels[1]).to_string(),
        ticket: key,
        ticket_id: TicketId(id).to_string(),
        import: to_text("imp", import),
    }
}
