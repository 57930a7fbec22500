//! The page of a ticket, the page of a new one, and the page of labels, as browsers without JavaScript use them.

mod bad_input;
mod comments;
mod edits;
mod labels;
mod links_and_watchers;
mod new_ticket;
mod overtaken;
mod read_only;
mod timeline;

use axum::http::StatusCode;

use crate::app::{Answer, TestApp, TestTenant};

async fn get(app: &TestApp, tenant: &TestTenant, cookie: &str, path: &str) -> Answer {
    app.get(&tenant.host, path).cookie(cookie).send().await
}

/// The page, which there is.
async fn page(app: &TestApp, tenant: &TestTenant, cookie: &str, path: &str) -> String {
    let page = get(app, tenant, cookie, path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
    page.body
}

async fn post(app: &TestApp, tenant: &TestTenant, cookie: &str, path: &str, form: &[(&str, &str)]) -> Answer {
    app.post(&tenant.host, path).cookie(cookie).form(form).send().await
}

/// Sends a form that is done.
async fn done(app: &TestApp, tenant: &TestTenant, cookie: &str, path: &str, form: &[(&str, &str)]) -> String {
    let answer = post(app, tenant, cookie, path, form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{form:?}: {}", answer.body);
    answer.location().to_owned()
}

/// The value of the first hidden field of this name from `after` on.
fn hidden(body: &str, after: &str, name: &str) -> String {
    let from = body.find(after).unwrap_or_else(|| panic!("no {after} in {body}"));
    let start = format!("name=\"{name}\" value=\"");
    let at = body[from..].find(&start).unwrap_or_else(|| panic!("no {name} after {after} in {body}"));
    body[from + at + start.len()..].split('"').next().unwrap().to_owned()
}

/// What the page is made of, without the frame around it.
fn main_of(body: &str) -> &str {
    &body[body.find("<main").unwrap()..body.find("</main>").unwrap()]
}

async fn account(app: &TestApp, email: &str) -> String {
    let sql = "SELECT id FROM pooled.account WHERE email_key = $1";
    let id: uuid::Uuid = sqlx::query_scalar(sql).bind(email).fetch_one(&mut app.db.admin().await).await.unwrap();
    rowhouse_platform::id::AccountId(id).to_string()
}

async fn set(app: &TestApp, sql: &'static str) {
    sqlx::query(sql).execute(&mut app.db.admin().await).await.unwrap();
}
