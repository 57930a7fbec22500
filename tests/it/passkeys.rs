//! Passkeys: what an authenticator in software may do and may not.

mod authenticator;
mod ceremonies;
mod factors;
mod keys;
mod proofs;

use authenticator::{Key, Lies, assert, create};
use axum::http::StatusCode;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::app::{Answer, TestApp, TestTenant};

const ADD: &str = "/account/passkeys";
const SIGN_IN: &str = "/sign-in/passkey";
const SECOND_FACTOR: &str = "/sign-in/second-factor/passkey";
const CONFIRM: &str = "/confirm/passkey";

/// A ceremony that began: where, what the server said, and the browser's cookies.
struct Ceremony {
    host: String,
    path: &'static str,
    id: Value,
    options: Value,
    cookies: String,
}

fn origin(host: &str) -> String {
    format!("http://{host}")
}

async fn post(app: &TestApp, host: &str, path: &str, cookies: &str, body: &Value) -> Answer {
    app.post(host, path).cookie(cookies).body("application/json", body.to_string().into_bytes()).send().await
}

async fn begin(app: &TestApp, host: &str, path: &'static str, cookies: &str) -> Ceremony {
    let answer = post(app, host, &format!("{path}/begin"), cookies, &json!({})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    let set = answer.cookie("__Host-ceremony").unwrap();
    let cookies = if cookies == set { set } else { format!("{cookies}; {set}") };
    let (id, options) = (said["ceremony"].clone(), said["options"].clone());
    Ceremony { host: host.to_owned(), path, id, options, cookies }
}

impl Ceremony {
    fn create(&self, lies: &Lies) -> (Key, Value) {
        create(&self.options, &origin(&self.host), lies)
    }

    fn assert(&self, key: &mut Key, lies: &Lies) -> Value {
        assert(key, &self.options, &origin(&self.host), lies)
    }

    async fn finish(&self, app: &TestApp, credential: &Value) -> Answer {
        let body = json!({ "ceremony": self.id, "credential": credential, "name": "Laptop", "next": "/tickets?q=a" });
        post(app, &self.host, &format!("{}/finish", self.path), &self.cookies, &body).await
    }
}

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    said["location"].as_str().unwrap().to_owned()
}

/// The words of a refusal, which has status 422.
fn refusal(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert!(answer.cookie("__Host-session").is_none());
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    said["message"].as_str().unwrap().to_owned()
}

const USED_UP: &str = "This took too long, or was answered already. Try again.";
const UNPROVED: &str = "The passkey could not be checked. Try again.";
const UNKNOWN: &str =
    "This workspace does not know that passkey. It may have been removed, or belong to another workspace.";
const OTHER_PERSON: &str = "That passkey belongs to another person. Use one of your own.";

/// Adds a key for whoever has the cookie.
async fn add(app: &TestApp, tenant: &TestTenant, cookie: &str) -> Key {
    let ceremony = begin(app, &tenant.host, ADD, cookie).await;
    let (key, answer) = ceremony.create(&Lies::default());
    assert_eq!(location(&ceremony.finish(app, &answer).await), "/account/security#passkeys");
    key
}

async fn sign_in(app: &TestApp, tenant: &TestTenant, key: &mut Key) -> Answer {
    let ceremony = begin(app, &tenant.host, SIGN_IN, "").await;
    let answer = ceremony.assert(key, &Lies::default());
    ceremony.finish(app, &answer).await
}

/// The ids of a tenant's keys, the oldest first, as pages name them.
async fn ids(app: &TestApp, tenant: &TestTenant) -> Vec<String> {
    let sql = format!("SELECT id FROM pooled.passkey WHERE tenant_id = '{}' ORDER BY id", tenant.home.id().0);
    let ids: Vec<uuid::Uuid> =
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut app.db.admin().await).await.unwrap();
    ids.into_iter().map(|id| rowhouse_platform::identity::passkey::PasskeyId(id).to_string()).collect()
}

async fn run(app: &TestApp, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut app.db.admin().await).await.unwrap();
}
