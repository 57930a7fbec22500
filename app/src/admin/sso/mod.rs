//! Single sign-on, for those who set it up.

mod delete;
mod domains;
mod in_words;
mod list;
mod naming;
mod new;
mod people;
mod presets;
mod setup;
mod tabs;
mod traces;

use rowhouse_platform::{
    access::{ManageSso, Permit},
    sso::{Connection, connection, connection::ConnectionError},
};

use crate::{
    context::RequestContext,
    error::PageError,
    routes::{Gate, SiteRoutes},
};

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let (gate, confirmed) = (Gate::of::<ManageSso>(), Gate::confirmed::<ManageSso>());
    // The pages of other files bring routes of their own: one line each.
    let parts: [fn(SiteRoutes) -> SiteRoutes; 4] = [domains::routes, people::routes, traces::routes, setup::routes];
    let site = parts.into_iter().fold(site, |site, routes| routes(site));
    site.get("/admin/sso", gate, list::show)
        .get("/admin/sso/new", gate, new::show)
        .post("/admin/sso/new", gate, new::submit)
        .get("/admin/sso/{connection}/delete", confirmed, delete::show)
        .post("/admin/sso/{connection}/delete", confirmed, delete::submit)
}

/// The connection that an address names: one of another tenant, or a text that names none, is not found.
async fn find(permit: &mut Permit<ManageSso>, id: &str) -> Result<Connection, PageError> {
    let id = id.parse().map_err(|_| PageError::NotFound)?;
    connection::find(permit, id).await?.ok_or(PageError::NotFound)
}

/// Where the workspace's pages begin for everybody, however this request reached them: what providers are told.
fn main_address(context: &RequestContext) -> Result<String, PageError> {
    let (tenant, public) = (context.tenant()?, context.public());
    if tenant.primary_host.is_none() && !context.base_path.is_empty() {
        return Ok(format!("{}{}", public.apex(), context.base_path));
    }
    Ok(public.tenant_origin(tenant))
}

impl From<ConnectionError> for PageError {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::NotFound => Self::NotFound,
            ConnectionError::Database(error) => error.into(),
            ConnectionError::Plan(refused) => refused.into(),
            // A form says these beside its fields; here they come when two do the same at once.
            told @ (ConnectionError::Full
            | ConnectionError::HintTaken
            | ConnectionError::NotTested
            | ConnectionError::Changed
            | ConnectionError::Required) => Self::BadRequest(told.to_string()),
            broken @ (ConnectionError::Secret(_) | ConnectionError::Key(_)) => Self::internal(broken),
        }
    }
}
