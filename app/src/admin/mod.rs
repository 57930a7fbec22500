//! The tenant's admin area.

pub mod preview_branding;

#[cfg(feature = "ssr")]
mod audit;
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
mod roles;
#[cfg(feature = "ssr")]
mod security;
#[cfg(feature = "ssr")]
pub(crate) mod settings;

/// Adds the pages to a tenant's site.
#[cfg(feature = "ssr")]
pub fn routes(site: crate::routes::SiteRoutes) -> crate::routes::SiteRoutes {
    use crate::routes::Gate;
    use rowhouse_platform::access::{ManageBranding, ManageDomains, ManageSecurity, ReadAudit};
    let site = groups::routes(roles::routes(members::routes(site)));
    let site = settings::routes(site);
    let site = site.get("/admin/security", Gate::confirmed::<ManageSecurity>(), security::show).post(
        "/admin/security",
        Gate::confirmed::<ManageSecurity>(),
        security::submit,
    );
    let site = site
        .get("/admin/audit", Gate::of::<ReadAudit>(), audit::show)
        .get("/admin/audit/export.csv", Gate::of::<ReadAudit>(), audit::export_csv)
        .get("/admin/audit/export.jsonl", Gate::of::<ReadAudit>(), audit::export_json_lines);
    let site = site
        .get("/admin/domains", Gate::of::<ManageDomains>(), domains::show)
        .post("/admin/domains", Gate::of::<ManageDomains>(), domains::submit)
        .get("/admin/domains/remove", Gate::confirmed::<ManageDomains>(), domains_remove::show)
        .post("/admin/domains/remove", Gate::confirmed::<ManageDomains>(), domains_remove::submit);
    site.get("/admin/branding", Gate::of::<ManageBranding>(), branding::show)
        .post("/admin/branding", Gate::of::<ManageBranding>(), branding::submit)
        // The sign-in page wears the branding too, so these are open to everybody.
        .get("/brand/logo/{hash}", Gate::Public, brand_files::logo)
        .get("/brand/favicon/{hash}", Gate::Public, brand_files::favicon)
        .get("/brand/background/{hash}", Gate::Public, brand_files::background)
        .get("/brand/mark.svg", Gate::Public, brand_files::mark)
}
