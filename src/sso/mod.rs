//! The endpoints of single sign-on: what browsers and identity providers ask of a connection.
//!
//! A sign-in leaves at [`start`] and comes back at [`callback`] (`OpenID` Connect) or [`acs`] (SAML). What came back is an
//! [`arrival`]: the flow is taken first, so that nobody finishes it twice; then the message is checked, with no database
//! connection held meanwhile; then [`finish`] lets the person in, in one transaction with everything that is written
//! about it, or [`refuse`] says no, in another.
//!
//! Each endpoint decides by itself who may ask: their addresses are open to everybody, and so are rows of
//! [`Gate::Public`].

mod acs;
mod arrival;
mod back_channel_logout;
mod browser;
mod callback;
mod fields;
mod finish;
mod jwks;
mod limits;
mod metadata;
mod refuse;
mod signed_out;
mod slo;
mod start;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use rowhouse_app::{
    error::PageError,
    routes::{Gate, SiteRoutes},
};
use rowhouse_platform::sso::ConnectionId;

/// The largest message of a provider, in bytes. What is in it has a limit of its own.
pub(crate) const BODY_LIMIT: usize = 512 * 1024;

/// Adds the endpoints to a tenant's site.
pub fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get("/sso/{connection}/start", Gate::Public, start::show)
        .post("/sso/{connection}/start", Gate::Public, start::submit)
        .get("/sso/{connection}/callback", Gate::Public, callback::show)
        .post("/sso/{connection}/acs", Gate::Public, acs::submit)
        .get("/sso/{connection}/slo", Gate::Public, slo::show)
        .post("/sso/{connection}/slo", Gate::Public, slo::submit)
        .get("/sso/{connection}/metadata", Gate::Public, metadata::show)
        .get("/sso/{connection}/jwks.json", Gate::Public, jwks::show)
        .post("/sso/{connection}/back-channel-logout", Gate::Public, back_channel_logout::submit)
        .get("/sso/{connection}/signed-out", Gate::Public, signed_out::show)
}

/// The connection that an address names; text that is no such id is not found.
struct Named(ConnectionId);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| PageError::NotFound)?;
        text.parse().map(Self).map_err(|_| PageError::NotFound)
    }
}
