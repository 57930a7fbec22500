//! Desk, for programs.

mod beside;
mod document;
mod tickets;

use axum::http::Method;
use serde_json::{Value, json};

use super::{TestKey, ask, json as read, usual_key};
use crate::app::{Answer, TestApp, TestTenant};

/// A workspace, and a key of its owner's that may read and write tickets.
struct Program {
    app: TestApp,
    tenant: TestTenant,
    key: TestKey,
}

impl Program {
    async fn start() -> Self {
        let app = TestApp::start().await;
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

    /// Opens a ticket and answers its key.
    async fn open(&self, title: &str) -> String {
        let body = json!({ "project": "SUP", "title": title });
        let answer = self.send(Method::POST, "/api/v1/tickets", &[], Some(body)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        read(&answer)["key"].as_str().unwrap().to_owned()
    }
}
