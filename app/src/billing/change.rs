//! `/admin/plan/change`: from one paid plan to another.

use axum::{extract::Query, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::ManagePlan,
    billing::{
        checkout,
        request::{self, Request},
    },
    plan::{
        Entitlements, Limit, Overridden, count,
        offer::{self, Offer},
    },
};
use serde::Deserialize;

use super::{PLAN, Shown, chosen, subscribed};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FormBody, Head,
        flash::Flash,
        frame::{Section, frame},
        page,
        time::number,
    },
};

/// Which plan.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    version: String,
}

/// What is done with an offer on the page of the plan: bought, or changed to. Nothing for one's own, and for one that is
/// not paid here.
pub(crate) fn offer_action(
    context: &RequestContext,
    shown: Option<&Shown>,
    offer: &Offer,
    is_own: bool,
) -> Option<AnyView> {
    let shown = shown.filter(|_| offer.can_be_paid && !is_own)?;
    let version = offer.id.to_string();
    Some(if shown.own.subscription.is_some() {
        let href = context.href(&format!("{PLAN}/change?version={version}"));
        view! { <a class="button" href=href>{format!("Change to {}", offer.name)}</a> }.into_any()
    } else {
        // A trial is given once.
        let verb = if offer.trial_days > 0 && !shown.own.had_one { "Try" } else { "Choose" };
        view! {
            <form action=context.href("/admin/plan/checkout") method="post">
                <input type="hidden" name="version" value=version />
                <button class="button button--primary" type="submit">{format!("{verb} {}", offer.name)}</button>
            </form>
        }
        .into_any()
    })
}

/// For how many seats `offer` is paid once it is chosen, if it is by seat. Those that are paid for stay so, as far as
/// there is room for them; where the plan before was not by seat, it begins with those that are used.
fn seats_of(offer: &Offer, own: &Entitlements, used: i64, paid: Option<i32>) -> Option<i32> {
    // What was agreed with the operator holds on every plan.
    let agreed = own.overrides.iter().find_map(|one| match one.what {
        Overridden::Limit(Limit::Seats, most) => Some(most),
        Overridden::Limit(..) | Overridden::Feature(..) => None,
    });
    let most = agreed.unwrap_or_else(|| offer.limits.get(&Limit::Seats).copied());
    let most = most.and_then(|most| i32::try_from(most).ok()).unwrap_or(i32::MAX);
    let used = i32::try_from(used).unwrap_or(i32::MAX);
    offer.price.per_seat.then(|| paid.unwrap_or(1).min(most).max(used))
}

/// The same before the button, in words.
fn seats_in_words(seats: i32, used: i64, paid: Option<i32>) -> String {
    let fewer = if paid.is_some_and(|paid| seats < paid) {
        " That is fewer than now, as the plan has no room for more."
    } else {
        ""
    };
    format!("Seats paid for from now on: {}. In use: {}.{fewer}", number(seats.into()), number(used))
}

pub(super) async fn show(
    context: Context,
    Allowed(mut permit): Allowed<ManagePlan>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let own = subscribed(&context)?;
    let offer = chosen(offer::list(&mut permit).await?, &wanted.version)?;
    let used = count::seats(&mut permit, &context.services.ambient).await?;
    let paid = checkout::own(&mut permit).await?.quantity;
    let seats = seats_of(&offer, own, used, paid);
    let person = permit.commit().await?;
    let from = own.plan_name.clone();
    let title = format!("Change to {}", offer.name);
    Ok(page(&context, Head::new(title.clone()), || {
        let content = view! {
            <div class="page__head"><h1 class="page__title">{title.clone()}</h1></div>
            <form class="card stack" action=context.href("/admin/plan/change") method="post">
                <input type="hidden" name="version" value=offer.id.to_string() />
                <p>{format!("From now on the plan is {}, for {}.", offer.name, offer.price.in_words())}</p>
                {seats.map(|seats| view! { <p>{seats_in_words(seats, used, paid)}</p> })}
                <p>{format!("What was paid for {from} and is not used up yet is taken off; the difference for the rest of the period stands on the next invoice.")}</p>
                <p>"Where you use more than the plan has room for, nothing is deleted: what is over can be read, and not be changed."</p>
                <div class="button-row">
                    <button class="button button--primary" type="submit">{title.clone()}</button>
                    <a class="button" href=context.href(PLAN)>"Keep the present plan"</a>
                </div>
            </form>
        };
        frame(&context, &person, Section::Plan, false, content)
    }))
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<ManagePlan>,
    FormBody(wanted): FormBody<Wanted>,
) -> Result<Response, PageError> {
    let own = subscribed(&context)?;
    let offer = chosen(offer::list(&mut permit).await?, &wanted.version)?;
    let price = checkout::price_of(&mut permit, offer.id).await?.ok_or(PageError::NotFound)?;
    let used = count::seats(&mut permit, &context.services.ambient).await?;
    let paid = checkout::own(&mut permit).await?.quantity;
    let seats = seats_of(&offer, own, used, paid);
    let change = Request::Plan { version: offer.id, price: price.price, seats, name: offer.name };
    request::ask(&mut permit, &context.services.ambient, &change).await?;
    permit.commit().await?;
    Ok(see_other_with(&context.href(PLAN), Flash::PaymentChangeAsked))
}
