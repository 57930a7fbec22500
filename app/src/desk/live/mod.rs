//! Live changes: pages that are open hear of what happens to tickets, by server-sent events.
//!
//! The database is what tells: each server asks it once a second for each tenant that somebody here listens to, and so
//! hears of what other servers did too. Nothing but which ticket changed, and by whom, is sent; the page then asks for
//! the changed part as for any other page.

mod hub;
mod listen;
mod news;
mod poll;

pub use hub::Live;

use super::permission::ReadTickets;
use crate::routes::{Gate, SiteRoutes};

/// The script that listens.
pub(super) const SCRIPT: &str = "live.js";

/// Adds what pages listen to.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get("/live", Gate::of::<ReadTickets>(), listen::show)
}
