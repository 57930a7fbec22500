//! The part of `/admin/plan` about the payment: how it is paid, and what can be changed.

use leptos::prelude::*;
use rowhouse_platform::{
    billing::{invoice::Invoice, payment_method::PaysWith, request::Asked},
    money,
    plan::Entitlements,
};
use time::OffsetDateTime;

use super::{PLAN, Shown};
use crate::{
    context::RequestContext,
    ui::{
        Icon,
        time::{day, number},
    },
};

/// The card; nothing where there is no customer at Stripe and nothing on its way there.
pub(crate) fn card(context: &RequestContext, shown: &Shown, own: &Entitlements) -> Option<AnyView> {
    if shown.own.customer.is_none() && shown.asked.is_empty() {
        return None;
    }
    let owed = shown.invoices.iter().filter(|invoice| invoice.is_owed() && invoice.has_failed);
    let now = context.services.ambient.now();
    let owed = owed.map(|invoice| to_pay(invoice, now)).collect_view();
    let asked = shown.asked.iter().map(on_its_way).collect_view();
    let discount = shown.own.discount.clone();
    Some(
        view! {
            <section class="card stack" aria-labelledby="plan-payment">
                <h2 id="plan-payment">"Payment"</h2>
                {owed}
                {asked}
                {pays_with(&shown.pays_with)}
                {discount.map(|name| view! { <p>{format!("Discount: {name}")}</p> })}
                <p class="muted">"Cards, addresses and receipts are kept by Stripe."</p>
                <div class="button-row">
                    {shown.own.customer.is_some().then(|| details(context))}
                    {own.is_billed.then(|| subscription(context, own))}
                </div>
            </section>
        }
        .into_any(),
    )
}

/// What is paid with, as Stripe said it. Nothing is asked for the page.
fn pays_with(method: &PaysWith) -> Option<AnyView> {
    let words = match method {
        PaysWith::Unknown => return None,
        PaysWith::Nothing => "No payment method is on file.".to_owned(),
        PaysWith::Something => "A payment method is on file; what it is appears here in a moment.".to_owned(),
        PaysWith::Method(method) => format!("Payment method: {}", method.in_words()),
    };
    Some(view! { <p>{words}</p> }.into_any())
}

fn details(context: &RequestContext) -> AnyView {
    view! {
        <form action=context.href("/admin/plan/portal") method="post">
            <button class="button" type="submit">"Payment method and address"</button>
        </form>
        <a class="button" href=context.href("/admin/plan/tax-id")>"Add a tax id"</a>
    }
    .into_any()
}

fn subscription(context: &RequestContext, own: &Entitlements) -> AnyView {
    let seats = own.price.per_seat.then(|| {
        view! { <a class="button" href=context.href(&format!("{PLAN}/seats"))>"Change seats"</a> }
    });
    let end = if own.cancel_at_period_end {
        view! {
            <form action=context.href("/admin/plan/resume") method="post">
                <button class="button button--primary" type="submit">"Take the cancellation back"</button>
            </form>
        }
        .into_any()
    } else {
        view! { <a class="button button--quiet" href=context.href(&format!("{PLAN}/cancel"))>"Cancel the subscription"</a> }
            .into_any()
    };
    view! { {seats} {end} }.into_any()
}

/// An invoice whose payment failed.
fn to_pay(invoice: &Invoice, now: OffsetDateTime) -> AnyView {
    let amount = money::amount(invoice.amount_due, &invoice.currency);
    let next = invoice.next_attempt_at.filter(|at| *at > now);
    let next = next.map_or_else(String::new, |at| format!(" It is tried again on {}.", day(at)));
    let text = format!("{amount} of the invoice of {} could not be collected.{next}", day(invoice.made_at));
    view! {
        <div class="notice notice--warning">
            <Icon name="triangle-alert" />
            <p class="notice__title">"An invoice is not paid"</p>
            <p>{text}</p>
            {invoice.page.clone().map(|page| view! { <p><a class="button button--primary" href=page rel="noopener">"Pay it at Stripe"</a></p> })}
        </div>
    }
    .into_any()
}

/// A change that Stripe is being told of, or refused.
fn on_its_way(asked: &Asked) -> AnyView {
    let what = what(asked);
    if asked.failed {
        let why = asked.why.clone().unwrap_or_default();
        return view! {
            <div class="notice notice--danger">
                <Icon name="circle-alert" />
                <p class="notice__title">{format!("Not done: {what}")}</p>
                <p>{why}</p>
            </div>
        }
        .into_any();
    }
    view! {
        <div class="notice">
            <Icon name="hourglass" />
            <p class="notice__title">{format!("On its way: {what}")}</p>
            <p>"It takes effect as soon as Stripe confirms it, which is a matter of seconds as a rule."</p>
        </div>
    }
    .into_any()
}

fn what(asked: &Asked) -> String {
    match asked.kind.as_str() {
        "seats" => format!("{} seats", number(asked.body["seats"].as_i64().unwrap_or_default())),
        "plan" => format!("the plan {}", asked.body["name"].as_str().unwrap_or_default()),
        "cancel" => "the end of the subscription".to_owned(),
        "resume" => "the subscription goes on".to_owned(),
        _ => format!("the tax id {}", asked.body["value"].as_str().unwrap_or_default()),
    }
}
