//! Paying for a plan: what `/admin/plan` shows of payments, and the forms on it.
//!
//! Only the way to a page of Stripe's asks Stripe while somebody waits. Everything else is written down and told to Stripe
//! a moment later; until Stripe confirms it, the page says that it is on its way.

mod cancel;
mod change;
mod invoices;
mod offers;
mod payment;
mod seats;
mod stripe_page;
mod tax_id;

use rowhouse_platform::{
    access::{ManagePlan, Permit},
    billing::{
        Billing,
        checkout::{self, OwnBilling},
        invoice::{self, Invoice},
        payment_method::{self, PaysWith},
        request::{self, Asked},
    },
    plan::{Entitlements, offer::Offer},
};

pub(crate) use self::{
    invoices::card as invoices,
    offers::{action, is_own, may_try, remark},
    payment::card as payment,
};
use crate::{
    admin::plan::PATH as PLAN,
    context::RequestContext,
    error::PageError,
    routes::{Gate, SiteRoutes},
};

/// So many invoices are listed.
const INVOICES: i32 = 36;

/// Adds the forms to a tenant's site.
pub fn routes(site: SiteRoutes) -> SiteRoutes {
    let gate = Gate::of::<ManagePlan>;
    site.post("/admin/plan/checkout", gate(), stripe_page::checkout)
        .post("/admin/plan/portal", gate(), stripe_page::portal)
        .get("/admin/plan/change", gate(), change::show)
        .post("/admin/plan/change", gate(), change::submit)
        .get("/admin/plan/seats", gate(), seats::show)
        .post("/admin/plan/seats", gate(), seats::submit)
        .get("/admin/plan/tax-id", gate(), tax_id::show)
        .post("/admin/plan/tax-id", gate(), tax_id::submit)
        .get("/admin/plan/cancel", gate(), cancel::show)
        .post("/admin/plan/cancel", gate(), cancel::submit)
        .post("/admin/plan/resume", gate(), cancel::resume)
}

/// What the page of the plan shows of payments.
pub(crate) struct Shown {
    /// What the tenant has at Stripe.
    pub(crate) own: OwnBilling,
    /// What it pays with.
    pub(crate) pays_with: PaysWith,
    /// Its invoices, the newest first.
    pub(crate) invoices: Vec<Invoice>,
    /// What Stripe is being told, or refused.
    pub(crate) asked: Vec<Asked>,
}

/// The same, from the database; nothing where nothing is paid here.
pub(crate) async fn load(
    context: &RequestContext,
    permit: &mut Permit<ManagePlan>,
) -> Result<Option<Shown>, PageError> {
    if context.services.billing.is_none() {
        return Ok(None);
    }
    Ok(Some(Shown {
        own: checkout::own(permit).await?,
        pays_with: payment_method::own(permit).await?,
        invoices: invoice::newest(permit, INVOICES).await?,
        asked: request::asked(permit, &context.services.ambient).await?,
    }))
}

/// Billing; where nothing is paid here, there is no such page.
fn billing(context: &RequestContext) -> Result<&Billing, PageError> {
    context.services.billing.as_ref().ok_or(PageError::NotFound)
}

/// The plan as it is, for forms that need a subscription: without one, there is no such page.
fn subscribed(context: &RequestContext) -> Result<&Entitlements, PageError> {
    billing(context)?;
    let own: &Entitlements = &context.tenant()?.entitlements;
    if own.is_billed { Ok(own) } else { Err(PageError::NotFound) }
}

/// What can be chosen of `offers` by this id.
fn chosen(offers: Vec<Offer>, version: &str) -> Result<Offer, PageError> {
    let version: uuid::Uuid = version.parse().map_err(|_| PageError::NotFound)?;
    offers.into_iter().find(|offer| offer.id == version && offer.can_be_paid).ok_or(PageError::NotFound)
}
