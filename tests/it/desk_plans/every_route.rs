//! Every GET route of both tables, read by somebody whose tenant has rows in every table there is.
//!
//! Here the tables are small, and PostgreSQL would rather read a small one whole than by an index. So it is told not to
//! where there is another way: what is still read otherwise has no index that begins with the tenant, or is asked for
//! without saying which tenant.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{Method, StatusCode};
use rowhouse::{api, http::tenant_routes};
use rowhouse_platform::id::to_text;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{plans, seed};
use crate::{
    api::{ask, mighty_key},
    app::{TestApp, TestTenant},
    database::{TestDatabase, Way},
    isolation_matrix::furnish_all,
};

/// Tables that the control plane has one of the same name as: a plan does not say of which schema a table is.
const NAMESAKES: &[&str] = &["throttle"];

/// Tables that some page or endpoint must have read, so that this test cannot pass by reading nothing.
const READ: &[&str] = &[
    "account",
    "api_key",
    "attachment",
    "audit_event",
    "desk_import",
    "desk_import_problem",
    "inbox_item",
    "invitation",
    "label",
    "member_group",
    "notification_preference",
    "passkey",
    "project",
    "project_member",
    "role",
    "saved_view",
    "session",
    "sso_connection",
    "stored_object",
    "ticket",
    "ticket_comment",
    "ticket_event",
    "ticket_label",
    "ticket_link",
    "ticket_watcher",
];

/// What is asked for beside the routes as they stand: the same with questions that make other queries.
const QUESTIONS: &[&str] = &[
    "/tickets?q=printer",
    "/board?project=SUP",
    "/tickets/export?format=csv",
    "/insight?range=12m&by=assignee",
    "/insight/export?chart=created-resolved&range=12m",
    "/admin/usage?range=24h&by=key",
    "/admin/usage?range=period&by=project",
    "/admin/audit?who=olga",
    "/admin/members?q=olga",
];
const QUESTIONS_OF_PROGRAMS: &[&str] =
    &["/api/v1/search?q=printer", "/api/v1/insight?range=7d&by=assignee", "/api/v1/tickets/export?format=csv"];

/// The path with what the tenant's own rows are called, as `furnish_all` made them: most have the tenant's id.
fn path(pattern: &str, tenant: &TestTenant) -> String {
    let id = |prefix: &str| to_text(prefix, tenant.home.id().0);
    let is_api = pattern.starts_with("/api/");
    let path = [
        ("{ticket}", "SUP-2".to_owned()),
        ("{project}", "SUP".to_owned()),
        ("{import}", id("imp")),
        ("{attachment}", id("att")),
        ("{label}", id("lbl")),
        ("{account}", to_text("usr", tenant.owner.0)),
        ("{invitation}", id("inv")),
        ("{passkey}", id("pky")),
        ("{role}", id("rol")),
        ("{group}", id("grp")),
        ("{connection}", id("sso")),
        ("{trace}", id("trc")),
        ("{link}", id("lnk")),
        ("{key}", if is_api { "SUP-2".to_owned() } else { id("key") }),
        ("{hash}", "0123456789abcdef".to_owned()),
        ("{token}", "0".repeat(40)),
    ]
    .iter()
    .fold(pattern.to_owned(), |path, (name, value)| path.replace(name, value));
    assert!(!path.contains('{'), "{path}: what is a row called there?");
    path
}

async fn tables(admin: &mut PgConnection) -> Vec<String> {
    let tables: Vec<(String, bool)> = sqlx::query_as(
        "SELECT c.relname::text, EXISTS (SELECT FROM pg_class o JOIN pg_namespace m ON m.oid = o.relnamespace
                                         WHERE m.nspname = 'control' AND o.relname = c.relname)
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'pooled' AND c.relkind IN ('r', 'p') ORDER BY 1",
    )
    .fetch_all(admin)
    .await
    .unwrap();
    let (namesakes, own): (Vec<_>, Vec<_>) = tables.into_iter().partition(|(_, has_namesake)| *has_namesake);
    assert_eq!(namesakes.into_iter().map(|(table, _)| table).collect::<Vec<_>>(), NAMESAKES);
    own.into_iter().map(|(table, _)| table).collect()
}

/// The more of both for each table: what a request adds or removes is the tenant's too.
fn most(before: BTreeMap<String, i64>, after: &BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    before.into_iter().map(|(table, rows)| (table.clone(), rows.max(after[&table]))).collect()
}

#[tokio::test]
async fn every_get_route_reads_by_the_tenant() {
    let db = TestDatabase::new().await;
    plans::have_them_told(&mut db.admin().await).await;
    plans::prefer_indexes(&mut db.admin().await).await;
    let app = TestApp::on(db, Way::Direct, &[], tenant_routes());
    let (before, acme, behind) = (app.tenant("abacus").await, app.tenant("acme").await, app.tenant("globex").await);
    let key = mighty_key(&app, &acme).await;
    for tenant in [&before, &acme, &behind] {
        furnish_all(&app, tenant).await;
    }
    let mut admin = app.db.admin().await;
    let own: Uuid = acme.home.id().0;
    // Its own policy would want other sign-ins than those of the test.
    sqlx::query("DELETE FROM pooled.sign_in_policy WHERE tenant_id = $1").bind(own).execute(&mut admin).await.unwrap();
    sqlx::raw_sql("VACUUM ANALYZE").execute(&mut admin).await.unwrap();
    let tables = tables(&mut admin).await;
    let rows = seed::count(&mut admin, own, &tables).await;

    let told = plans::listen();
    let site = tenant_routes();
    let pages = site.table().iter().filter(|route| route.method == Method::GET).map(|route| path(route.path, &acme));
    let pages: Vec<String> = pages.chain(QUESTIONS.iter().map(|page| (*page).to_owned())).collect();
    let mut answered = BTreeSet::new();
    for cookie in [&acme.owner_cookie, &acme.member_cookie] {
        for page in &pages {
            if app.get(&acme.host, page).cookie(cookie).send().await.status == StatusCode::OK {
                answered.insert(page.clone());
            }
        }
    }
    let endpoints = api::routes();
    let asked =
        endpoints.table().iter().filter(|route| route.method == Method::GET).map(|route| path(route.path, &acme));
    for asked in asked.chain(QUESTIONS_OF_PROGRAMS.iter().map(|path| (*path).to_owned())) {
        if ask(&app, Method::GET, &acme.host, &asked, &key.token).send().await.status == StatusCode::OK {
            answered.insert(asked);
        }
    }

    let statements = told.take();
    let rows = most(rows, &seed::count(&mut admin, own, &tables).await);
    let report = plans::examine(&statements, &rows);
    assert!(report.faults.is_empty(), "{}", report.faults.join("\n"));
    for table in READ {
        assert!(report.seen.contains(*table), "no statement read {table}; what answered: {answered:#?}");
    }
    assert!(answered.len() > pages.len() / 3, "{} of {} pages answered: {answered:#?}", answered.len(), pages.len());
}
