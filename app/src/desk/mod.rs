//! Desk, the help desk: the product in the house. Nothing outside this folder, its migration and the lines that name it
//! in `routes.rs` and the sidebar knows of it.

pub mod quick_search;

pub use quick_search::LiveQuickSearch;

#[cfg(feature = "ssr")]
pub mod attachment;
#[cfg(feature = "ssr")]
pub mod bulk;
#[cfg(feature = "ssr")]
mod create;
#[cfg(feature = "ssr")]
mod detail;
#[cfg(feature = "ssr")]
pub mod handover;
#[cfg(feature = "ssr")]
mod labels;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
mod list_query;
#[cfg(feature = "ssr")]
pub mod markdown;
#[cfg(feature = "ssr")]
pub mod permission;
#[cfg(feature = "ssr")]
mod person_field;
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
    use permission::ReadTickets;
    let site = project::routes(site);
    let site = attachment::routes(site);
    let site = labels::routes(detail::routes(create::routes(site)));
    site.get("/tickets", Gate::of::<ReadTickets>(), list::show)
}
