//! Desk's in and out: tickets of a view as a file, and files that become tickets.

mod broken;
mod export;
mod import;
mod problems;
mod resumed;

use axum::http::StatusCode;
use rowhouse_app::desk::import::Worker;
use rowhouse_platform::upkeep::Upkeep;

use crate::app::{Answer, TestApp, TestTenant};

const KIND: &str = "multipart/form-data; boundary=rowhouse";

/// Sends a file to a project of the tenant.
async fn upload(app: &TestApp, tenant: &TestTenant, cookie: &str, content: &[u8]) -> Answer {
    let mut body = b"--rowhouse\r\nContent-Disposition: form-data; name=\"file\"; filename=\"t.csv\"\r\n\
                     Content-Type: text/csv\r\n\r\n"
        .to_vec();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--rowhouse--\r\n");
    app.post(&tenant.host, "/projects/SUP/imports/new").cookie(cookie).body(KIND, body).send().await
}

/// The same, and the address of the import that it became.
async fn uploaded(app: &TestApp, tenant: &TestTenant, content: &[u8]) -> String {
    let answer = upload(app, tenant, &tenant.owner_cookie, content).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.location().to_owned()
}

/// Presses a button of an import's page, and answers the page.
async fn press(app: &TestApp, tenant: &TestTenant, import: &str, fields: &[(&str, &str)]) -> Answer {
    let answer = app.post(&tenant.host, import).cookie(&tenant.owner_cookie).form(fields).send().await;
    if answer.status != StatusCode::SEE_OTHER {
        return answer;
    }
    open(app, tenant, answer.location()).await
}

async fn open(app: &TestApp, tenant: &TestTenant, path: &str) -> Answer {
    app.get(&tenant.host, path).cookie(&tenant.owner_cookie).send().await
}

fn worker(app: &TestApp) -> Upkeep<Worker> {
    rowhouse::services::import_worker(&app.services, app.services.operator_url.clone().unwrap())
}

/// The titles of the tenant's tickets, in the order of their numbers.
async fn titles(app: &TestApp, tenant: &TestTenant) -> Vec<String> {
    sqlx::query_scalar("SELECT title FROM pooled.ticket WHERE tenant_id = $1 ORDER BY number")
        .bind(tenant.home.id().0)
        .fetch_all(&mut app.db.admin().await)
        .await
        .unwrap()
}
