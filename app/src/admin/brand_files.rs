//! The pictures of a tenant's branding. Logos are addressed by their hash, so browsers may keep them for good.

use axum::{
    extract::Path,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use rowhouse_platform::branding::{self, Mark};

use crate::{context::Context, error::PageError};

/// Kept by the browser alone: it is of one tenant.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");
const A_WHILE: HeaderValue = HeaderValue::from_static("private, max-age=300");

fn picture(kind: &'static str, caching: HeaderValue, bytes: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, caching),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    (headers, bytes).into_response()
}

pub(super) async fn logo(context: Context, Path(hash): Path<String>) -> Result<Response, PageError> {
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let png = branding::logo_png(&mut tx, hash.trim_end_matches(".png")).await?;
    tx.commit().await?;
    let mut logo = picture("image/png", FOR_GOOD, png.ok_or(PageError::NotFound)?);
    // Mail shows it too, in readers that are pages of other sites.
    let anywhere = HeaderValue::from_static("cross-origin");
    logo.headers_mut().insert(HeaderName::from_static("cross-origin-resource-policy"), anywhere);
    Ok(logo)
}

pub(super) async fn favicon(context: Context, Path(hash): Path<String>) -> Result<Response, PageError> {
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let png = branding::favicon_png(&mut tx, hash.trim_end_matches(".png")).await?;
    tx.commit().await?;
    Ok(picture("image/png", FOR_GOOD, png.ok_or(PageError::NotFound)?))
}

pub(super) async fn background(context: Context, Path(hash): Path<String>) -> Result<Response, PageError> {
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let jpeg = branding::background_jpeg(&mut tx, hash.trim_end_matches(".jpg")).await?;
    tx.commit().await?;
    Ok(picture("image/jpeg", FOR_GOOD, jpeg.ok_or(PageError::NotFound)?))
}

/// The initials on the accent, for tenants without a logo.
pub(super) async fn mark(context: Context) -> Result<Response, PageError> {
    let tenant = context.tenant()?;
    let tokens = tenant.branding.tokens.clone().unwrap_or_default();
    Ok(picture("image/svg+xml", A_WHILE, Mark::new(&tenant.name).to_svg_file(&tokens.light)))
}
