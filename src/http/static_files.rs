//! `/pkg/…`: the static files, named by the hash of their content.

use std::path::Path;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

/// The files of the site's folder.
pub(super) struct StaticFiles(ServeDir);

impl StaticFiles {
    pub(super) fn new(root: &Path) -> Self {
        Self(ServeDir::new(root.join("pkg")).precompressed_br().precompressed_gzip())
    }

    pub(super) async fn answer(&self, mut request: Request) -> Response {
        let inner = request.uri().path().trim_start_matches("/pkg").to_owned();
        match inner.parse::<Uri>() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(_) => return StatusCode::NOT_FOUND.into_response(),
        }
        let mut response = match self.0.clone().oneshot(request).await {
            Ok(response) => response.map(Body::new),
            Err(never) => match never {},
        };
        if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
            // The name changes with the content.
            let caching = HeaderValue::from_static("public, max-age=31536000, immutable");
            response.headers_mut().insert(header::CACHE_CONTROL, caching);
            // Which of the packed ones is sent depends on who asks: a cache between must not give it to everybody.
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        response
    }
}
