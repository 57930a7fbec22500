//! Every tenant table × SELECT, INSERT, UPDATE, DELETE × (own tenant, other tenant, no tenant), generated from the
//! catalog: a new table is in it without anybody's doing. Run directly and through `PgBouncer`.

use rowhouse_platform::id::TenantId;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use crate::{
    app::{TestApp, TestTenant},
    database::Way,
};

/// Insufficient privilege: by row-level security, or because the privilege was never granted.
const REFUSED_BY_RLS: &str = "42501";

/// What the serving role may do on no row of a table, its own tenant's neither. The audit log and events of usage are only
/// ever added to. A partition is reached through its table: of itself, the role may do nothing with it.
const NEVER: &[(&str, &[&str])] = &[
    ("audit_event", &["UPDATE", "UPDATE all", "MOVE", "DELETE"]),
    ("audit_head", &["INSERT", "DELETE"]),
    ("usage_event", &["UPDATE", "UPDATE all", "MOVE", "DELETE"]),
];

/// As whom a transaction is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Own,
    Other,
    None,
}

/// Runs one statement in a transaction of its own that is then undone; answers the rows it touched, or the error code.
async fn attempt(
    connection: &mut PgConnection,
    scope: Scope,
    own: TenantId,
    other: TenantId,
    sql: &str,
) -> Result<u64, String> {
    let tenant = match scope {
        Scope::Own => format!("SET LOCAL app.tenant_id = '{}';", own.0),
        Scope::Other => format!("SET LOCAL app.tenant_id = '{}';", other.0),
        Scope::None => String::new(),
    };
    let begin = format!("BEGIN; SET LOCAL search_path = pooled; {tenant}");
    sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut *connection).await.unwrap();
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut *connection).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await.unwrap();
    done.map(|done| done.rows_affected()).map_err(|error| {
        error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned()
    })
}

