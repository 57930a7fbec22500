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

use super::{PLAN, chosen, subscribed};
use crate::{
    access::Allowed,
    admin::plan::view::facts,
    context::Context,
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

/// Why it is another number of seats than before.
fn other_seats(seats: i32, paid: Option<i32>) -> Option<&'static str> {
    match paid? {
        paid if seats < paid => Some("Fewer seats are paid for than now, as the plan has no room for more."),
        paid if seats > paid => Some("More seats are paid for than now, as so many are in use."),
        _ => None,
    }
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
        let mut then = vec![("Plan from now on", offer.name.clone()), ("Price", offer.price.in_words())];
        if let Some(seats) = seats {
            then.extend([("Seats paid for", number(seats.into())), ("Seats in use", number(used))]);
        }
        let why = seats.and_then(|seats| other_seats(seats, paid));
        let content = view! {
            <div class="page__head"><h1 class="page__title">{title.clone()}</h1></div>
            <form class="card stack" action=context.href("/admin/plan/change") method="post">
                <input type="hidden" name="version" value=offer.id.to_string() />
                {facts(then)}
                {why.map(|words| view! { <p>{words}</p> })}
                <p>{format!("What was paid for {from} and is not used up yet is taken off; the difference for the rest of the period stands on the next invoice.")}</p>
                <p>"Where you use more than the plan has room for, nothing is deleted: what is over can be read, and not be changed."</p>
                <div class="button-row">
                    <button class="button button--primary" type="submit">{title.clone()}</button>
                    <a class="button" href=context.href(PLAN)>"Keep the present plan"</a>
                </div>
            </form>
        };
        frame(&context, &person, Section::Plan, true, content)
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
