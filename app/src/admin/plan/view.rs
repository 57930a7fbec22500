//! The page, put together.

use std::collections::BTreeMap;

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::{
    access::Principal,
    plan::{
        Entitlements, Feature, Limit, SubscriptionState,
        offer::{Changed, Offer},
    },
};

use super::{history, limits, notice, offers};
use crate::{
    billing,
    context::RequestContext,
    ui::{
        Head, Icon,
        frame::{Section, frame},
        page,
        time::{day, number},
    },
};

/// What the page shows.
pub(super) struct Shown<'a> {
    pub(super) own: &'a Entitlements,
    /// What is used of what is counted.
    pub(super) used: &'a BTreeMap<Limit, i64>,
    /// Projects that the plan has no room for.
    pub(super) projects_over: &'a [String],
    pub(super) offers: &'a [Offer],
    pub(super) changes: &'a [Changed],
    /// Payments, where there are any here.
    pub(super) billing: Option<&'a billing::Shown>,
}

pub(super) fn render(context: &RequestContext, person: &Principal, shown: &Shown) -> Response {
    page(context, Head::new("Plan"), || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Plan"</h1>
                <p class="page__lead">"What this workspace may use, what it uses, and what else there is."</p>
            </div>
            <div class="stack">
                {notice::of_state(shown.own)}
                {present(shown.own)}
                {shown.billing.and_then(|billing| billing::payment(context, billing, shown.own))}
                {limits::card(shown)}
                {features(shown.own)}
                {offers::card(context, shown)}
                {shown.billing.map(billing::invoices)}
                {history::card(shown.changes, shown.own, shown.offers)}
            </div>
        };
        frame(context, person, Section::Plan, false, content)
    })
}

/// The plan as it is.
fn present(own: &Entitlements) -> AnyView {
    let mut facts = vec![("Price", own.price.in_words())];
    if let Some(seats) = own.seats {
        facts.push(("Seats paid for", number(seats.into())));
    }
    if let (SubscriptionState::Trialing | SubscriptionState::ReadOnly, Some(at)) = (own.state, own.trial_ends_at) {
        facts.push(("Trial until", day(at)));
    }
    if let Some(at) = own.period_end.filter(|_| own.state != SubscriptionState::Trialing) {
        let label = match (own.state, own.cancel_at_period_end) {
            (SubscriptionState::Cancelled, _) => "Ended on",
            // What is owed after the end.
            _ if own.past_due_since.is_some() && !own.is_billed => "Ended on",
            (_, true) => "Ends on",
            _ => "Renews on",
        };
        facts.push((label, day(at)));
    }
    facts.push(("Version", own.version.to_string()));
    view! {
        <section class="card stack" aria-labelledby="plan-present">
            <div class="plan__head">
                <h2 id="plan-present">{own.plan_name.clone()}</h2>
                {badge(own.state)}
            </div>
            {self::facts(facts)}
        </section>
    }
    .into_any()
}

/// Figures of a plan, each with what it is.
pub(crate) fn facts(facts: Vec<(&'static str, String)>) -> AnyView {
    let facts =
        facts.into_iter().map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> }).collect_view();
    view! { <dl class="plan__facts">{facts}</dl> }.into_any()
}

/// Shape, word and colour say the same.
pub(crate) fn badge(state: SubscriptionState) -> AnyView {
    let (class, icon) = match state {
        SubscriptionState::Active | SubscriptionState::Manual => ("status--solved", "circle-check"),
        SubscriptionState::Trialing => ("status--open", "hourglass"),
        SubscriptionState::PastDue => ("status--pending", "triangle-alert"),
        SubscriptionState::ReadOnly | SubscriptionState::Suspended => ("status--refused", "circle-alert"),
        SubscriptionState::Cancelled => ("status--closed", "circle-slash"),
    };
    view! { <span class=format!("status status--pill {class}")><Icon name=icon />{state.label()}</span> }.into_any()
}

fn features(own: &Entitlements) -> AnyView {
    let items = Feature::ALL.into_iter().map(|feature| feature_item(feature, own.has(feature))).collect_view();
    view! {
        <section class="card stack" aria-labelledby="plan-features">
            <h2 id="plan-features">"What is included"</h2>
            <ul class="plan__features">{items}</ul>
        </section>
    }
    .into_any()
}

/// A feature, with a mark and a word for those who do not see it.
pub(super) fn feature_item(feature: Feature, is_included: bool) -> AnyView {
    let (icon, class, word) = if is_included {
        ("check", "plan__feature", "included")
    } else {
        ("x", "plan__feature plan__feature--not", "not included")
    };
    view! {
        <li class=class>
            <Icon name=icon />
            <span>{feature.label()}<span class="visually-hidden">{format!(": {word}")}</span></span>
        </li>
    }
    .into_any()
}
