//! What `public/passkey.js` sends and gets: JSON. An answer that is no success has a `message` for the person.

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rowhouse_platform::{
    db::DbError,
    identity::{
        passkey::{PasskeyError, Reason},
        throttle::Throttled,
    },
};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::error::PageError;

/// Largest body, in bytes. The id of a key has up to 1,023 bytes, and what certifies a key some thousands.
const BODY_LIMIT: usize = 32 * 1024;

/// Why there is no success.
pub(super) enum Failure {
    /// As with any page; the one place for errors answers.
    Page(PageError),
    /// Said in JSON.
    Refused(StatusCode, String),
}

impl Failure {
    pub(super) fn throttled(wait: Throttled) -> Self {
        let message = format!("Too many attempts. Try again in {}.", wait.wait_in_words());
        Self::Refused(StatusCode::TOO_MANY_REQUESTS, message)
    }
}

impl From<Reason> for Failure {
    fn from(reason: Reason) -> Self {
        Self::Refused(StatusCode::UNPROCESSABLE_ENTITY, reason.message().to_owned())
    }
}

impl From<PasskeyError> for Failure {
    fn from(error: PasskeyError) -> Self {
        match error {
            PasskeyError::Database(error) => Self::Page(error.into()),
            PasskeyError::NoDomain => {
                let message = "Passkeys work on a host with a name only, and this address is a number.".to_owned();
                Self::Refused(StatusCode::UNPROCESSABLE_ENTITY, message)
            }
            error => Self::Page(PageError::internal(error)),
        }
    }
}

impl From<PageError> for Failure {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::Page(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Page(error) => error.into_response(),
            Self::Refused(status, message) => (status, Json(json!({ "message": message }))).into_response(),
        }
    }
}

/// A body of JSON. No page of another site can send one without being asked for leave first; the front has held its
/// origin against the host besides.
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let refused = |status, message: &str| Failure::Refused(status, message.to_owned());
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
            return Err(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "This address takes application/json."));
        }
        let body = Bytes::from_request(request, state).await.map_err(|_| PageError::TooLarge)?;
        if body.len() > BODY_LIMIT {
            return Err(refused(StatusCode::PAYLOAD_TOO_LARGE, "The answer is larger than any passkey's."));
        }
        serde_json::from_slice(&body)
            .map(Self)
            .map_err(|_| refused(StatusCode::BAD_REQUEST, "The request is not the JSON that this address takes."))
    }
}