/// What is wrong with a table's walls, seen from the serving role. `own` has the rows, `other` tries to get at them.
async fn breaches(app: &TestApp, way: Way, own: &TestTenant, other: &TestTenant) -> Vec<String> {
    let mut admin = app.db.admin().await;
    let tables: Vec<(String, bool)> = sqlx::query_as(
        "SELECT c.relname::text, c.relispartition FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'pooled' AND c.relkind IN ('r', 'p') ORDER BY 1",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    assert!(tables.len() >= 8, "the catalog shows {tables:?}");

    let mut serving = app.db.serving(way).await;
    let (own, other) = (own.home.id(), other.home.id());
    let mut breaches = Vec::new();
    for (table, is_partition) in tables {
        let row =
            format!("SELECT to_jsonb(t)::text AS row FROM pooled.{table} t WHERE tenant_id = '{}' LIMIT 1", own.0);
        let row = sqlx::query(AssertSqlSafe(row)).fetch_optional(&mut admin).await.unwrap();
        let row: String = match row {
            Some(row) => row.get("row"),
            None if is_partition => "{}".to_owned(),
            None => panic!("the test put no row into {table}"),
        };
        // A generated column takes no value.
        let columns: String = sqlx::query_scalar(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
             WHERE attrelid = ('pooled.' || $1)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        )
        .bind(&table)
        .fetch_one(&mut admin)
        .await
        .unwrap();
        let owned = format!("tenant_id = '{}'", own.0);
        let statements = [
            ("SELECT", format!("SELECT * FROM {table} WHERE {owned} LIMIT 1")),
            ("SELECT all", format!("SELECT * FROM {table}")),
            ("UPDATE", format!("UPDATE {table} SET tenant_id = tenant_id WHERE {owned}")),
            ("UPDATE all", format!("UPDATE {table} SET tenant_id = tenant_id")),
            ("MOVE", format!("UPDATE {table} SET tenant_id = '{}' WHERE {owned}", other.0)),
            ("DELETE", format!("DELETE FROM {table} WHERE {owned}")),
            (
                "INSERT",
                format!(
                    "INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{table}, '{}')",
                    row.replace('\'', "''")
                ),
            ),
        ];
        for scope in [Scope::Own, Scope::Other, Scope::None] {
            for (verb, sql) in &statements {
                let result = attempt(&mut serving, scope, own, other, sql).await;
                let never = is_partition || NEVER.iter().any(|(name, verbs)| *name == table && verbs.contains(verb));
                let is_right = match (scope, *verb) {
                    _ if never => result == Err(REFUSED_BY_RLS.to_owned()),
                    (Scope::Own, "SELECT" | "UPDATE" | "SELECT all" | "UPDATE all") => {
                        matches!(result, Ok(rows) if rows > 0)
                    }
                    // The row is there: deleting or doubling it may be refused for what refers to it, never by the wall.
                    (Scope::Own, "DELETE") => !matches!(&result, Ok(0)) && result != Err(REFUSED_BY_RLS.to_owned()),
                    (Scope::Own, "INSERT") => result != Err(REFUSED_BY_RLS.to_owned()),
                    (Scope::Own, "MOVE") | (_, "INSERT") => result == Err(REFUSED_BY_RLS.to_owned()),
                    // The other tenant has rows of its own, which it may see; those of `own` it may not.
                    (Scope::Other, "SELECT all" | "UPDATE all") => result.is_ok(),
                    _ => result == Ok(0),
                };
                if !is_right {
                    breaches.push(format!("{table}: {verb} as {scope:?} gave {result:?}"));
                }
            }
        }
    }
    breaches
}

/// Rows that no page makes alone.
async fn furnish(app: &TestApp, tenant: &TestTenant) {
    let sql = format!(
        "INSERT INTO pooled.role VALUES ('{id}', '{id}', 'Auditor', 'auditor', '', '{{}}', now(), now());
         INSERT INTO pooled.member_group VALUES ('{id}', '{id}', 'Staff', 'staff', '', NULL, NULL, now(), now());
         INSERT INTO pooled.group_member VALUES ('{id}', '{owner}', '{id}', now());
         INSERT INTO pooled.sign_in_policy VALUES
             ('{id}', '{{password}}', NULL, 7, 10, 2, NULL, NULL, '{{}}', '{{}}', now(), false, NULL);
         INSERT INTO pooled.invite_link VALUES
             ('{id}', '{id}', sha256('link'), 'agent', NULL, '{owner}', now(), now(), NULL, 0, NULL);
         INSERT INTO pooled.invitation VALUES
             ('{id}', '{id}', sha256('mail'), 'n@x.test', 'n@x.test', '', 'agent', NULL, '', '{owner}', '{id}',
              'pending', now(), now(), now(), NULL);
         INSERT INTO pooled.project_member (tenant_id, project_id, account_id, role, added_at)
         SELECT tenant_id, id, '{owner}', 'lead', now() FROM pooled.project WHERE tenant_id = '{id}';
         INSERT INTO pooled.passkey VALUES ('{id}', '{id}', '{owner}', 'k', 'host', 'Key', '{{}}', false, now());
         INSERT INTO pooled.passkey_ceremony VALUES
             ('{id}', '{id}', sha256('t'), 'sign_in', NULL, 'host', '{{}}', now());
         INSERT INTO pooled.mailed_token VALUES
             ('{id}', sha256('t'), '{owner}', 'reset_password', 'k', now(), now());
         INSERT INTO pooled.email_change VALUES
             ('{id}', '{owner}', 'k', 'new', 'new', sha256('o'), sha256('n'), NULL, NULL, now(), now());
         INSERT INTO pooled.magic_link VALUES
             ('{id}', sha256('t'), '{owner}', 'sign_in', 'k', sha256('b'), sha256('c'), 0, now(), now());
         INSERT INTO pooled.known_device VALUES ('{id}', '{owner}', sha256('d'), now(), now(), NULL);
         INSERT INTO pooled.api_key (tenant_id, id, account_id, name, prefix, secret_hash, permissions, created_at)
         VALUES ('{id}', '{id}', '{owner}', 'k', 'abcdefgh', sha256('k'), '{{ticket.read}}', now());
         INSERT INTO pooled.idempotency_key (tenant_id, api_key_id, key, fingerprint, status, headers, created_at)
         VALUES ('{id}', '{id}', 'k', sha256('f'), 200, '[]', now());
         INSERT INTO pooled.usage_event (tenant_id, meter, key, at, quantity, recorded_at)
         VALUES ('{id}', 'mail', 'k', now(), 1, now());
         INSERT INTO pooled.usage_hour VALUES
             ('{id}', date_trunc('hour', now(), 'UTC'), 'mail', '{id}', '{id}', '{id}', 1, 1);
         INSERT INTO pooled.usage_day VALUES
             ('{id}', date_trunc('day', now(), 'UTC'), 'mail', '{id}', '{id}', '{id}', 1, 1);
         INSERT INTO pooled.usage_cursor VALUES ('{id}', '0', now());
         INSERT INTO pooled.workspace_settings VALUES ('{id}', 'UTC', 'en-GB', 'monday', now());",
        id = tenant.home.id().0,
        owner = tenant.owner.0,
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut app.db.admin().await).await.unwrap();
    furnish_sso(app, tenant).await;
    furnish_desk(app, tenant).await;
    furnish_files(app, tenant).await;
}

/// Rows of Desk. There are two tickets.
async fn furnish_desk(app: &TestApp, tenant: &TestTenant) {
    let sql = format!(
        "INSERT INTO pooled.project_member (tenant_id, project_id, account_id, role, added_at)
         SELECT tenant_id, id, '{owner}', 'lead', now() FROM pooled.project WHERE tenant_id = '{id}'
         ON CONFLICT DO NOTHING;
         INSERT INTO pooled.label (tenant_id, id, name, colour, created_at)
         VALUES ('{id}', '{id}', 'bug', 'red', now());
         INSERT INTO pooled.ticket_label (tenant_id, ticket_id, label_id)
         SELECT tenant_id, id, '{id}' FROM pooled.ticket WHERE tenant_id = '{id}';
         INSERT INTO pooled.ticket_watcher (tenant_id, ticket_id, account_id, since)
         SELECT tenant_id, id, '{owner}', now() FROM pooled.ticket WHERE tenant_id = '{id}';
         INSERT INTO pooled.ticket_link (tenant_id, from_id, to_id, kind, created_at)
         SELECT a.tenant_id, a.id, b.id, 'relates', now() FROM pooled.ticket a JOIN pooled.ticket b ON a.id < b.id
         WHERE a.tenant_id = '{id}' AND b.tenant_id = '{id}';
         INSERT INTO pooled.inbox_item (tenant_id, account_id, event_id, ticket_id, reason, created_at)
         SELECT tenant_id, '{owner}', id, ticket_id, 'watching', now() FROM pooled.ticket_event WHERE tenant_id = '{id}'
         ON CONFLICT DO NOTHING;
         INSERT INTO pooled.notification_preference (tenant_id, account_id, assigned, watching, unsubscribe_token)
         VALUES ('{id}', '{owner}', 'none', 'none', repeat('0', 40));
         INSERT INTO pooled.saved_view (tenant_id, id, owner_id, name, is_shared, filter, created_at, updated_at)
         VALUES ('{id}', '{id}', '{owner}', 'Mine', false, '', now(), now());",
        id = tenant.home.id().0,
        owner = tenant.owner.0,
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut app.db.admin().await).await.unwrap();
}

/// Rows of single sign-on. Columns are named: others come to some of these tables.
async fn furnish_sso(app: &TestApp, tenant: &TestTenant) {
    let sql = format!(
        "INSERT INTO pooled.email_domain (tenant_id, domain, claimed_at) VALUES ('{id}', 'own.test', now());
         INSERT INTO pooled.sso_connection (tenant_id, id, kind, provider, name, hint, state, show_button, settings,
             base_url, private_key, certificate, creates_accounts, default_role, applies_roles, trusts_second_factor,
             vouched_by_owner, protocol_changed_at, created_at, updated_at)
         VALUES ('{id}', '{id}', 'oidc', 'generic', 'Company', 'company', 'draft', true, '{{}}', 'https://x.test', 'k',
             'c', true, 'agent', true, true, false, now(), now(), now());
         INSERT INTO pooled.sso_connection_domain (tenant_id, connection_id, domain) VALUES ('{id}', '{id}', 'own.test');
         INSERT INTO pooled.sso_role_rule (tenant_id, connection_id, position, value, role)
         VALUES ('{id}', '{id}', 1, 'staff', 'agent');
         INSERT INTO pooled.sso_identity (tenant_id, connection_id, subject, account_id, made_account, by_person,
             linked_at, last_sign_in_at)
         VALUES ('{id}', '{id}', 's', '{owner}', false, false, now(), now());
         INSERT INTO pooled.sso_setup_link (tenant_id, id, connection_id, token_hash, recipient, created_by, by_owner,
             created_at, expires_at)
         VALUES ('{id}', '{id}', '{id}', sha256('t'), 'it@x.test', '{owner}', true, now(), now());
         INSERT INTO pooled.sso_flow (tenant_id, state_hash, connection_id, purpose, browser_hash, next_path,
             created_at, expires_at)
         VALUES ('{id}', sha256('s'), '{id}', 'sign_in', sha256('b'), '/', now(), now());
         INSERT INTO pooled.sso_used_message (tenant_id, connection_id, message_hash, expires_at)
         VALUES ('{id}', '{id}', sha256('m'), now());
         INSERT INTO pooled.sso_trace (tenant_id, id, connection_id, at, purpose, outcome, subject, email, report,
             request_id)
         VALUES ('{id}', '{id}', '{id}', now(), 'test', 'passed', 's', '', '{{}}', 'r');
         INSERT INTO pooled.sso_session (tenant_id, session_id, connection_id, subject, handle)
         SELECT tenant_id, id, '{id}', 's', '{{}}' FROM pooled.session WHERE tenant_id = '{id}' LIMIT 1;
         INSERT INTO pooled.sso_expiry_warning (tenant_id, connection_id, fingerprint, days, warned_at)
         VALUES ('{id}', '{id}', sha256('c'), 30, now());",
        id = tenant.home.id().0,
        owner = tenant.owner.0,
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut app.db.admin().await).await.unwrap();
}

/// A file on a ticket.
async fn furnish_files(app: &TestApp, tenant: &TestTenant) {
    let sql = format!(
        "INSERT INTO pooled.stored_object (tenant_id, id, purpose, state, bytes, sha256, content_type, created_at,
             changed_at)
         VALUES ('{id}', '{id}', 'attachment', 'stored', 1, sha256('a'), 'image/png', now(), now());
         INSERT INTO pooled.attachment (tenant_id, id, ticket_id, object_id, name, uploaded_by, created_at)
         SELECT tenant_id, '{id}', id, '{id}', 'a.png', '{owner}', now() FROM pooled.ticket
         WHERE tenant_id = '{id}' LIMIT 1;
         INSERT INTO pooled.desk_import (tenant_id, id, project_id, account_id, file_name, file_bytes, separator, header,
             mapping, state, at_byte, at_line, first_byte, first_line, rows_read, problems, made, removed, created_at,
             changed_at)
         SELECT tenant_id, '{id}', id, '{owner}', 'a.csv', 1, ',', '{{title}}', '{{title}}', 'done', 0, 1, 0, 1, 0, 1, 0,
             0, now(), now() FROM pooled.project WHERE tenant_id = '{id}' LIMIT 1;
         INSERT INTO pooled.desk_import_problem (tenant_id, import_id, place, line, header, message)
         VALUES ('{id}', '{id}', 1, 2, 'title', 'The title is missing.');",
        id = tenant.home.id().0,
        owner = tenant.owner.0,
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut app.db.admin().await).await.unwrap();
}

