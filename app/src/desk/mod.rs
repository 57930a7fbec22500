//! Desk, the help desk: the product in the house. Nothing outside this folder, its migration and the lines that name it
//! in `routes.rs` and the sidebar knows of it.

pub mod quick_search;

pub use quick_search::LiveQuickSearch;

#[cfg(feature = "ssr")]
pub mod bulk;
#[cfg(feature = "ssr")]
mod create;
#[cfg(feature = "ssr")]
mod detail;
#[cfg(feature = "ssr")]
pub mod handover;
#[cfg(feature = "ssr")]
mod insight;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
mod list_query;
#[cfg(feature = "ssr")]
pub mod permission;
#[cfg(feature = "ssr")]
pub mod project;
#[cfg(feature = "ssr")]
pub mod search;
#[cfg(feature = "ssr")]
pub mod ticket;
#[cfg(feature = "ssr")]
mod ticket_view;

#[cfg(feature = "ssr")]
pub use list::PAGE_SIZE;

/// Adds Desk's pages to a tenant's site.
#[cfg(feature = "ssr")]
pub fn routes(site: crate::routes::SiteRoutes) -> crate::routes::SiteRoutes {
    use crate::routes::Gate;
    use permission::{ReadTickets, WriteTickets};
    let site = project::routes(site);
    let site = insight::routes(site);
    site.get("/tickets", Gate::of::<ReadTickets>(), list::show)
        .get("/tickets/new", Gate::of::<WriteTickets>(), create::show)
        .post("/tickets/new", Gate::of::<WriteTickets>(), create::submit)
        .get("/tickets/{ticket}", Gate::of::<ReadTickets>(), detail::show)
        .post("/tickets/{ticket}", Gate::of::<WriteTickets>(), detail::submit)
}
