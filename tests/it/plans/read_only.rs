//! A workspace that is not paid: read and left, kept safe, and not changed; later not even shown.

use axum::http::{Method, StatusCode};
use rowhouse_platform::{access::Role, plan::change};

use super::{by, operator, subscription};
use crate::{
    api::{ask, assert_problem, usual_key},
    app::{TestApp, TestTenant},
};

const READ_ONLY: &str = "state = 'read_only', past_due_since = '2026-05-20', read_only_at = '2026-05-27'";

async fn post(app: &TestApp, tenant: &TestTenant, path: &str, form: &[(&str, &str)]) -> StatusCode {
    app.post(&tenant.host, path).cookie(&tenant.owner_cookie).form(form).send().await.status
}

#[tokio::test]
async fn everything_is_read_and_nothing_changed() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ticket = app.ticket(&acme, "Printer on fire").await;
    let key = usual_key(&app, &acme).await;
    subscription(&app, &acme, READ_ONLY).await;

    let form = [("title", "More"), ("description", "x"), ("priority", "normal")];
    let refused = app.post(&acme.host, "/tickets/new").cookie(&acme.member_cookie).form(&form).send().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("Nothing can be changed since 2026-05-27"), "{}", refused.body);
    for path in [ticket.as_str(), "/labels", "/projects/new", "/admin/branding", "/admin/domains", "/admin/roles/new"] {
        assert_eq!(post(&app, &acme, path, &[("name", "x")]).await, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/tickets", "/projects", "/insight", "/admin/members", "/admin/audit/export.csv", "/admin/plan"] {
        let page = app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
    }
    // It says so on every page, to everybody.
    let page = app.get(&acme.host, "/tickets").cookie(acme.cookie_of(Role::Viewer)).send().await;
    assert!(page.body.contains("This workspace is read-only, because a payment is missing"), "{}", page.body);
    assert!(!page.body.contains("href=\"/admin/plan\""), "a viewer is not led to the plan");

    let body = br#"{"project":"SUP","title":"By a program"}"#.to_vec();
    let problem =
        ask(&app, Method::POST, &acme.host, "/api/v1/tickets", &key.token).body("application/json", body).send().await;
    let problem = assert_problem(&problem, 403, "read-only");
    assert!(problem["detail"].as_str().unwrap().contains("a payment is missing"), "{problem}");
    let read = ask(&app, Method::GET, &acme.host, "/api/v1/tickets", &key.token).send().await;
    assert_eq!(read.status, StatusCode::OK, "{}", read.body);
}

#[tokio::test]
async fn who_owes_nothing_is_not_asked_to_pay() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    let mut connection = operator(&app).await;
    let mut tx = change::begin(&mut connection, &by()).await.unwrap();
    assert!(change::set_read_only(&mut tx, app.services.ambient.now(), acme.home.id(), true).await.unwrap());
    tx.commit().await.unwrap();
    app.services.directory.forget(acme.home.id());
    for path in ["/tickets", "/admin/plan"] {
        let page = app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await.body;
        assert!(page.contains("This workspace was made read-only by those who run this service"), "{path}: {page}");
        assert!(!page.contains("payment is missing") && !page.contains("ends with the payment"), "{path}: {page}");
    }
    let body = br#"{"project":"SUP","title":"By a program"}"#.to_vec();
    let problem =
        ask(&app, Method::POST, &acme.host, "/api/v1/tickets", &key.token).body("application/json", body).send().await;
    let problem = assert_problem(&problem, 403, "read-only");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("those who run this service") && !detail.contains("payment"), "{problem}");
}

#[tokio::test]
async fn what_keeps_a_workspace_safe_goes_on() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    subscription(&app, &acme, READ_ONLY).await;
    assert_eq!(post(&app, &acme, &format!("/admin/api-keys/{}/revoke", key.id), &[]).await, StatusCode::SEE_OTHER);
    let max: uuid::Uuid = sqlx::query_scalar("SELECT id FROM pooled.account WHERE email_key = 'member@acme.test'")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    let max = format!("/admin/members/{}", rowhouse_platform::id::AccountId(max));
    assert_eq!(post(&app, &acme, &max, &[("intent", "deactivate")]).await, StatusCode::SEE_OTHER);
    // The way back is a seat, and nobody is added to a workspace that is not paid.
    let back = app.post(&acme.host, &max).cookie(&acme.owner_cookie).form(&[("intent", "reactivate")]).send().await;
    assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", back.body);
    let invite = [("emails", "new@acme.test"), ("role", "agent"), ("message", "")];
    assert_eq!(post(&app, &acme, "/admin/members/invite", &invite).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(post(&app, &acme, "/sign-out", &[]).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_suspended_workspace_shows_the_ways_to_pay_and_to_leave() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    subscription(&app, &acme, "state = 'suspended', past_due_since = '2026-05-01', suspended_at = '2026-05-22'").await;
    for path in ["/tickets", "/admin/members", "/", "/account/profile", "/admin/planning"] {
        let page = app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(page.body.contains("A payment is missing. Nothing is deleted."), "{path}: {}", page.body);
    }
    for path in ["/admin/plan", "/admin/settings/close"] {
        let page = app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
    }
    assert_eq!(app.get(&acme.host, "/sign-in").send().await.status, StatusCode::OK);
    let api = ask(&app, Method::GET, &acme.host, "/api/v1/tickets", &key.token).send().await;
    assert_problem(&api, 403, "suspended");
    // With the payment it is as it was.
    subscription(&app, &acme, "state = 'active', past_due_since = NULL, suspended_at = NULL").await;
    assert_eq!(app.get(&acme.host, "/tickets").cookie(&acme.owner_cookie).send().await.status, StatusCode::OK);
}
