//! What people prove by mail: that an address is theirs, that an account is, and who they are.

mod change;
mod magic_link;
mod reset;
mod verification;

use axum::http::StatusCode;
use time::Duration;

use crate::app::{Answer, TestApp, TestTenant};

/// A password that nobody had before.
const FRESH: &str = "seven purple bicycles";

/// The texts of the mails to an address whose subject begins so, the oldest first.
pub async fn mails(app: &TestApp, to: &str, subject: &str) -> Vec<String> {
    let mut admin = app.db.admin().await;
    sqlx::query_scalar(
        "SELECT body FROM control.mail WHERE recipient = $1 AND starts_with(subject, $2) ORDER BY created_at, ctid",
    )
    .bind(to)
    .bind(subject)
    .fetch_all(&mut admin)
    .await
    .unwrap()
}

/// The path and query of the link to `path` in a text.
pub fn link(text: &str, path: &str) -> String {
    let start = text.find(&format!("{path}?")).unwrap_or_else(|| panic!("no link to {path} in {text}"));
    text[start..].split_whitespace().next().unwrap().to_owned()
}

/// The link to `path` in the newest mail of this subject; the clock is moved on, so that mails have an order.
async fn mailed(app: &TestApp, to: &str, subject: &str, path: &str) -> String {
    app.clock.advance(Duration::seconds(1));
    link(mails(app, to, subject).await.last().expect("a mail"), path)
}

fn token(link: &str) -> &str {
    link.split_once("token=").unwrap().1.split('&').next().unwrap()
}

/// The workspace lets people in so and in no other way.
pub async fn allow(app: &TestApp, tenant: &TestTenant, methods: &[&str]) {
    sqlx::query(
        "INSERT INTO pooled.sign_in_policy VALUES ($1, $2, NULL, 7, 10, 2, NULL, NULL, '{}', '{}', now(), false, NULL)
         ON CONFLICT (tenant_id) DO UPDATE SET methods = $2",
    )
    .bind(tenant.home.id().0)
    .bind(methods)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
}

/// How often the audit log of a tenant says so.
pub async fn recorded(app: &TestApp, tenant: &TestTenant, action: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM pooled.audit_event WHERE tenant_id = $1 AND action = $2")
        .bind(tenant.home.id().0)
        .bind(action)
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap()
}

pub async fn sign_in(app: &TestApp, tenant: &TestTenant, email: &str, password: &str) -> Answer {
    app.post(&tenant.host, "/sign-in").form(&[("email", email), ("password", password)]).send().await
}

async fn ask_reset(app: &TestApp, tenant: &TestTenant, email: &str) -> Answer {
    app.post(&tenant.host, "/reset-password").form(&[("email", email)]).send().await
}

async fn reset(app: &TestApp, tenant: &TestTenant, token: &str, password: &str) -> Answer {
    app.post(&tenant.host, "/reset-password/new").form(&[("token", token), ("password", password)]).send().await
}

async fn is_signed_in(app: &TestApp, tenant: &TestTenant, cookie: &str) -> bool {
    app.get(&tenant.host, "/tickets").cookie(cookie).send().await.status == StatusCode::OK
}
