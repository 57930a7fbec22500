//! The one place where an error of the API becomes an answer, and where every answer gets what all have.

use axum::{
    body::Body,
    http::{HeaderValue, Method, StatusCode, header},
    response::Response,
};
use rowhouse_app::{
    api::{Call, Kind, Problem},
    context::RequestContext,
    error::PageError,
};

use crate::http::counting;

const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

/// The answer as it is sent.
pub(crate) fn finish(context: &RequestContext, call: &Call, has_credentials: bool, response: Response) -> Response {
    let has_refused_credentials = has_credentials && call.bearer.is_none();
    let problem = problem(&response).map(|problem| match problem.kind {
        // Whoever is nobody here hears that, and not what there is.
        Kind::NotFound if has_refused_credentials => Problem::new(Kind::Unauthorized),
        _ => problem,
    });
    let mut response = match problem {
        Some(_) if is_question(call, &response) => what_is_allowed(&response),
        Some(problem) => {
            log(context, &problem);
            let mut answer = with_problem(context, &problem, has_credentials);
            for name in [header::ALLOW, header::RETRY_AFTER, header::ETAG, header::CONTENT_RANGE] {
                if let Some(value) = response.headers().get(&name) {
                    answer.headers_mut().insert(name, value.clone());
                }
            }
            answer
        }
        None => response,
    };
    if call.method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    let headers = response.headers_mut();
    let is_public = headers.get(header::CACHE_CONTROL).is_some_and(|value| value.as_bytes().starts_with(b"public"));
    if !is_public {
        headers.append(header::VARY, HeaderValue::from_static("Authorization"));
    }
    if headers.contains_key(header::ETAG) {
        // Kept by whoever asked, and asked for again with `If-None-Match`.
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    }
    counting::say(context, headers);
    response
}

/// What went wrong, if something did: as a handler said it, as a page's extractor did, or as axum did in plain text.
fn problem(response: &Response) -> Option<Problem> {
    if let Some(problem) = response.extensions().get::<Problem>() {
        return Some(problem.clone());
    }
    if let Some(error) = response.extensions().get::<PageError>() {
        return Some(error.clone().into());
    }
    let status = response.status();
    let is_plain =
        response.headers().get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !is_plain || !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let of_status = Kind::ALL.iter().find(|kind| kind.status() == status);
    let kind = of_status.copied().unwrap_or(if status.is_client_error() { Kind::BadRequest } else { Kind::Internal });
    Some(Problem::new(kind))
}

/// `OPTIONS` asks what is allowed (RFC 9110, section 9.3.7).
fn is_question(call: &Call, response: &Response) -> bool {
    call.method == Method::OPTIONS && response.status() == StatusCode::METHOD_NOT_ALLOWED
}

fn what_is_allowed(response: &Response) -> Response {
    let allowed = response.headers().get(header::ALLOW).and_then(|allow| allow.to_str().ok()).unwrap_or_default();
    let allowed = if allowed.is_empty() { "OPTIONS".to_owned() } else { format!("{allowed},OPTIONS") };
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    if let Ok(allowed) = HeaderValue::from_str(&allowed) {
        answer.headers_mut().insert(header::ALLOW, allowed);
    }
    answer
}

fn with_problem(context: &RequestContext, problem: &Problem, has_credentials: bool) -> Response {
    let types = format!("{}/api/v1/problems", context.public().apex());
    let body = problem.body(&types, &context.request_id);
    let mut answer = Response::new(Body::from(serde_json::to_vec(&body).unwrap_or_default()));
    *answer.status_mut() = problem.kind.status();
    answer.headers_mut().insert(header::CONTENT_TYPE, PROBLEM);
    if let Some(challenge) = challenge(problem, has_credentials) {
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    answer
}

/// What a token would have to be (RFC 6750, section 3).
fn challenge(problem: &Problem, has_credentials: bool) -> Option<HeaderValue> {
    match (problem.kind, problem.scope) {
        (Kind::Unauthorized, _) if has_credentials => {
            Some(HeaderValue::from_static(r#"Bearer realm="api", error="invalid_token""#))
        }
        (Kind::Unauthorized, _) => Some(HeaderValue::from_static(r#"Bearer realm="api""#)),
        (Kind::Forbidden, Some(scope)) => {
            HeaderValue::from_str(&format!(r#"Bearer realm="api", error="insufficient_scope", scope="{scope}""#)).ok()
        }
        _ => None,
    }
}

fn log(context: &RequestContext, problem: &Problem) {
    let cause = || problem.cause.as_ref().map(ToString::to_string).unwrap_or_default();
    match problem.kind {
        Kind::Internal => tracing::error!(request_id = context.request_id, error = cause(), "a request failed"),
        Kind::Unavailable | Kind::Overtaken => {
            tracing::warn!(request_id = context.request_id, error = cause(), "a request failed");
        }
        _ => {}
    }
}
