//! Answers that are saved as a file.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};

use crate::error::PageError;

/// Comma-separated values with a first line of names (RFC 4180).
pub const CSV: &str = "text/csv; charset=utf-8; header=present";

/// A file. `name` is of our own making: letters, digits, hyphens and full stops.
///
/// # Errors
/// [`PageError::Internal`] where the name is none.
pub fn download(name: &str, kind: &'static str, body: impl Into<Body>) -> Result<Response, PageError> {
    let disposition =
        HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).map_err(PageError::internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, body.into()).into_response())
}
