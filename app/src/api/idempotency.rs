//! `Idempotency-Key`: a `POST` that is sent again is done once.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, request::Parts},
    response::Response,
};
use rowhouse_platform::{
    access::Permit,
    ambient::Ambient,
    idempotency::{self, BODY_LENGTH, Begun, Header, KEY_LENGTH, Keyed, Stored},
};

use super::{Call, Kind, Problem, body::Whole};

/// The header by which a program names its request.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Most bytes of an answer that is looked at at all: a handler's own, so it is bounded by what it reads.
const ANSWER_LENGTH: usize = 64 << 20;

/// The place where the answer to this request is kept.
#[derive(Debug)]
pub(super) struct Slot(Keyed);

/// What a request is called, and what it asks for.
pub(super) struct Asked {
    key: String,
    fingerprint: [u8; 32],
}

/// What a `POST` is called, if it is called anything.
pub(super) enum Named {
    /// Nothing.
    Not,
    /// Something, and what it asks for is known.
    Asked(Asked),
    /// Something; its body is still to come.
    Coming(String),
}

/// What a request is called.
pub(super) fn named(call: &Call, parts: &Parts) -> Result<Named, Problem> {
    let Some(key) = key(call, &parts.headers)? else { return Ok(Named::Not) };
    Ok(match parts.extensions.get() {
        Some(Whole(body)) => Named::Asked(asked(call, key, body)),
        None => Named::Coming(key),
    })
}

/// What a request of this name asks for.
pub(super) fn asked(call: &Call, key: String, body: &[u8]) -> Asked {
    let target = format!("{}?{}", call.address, call.query);
    Asked { key, fingerprint: idempotency::fingerprint(call.method.as_str(), &target, body) }
}

/// The key of a `POST`: visible ASCII, bare or in quotation marks (a string as of RFC 9651).
fn key(call: &Call, headers: &HeaderMap) -> Result<Option<String>, Problem> {
    if call.method != Method::POST {
        return Ok(None);
    }
    let mut values = headers.get_all(&HEADER).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => value,
        (Some(_), Some(_)) => return Err(Problem::bad_request("There are several Idempotency-Key headers.")),
    };
    let text = value.to_str().unwrap_or_default().trim();
    let text = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    let is_good = (1..=KEY_LENGTH).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
    if is_good {
        Ok(Some(text.to_owned()))
    } else {
        let words = format!("Idempotency-Key must be 1 to {KEY_LENGTH} visible ASCII characters, such as a UUID.");
        Err(Problem::bad_request(words))
    }
}

/// Begins the request under its key, in the transaction of the permit. The inner error is the answer that was given before.
pub(super) async fn begin<P: rowhouse_platform::access::Permission>(
    permit: &mut Permit<P>,
    ambient: &Ambient,
    Asked { key, fingerprint }: Asked,
) -> Result<Result<Slot, Response>, Problem> {
    let api_key = permit.principal().via().map(|key| key.id);
    let api_key = api_key.ok_or_else(|| Problem::internal("a request to the API without a key"))?;
    let keyed = Keyed { api_key, key, fingerprint };
    match idempotency::begin(permit, ambient, &keyed).await? {
        Begun::First => Ok(Ok(Slot(keyed))),
        Begun::Running => Err(Problem { retry_after: Some(1), ..Problem::new(Kind::InProgress) }),
        Begun::Mismatch => Err(Problem::new(Kind::IdempotencyMismatch)),
        Begun::Done(stored) => replay(stored).map(Err),
    }
}

fn replay(stored: Stored) -> Result<Response, Problem> {
    let Some(body) = stored.body else {
        return Err(Problem::conflict(
            "The request was done. Its answer was too large to be kept, so it is not given again.",
        ));
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(stored.status).unwrap_or_default();
    for Header(name, value) in &stored.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

impl Slot {
    /// Keeps an answer, if it is one of success, and gives it back.
    pub(super) async fn keep<P: rowhouse_platform::access::Permission>(
        self,
        permit: &mut Permit<P>,
        ambient: &Ambient,
        answer: Response,
    ) -> Result<Response, Problem> {
        if !answer.status().is_success() {
            return Ok(answer);
        }
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, ANSWER_LENGTH).await.map_err(Problem::internal)?;
        let headers = parts.headers.iter();
        let stored = Stored {
            status: parts.status.as_u16(),
            headers: headers
                .filter_map(|(name, value)| Some(Header(name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
                .collect(),
            body: (body.len() <= BODY_LENGTH).then(|| body.to_vec()),
        };
        idempotency::keep(permit, ambient, &self.0, &stored).await?;
        Ok(Response::from_parts(parts, Body::from(body)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method: Method, values: &[&str]) -> Result<Option<String>, Problem> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, value.parse().unwrap());
        }
        let call = Call { method, ..Call::nobody() };
        key(&call, &headers)
    }

    #[test]
    fn a_key_is_visible_text() {
        assert_eq!(read(Method::POST, &["\"8e03978e\""]).unwrap().as_deref(), Some("8e03978e"));
        assert_eq!(read(Method::POST, &["8e03978e"]).unwrap().as_deref(), Some("8e03978e"));
        assert_eq!(read(Method::POST, &[]).unwrap(), None);
        assert_eq!(read(Method::PATCH, &["a"]).unwrap(), None);
        assert!(read(Method::POST, &["a".repeat(255).as_str()]).unwrap().is_some());
        for bad in ["", "\"\"", "a b", "a\"b", &"a".repeat(256)] {
            assert!(read(Method::POST, &[bad]).is_err(), "{bad}");
        }
        assert!(read(Method::POST, &["a", "b"]).is_err());
    }
}
