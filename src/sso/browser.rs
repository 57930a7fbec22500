//! The browser in which a sign-in began, told again when the answer comes.
//!
//! The answer of a SAML provider is a post of another site, with which browsers send no cookie but those of
//! `SameSite=None`. So this one is such a cookie, for as long as a sign-in may take. Beside the browser's token, which
//! means nothing elsewhere, it holds what tells the browser to accounts: otherwise each such sign-in would be one by a
//! new device.

use axum::{extract::FromRequestParts, http::request::Parts, response::Response};
use rowhouse_app::{
    context::{Context, RequestContext, cookie_beside},
    error::PageError,
    routes::set_foreign_cookie,
};
use rowhouse_platform::identity::{
    known_device::DeviceToken,
    session::{Device, SessionToken},
};

use crate::http::request::cookie;

/// How long somebody may take at the provider, in seconds.
const LIFE: u32 = 900;

/// The browser of a request.
#[derive(Debug)]
pub(super) struct Browser {
    token: Option<String>,
    device: Option<DeviceToken>,
    /// The request to sign out that it was sent to the provider with.
    leaving: Option<String>,
}

impl Browser {
    /// Its token, if a sign-in was begun with it.
    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Its token for a sign-in that begins: the one it has, so that two of its windows do not disturb each other.
    pub(super) fn token_or_new(&self, context: &RequestContext) -> String {
        // Of the form of a session's token, and nothing else.
        self.token.clone().unwrap_or_else(|| DeviceToken::new(&context.services.ambient).as_str().to_owned())
    }

    /// The request to sign out that it was sent to the provider with.
    pub(super) fn leaving(&self) -> Option<&str> {
        self.leaving.as_deref()
    }

    /// The device that somebody signs in with.
    pub(super) fn device(&self, context: &RequestContext) -> Device {
        let mut device = context.device.clone();
        if let Some(token) = &self.device {
            device.token = token.clone();
        }
        device
    }
}

impl<S: Sync> FromRequestParts<S> for Browser {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let context = Context::from_request_parts(parts, state).await?;
        let pair = cookie(&parts.headers, &cookie_name(&context)).and_then(|value| value.split_once('.'));
        let (token, device) = pair.unwrap_or_default();
        Ok(Self {
            token: SessionToken::parse(token).map(|token| token.as_str().to_owned()),
            device: DeviceToken::parse(device),
            leaving: cookie(&parts.headers, &context.leaving_cookie()).map(ToOwned::to_owned),
        })
    }
}

/// Gives the browser what tells it again.
pub(super) fn bind(response: &mut Response, context: &RequestContext, token: &str) {
    let value = format!("{token}.{}", context.device.token.as_str());
    set_foreign_cookie(response, &cookie_name(context), &value, LIFE);
}

/// Tenants named in the path share a host, so each has a cookie of its own there, as with sessions.
fn cookie_name(context: &RequestContext) -> String {
    cookie_beside(&context.session_cookie(), "sso")
}
