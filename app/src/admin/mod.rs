//! The tenant's admin area.

pub mod preview_branding;

#[cfg(feature = "ssr")]
mod api_keys;
#[cfg(feature = "ssr")]
pub(crate) mod audit;
#[cfg(feature = "ssr")]
mod brand_files;
#[cfg(feature = "ssr")]
mod branding;
#[cfg(feature = "ssr")]
mod branding_form;
#[cfg(feature = "ssr")]
mod branding_preview;
#[cfg(feature = "ssr")]
mod branding_submission;
#[cfg(feature = "ssr")]
mod domain_card;
#[cfg(feature = "ssr")]
mod domains;
#[cfg(feature = "ssr")]
mod domains_remove;
#[cfg(feature = "ssr")]
mod domains_view;
#[cfg(feature = "ssr")]
mod groups;
#[cfg(feature = "ssr")]
mod members;
#[cfg(feature = "ssr")]
pub(crate) mod plan;
#[cfg(feature = "ssr")]
mod roles;
#[cfg(feature = "ssr")]
mod security;
#[cfg(feature = "ssr")]
pub(crate) mod settings;
#[cfg(feature = "ssr")]
mod sso;
#[cfg(feature = "ssr")]
pub(crate) mod usage;

#[cfg(feature = "ssr")]
use crate::routes::SiteRoutes;

/// Adds the pages to a tenant's site.
#[cfg(feature = "ssr")]
pub fn routes(site: SiteRoutes) -> SiteRoutes {
    let parts = [
        members::routes,
        roles::routes,
        groups::routes,
        plan::routes,
        settings::routes,
        security::routes,
        sso::routes,
        api_keys::routes,
        audit::routes,
        usage::routes,
        domains::routes,
        branding::routes,
    ];
    parts.into_iter().fold(site, |site, routes: fn(SiteRoutes) -> SiteRoutes| routes(site))
}
