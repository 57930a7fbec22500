//! What a request brings: JSON and parameters, with words for what is wrong with them.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::{HeaderMap, header, request::Parts},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_path_to_error::{Path, Segment};

use super::{FieldError, Kind, Problem};
use crate::ui::query::{self, Pairs};

/// A JSON object as a body. A type with `deny_unknown_fields` is told of fields that do not exist.
#[derive(Debug)]
pub struct Input<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(Kind::UnsupportedMediaType));
        }
        // Whole and within its limit already; see the entrance.
        let bytes = Bytes::from_request(request, state).await.map_err(|_| Problem::new(Kind::TooLarge))?;
        read(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        // A list of values would be read as an object with its fields in order.
        return Err(Problem::field("", "Must be an object."));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        let error = error.into_inner();
        if error.is_data() {
            Problem::invalid(vec![FieldError::at(pointer, sentence(&error))])
        } else if serde_json::from_slice::<serde_json::Value>(bytes).is_ok() {
            // A number where one of some words stands is an error of syntax to serde_json, though the text is JSON.
            Problem::invalid(vec![FieldError::at(pointer, "Is of the wrong type.")])
        } else {
            unreadable(&error)
        }
    })?;
    reader.end().map_err(|error| unreadable(&error))?;
    Ok(value)
}

fn unreadable(error: &serde_json::Error) -> Problem {
    Problem::bad_request(format!("The body is no JSON: {error}."))
}

/// What a field's error says, without the place in the text, which the pointer says better.
fn sentence(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    let mut letters = what.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// A JSON pointer (RFC 6901).
fn pointer(path: &Path) -> String {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// Parameters of the query.
#[derive(Debug)]
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        pairs(parts.uri.query().unwrap_or_default())?;
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let text = rejection.body_text();
                let what = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
                Err(match what.split_once(": ") {
                    Some((name, what)) => Problem::parameter(name, what),
                    None => Problem::bad_request(format!("The query cannot be read: {what}.")),
                })
            }
        }
    }
}

/// The pairs of a query. One that is not UTF-8 is refused.
pub(super) fn pairs(query: &str) -> Result<Pairs<'_>, Problem> {
    query::pairs(query).ok_or_else(|| Problem::bad_request("The query is not UTF-8."))
}

/// No parameters: every one is refused.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it is read matters")]
    struct Thing {
        title: String,
        #[serde(default)]
        labels: Vec<Label>,
        #[serde(default)]
        colour: Option<Colour>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Colour {
        Red,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only whether it is read matters")]
    struct Label {
        #[serde(rename = "a/b")]
        number: u8,
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        let wrong = |text: &str| {
            let problem = read::<Thing>(text.as_bytes()).unwrap_err();
            let error = problem.errors.first().cloned().unwrap_or(FieldError::at("-", problem.detail.clone()));
            (problem.kind.status().as_u16(), error.pointer.unwrap(), error.detail)
        };
        let (status, pointer, detail) = wrong(r#"{"title": 7}"#);
        assert_eq!((status, pointer.as_str()), (422, "/title"));
        assert_eq!(detail, "Invalid type: integer `7`, expected a string.");
        let (status, pointer, _) = wrong(r#"{"title": "a", "labels": [{"a/b": 1}, {"a/b": 300}]}"#);
        assert_eq!((status, pointer.as_str()), (422, "/labels/1/a~1b"));
        assert_eq!(wrong("{}").2, "Missing field `title`.");
        assert!(wrong(r#"{"title": "a", "tilte": 1}"#).2.starts_with("Unknown field `tilte`"));
        for typed in ["5", "[]", "true"] {
            let (status, pointer, detail) = wrong(&format!(r#"{{"title": "a", "colour": {typed}}}"#));
            assert_eq!((status, pointer.as_str()), (422, "/colour"), "{typed}: {detail}");
        }
        assert!(read::<Thing>(br#"{"title": "a", "colour": "red"}"#).is_ok());
        assert_eq!(wrong(r#"{"title": "a", "colour": 5"#).0, 400, "it does not end");
        for unreadable in ["", "{", "{\"title\": \"a\"} x", "{\"title\": \"\u{1}\"}"] {
            assert_eq!(wrong(unreadable).0, 400, "{unreadable}");
        }
        let broken = [br#"{"title": ""#.as_slice(), &[0xff, 0xfe], br#""}"#].concat();
        assert_eq!(read::<Thing>(&broken).unwrap_err().kind, Kind::BadRequest);
        assert!(read::<Thing>(br#" {"title": "a"} "#).is_ok());
        assert_eq!(wrong(r#" ["a", []]"#), (422, String::new(), "Must be an object.".to_owned()));
    }

    #[tokio::test]
    async fn where_there_are_no_parameters_each_is_refused() {
        let read = async |query: &str| {
            let (mut parts, ()) = Request::builder().uri(format!("/x{query}")).body(()).unwrap().into_parts();
            Parameters::<Nothing>::from_request_parts(&mut parts, &()).await
        };
        assert!(read("").await.is_ok() && read("?").await.is_ok());
        assert_eq!(read("?colour=%FF").await.unwrap_err().kind, Kind::BadRequest);
        let problem = read("?colour=red").await.unwrap_err();
        assert_eq!((problem.kind, problem.errors[0].parameter.as_deref()), (Kind::Invalid, Some("colour")));
    }
}
