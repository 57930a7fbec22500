//! Settings of a workspace, handing it over, closing it, opening it again, and its end.

use axum::http::StatusCode;
use rowhouse_platform::{access::Role, tenancy::leaving};
use sqlx::AssertSqlSafe;
use time::Duration;

use crate::{
    app::{Answer, PASSWORD, TestApp, TestTenant},
    database::Way,
};

async fn post(app: &TestApp, tenant: &TestTenant, cookie: &str, path: &str, form: &[(&str, &str)]) -> Answer {
    app.post(&tenant.host, path).cookie(cookie).form(form).send().await
}

async fn account(app: &TestApp, email: &str) -> String {
    let sql = "SELECT id FROM pooled.account WHERE email = $1";
    let id: uuid::Uuid = sqlx::query_scalar(sql).bind(email).fetch_one(&mut app.db.admin().await).await.unwrap();
    rowhouse_platform::id::AccountId(id).to_string()
}

async fn actions(app: &TestApp) -> Vec<String> {
    let sql = "SELECT action FROM pooled.audit_event WHERE action NOT LIKE 'access.%' ORDER BY seq";
    sqlx::query_scalar(sql).fetch_all(&mut app.db.admin().await).await.unwrap()
}

async fn close(app: &TestApp, tenant: &TestTenant) {
    let form = [("slug", tenant.slug.as_str())];
    let answer = post(app, tenant, &tenant.owner_cookie, "/admin/settings/close", &form).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/closing"), "{}", answer.body);
}

#[tokio::test]
async fn settings_hold_for_who_has_not_chosen_otherwise() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let bad = [("time_zone", "Mars/Olympus"), ("locale", "en-DE"), ("week_start", "sunday")];
    let answer = post(&app, &acme, &acme.owner_cookie, "/admin/settings", &bad).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("Choose one of the list."));
    let good = [("time_zone", "Asia/Tokyo"), ("locale", "en-US"), ("week_start", "sunday")];
    assert_eq!(post(&app, &acme, &acme.owner_cookie, "/admin/settings", &good).await.status, StatusCode::SEE_OTHER);
    // The server's clock shows noon in UTC, which is nine in the evening in Tokyo.
    let page = app.get(&acme.host, "/account/profile").cookie(&acme.member_cookie).send().await;
    assert!(page.body.contains("June 1, 2026, 9:00"), "{}", page.body);
}

