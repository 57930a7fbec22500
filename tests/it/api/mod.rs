//! Programs: keys, access tokens, and what holds for every endpoint.

mod agreement;
mod desk;
mod expiry;
mod forged_tokens;
mod idempotency;
mod key_pages;
mod keys;
mod limits;
mod problems;
mod signing_keys;
mod tokens;
mod walk;

use axum::http::{Method, StatusCode};
pub use desk::mighty_key;
use rowhouse_app::routes::SiteRoutes;
use serde_json::Value;
use sqlx::AssertSqlSafe;

use crate::app::{Answer, Ask, TestApp, TestTenant};

/// The apex, and tenants named in its paths.
pub const APEX: &str = "app.test:3000";

/// A key, as it was shown once.
#[derive(Debug, Clone)]
pub struct TestKey {
    pub id: String,
    pub token: String,
}

/// Makes a key through the page, as whoever has the cookie.
pub async fn make_key(app: &TestApp, tenant: &TestTenant, cookie: &str, permissions: &[&str], days: &str) -> TestKey {
    let answer = try_key(app, tenant, cookie, permissions, days).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let cut = |start: &str, length: usize| {
        let at = answer.body.find(start).unwrap_or_else(|| panic!("no {start} in {}", answer.body));
        answer.body[at..at + length].to_owned()
    };
    TestKey { id: cut("key_", 30), token: cut("rhk_", 70) }
}

pub async fn try_key(app: &TestApp, tenant: &TestTenant, cookie: &str, permissions: &[&str], days: &str) -> Answer {
    let mut form = vec![("name", "Robot"), ("days", days)];
    form.extend(permissions.iter().map(|name| ("permission", *name)));
    app.post(&tenant.host, "/admin/api-keys/new").cookie(cookie).form(&form).send().await
}

/// A key of the owner's that may read and write tickets.
pub async fn usual_key(app: &TestApp, tenant: &TestTenant) -> TestKey {
    make_key(app, tenant, &tenant.owner_cookie, &["ticket.read", "ticket.write"], "90").await
}

/// A request with a token, and nothing that a browser would send.
pub fn ask<'a>(app: &'a TestApp, method: Method, host: &str, path: &str, token: &str) -> Ask<'a> {
    app.ask(method, path).header("host", host).header("authorization", &format!("Bearer {token}"))
}

/// Who am I?
pub async fn me(app: &TestApp, host: &str, token: &str) -> Answer {
    ask(app, Method::GET, host, "/api/v1/me", token).send().await
}

/// An access token for a key.
pub async fn access_token(app: &TestApp, tenant: &TestTenant, key: &TestKey, scope: Option<&str>) -> String {
    let mut form = vec![("grant_type", "client_credentials"), ("client_id", &key.id), ("client_secret", &key.token)];
    form.extend(scope.map(|scope| ("scope", scope)));
    let answer = app.ask(Method::POST, "/api/v1/token").header("host", &tenant.host).form(&form).send().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    json(&answer)["access_token"].as_str().unwrap().to_owned()
}

pub fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
}

/// That an answer is a problem of this kind, with all that one has.
pub fn assert_problem(answer: &Answer, status: u16, kind: &str) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let problem = json(answer);
    assert_eq!(problem["type"], format!("http://{APEX}/api/v1/problems/{kind}"), "{problem}");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["request_id"], answer.headers["x-request-id"].to_str().unwrap());
    assert_eq!(problem["instance"], format!("urn:uuid:{}", problem["request_id"].as_str().unwrap()));
    assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
    problem
}

pub async fn run(app: &TestApp, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut app.db.admin().await).await.unwrap();
}

/// The pages as they are.
pub fn pages() -> SiteRoutes {
    rowhouse::http::tenant_routes()
}
