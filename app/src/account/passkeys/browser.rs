//! The browser that a ceremony is held with: the cookie that binds it, and the host it is on.

use axum::{
    Json,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use rowhouse_platform::identity::passkey::{Begun, BrowserToken, PasskeyError, RelyingParty, ceremony::Answer};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    context::{Context, RequestContext},
    error::PageError,
    routes::set_cookie,
};

/// A little longer than a ceremony, in seconds.
const COOKIE_LIFE: u32 = 600;

/// The browser that sent a request, if a ceremony was begun with it.
pub(super) struct Browser(Option<BrowserToken>);

impl Browser {
    /// Its token: a new one where it has none yet.
    pub(super) fn token(&self, context: &RequestContext) -> BrowserToken {
        self.0.clone().unwrap_or_else(|| BrowserToken::new(&context.services.ambient))
    }

    /// What the browser answered.
    pub(super) fn answer<'a>(&'a self, ceremony: &'a str, credential: Value) -> Answer<'a> {
        Answer { ceremony, browser: self.0.as_ref(), credential }
    }
}

impl<S: Sync> FromRequestParts<S> for Browser {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let context = Context::from_request_parts(parts, state).await?;
        Ok(Self(cookie(&parts.headers, &cookie_name(&context)).and_then(BrowserToken::parse)))
    }
}

/// What begins a ceremony: an empty object.
#[derive(Deserialize)]
pub(super) struct Begin {}

/// Tells the browser what to do, and binds it.
pub(super) fn begun(context: &RequestContext, token: &BrowserToken, begun: &Begun) -> Response {
    let mut response = Json(begun).into_response();
    set_cookie(&mut response, &cookie_name(context), token.as_str(), Some(COOKIE_LIFE));
    response
}

/// An answer that leads to another page, for a script: it goes there itself.
pub(super) fn go_on(mut response: Response) -> Response {
    if let Some(location) = response.headers_mut().remove(header::LOCATION) {
        *response.status_mut() = StatusCode::OK;
        let location = location.to_str().unwrap_or_default();
        *response.body_mut() = Json(json!({ "location": location })).into_response().into_body();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}

/// The host that the request came to. In front of it the scheme that people use, which a proxy may have ended.
///
/// # Errors
/// [`PasskeyError::NoDomain`] where it is an IP address.
pub(super) fn relying_party(context: &RequestContext) -> Result<RelyingParty, PasskeyError> {
    let name = context.tenant().map_or("Rowhouse", |tenant| tenant.name.as_str());
    RelyingParty::new(&context.public().scheme, &context.authority, name)
}

/// Tenants named in the path share a host, so each has a cookie of its own there, as with sessions.
fn cookie_name(context: &RequestContext) -> String {
    match context.base_path.strip_prefix("/t/") {
        Some(slug) => format!("__Host-ceremony-{slug}"),
        None => "__Host-ceremony".to_owned(),
    }
}

/// The value of a cookie. Several of one name are none: which one is meant cannot be known.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let value = found.next()?;
    found.next().is_none().then_some(value)
}
