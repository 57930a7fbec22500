//! How people come into a workspace and leave it.

mod avatar_file;
mod change_email;
mod change_password;
mod confirm;
mod confirm_email_change;
mod devices;
mod join;
mod join_link;
mod join_view;
mod leave;
mod magic_link;
mod mailed_link;
mod new_password;
mod passkeys;
mod profile;
mod profile_form;
mod reset_password;
pub(crate) mod second_factor;
pub(crate) mod security;
mod sign_in;
mod sign_in_page;
mod sign_out;
pub mod sso;
mod verify_email;
mod welcome;

pub use sign_in::address as sign_in_address;
pub(crate) use sign_in::{bounded, leading_back, local_path, missing as missing_credentials};
pub(crate) use sign_in_page::{throttled as too_many_attempts, wrong as no_match};
pub(crate) use verify_email::SEND_AGAIN as SEND_VERIFICATION;

/// Where a second factor is shown or set up by somebody who is signed in and owes it.
pub(crate) const SECOND_FACTOR: &str = "/account/second-factor";
/// Where somebody who is signed in shows their credentials again.
pub(crate) const CONFIRM: &str = "/confirm";

use rowhouse_platform::access::SignedIn;

use crate::routes::{Gate, SiteRoutes};

/// Adds the pages to a tenant's site.
pub fn routes(site: SiteRoutes) -> SiteRoutes {
    let parts = [
        second_factor::routes,
        security::routes,
        passkeys::routes,
        sso::routes,
        magic_link::routes,
        reset_password::routes,
        verify_email::routes,
        change_password::routes,
        change_email::routes,
        confirm_email_change::routes,
        devices::routes,
        confirm::routes,
    ];
    let site = parts.into_iter().fold(site, |site, routes: fn(SiteRoutes) -> SiteRoutes| routes(site));
    site.get("/sign-in", Gate::Public, sign_in::show)
        .post("/sign-in", Gate::Public, sign_in::submit)
        .post("/sign-out", Gate::Public, sign_out::submit)
        .get("/account/profile", Gate::of::<SignedIn>(), profile::show)
        .post("/account/profile", Gate::of::<SignedIn>(), profile::submit)
        .get("/avatar/{account}/{hash}", Gate::of::<SignedIn>(), avatar_file::show)
        .get("/welcome", Gate::Public, welcome::show)
        .get("/join", Gate::Public, join::show)
        .post("/join", Gate::Public, join::submit)
        .get("/join/link", Gate::Public, join_link::show)
        .post("/join/link", Gate::Public, join_link::submit)
        .get("/account/leave", Gate::confirmed::<SignedIn>(), leave::show)
        .post("/account/leave", Gate::confirmed::<SignedIn>(), leave::submit)
}
