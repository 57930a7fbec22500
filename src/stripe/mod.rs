//! What Stripe asks of us: its webhook, at the apex.

mod webhook;

use rowhouse_app::routes::{Gate, SiteRoutes};

/// Adds the webhook to the apex.
pub fn routes(site: SiteRoutes) -> SiteRoutes {
    site.post("/stripe/webhook", Gate::Public, webhook::receive)
}
