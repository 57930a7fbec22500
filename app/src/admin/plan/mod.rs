//! `/admin/plan`: what the workspace may use, what it uses, and what else there is.

pub(crate) mod history;
pub(crate) mod limits;
mod notice;
mod offers;
pub(crate) mod view;

use axum::response::Response;
use rowhouse_platform::{
    access::ManagePlan,
    plan::{
        Limit,
        count::{self, ProductUse as _},
        offer,
    },
};

pub(crate) use self::notice::{banner, missing, requests, room};
use crate::{
    access::Allowed,
    billing,
    context::Context,
    error::PageError,
    product::Installed,
    routes::{Gate, SiteRoutes},
};

/// Where the page is.
pub(crate) const PATH: &str = "/admin/plan";
/// So many changes are listed.
const CHANGES: i32 = 20;

/// Adds the page to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get(PATH, Gate::of::<ManagePlan>(), show)
}

async fn show(context: Context, Allowed(mut permit): Allowed<ManagePlan>) -> Result<Response, PageError> {
    let used = count::all::<Installed>(&mut permit, &context.services.ambient).await?;
    let projects_over = match permit.entitlements().limit(Limit::Projects) {
        Some(most) => Installed::projects_over(&mut permit, most).await?,
        None => Vec::new(),
    };
    let offers = offer::list(&mut permit).await?;
    let changes = offer::history(&mut permit, CHANGES).await?;
    let billing = billing::load(&context, &mut permit).await?;
    let person = permit.commit().await?;
    let own = context.tenant()?.entitlements.clone();
    let shown = view::Shown {
        own: &own,
        used: &used,
        projects_over: &projects_over,
        offers: &offers,
        changes: &changes,
        billing: billing.as_ref(),
    };
    Ok(view::render(&context, &person, &shown))
}
