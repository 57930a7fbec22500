//! How an endpoint answers.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use axum::{
    Json,
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures_util::stream;
use serde_json::Value;

#[derive(Debug, Clone)]
pub enum Reply {
    /// As it should.
    Usual,
    /// As it should, merged with this.
    Patched(Value),
    /// With this instead.
    Text {
        status: u16,
        kind: &'static str,
        body: String,
    },
    Redirect(String),
    /// After a minute.
    Slow,
    /// Without end.
    Endless,
}

impl Reply {
    pub fn json(body: String) -> Self {
        Self::Text { status: 200, kind: "application/json", body }
    }

    pub(super) async fn answer(self, status: StatusCode, mut usual: Value) -> Response {
        match self {
            Self::Usual => (status, Json(usual)).into_response(),
            Self::Patched(patch) => {
                merge(&mut usual, &patch);
                (status, Json(usual)).into_response()
            }
            Self::Text { status, kind, body } => {
                (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, kind)], body).into_response()
            }
            Self::Redirect(to) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response(),
            Self::Slow => {
                tokio::time::sleep(Duration::from_mins(1)).await;
                (status, Json(usual)).into_response()
            }
            Self::Endless => {
                let chunks = stream::repeat_with(|| Ok::<_, Infallible>(vec![b' '; 16 * 1024]));
                ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(chunks)).into_response()
            }
        }
    }
}

/// RFC 7396, one level deep: null takes away.
pub fn merge(target: &mut Value, patch: &Value) {
    let target = target.as_object_mut().unwrap();
    for (name, value) in patch.as_object().unwrap() {
        match value {
            Value::Null => drop(target.remove(name)),
            value => drop(target.insert(name.clone(), value.clone())),
        }
    }
}

/// Reads `a=b&c=d`.
pub fn form(query: &str) -> BTreeMap<String, String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (unescape(name), unescape(value))).collect()
}

pub(super) fn unescape(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(plain).unwrap()
}

pub(super) fn query(pairs: &[(&str, String)]) -> String {
    let escape =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat() };
    pairs.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect::<Vec<_>>().join("&")
}
