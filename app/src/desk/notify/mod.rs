//! Notifications: who hears of what happens to tickets, in their inbox and by mail.

mod busy;
pub mod inbox;
mod page;
mod said;
mod settings;
pub(in crate::desk) mod tell;
mod unsubscribe;
pub mod upkeep;
pub mod wish;

pub use upkeep::NewsChore;

use rowhouse_platform::access::SignedIn;

use super::permission::ReadTickets;
use crate::routes::{Gate, SiteRoutes};

/// Adds the pages.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get("/inbox", Gate::of::<ReadTickets>(), page::show)
        .post("/inbox", Gate::of::<ReadTickets>(), page::submit)
        .get("/inbox/mail", Gate::of::<SignedIn>(), settings::show)
        .post("/inbox/mail", Gate::of::<SignedIn>(), settings::submit)
        .get("/unsubscribe/{token}", Gate::Public, unsubscribe::show)
        .post("/unsubscribe/{token}", Gate::Public, unsubscribe::submit)
}
