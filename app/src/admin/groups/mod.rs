//! `/admin/groups`: people who get a role together.

mod delete;
mod list;
mod page;
mod view;

use rowhouse_platform::access::{GroupId, ManageRoles};

use crate::{
    error::PageError,
    routes::{Gate, SiteRoutes},
};

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let (manage, confirmed) = (Gate::of::<ManageRoles>(), Gate::confirmed::<ManageRoles>());
    site.get("/admin/groups", manage, list::show)
        .get("/admin/groups/new", manage, page::show_new)
        .post("/admin/groups/new", manage, page::submit_new)
        .get("/admin/groups/{group}", manage, page::show)
        .post("/admin/groups/{group}", manage, page::submit)
        .get("/admin/groups/{group}/delete", confirmed, delete::show)
        .post("/admin/groups/{group}/delete", confirmed, delete::submit)
}

/// An id that is none answers as a group that does not exist.
fn read_id(text: &str) -> Result<GroupId, PageError> {
    text.parse().map_err(|_| PageError::NotFound)
}
