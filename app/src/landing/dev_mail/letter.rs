//! `GET /dev/mail/{id}/html`: a message as mail readers show it, in a frame of the list. It runs nothing, loads nothing
//! but pictures of this product, and its links open in pages of their own.

use axum::{
    extract::Path,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::{content, outbox};
use crate::{context::Context, error::PageError};

pub(super) async fn show(context: Context, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = id.parse().map_err(|_| PageError::NotFound)?;
    let outbox = outbox(&context)?;
    let found = outbox.find(id).await;
    outbox.close().await;
    let mail = found?.ok_or(PageError::NotFound)?;
    let html = content(&context, &mail).html.replacen("<head>", "<head>\n<base target=\"_blank\">", 1);
    let public = context.public();
    let policy = format!(
        "default-src 'none'; img-src data: {apex} {tenants}; style-src 'unsafe-inline'; form-action 'none'; \
         frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
        apex = public.apex(),
        tenants = public.tenant("*"),
    );
    let policy = HeaderValue::from_str(&policy).map_err(PageError::internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
        // Browsers open no sandboxed document that also asks for a window of its own.
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("unsafe-none")),
    ];
    Ok((headers, html).into_response())
}
