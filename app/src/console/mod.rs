//! The operators' console, at `console.<base domain>`: who runs the installation sees its tenants here, and changes what
//! was agreed with them.
//!
//! It is a site of its own, with accounts and sessions of its own (`rowhouse_platform::operator`); nothing of a tenant's
//! site answers here, and nothing of it elsewhere. A page takes [`Staff`], which is who is signed in, and turns it into a
//! record before it reads anything.

mod account;
mod audit_log;
mod frame;
mod second_factor;
mod set_up;
mod sign_in;
mod tenant;
mod tenants;

use axum::{extract::FromRequestParts, http::request::Parts};
use rowhouse_platform::{db::OperatorDatabase, operator::SignedIn, operator::sign_in as begin};

use crate::{
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes},
};

/// Adds the pages to the console.
pub fn routes(site: SiteRoutes) -> SiteRoutes {
    let site = site
        .get("/", Gate::Operator, tenants::show)
        .get("/audit", Gate::Operator, audit_log::show)
        .get("/account", Gate::Operator, account::show)
        .post("/account/recovery-codes", Gate::Operator, account::renew);
    tenant::routes(sign_in_routes(site))
}

fn sign_in_routes(site: SiteRoutes) -> SiteRoutes {
    site.get("/sign-in", Gate::Public, sign_in::show)
        .post("/sign-in", Gate::Public, sign_in::submit)
        .get(second_factor::HERE, Gate::Public, second_factor::show)
        .post(second_factor::HERE, Gate::Public, second_factor::submit)
        .get(set_up::HERE, Gate::Public, set_up::show)
        .post(set_up::HERE, Gate::Public, set_up::submit)
        .post("/sign-out", Gate::Public, sign_in::sign_out)
}

/// The operator who sent the request. A handler that asks for it runs only for somebody who is signed in.
pub(crate) struct Staff(pub(crate) SignedIn);

impl<S: Sync> FromRequestParts<S> for Staff {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let context = Context::from_request_parts(parts, state).await?;
        staff(&context).await
    }
}

/// The same, for a page that is shown after something was not done: in a transaction of its own.
async fn staff(context: &RequestContext) -> Result<Staff, PageError> {
    let token = context.session.as_ref().ok_or(PageError::SignedOut)?;
    let found = SignedIn::of(operators(context)?, &context.services.ambient, token).await?;
    found.map(Staff).ok_or(PageError::SignedOut)
}

/// The operator's role.
fn operators(context: &RequestContext) -> Result<&OperatorDatabase, PageError> {
    context.services.operators.as_ref().ok_or(PageError::UnknownHost)
}

/// What signing in needs.
fn sign_in_parts(context: &RequestContext) -> Result<begin::Parts<'_>, PageError> {
    let services = &context.services;
    Ok(begin::Parts {
        operators: operators(context)?,
        database: &services.database,
        ambient: &services.ambient,
        passwords: &services.passwords,
        secrets: &services.secrets,
        limits: services.sign_in_limits,
    })
}
