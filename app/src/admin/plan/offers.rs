//! The plans that there are, beside the one that the workspace has.

use std::collections::BTreeMap;

use leptos::prelude::*;
use rowhouse_platform::plan::{Feature, Limit, offer::Offer};

use super::view::{Shown, feature_item};
use crate::{billing, context::RequestContext, ui::time::reader};

/// What can be chosen.
pub(super) fn card(context: &RequestContext, shown: &Shown) -> AnyView {
    let offers = shown.offers.iter().map(|offer| one(context, shown, offer)).collect_view();
    view! {
        <section class="stack" aria-labelledby="plan-offers">
            <h2 id="plan-offers">"All plans"</h2>
            {billing::remark(shown.billing, shown.own, shown.offers).map(|words| view! { <p class="muted">{words}</p> })}
            <ul class="plan__offers">{offers}</ul>
        </section>
    }
    .into_any()
}

fn one(context: &RequestContext, shown: &Shown, offer: &Offer) -> AnyView {
    let is_own = billing::is_own(shown.own, offer);
    let is_plan = offer.plan == shown.own.plan;
    let limits = Limit::ALL.into_iter().map(|limit| view! { <li>{in_words(offer, limit)}</li> }).collect_view();
    let features =
        Feature::ALL.into_iter().map(|feature| feature_item(feature, offer.features.contains(&feature))).collect_view();
    let may_try = shown.billing.map_or(!is_plan, |billing| billing::may_try(shown.own, &billing.own, &offer.plan));
    let trial = (offer.trial_days > 0 && may_try).then(|| format!("{} days on trial", offer.trial_days));
    let missing = if is_own { Vec::new() } else { too_much(shown.used, offer) };
    let missing = (!missing.is_empty()).then(|| {
        let words = format!("You use more than this: {}. Nothing would be deleted.", missing.join("; "));
        view! { <p class="muted">{words}</p> }
    });
    let id = format!("plan-{}-{}", offer.plan, offer.version);
    view! {
        <li class="card stack plan__offer" aria-labelledby=id.clone()>
            <div class="plan__head">
                <h3 id=id.clone()>{offer.name.clone()}</h3>
                {is_own.then(|| view! { <span class="badge">"Yours"</span> })}
                {(is_plan && !is_own).then(|| view! { <span class="badge">"Yours, in another version"</span> })}
            </div>
            <p class="plan__price">{offer.price.in_words()}</p>
            {trial.map(|trial| view! { <p class="muted">{trial}</p> })}
            <ul class="bullets">{limits}</ul>
            <ul class="plan__features">{features}</ul>
            {missing}
            {billing::action(context, shown.billing, shown.own, shown.offers, offer)}
        </li>
    }
    .into_any()
}

fn in_words(offer: &Offer, limit: Limit) -> String {
    let most = offer.limits.get(&limit).map(|most| (*most, limit.amount(*most, reader().locale)));
    match (limit, most) {
        (Limit::Seats, Some((_, most))) => format!("{most} seats"),
        (Limit::Seats, None) => "Any number of seats".to_owned(),
        (Limit::Projects, Some((_, most))) => format!("{most} projects"),
        (Limit::Projects, None) => "Any number of projects".to_owned(),
        (Limit::StorageBytes, Some((_, most))) => format!("{most} of files"),
        (Limit::StorageBytes, None) => "Any amount of files".to_owned(),
        (Limit::ApiRequestsPerMinute, Some((_, most))) => format!("{most} API requests a minute"),
        (Limit::ApiRequestsPerMinute, None) => "API requests without a limit of the plan".to_owned(),
        (Limit::CustomDomains, Some((0, _))) => "No domains of your own".to_owned(),
        (Limit::CustomDomains, Some((1, _))) => "1 domain of your own".to_owned(),
        (Limit::CustomDomains, Some((_, most))) => format!("{most} domains of your own"),
        (Limit::CustomDomains, None) => "Domains of your own".to_owned(),
        (Limit::AuditRetentionDays, Some((_, days))) => format!("Audit log of {days}"),
        (Limit::AuditRetentionDays, None) => "Audit log for as long as this server keeps it".to_owned(),
    }
}

/// What is used beyond an offer.
fn too_much(used: &BTreeMap<Limit, i64>, offer: &Offer) -> Vec<String> {
    let over = |(limit, used): (&Limit, &i64)| {
        let most = *offer.limits.get(limit)?;
        let amount = |of| limit.amount(of, reader().locale);
        (*used > most).then(|| format!("{}, {} of {}", limit.label(), amount(*used), amount(most)))
    };
    used.iter().filter_map(over).collect()
}
