//! `POST /admin/plan/checkout` and `POST /admin/plan/portal`: to Stripe's own pages, where cards are entered.

use axum::response::Response;
use rowhouse_platform::{
    access::{ManagePlan, Permit, Principal},
    billing::checkout::{self, Buyer, CheckoutError, Order},
    identity::throttle::{self, Limit},
    plan::{count, offer},
};
use serde::Deserialize;
use time::Duration;

use super::{PLAN, billing, chosen, may_try};
use crate::{
    access::Allowed,
    account::sso::going_on,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{FormBody, flash::Flash},
};

/// How often a workspace is led to Stripe. Each time Stripe is asked, and its patience with us is every workspace's.
const LED: Limit = Limit { attempts: 30, window: Duration::minutes(10) };

/// What is bought.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    version: String,
}

pub(super) async fn checkout(
    context: Context,
    Allowed(mut permit): Allowed<ManagePlan>,
    FormBody(wanted): FormBody<Wanted>,
) -> Result<Response, PageError> {
    let billing = billing(&context)?;
    let own = checkout::own(&mut permit).await?;
    if own.subscription.is_some() {
        // A second one would be paid beside the first.
        return Err(PageError::BadRequest("There is a subscription already. Change its plan instead.".to_owned()));
    }
    let offer = chosen(offer::list(&mut permit).await?, &wanted.version)?;
    let may_try = may_try(&context.tenant()?.entitlements, &own, &offer.plan);
    let price = checkout::price_of(&mut permit, offer.id).await?.ok_or(PageError::NotFound)?;
    let seats = count::seats(&mut permit, &context.services.ambient).await?;
    // Nobody waits for Stripe with a transaction open.
    let person = leave(&context, permit).await?;
    let home = format!("{}{PLAN}", context.tenant_origin()?);
    let address: Result<String, Away> = async {
        let buyer = buyer(&context, &person)?;
        let services = &context.services;
        let customer =
            checkout::customer(billing, &services.database, &services.ambient, buyer, own.customer.clone()).await?;
        let order = Order { version: offer.id, price: &price, seats, may_try };
        Ok(checkout::checkout(billing, &services.ambient, buyer, &customer, order, &home).await?)
    }
    .await;
    lead(&context, address)
}

pub(super) async fn portal(context: Context, Allowed(mut permit): Allowed<ManagePlan>) -> Result<Response, PageError> {
    let billing = billing(&context)?;
    let customer = checkout::own(&mut permit).await?.customer.ok_or(PageError::NotFound)?;
    let person = leave(&context, permit).await?;
    let home = format!("{}{PLAN}", context.tenant_origin()?);
    let address: Result<String, Away> = async {
        let buyer = buyer(&context, &person)?;
        Ok(checkout::portal(billing, &context.services.ambient, buyer, &customer, &home).await?)
    }
    .await;
    lead(&context, address)
}

/// Counts that somebody is led to Stripe, and ends the transaction.
async fn leave(context: &RequestContext, mut permit: Permit<ManagePlan>) -> Result<Principal, PageError> {
    let counted = throttle::count(&mut permit, &context.services.ambient, &["to Stripe"], LED).await?;
    let person = permit.commit().await?;
    counted.map(|()| person).map_err(|throttled| PageError::Throttled(throttled.wait_in_words()))
}

fn buyer<'a>(context: &'a RequestContext, person: &'a Principal) -> Result<Buyer<'a>, PageError> {
    let tenant = context.tenant()?;
    Ok(Buyer { home: &tenant.home, name: &tenant.name, email: &person.email })
}

/// What became of it.
enum Away {
    Page(PageError),
    Checkout(CheckoutError),
}

impl From<PageError> for Away {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<CheckoutError> for Away {
    fn from(error: CheckoutError) -> Self {
        Self::Checkout(error)
    }
}

/// To Stripe's page, or back with a word that it is away.
fn lead(context: &RequestContext, address: Result<String, Away>) -> Result<Response, PageError> {
    match address {
        Ok(address) => Ok(going_on::lead(context, "Stripe", &address)),
        Err(Away::Page(error)) => Err(error),
        Err(Away::Checkout(CheckoutError::Database(error))) => Err(error.into()),
        Err(Away::Checkout(error)) => {
            tracing::error!(request_id = context.request_id, %error, "a page of Stripe's could not be led to");
            Ok(see_other_with(&context.href(PLAN), Flash::PaymentPageAway))
        }
    }
}
