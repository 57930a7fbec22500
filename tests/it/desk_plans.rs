//! How PostgreSQL answers what Desk asks: by an index that begins with the tenant, and without a look at another tenant's
//! rows.
//!
//! The pages themselves are asked for, as the serving role, and PostgreSQL tells the plan of every statement that it ran
//! for them, those within functions and foreign keys too (`auto_explain`). So a query that is added to a page is held to
//! this without anybody thinking of it.
//!
//! Here Desk's tables have many rows, as PostgreSQL plans for large tables otherwise than for small ones; [`every_route`]
//! goes through all tables and all routes.

mod every_route;
mod plans;
mod seed;

use axum::http::{Method, StatusCode};
use rowhouse::http::tenant_routes;

use crate::{
    api::{ask, mighty_key},
    app::TestApp,
    database::{TestDatabase, Way},
};

/// Desk's tables, and how many rows one tenant has in each at the least when the pages are asked for.
const TABLES: &[(&str, i64)] = &[
    ("project", 20),
    ("project_member", 20),
    ("ticket", 300),
    ("ticket_comment", 300),
    ("ticket_event", 300),
    ("ticket_words", 300),
    ("ticket_watcher", 100),
    ("ticket_link", 100),
    ("ticket_label", 300),
    ("label", 30),
    ("saved_view", 20),
    ("stored_object", 150),
    ("attachment", 150),
    ("desk_import", 20),
    ("desk_import_problem", 200),
    ("inbox_item", 300),
    ("notification_preference", 20),
];

/// What is asked for, beside what the tenant's own rows are called.
const PAGES: &[&str] = &[
    "/tickets",
    "/tickets?sort=created",
    "/tickets?sort=-updated",
    "/tickets?sort=updated",
    "/tickets?sort=-priority",
    "/tickets?sort=priority",
    "/tickets?sort=due",
    "/tickets?sort=-due",
    "/tickets?project=K3",
    "/tickets?status=open",
    "/tickets?status=open&status=pending",
    "/tickets?priority=urgent&sort=due",
    "/tickets?priority=urgent&priority=high",
    "/tickets?assignee=me",
    "/tickets?assignee=none",
    "/tickets?requester=me&sort=-updated",
    "/tickets?watcher=me",
    "/tickets?label=none",
    "/tickets?due=overdue",
    "/tickets?due=week",
    "/tickets?due=none",
    "/tickets?created_from=2026-05-02&created_to=2026-05-03",
    "/tickets?updated_from=2026-05-02",
    "/tickets?resolved_from=2026-05-02&resolved_to=2026-05-03",
    "/tickets?q=printer",
    "/tickets?q=printer&sort=-created",
    "/tickets?q=printer&status=open&project=K3",
    "/tickets?q=K3-4",
    "/board?project=K3",
    "/board?project=K3&priority=high",
    "/views",
    "/tickets/new?project=K3",
    "/projects",
    "/projects?shown=archived",
    "/projects/K3",
    "/projects/K3/members",
    "/projects/K3/archive",
    "/projects/new",
    "/labels",
    "/tickets/export?format=csv&sort=created",
    "/tickets/export?format=jsonl&status=open&project=K3",
    "/insight",
    "/insight?range=12m&by=assignee",
    "/insight?by=label",
    "/insight/export?chart=created-resolved&range=12m",
    "/inbox",
    "/inbox/mail",
    "/projects/K3/imports",
    "/projects/K3/imports/new",
];

/// What a program asks for.
const ENDPOINTS: &[&str] = &[
    "/api/v1/me",
    "/api/v1/tickets",
    "/api/v1/tickets?status=open&sort=-updated",
    "/api/v1/search?q=printer",
    "/api/v1/projects",
    "/api/v1/projects/K3",
    "/api/v1/projects/K3/members",
    "/api/v1/projects/K3/imports",
    "/api/v1/labels",
    "/api/v1/views",
    "/api/v1/inbox",
    "/api/v1/inbox/preferences",
    "/api/v1/insight?range=7d&by=assignee",
    "/api/v1/tickets/export?format=csv",
];

