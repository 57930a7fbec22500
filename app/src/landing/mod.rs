//! The apex: what Rowhouse is, signing a company up, and finding one's workspace.

pub mod address_field;

#[cfg(feature = "ssr")]
mod dev_mail;
#[cfg(feature = "ssr")]
mod find;
#[cfg(feature = "ssr")]
mod home;
#[cfg(feature = "ssr")]
mod sign_up;

/// Adds the pages to the apex; `development` adds the outbox.
#[cfg(feature = "ssr")]
pub fn routes(site: crate::routes::SiteRoutes, development: bool) -> crate::routes::SiteRoutes {
    use crate::routes::Gate;
    let site = site
        .get("/", Gate::Public, home::show)
        .get("/sign-up", Gate::Public, sign_up::show)
        .post("/sign-up", Gate::Public, sign_up::submit)
        .get("/find", Gate::Public, find::show)
        .post("/find", Gate::Public, find::submit);
    if development { dev_mail::routes(site) } else { site }
}
