//! A permission as an argument of a handler.

use axum::{extract::FromRequestParts, http::request::Parts};
use rowhouse_platform::access::{Permission, Permit, authorise};

use crate::{
    context::{Context, RequestContext},
    error::PageError,
};

/// The permission `P` and the tenant transaction it was found in. A handler that asks for it runs only for somebody who
/// holds it.
pub struct Allowed<P>(pub Permit<P>);

impl<P: Permission, S: Sync> FromRequestParts<S> for Allowed<P> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let context = Context::from_request_parts(parts, state).await?;
        permit(&context).await.map(Self)
    }
}

/// The permission `P` for whoever sent the request.
///
/// # Errors
/// [`PageError::SignedOut`], [`PageError::Forbidden`], or what the database said.
pub async fn permit<P: Permission>(context: &RequestContext) -> Result<Permit<P>, PageError> {
    let services = &context.services;
    let tenant = context.tenant()?;
    let token = context.session.as_ref();
    let permit = authorise(&services.database, &services.ambient, services.session_policy, &tenant.home, token).await?;
    // Already set where a request asks for two permissions; the principal is the same.
    let _ = context.actor.set(permit.principal().account);
    Ok(permit)
}
