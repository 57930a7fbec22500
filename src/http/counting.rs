//! A request is counted for the address that it came from, and every answer says what was counted.

use axum::http::{HeaderMap, HeaderValue, Uri, header};
use rowhouse_app::{
    context::{RequestContext, Site},
    error::PageError,
    limits,
};

/// Counts a request for the address that it came from, where no key stands behind it. What belongs to a page's look comes
/// with each page, and is not counted.
///
/// # Errors
/// [`PageError::TooManyRequests`].
pub(super) async fn visit(context: &RequestContext, uri: &Uri) -> Result<(), PageError> {
    if uri.path().starts_with("/brand/") {
        return Ok(());
    }
    let (limits, now) = (&context.services.limits, context.services.ambient.now());
    let counted = match &context.site {
        Site::Tenant(tenant) => limits.visitor(&tenant.home.id().to_string(), &context.device.address, now).await,
        Site::Console => limits.visitor("console", &context.device.address, now).await,
        Site::Apex => limits.visitor("apex", &context.device.address, now).await,
        // There is a page that says so, which is cheap.
        Site::Nowhere => return Ok(()),
    };
    if !counted.is_refused() {
        return Ok(());
    }
    let seconds = counted.seconds();
    // Nothing was counted before.
    let _ = context.counted.set(counted);
    Err(PageError::TooManyRequests(seconds))
}

/// Puts into the headers of an answer what is left to whom it was counted for, and how long to wait where that is nothing.
pub(crate) fn say(context: &RequestContext, headers: &mut HeaderMap) {
    let Some(counted) = context.counted.get() else { return };
    headers.extend(limits::headers(counted));
    if counted.is_refused() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(counted.seconds()));
    }
}
