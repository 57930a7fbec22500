//! Single sign-on, for people: the ways in at their company's identity providers, and what is said on the way.
//!
//! The endpoints of the protocols themselves are the server's (`src/sso`); the pages that they answer with are here.

mod by_email;
pub mod going_on;
pub mod link;
mod offer;
mod refused;
mod sign_out;
mod signed_out;

use axum::response::Response;
use rowhouse_platform::identity::{admission::Admission, session::Device};

pub(super) use offer::{Offer, choices};
pub use refused::{Attempt, refused};
pub(super) use sign_out::there as sign_out_there;
pub use signed_out::signed_out;

use crate::{
    context::RequestContext,
    routes::{Gate, SiteRoutes},
};

/// Where somebody says their address, for its domain to say where they sign in.
const BY_EMAIL: &str = "/sign-in/sso";

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.post(BY_EMAIL, Gate::Public, by_email::submit)
}

/// A path of this site to go to after signing in; anything else is none.
pub fn local_path(next: &str) -> Option<&str> {
    super::sign_in::local_path(next)
}

/// Where somebody goes back to who wanted to go to `next`.
pub fn back_to(context: &RequestContext, next: &str) -> String {
    context.href(local_path(next).unwrap_or("/tickets"))
}

/// The answer to somebody whom a provider signed in, with the device that they began with.
pub fn let_in(context: &RequestContext, admission: Admission, next: &str, device: &Device) -> Response {
    super::sign_in::let_in_with(context, admission, next, device)
}
