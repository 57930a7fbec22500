//! Desk, for programs.

mod attachments;
mod batch;
mod beside;
mod document;
mod examples;
mod exchange;
mod furnished;
mod inbox;
mod insight;
mod manage;
mod near;
mod people;
mod schemathesis;
mod tickets;

use axum::http::Method;
pub use furnished::mighty_key;
use serde_json::{Value, json};

use super::{TestKey, ask, json as read, make_key, usual_key};
use crate::app::{Answer, TestApp, TestTenant};

/// A workspace, and a key of its owner's that may read and write tickets.
struct Program {
    app: TestApp,
    tenant: TestTenant,
    key: TestKey,
}

/// A form with one file, in a part of this name.
fn form(part: &str, name: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--rowhouse\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{name}\"\r\n\r\n");
    [head.as_bytes(), content, b"\r\n--rowhouse--\r\n"].concat()
}

impl Program {
    async fn start() -> Self {
        Self::on(TestApp::start().await).await
    }

    async fn on(app: TestApp) -> Self {
        let tenant = app.tenant("acme").await;
        let key = usual_key(&app, &tenant).await;
        Self { app, tenant, key }
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        let mut request = ask(&self.app, method, &self.tenant.host, path, &self.key.token);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        match body {
            Some(body) => request.body("application/json", body.to_string().into_bytes()).send().await,
            None => request.send().await,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// What a request answers that must go well.
    async fn read(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        read(&answer)
    }

    async fn patch(&self, path: &str, version: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, &[("if-match", version)], Some(body)).await
    }

    /// The same with another key of the owner's, that holds these permissions.
    async fn holding(mut self, permissions: &[&str]) -> Self {
        self.key = make_key(&self.app, &self.tenant, &self.tenant.owner_cookie, permissions, "30").await;
        self
    }

    /// Sends a form with a file.
    async fn upload(&self, path: &str, headers: &[(&str, &str)], form: Vec<u8>) -> Answer {
        let mut request = ask(&self.app, Method::POST, &self.tenant.host, path, &self.key.token);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.body("multipart/form-data; boundary=rowhouse", form).send().await
    }

    /// How many there are of something, by a query of one number.
    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.app.db.admin().await).await.unwrap()
    }

    /// Opens a ticket and answers its key.
    async fn open(&self, title: &str) -> String {
        let body = json!({ "project": "SUP", "title": title });
        let answer = self.send(Method::POST, "/api/v1/tickets", &[], Some(body)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        read(&answer)["key"].as_str().unwrap().to_owned()
    }
}
