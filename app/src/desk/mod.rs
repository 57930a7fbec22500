//! Desk, the help desk: the product in the house. Nothing outside this folder, its migration and the lines that name it
//! in `product.rs`, `routes.rs`, `src/api` and the frame knows of it.

pub mod quick_search;

pub use quick_search::LiveQuickSearch;

#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod attachment;
#[cfg(feature = "ssr")]
mod board;
#[cfg(feature = "ssr")]
pub mod bulk;
#[cfg(feature = "ssr")]
pub mod bulk_edit;
#[cfg(feature = "ssr")]
mod create;
#[cfg(feature = "ssr")]
mod detail;
#[cfg(feature = "ssr")]
pub mod export;
#[cfg(feature = "ssr")]
pub mod handover;
#[cfg(feature = "ssr")]
pub mod import;
#[cfg(feature = "ssr")]
pub mod insight;
#[cfg(feature = "ssr")]
mod labels;
#[cfg(feature = "ssr")]
pub mod list;
#[cfg(feature = "ssr")]
pub mod live;
#[cfg(feature = "ssr")]
pub mod markdown;
#[cfg(feature = "ssr")]
pub mod notify;
#[cfg(feature = "ssr")]
pub mod permission;
#[cfg(feature = "ssr")]
mod person_field;
#[cfg(feature = "ssr")]
mod product;
#[cfg(feature = "ssr")]
pub mod project;
#[cfg(feature = "ssr")]
pub mod search;
#[cfg(feature = "ssr")]
pub mod shortcuts;
#[cfg(feature = "ssr")]
pub mod ticket;
#[cfg(feature = "ssr")]
mod ticket_view;
#[cfg(feature = "ssr")]
pub mod views;

#[cfg(feature = "ssr")]
pub use list::PAGE_SIZE;
#[cfg(feature = "ssr")]
pub use product::Desk;

/// Adds Desk's pages to a tenant's site.
#[cfg(feature = "ssr")]
pub fn routes(site: crate::routes::SiteRoutes) -> crate::routes::SiteRoutes {
    use crate::routes::Gate;
    use permission::{ReadTickets, WriteTickets};
    let site = project::routes(site);
    let site = attachment::routes(site);
    let site = import::routes(export::routes(site));
    let site = insight::routes(site);
    let site = live::routes(notify::routes(site));
    let site = labels::routes(detail::routes(create::routes(site)));
    let site = site
        .get("/board", Gate::of::<ReadTickets>(), board::show)
        .post("/board", Gate::of::<WriteTickets>(), board::submit)
        .get("/views", Gate::of::<ReadTickets>(), views::show)
        .post("/views", Gate::of::<ReadTickets>(), views::submit)
        .post("/tickets", Gate::of::<WriteTickets>(), bulk_edit::submit);
    site.get("/tickets", Gate::of::<ReadTickets>(), list::show)
}
