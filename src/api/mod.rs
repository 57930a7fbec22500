//! `/api/v1`: programs.
//!
//! [`bearer`] reads who asks and for which workspace, before anything else; [`entrance`] hands the request to its endpoint
//! and makes the answer what programs expect, errors above all. What endpoints are made of is `rowhouse_app::api`; what is
//! here besides are the endpoints that are nobody's part of the product.
//!
//! No cookie is read here, so nothing can be done with somebody's browser: a request without a token is nobody's, whatever
//! page sent it. There are no CORS headers either. The reference is no endpoint but a page, beside them.

mod bearer;
mod credentials;
mod entrance;
mod finish;
mod jwks;
mod me;
mod openapi;
mod problems;
mod token;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use rowhouse_app::{
    api::ApiRoutes,
    routes::{Gate, SiteRoutes},
};

pub(crate) use bearer::agree;
pub(crate) use entrance::{call, dispatch};
pub(crate) use finish::finish;

/// Where the public keys for access tokens are.
const JWKS: &str = "/.well-known/jwks.json";
/// Most bytes of a request for an access token.
const TOKEN_LIMIT: usize = 16 * 1024;

/// Where the reference is: beside the endpoints, and a page for people.
const DOCS: &str = "/api/v1/docs";

/// Whether a path is for programs.
pub(crate) fn is_api(path: &str) -> bool {
    let is_below = path.strip_prefix("/api/v1").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path == JWKS || (is_below && path != DOCS)
}

/// Adds the page to a site.
pub(crate) fn pages(site: SiteRoutes) -> SiteRoutes {
    site.get(DOCS, Gate::Public, openapi::docs)
}

/// Every endpoint that takes a token.
pub fn routes() -> ApiRoutes {
    rowhouse_app::desk::api::routes(ApiRoutes::default().get("/api/v1/me", me::show))
}

/// All endpoints: those, and the few that are open to everybody.
pub(crate) fn router(endpoints: ApiRoutes) -> Router {
    endpoints
        .into_router()
        .route("/api/v1/token", post(token::issue).layer(DefaultBodyLimit::max(TOKEN_LIMIT)))
        .route("/api/v1/openapi.json", get(openapi::show))
        .route("/api/v1/problems/{kind}", get(problems::show))
        .route(JWKS, get(jwks::show))
}
