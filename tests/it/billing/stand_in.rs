//! A Stripe that says what a test has it say, and remembers what it was asked. Its answers have the shapes that Stripe
//! documents; `localstripe` beside it is one that others wrote, which knows no checkout and no meters.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

/// What was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub what: String,
    pub key: Option<String>,
    pub form: BTreeMap<String, String>,
    pub authorization: String,
}

/// An answer to give.
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: Value,
}

pub fn ok(body: Value) -> Answer {
    Answer { status: 200, headers: Vec::new(), body }
}

pub fn error(status: u16, message: &str) -> Answer {
    let body = json!({ "error": { "type": "api_error", "message": message } });
    Answer { status, headers: Vec::new(), body }
}

/// What Stripe says no to, and its word for why.
pub fn refused(kind: &str, message: &str) -> Answer {
    Answer { status: 400, headers: Vec::new(), body: json!({ "error": { "type": kind, "message": message } }) }
}

/// What Stripe says of an object that it does not have.
pub fn missing() -> Answer {
    let error = json!({ "type": "invalid_request_error", "code": "resource_missing", "message": "No such object" });
    Answer { status: 404, headers: Vec::new(), body: json!({ "error": error }) }
}

impl Answer {
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

#[derive(Default)]
struct Inner {
    asked: Vec<Asked>,
    answers: VecDeque<Answer>,
}

#[derive(Clone)]
pub struct StandIn {
    pub url: String,
    inner: Arc<Mutex<Inner>>,
}

impl StandIn {
    pub async fn start() -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, inner }
    }

    /// Has it give this answer after those that it was told before.
    pub fn says(&self, answer: Answer) {
        self.inner.lock().unwrap().answers.push_back(answer);
    }

    /// What it was asked since the last time.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.inner.lock().unwrap().asked)
    }
}

async fn answer(State(inner): State<Arc<Mutex<Inner>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 100_000).await.unwrap();
    let header = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let asked = Asked {
        what: format!("{} {}", parts.method, parts.uri),
        key: header("idempotency-key"),
        form: form_urlencoded::parse(&body).into_owned().collect(),
        authorization: header("authorization").unwrap_or_default(),
    };
    let mut inner = inner.lock().unwrap();
    let answer = inner.answers.pop_front().unwrap_or_else(|| error(500, "the test has no answer"));
    inner.asked.push(asked);
    let mut response = (StatusCode::from_u16(answer.status).unwrap(), answer.body.to_string()).into_response();
    for (name, value) in answer.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
