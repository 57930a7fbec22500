//! Single sign-on, for those who set it up.

mod domains;
mod list;
mod people;
mod tabs;
mod traces;

use rowhouse_platform::{
    access::{ManageSso, Permit},
    sso::{Connection, connection},
};

use crate::{
    error::PageError,
    routes::{Gate, SiteRoutes},
};

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let gate = Gate::of::<ManageSso>();
    // The pages of other files bring routes of their own: one line each.
    let parts: [fn(SiteRoutes) -> SiteRoutes; 3] = [domains::routes, people::routes, traces::routes];
    let site = parts.into_iter().fold(site, |site, routes| routes(site));
    site.get("/admin/sso", gate, list::show)
}

/// The connection that an address names: one of another tenant, or a text that names none, is not found.
async fn find(permit: &mut Permit<ManageSso>, id: &str) -> Result<Connection, PageError> {
    let id = id.parse().map_err(|_| PageError::NotFound)?;
    connection::find(permit, id).await?.ok_or(PageError::NotFound)
}