#[tokio::test]
async fn every_query_of_desk_stays_within_its_tenant() {
    let db = TestDatabase::new().await;
    plans::have_them_told(&mut db.admin().await).await;
    let app = TestApp::on(db, Way::Direct, &[], tenant_routes());
    let acme = app.tenant("acme").await;
    let mut admin = app.db.admin().await;
    seed::fill(&mut admin, acme.home.id().0, acme.owner.0, 40).await;
    let key = mighty_key(&app, &acme).await;
    let own = seed::count(&mut admin, acme.home.id().0, TABLES.iter().map(|table| table.0)).await;
    for (table, least) in TABLES {
        assert!(own[*table] >= *least, "{table}: {} rows", own[*table]);
    }

    let told = plans::listen();
    let ids = seed::names(&mut admin, acme.home.id().0).await;
    let pages = PAGES.iter().map(|page| (*page).to_owned()).chain([
        format!("/tickets?label={}&label={}", ids.label, ids.other_label),
        format!("/tickets?label={}&status=open&assignee=none&sort=-priority", ids.label),
        format!("/tickets/{}", ids.ticket),
        format!("/projects/K3/imports/{}", ids.import),
    ]);
    // The owner reaches every project, the member only some: other queries.
    for cookie in [&acme.owner_cookie, &acme.member_cookie] {
        for page in pages.clone() {
            let answer = app.get(&acme.host, &page).cookie(cookie).send().await;
            let may_not = page.starts_with("/projects/")
                && [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&answer.status);
            assert!(answer.status == StatusCode::OK || may_not, "{page}: {} {}", answer.status, answer.body);
            // Further on in the list, behind a ticket.
            if let Some(next) = next_page(&answer.body) {
                assert_eq!(app.get(&acme.host, &next).cookie(cookie).send().await.status, StatusCode::OK, "{next}");
            }
        }
    }
    let endpoints = ENDPOINTS.iter().map(|path| (*path).to_owned()).chain(
        ["", "/activity", "/attachments", "/comments", "/links", "/watchers"]
            .map(|part| format!("/api/v1/tickets/{}{part}", ids.ticket)),
    );
    let of_import =
        ["", "/problems", "/tickets"].map(|part| format!("/api/v1/projects/K3/imports/{}{part}", ids.import));
    for path in endpoints.chain(of_import) {
        let answer = ask(&app, Method::GET, &acme.host, &path, &key.token).send().await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    }
    let search = app.post(&acme.host, "/api/fn/desk/search").cookie(&acme.member_cookie).form(&[("q", "printer")]);
    assert_eq!(search.send().await.status, StatusCode::OK);
    for (path, form) in [
        ("/views", vec![("intent", "create"), ("name", "Mine"), ("filter", "status=open")]),
        (
            "/tickets",
            vec![("ticket", ids.ticket_id.as_str()), ("status", "closed"), ("add", &ids.label), ("assignee", "me")],
        ),
    ] {
        let answer = app.post(&acme.host, path).cookie(&acme.owner_cookie).form(&form).send().await;
        assert!([StatusCode::SEE_OTHER, StatusCode::OK].contains(&answer.status), "{path}: {}", answer.body);
    }

    let statements = told.take();
    let report = plans::examine(&statements, &own);
    assert!(report.faults.is_empty(), "{}", report.faults.join("\n"));
    assert!(statements.len() > 300, "{} statements were told", statements.len());
    for (table, _) in TABLES {
        assert!(report.seen.contains(*table), "no statement read {table}, so nothing is known of it");
    }
}

fn next_page(body: &str) -> Option<String> {
    let end = body.find("rel=\"next\"")?;
    let start = body[..end].rfind("href=\"")? + 6;
    Some(body[start..].split('"').next()?.replace("&amp;", "&"))
}
