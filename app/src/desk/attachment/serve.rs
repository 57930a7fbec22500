//! `GET /attachments/{attachment}`: a file, for whoever reaches its ticket.
//!
//! It is somebody else's content at our own address, so it is served as what its bytes are and as nothing that runs: only
//! pictures of points are shown, everything else is saved, and the policy gives it no origin and no way out.

use axum::{
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures_util::StreamExt as _;
use rowhouse_platform::hex;

use super::{
    AttachmentId, name,
    range::{self, Asked},
    rows::{self, Found},
};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    desk::{permission::ReadTickets, project::reach},
    error::PageError,
};

pub(super) async fn show(
    context: Context,
    method: Method,
    Path(id): Path<String>,
    headers: HeaderMap,
    Allowed(mut permit): Allowed<ReadTickets>,
) -> Result<Response, PageError> {
    let id: AttachmentId = id.parse().map_err(|_| PageError::NotFound)?;
    let reach = reach::of(&mut permit).await?;
    let found = rows::find(&mut permit, &reach, id).await?.ok_or(PageError::NotFound)?;
    permit.commit().await?;
    send(&context, &method, &headers, &found).await
}

/// Sends a file to somebody who reaches it.
pub(in crate::desk) async fn send(
    context: &RequestContext,
    method: &Method,
    headers: &HeaderMap,
    found: &Found,
) -> Result<Response, PageError> {
    let tag = entity_tag(found);
    let said = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if said(header::IF_NONE_MATCH).is_some_and(|tags| matches_any(tags, &tag)) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        describe(&mut response, found, &tag)?;
        return Ok(response);
    }
    // A range of what somebody has only makes sense of the same content.
    let is_same = said(header::IF_RANGE).is_none_or(|known| known == tag);
    let wanted = said(header::RANGE).filter(|_| *method == Method::GET && is_same);
    let (status, range) = match range::read(wanted, found.bytes) {
        Asked::Whole => (StatusCode::OK, 0..found.bytes),
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Asked::Nothing => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            set(&mut response, header::CONTENT_RANGE, &format!("bytes */{}", found.bytes))?;
            return Ok(response);
        }
    };
    let body = if *method == Method::HEAD {
        Body::empty()
    } else {
        let request_id = context.request_id.clone();
        let chunks = context.services.storage.get(&context.tenant()?.home, found.object, range.clone()).await?;
        Body::from_stream(chunks.inspect(move |chunk| {
            if let Err(error) = chunk {
                tracing::error!(request_id, %error, "a file broke off while it was sent");
            }
        }))
    };
    let mut response = (status, body).into_response();
    describe(&mut response, found, &tag)?;
    set(&mut response, header::CONTENT_LENGTH, &(range.end - range.start).to_string())?;
    if status == StatusCode::PARTIAL_CONTENT {
        let part = format!("bytes {}-{}/{}", range.start, range.end - 1, found.bytes);
        set(&mut response, header::CONTENT_RANGE, &part)?;
    }
    Ok(response)
}

/// What is the same for all of it and for a part.
fn describe(response: &mut Response, found: &Found, tag: &str) -> Result<(), PageError> {
    let how = if found.kind.is_picture() { "inline" } else { "attachment" };
    for (name, value) in [
        (header::CONTENT_TYPE, found.kind.content_type()),
        (header::CONTENT_DISPOSITION, &name::disposition(how, &found.name)),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::ETAG, tag),
        (header::ACCEPT_RANGES, "bytes"),
        // Kept by the browser alone, and shown only to somebody who still may see it: each time, it asks.
        (header::CACHE_CONTROL, "private, no-cache, no-transform"),
    ] {
        set(response, name, value)?;
    }
    Ok(())
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) -> Result<(), PageError> {
    let value = HeaderValue::from_str(value).map_err(PageError::internal)?;
    response.headers_mut().insert(name, value);
    Ok(())
}

/// Names the content.
fn entity_tag(found: &Found) -> String {
    format!("\"{}\"", hex::encode(&found.sha256))
}

/// Whether a list of tags has this one (RFC 9110, section 13.1.2): weak ones count too.
fn matches_any(tags: &str, tag: &str) -> bool {
    tags.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}
