//! `/admin/api-keys`: what programs come in with.

mod list;
mod new;
mod revoke;

use rowhouse_platform::access::ManageApiKeys;

use crate::routes::{Gate, SiteRoutes};

const HOME: &str = "/admin/api-keys";

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let (manage, confirmed) = (Gate::of::<ManageApiKeys>(), Gate::confirmed::<ManageApiKeys>());
    site.get(HOME, manage, list::show)
        .get("/admin/api-keys/new", confirmed, new::show)
        .post("/admin/api-keys/new", confirmed, new::submit)
        .get("/admin/api-keys/{key}/revoke", manage, revoke::show)
        .post("/admin/api-keys/{key}/revoke", manage, revoke::submit)
}
