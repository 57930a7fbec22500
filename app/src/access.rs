//! A permission as an argument of a handler.

use axum::{extract::FromRequestParts, http::request::Parts};
use rowhouse_platform::access::{CATALOGUE, Permission, PermissionInfo, Permit, Visitor, authorise};

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

/// The same for acts that cannot be undone: credentials were shown within the last minutes, or the person is asked for
/// them first. A handler of a form asks for it both where the form is shown and where it is sent to.
pub struct Confirmed<P>(pub Permit<P>);

impl<P: Permission, S: Sync> FromRequestParts<S> for Confirmed<P> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let context = Context::from_request_parts(parts, state).await?;
        let permit = permit::<P>(&context).await?;
        if permit.principal().is_confirmed(context.services.ambient.now()) {
            Ok(Self(permit))
        } else {
            Err(PageError::NotConfirmed)
        }
    }
}

/// Every permission there is, for roles of a tenant's own: the platform's and the product's.
pub fn catalogue() -> Vec<PermissionInfo> {
    crate::desk::permission::CATALOGUE.iter().chain(CATALOGUE).copied().collect()
}

/// The permission `P` for whoever sent the request.
///
/// # Errors
/// [`PageError::SignedOut`], [`PageError::Forbidden`], or what the database said.
pub async fn permit<P: Permission>(context: &RequestContext) -> Result<Permit<P>, PageError> {
    let services = &context.services;
    let tenant = context.tenant()?;
    let visitor = Visitor { token: context.session.as_ref(), address: &context.device.address };
    let permit =
        authorise(&services.database, &services.ambient, services.session_policy, &tenant.home, visitor).await?;
    // Already set where a request asks for two permissions; the principal is the same.
    let _ = context.actor.set(permit.principal().account);
    Ok(permit)
}
