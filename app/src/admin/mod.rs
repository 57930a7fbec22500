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
mod members;
#[cfg(feature = "ssr")]
mod security;

/// Adds the pages to a tenant's site.
#[cfg(feature = "ssr")]
pub fn routes(site: crate::routes::SiteRoutes) -> crate::routes::SiteRoutes {
    use crate::routes::Gate;
    use rowhouse_platform::access::{ManageBranding, ManageSecurity, ReadAudit};
    members::routes(site)
        .get("/admin/branding", Gate::of::<ManageBranding>(), branding::show)
        .post("/admin/branding", Gate::of::<ManageBranding>(), branding::submit)
        .get("/admin/security", Gate::confirmed::<ManageSecurity>(), security::show)
        .post("/admin/security", Gate::confirmed::<ManageSecurity>(), security::submit)
        .get("/admin/audit", Gate::of::<ReadAudit>(), audit::show)
        .get("/admin/audit/export.csv", Gate::of::<ReadAudit>(), audit::export_csv)
        .get("/admin/audit/export.jsonl", Gate::of::<ReadAudit>(), audit::export_json_lines)
        // The sign-in page wears the branding too, so these are open to everybody.
        .get("/brand/logo/{hash}", Gate::Public, brand_files::logo)
        .get("/brand/favicon/{hash}", Gate::Public, brand_files::favicon)
        .get("/brand/mark.svg", Gate::Public, brand_files::mark)
}
