//! `/tenants/{slug}`: one tenant, and what can be done to it.

mod agreed;
mod billing;
mod changes;
mod overrides;
mod overview;
mod plan;
mod state;

use rowhouse_platform::{
    operator::{
        OfTenant,
        audit::{Action, Record},
    },
    tenancy::Slug,
};

use super::Staff;
use crate::{
    context::RequestContext,
    error::PageError,
    routes::{Gate, SiteRoutes},
    ui::FieldErrors,
};

/// The most characters of a reason, as its column takes them.
const REASON_LENGTH: usize = 500;

/// Adds the pages to the console.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let gate = Gate::Operator;
    site.get("/tenants/{slug}", gate, overview::show)
        .get("/tenants/{slug}/billing", gate, billing::show)
        .get("/tenants/{slug}/plan", gate, plan::show)
        .post("/tenants/{slug}/plan", gate, plan::submit)
        .get("/tenants/{slug}/overrides", gate, overrides::show)
        .post("/tenants/{slug}/overrides", gate, overrides::submit)
        .get("/tenants/{slug}/overrides/{key}/end", gate, overrides::show_end)
        .post("/tenants/{slug}/overrides/{key}/end", gate, overrides::submit_end)
        .get("/tenants/{slug}/suspend", gate, state::show_suspend)
        .post("/tenants/{slug}/suspend", gate, state::submit_suspend)
        .get("/tenants/{slug}/resume", gate, state::show_resume)
        .post("/tenants/{slug}/resume", gate, state::submit_resume)
}

/// Where the tenant's page is.
fn home(slug: &str) -> String {
    format!("/tenants/{slug}")
}

/// Writes down what is about to be read of or done to a tenant. One that does not exist is not found.
async fn about(
    context: &RequestContext,
    Staff(staff): Staff,
    slug: &str,
    record: Record,
) -> Result<OfTenant, PageError> {
    // What cannot be a name is nobody's.
    if slug.parse::<Slug>().is_ok_and(|parsed| parsed.as_ref() == slug) {
        let found = staff.about(&context.services.ambient, &context.origin(), slug, record).await?;
        return found.ok_or(PageError::NotFound);
    }
    Err(PageError::NotFound)
}

/// The same for a page that asks what is to be done.
async fn about_form(context: &RequestContext, staff: Staff, slug: &str, form: &str) -> Result<OfTenant, PageError> {
    about(context, staff, slug, Record::of(Action::TenantRead).detail(form)).await
}

/// The reason of an act: it stands in the records.
fn reason(errors: &mut FieldErrors, typed: &str) -> String {
    errors.required_line("reason", "The reason", typed, REASON_LENGTH)
}
