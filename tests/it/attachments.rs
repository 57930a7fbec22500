//! Files on tickets, from the form to the folder and back.

mod broken;
mod limits;
mod memory;
mod plan;
mod s3;
mod served;
mod upkeep;
mod upload;
mod walls;

use std::path::PathBuf;

use axum::http::StatusCode;
use sqlx::Row as _;

use crate::app::{Answer, Ask, TestApp, TestTenant};

/// A form in the making.
struct Form(Vec<u8>);

const KIND: &str = "multipart/form-data; boundary=rowhouse";

impl Form {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn text(mut self, name: &str, value: &str) -> Self {
        let head = format!("--rowhouse\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        self.0.extend_from_slice(head.as_bytes());
        self
    }

    fn file(self, name: &str, content: &[u8]) -> Self {
        self.typed(name, "application/octet-stream", content)
    }

    /// As browsers write names: three signs are escaped.
    fn typed(mut self, name: &str, kind: &str, content: &[u8]) -> Self {
        let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        let head = format!(
            "--rowhouse\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\
             Content-Type: {kind}\r\n\r\n"
        );
        self.0.extend_from_slice(head.as_bytes());
        self.0.extend_from_slice(content);
        self.0.extend_from_slice(b"\r\n");
        self
    }

    fn bytes(mut self) -> Vec<u8> {
        self.0.extend_from_slice(b"--rowhouse--\r\n");
        self.0
    }
}

/// A tenant with a ticket; the ticket's path.
async fn world(settings: &[(&str, &str)]) -> (TestApp, TestTenant, String) {
    let app = TestApp::start_with(crate::database::Way::Direct, settings).await;
    let acme = app.tenant("acme").await;
    let ticket = app.ticket(&acme, "Printer on fire").await;
    // An id in the address leads to the key.
    let answer = app.get(&acme.host, &ticket).cookie(&acme.owner_cookie).send().await;
    let ticket = if answer.status == StatusCode::PERMANENT_REDIRECT { answer.location().to_owned() } else { ticket };
    (app, acme, ticket)
}

fn upload<'a>(app: &'a TestApp, tenant: &TestTenant, cookie: &str, ticket: &str, form: Form) -> Ask<'a> {
    app.post(&tenant.host, &format!("{ticket}/attachments")).cookie(cookie).body(KIND, form.bytes())
}

/// Uploads, and answers the addresses of all files that the ticket then has.
async fn attached(app: &TestApp, tenant: &TestTenant, ticket: &str, form: Form) -> Vec<String> {
    let answer = upload(app, tenant, &tenant.owner_cookie, ticket, form).send().await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, ticket), "{}", answer.body);
    let page = app.get(&tenant.host, ticket).cookie(&tenant.owner_cookie).send().await;
    addresses(&page)
}

/// The addresses of files that a page leads to, each once.
fn addresses(page: &Answer) -> Vec<String> {
    let mut found = Vec::new();
    for rest in page.body.split("href=\"/attachments/").skip(1) {
        let id = rest.split(['"', '/']).next().unwrap();
        let address = format!("/attachments/{id}");
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// How many rows of files there are, by state.
async fn states(app: &TestApp) -> Vec<(String, i64)> {
    let sql = "SELECT state, count(*) AS count FROM pooled.stored_object GROUP BY state ORDER BY state";
    let rows = sqlx::query(sql).fetch_all(&mut app.db.admin().await).await.unwrap();
    rows.iter().map(|row| (row.get("state"), row.get("count"))).collect()
}

/// What the tenant is said to store.
async fn usage(app: &TestApp, tenant: &TestTenant) -> (i64, i64) {
    let mut tx = app.services.database.begin(&tenant.home).await.unwrap();
    let usage = rowhouse_platform::storage::object::usage(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    (usage.bytes, usage.objects)
}

/// Every file in the folder.
fn stored(app: &TestApp) -> Vec<PathBuf> {
    let mut folders = vec![app.site_root.join("files")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

/// Nothing of any file is anywhere.
async fn assert_nothing(app: &TestApp, tenant: &TestTenant) {
    assert_eq!(stored(app), Vec::<PathBuf>::new());
    assert!(states(app).await.is_empty(), "{:?}", states(app).await);
    assert_eq!(usage(app, tenant).await, (0, 0));
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM pooled.attachment")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    assert_eq!(count, 0);
}