#[tokio::test]
async fn the_ownership_is_handed_over_whole() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = "/admin/settings/transfer";
    let max = account(&app, "member@acme.test").await;
    let stranger = app.tenant("globex").await;
    let foreign = account(&app, "member@globex.test").await;
    for (to, slug) in [(max.as_str(), "acm"), ("", "acme"), (foreign.as_str(), "acme")] {
        let answer = post(&app, &acme, &acme.owner_cookie, path, &[("to", to), ("slug", slug)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{to} {slug}");
    }
    let answer = post(&app, &acme, &acme.stale_cookie, path, &[("to", &max), ("slug", "acme")]).await;
    assert!(answer.location().starts_with("/confirm"));
    let answer = post(&app, &acme, acme.cookie_of(Role::Admin), path, &[("to", &max), ("slug", "acme")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);

    let answer = post(&app, &acme, &acme.owner_cookie, path, &[("to", &max), ("slug", "acme")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let open = async |cookie: &str| app.get(&acme.host, path).cookie(cookie).send().await.status;
    assert_eq!(open(&acme.member_cookie).await, StatusCode::OK);
    assert_eq!(open(&acme.owner_cookie).await, StatusCode::FORBIDDEN);
    let settings = app.get(&acme.host, "/admin/settings").cookie(&acme.owner_cookie).send().await;
    assert_eq!(settings.status, StatusCode::OK, "who was the owner is an admin");
    let sql = "SELECT recipient FROM control.mail WHERE subject LIKE '%another owner' ORDER BY 1";
    let told: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut app.db.admin().await).await.unwrap();
    assert_eq!(told, ["member@acme.test", "owner@acme.test"]);
    assert!(actions(&app).await.contains(&"ownership.transferred".to_owned()));
    assert_eq!(app.get(&stranger.host, path).cookie(&stranger.owner_cookie).send().await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_closed_workspace_opens_for_its_owners_alone() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let answer = post(&app, &acme, &acme.owner_cookie, "/admin/settings/close", &[("slug", "globex")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    close(&app, &acme).await;

    for path in ["/tickets", "/admin/members", "/", "/account/profile"] {
        let answer = app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(answer.body.contains("This workspace is closed"), "{path}");
    }
    let call = app.post(&acme.host, "/api/fn/desk/search").header("accept", "application/json").form(&[("q", "x")]);
    assert_eq!(call.cookie(&acme.owner_cookie).send().await.status, StatusCode::FORBIDDEN);
    let form = [("email", "owner@acme.test"), ("password", PASSWORD), ("next", "/closing")];
    let answer = app.post(&acme.host, "/sign-in").form(&form).send().await;
    assert_eq!(answer.location(), "/closing");
    let owner = answer.cookie("__Host-session").unwrap();
    let page = app.get(&acme.host, "/closing").cookie(&owner).send().await;
    assert!(page.body.contains("On 1 July 2026 it is deleted"), "{}", page.body);
    let answer = post(&app, &acme, acme.cookie_of(Role::Admin), "/closing", &[]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);

    assert_eq!(post(&app, &acme, &owner, "/closing", &[]).await.status, StatusCode::SEE_OTHER);
    let answer = app.get(&acme.host, "/tickets").cookie(&acme.member_cookie).send().await;
    assert_eq!(answer.status, StatusCode::OK);
    let said = actions(&app).await;
    assert!(said.contains(&"workspace.closing".to_owned()) && said.contains(&"workspace.reopened".to_owned()));
    let sql = "SELECT count(*) FROM control.mail WHERE recipient = 'owner@acme.test'";
    let letters: i64 = sqlx::query_scalar(sql).fetch_one(&mut app.db.admin().await).await.unwrap();
    assert!(letters >= 2, "{letters}");
}

#[tokio::test]
async fn a_closed_workspace_is_deleted_when_its_time_is_over_and_no_other_is() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    for tenant in [&acme, &globex] {
        let ticket = app.ticket(tenant, "Printer on fire").await;
        post(&app, tenant, &tenant.owner_cookie, &ticket, &[("intent", "comment"), ("body", "Which one?")]).await;
    }
    close(&app, &acme).await;
    let operator = app.db.url(Way::Direct, "rowhouse_operator");
    let ambient = &app.services.ambient;
    assert!(leaving::delete_closed(&operator, ambient).await.unwrap().is_empty());
    app.clock.advance(Duration::days(30));
    assert_eq!(leaving::delete_closed(&operator, ambient).await.unwrap(), ["acme"]);
    assert!(leaving::delete_closed(&operator, ambient).await.unwrap().is_empty());

    let mut admin = app.db.admin().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
         WHERE n.nspname IN ('pooled', 'control') AND c.relkind = 'r'
             -- What goes when the folder of its files is gone.
             AND c.relname NOT IN ('change', 'left_files')",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    assert!(tables.len() > 15, "{tables:?}");
    for table in tables {
        let sql = format!("SELECT count(*) FROM {table} WHERE tenant_id = '{}'", acme.home.id().0);
        let left: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut admin).await.unwrap();
        assert_eq!(left, 0, "{table} has rows of a tenant that is gone");
    }
    app.services.directory.forget_all();
    assert_eq!(app.get(&acme.host, "/sign-in").send().await.status, StatusCode::NOT_FOUND);
    let form = [("email", "owner@globex.test"), ("password", PASSWORD)];
    let answer = app.post(&globex.host, "/sign-in").form(&form).send().await;
    let cookie = answer.cookie("__Host-session").unwrap();
    let list = app.get(&globex.host, "/tickets").cookie(&cookie).send().await;
    assert!(list.body.contains("Printer on fire"));
}