/// Rows of a new tenant in every table.
pub async fn furnish_all(app: &TestApp, tenant: &TestTenant) {
    app.ticket(tenant, "Printer out of paper").await;
    let ticket = app.ticket(tenant, "Printer on fire").await;
    let form = [("intent", "comment"), ("body", "Which one?")];
    app.post(&tenant.host, &ticket).cookie(&tenant.owner_cookie).form(&form).send().await;
    let form = [("email", "owner@nowhere.test"), ("password", "wrong password")];
    app.post(&tenant.host, "/sign-in").form(&form).send().await;
    crate::branding::save(app, tenant, &[("name", "Company"), ("accent", "#336699"), ("accent_dark", "")]).await;
    let services = &app.services;
    let mut tx = services.database.begin(&tenant.home).await.unwrap();
    rowhouse_platform::identity::handoff::offer(&mut tx, &services.ambient, tenant.owner).await.unwrap();
    let password = rowhouse_platform::identity::policy::Method::Password;
    rowhouse_platform::identity::recovery_codes::renew(&mut tx, &services.ambient, tenant.owner).await.unwrap();
    rowhouse_platform::identity::challenge::begin(&mut tx, &services.ambient, tenant.owner, password, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    crate::second_factor::set_up(app, tenant, tenant.owner).await;
    furnish(app, tenant).await;
}

/// Two tenants with rows in every table.
async fn furnished(way: Way) -> (TestApp, TestTenant, TestTenant) {
    let app = TestApp::start_with(way, &[]).await;
    let (own, other) = (app.tenant("acme").await, app.tenant("globex").await);
    for tenant in [&own, &other] {
        furnish_all(&app, tenant).await;
    }
    (app, own, other)
}

#[tokio::test]
async fn no_statement_crosses_tenants() {
    let (app, own, other) = furnished(Way::Direct).await;
    assert_eq!(breaches(&app, Way::Direct, &own, &other).await, Vec::<String>::new());
}

#[tokio::test]
async fn no_statement_crosses_tenants_behind_a_transaction_pooler() {
    let (app, own, other) = furnished(Way::Pooler).await;
    assert_eq!(breaches(&app, Way::Pooler, &own, &other).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_wall_taken_down_is_seen() {
    let (app, own, other) = furnished(Way::Direct).await;
    let mut admin = app.db.admin().await;
    sqlx::raw_sql("ALTER TABLE pooled.ticket DISABLE ROW LEVEL SECURITY").execute(&mut admin).await.unwrap();
    let seen = breaches(&app, Way::Direct, &own, &other).await;
    assert!(seen.contains(&"ticket: SELECT as Other gave Ok(1)".to_owned()), "{seen:?}");
    assert!(seen.iter().all(|breach| breach.starts_with("ticket:")), "{seen:?}");

    sqlx::raw_sql(
        "ALTER TABLE pooled.ticket ENABLE ROW LEVEL SECURITY;
         CREATE POLICY generous ON pooled.session FOR SELECT USING (true);",
    )
    .execute(&mut admin)
    .await
    .unwrap();
    let seen = breaches(&app, Way::Direct, &own, &other).await;
    assert!(seen.contains(&"session: SELECT as None gave Ok(1)".to_owned()), "{seen:?}");
}
