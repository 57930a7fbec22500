//! How people come into a workspace and leave it.

mod passkeys;
mod second_factor;
mod security;
mod sign_in;
mod sign_out;
mod welcome;

pub(crate) use sign_in::{address as sign_in_address, leading_back};

/// Where a second factor is shown or set up by somebody who is signed in and owes it.
pub(crate) const SECOND_FACTOR: &str = "/account/second-factor";
/// Where somebody who is signed in shows their credentials again.
pub(crate) const CONFIRM: &str = "/confirm";

use crate::routes::{Gate, SiteRoutes};

/// Adds the pages to a tenant's site.
pub fn routes(site: SiteRoutes) -> SiteRoutes {
    let site = passkeys::routes(security::routes(second_factor::routes(site)));
    site.get("/sign-in", Gate::Public, sign_in::show)
        .post("/sign-in", Gate::Public, sign_in::submit)
        .post("/sign-out", Gate::Public, sign_out::submit)
        .get("/welcome", Gate::Public, welcome::show)
}
