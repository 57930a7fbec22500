//! Bodies are read whole before a handler takes a database connection: a slow sender then holds nothing but itself.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::header,
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::{Call, Kind, Problem};

/// Most bytes of a body.
pub const BODY_LIMIT: usize = 1 << 20;

/// A body that was read, in the extensions of its request.
#[derive(Debug, Clone)]
pub(super) struct Whole(pub(super) Bytes);

/// Reads it. Of nobody nothing is read: the answer is no.
pub(super) async fn read(request: Request, next: Next) -> Response {
    let is_somebodys = request.extensions().get::<Arc<Call>>().is_some_and(|call| call.bearer.is_some());
    if !is_somebodys {
        return next.run(request).await;
    }
    match whole(request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn whole(request: Request) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    let announced =
        parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > BODY_LIMIT) {
        return Err(Problem::new(Kind::TooLarge));
    }
    let bytes = to_bytes(body, BODY_LIMIT).await.map_err(|error| {
        let is_limit =
            std::error::Error::source(&error).is_some_and(|cause| cause.to_string().contains("length limit"));
        if is_limit { Problem::new(Kind::TooLarge) } else { Problem::bad_request("The body did not arrive.") }
    })?;
    parts.extensions.insert(Whole(bytes.clone()));
    Ok(Request::from_parts(parts, Body::from(bytes)))
}
