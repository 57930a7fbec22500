//! The tenant's admin area.

pub mod preview_branding;

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

/// Adds the pages to a tenant's site.
#[cfg(feature = "ssr")]
pub fn routes(site: crate::routes::SiteRoutes) -> crate::routes::SiteRoutes {
    use crate::routes::Gate;
    use rowhouse_platform::access::ManageBranding;
    site.get("/admin/branding", Gate::of::<ManageBranding>(), branding::show)
        .post("/admin/branding", Gate::of::<ManageBranding>(), branding::submit)
        // The sign-in page wears the branding too, so these are open to everybody.
        .get("/brand/logo/{hash}", Gate::Public, brand_files::logo)
        .get("/brand/favicon/{hash}", Gate::Public, brand_files::favicon)
        .get("/brand/background/{hash}", Gate::Public, brand_files::background)
        .get("/brand/mark.svg", Gate::Public, brand_files::mark)
}
