//! What becomes of errors, those too that do not say so themselves: a page that takes too long or panics, an extractor that
//! answers in plain text.

use std::{panic::AssertUnwindSafe, time::Duration};

use axum::{
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;
use rowhouse_app::{context::RequestContext, error::PageError, routes, ui::error_page::error_page};

use super::{origin, route_name::keep_route};

/// Runs a page or an endpoint with a limit on its time; a panic is an error like any other.
pub(super) async fn guarded(time: Duration, page: impl Future<Output = Result<Response, PageError>>) -> Response {
    let page = AssertUnwindSafe(page).catch_unwind();
    match tokio::time::timeout(time, page).await {
        Ok(Ok(Ok(response))) => response,
        Ok(Ok(Err(error))) => error.into_response(),
        Ok(Err(panic)) => {
            let what = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "a panic".to_owned());
            PageError::internal(what).into_response()
        }
        Err(_) => PageError::Timeout.into_response(),
    }
}

/// Errors that extractors answer by themselves, as plain text.
fn plain_error(response: &Response) -> Option<PageError> {
    let is_plain =
        response.headers().get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !is_plain {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(PageError::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(PageError::MethodNotAllowed),
        StatusCode::PAYLOAD_TOO_LARGE => Some(PageError::TooLarge),
        // Its Content-Range says it, to programs.
        StatusCode::RANGE_NOT_SATISFIABLE => None,
        status if status.is_client_error() => {
            Some(PageError::BadRequest("The address or the form cannot be read.".to_owned()))
        }
        status if status.is_server_error() => Some(PageError::internal(status)),
        _ => None,
    }
}

/// The one place where an error becomes a page.
pub(super) fn finish(context: &RequestContext, method: &Method, uri: &Uri, response: Response) -> Response {
    let Some(error) = response.extensions().get::<PageError>().cloned().or_else(|| plain_error(&response)) else {
        return response;
    };
    match &error {
        PageError::Internal(_) => tracing::error!(request_id = context.request_id, %error, "a request failed"),
        PageError::Unavailable(_)
        | PageError::Crowded(_)
        | PageError::TooSlow(_)
        | PageError::Overtaken(_)
        | PageError::Timeout => {
            tracing::warn!(request_id = context.request_id, %error, "a request failed");
        }
        _ => {}
    }
    let path =
        if origin::is_safe(method) { uri.path_and_query().map_or("/", |path| path.as_str()) } else { uri.path() };
    if let Some(elsewhere) = routes::detour(context, &error, path) {
        return keep_route(&response, routes::see_other(&elsewhere));
    }
    let mut page = error_page(context, &error);
    if let Some(allow) = response.headers().get(header::ALLOW) {
        page.headers_mut().insert(header::ALLOW, allow.clone());
    }
    if page.status() == StatusCode::SERVICE_UNAVAILABLE {
        page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    keep_route(&response, page)
}
