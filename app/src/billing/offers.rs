//! What is done with an offer on the page of the plan: it is bought, tried first, or changed to.

use leptos::prelude::*;
use rowhouse_platform::{
    billing::checkout::OwnBilling,
    plan::{Entitlements, PlanKey, SubscriptionState, offer::Offer},
};

use super::{PLAN, Shown};
use crate::context::RequestContext;

/// The button of an offer. None for what is paid for already, and for what is not paid here.
pub(crate) fn action(
    context: &RequestContext,
    shown: Option<&Shown>,
    own: &Entitlements,
    offers: &[Offer],
    offer: &Offer,
) -> Option<AnyView> {
    let is_own = is_own(own, offer);
    let shown = shown.filter(|_| offer.can_be_paid && !(is_own && own.is_billed))?;
    let version = offer.id.to_string();
    if shown.own.subscription.is_some() {
        let href = context.href(&format!("{PLAN}/change?version={version}"));
        return Some(view! { <a class="button" href=href>{format!("Change to {}", offer.name)}</a> }.into_any());
    }
    let verb = if is_own {
        "Pay for"
    } else if offer.trial_days > 0 && may_try(own, &shown.own, &offer.plan) {
        "Try"
    } else {
        "Choose"
    };
    let is_next = next(own, offers).is_some_and(|next| next.id == offer.id);
    let class = if is_next { "button button--primary" } else { "button" };
    Some(
        view! {
            <form action=context.href("/admin/plan/checkout") method="post">
                <input type="hidden" name="version" value=version />
                <button class=class type="submit">{format!("{verb} {}", offer.name)}</button>
            </form>
        }
        .into_any(),
    )
}

/// What choosing an offer comes to, where the offers themselves do not say it.
pub(crate) fn remark(shown: Option<&Shown>, own: &Entitlements, offers: &[Offer]) -> Option<&'static str> {
    if shown.is_none() {
        return Some("To change the plan, write to the operator of this service from your address here.");
    }
    let can_pay = offers.iter().any(|offer| offer.can_be_paid);
    match (by_hand(own)?, can_pay) {
        (ByHand::Trial, true) => Some("What you choose here is paid for from then on, in place of the trial."),
        (ByHand::ReadOnly, true) => {
            Some("Once a plan is paid for here, the workspace can be changed again. It is not given on trial.")
        }
        (ByHand::ReadOnly, false) => Some("Those who run this service can let the workspace be changed again."),
        (ByHand::Trial, false) => None,
    }
}

/// Whether a plan is tried before it is paid for. A trial is given once: not to who has or had a subscription, nor to who
/// is on one that was given by hand. Nobody tries the plan that is theirs, and a trial that costs nothing does not undo that the
/// operator made the workspace read-only.
pub(crate) fn may_try(own: &Entitlements, at_stripe: &OwnBilling, plan: &PlanKey) -> bool {
    let had_one = at_stripe.had_one || at_stripe.subscription.is_some();
    !had_one && by_hand(own).is_none() && own.plan != *plan
}

/// What the operator made of a workspace without a subscription, until it has one.
enum ByHand {
    Trial,
    ReadOnly,
}

fn by_hand(own: &Entitlements) -> Option<ByHand> {
    match own.state {
        SubscriptionState::Trialing if !own.is_billed => Some(ByHand::Trial),
        SubscriptionState::ReadOnly if !own.is_billed && own.past_due_since.is_none() => Some(ByHand::ReadOnly),
        _ => None,
    }
}

/// Whether an offer is the version of the plan that the workspace has.
pub(crate) fn is_own(own: &Entitlements, offer: &Offer) -> bool {
    offer.plan == own.plan && offer.version == own.version
}

/// The step that lies nearest: to pay for the plan that is theirs for now, or else for the next larger one.
fn next<'a>(own: &Entitlements, offers: &'a [Offer]) -> Option<&'a Offer> {
    let payable: Vec<&'a Offer> = offers.iter().filter(|offer| offer.can_be_paid).collect();
    if by_hand(own).is_some() {
        // Where the version that they have is no longer on offer, another one of the plan.
        let same = payable.iter().copied().filter(|offer| offer.plan == own.plan);
        if let Some(to_be_paid) = same.max_by_key(|offer| is_own(own, offer)) {
            return Some(to_be_paid);
        }
    }
    let position = offers.iter().find(|offer| offer.plan == own.plan)?.position;
    payable.into_iter().filter(|offer| offer.position > position).min_by_key(|offer| offer.position)
}

#[cfg(test)]
mod tests {
    use rowhouse_platform::plan::{Interval, Price};
    use uuid::Uuid;

    use super::*;

    fn offer(position: i32, plan: &str, can_be_paid: bool) -> Offer {
        Offer {
            id: Uuid::from_u128(position.unsigned_abs().into()),
            plan: plan.parse().unwrap(),
            name: plan.to_owned(),
            position,
            version: 1,
            price: Price { cents: 800, currency: "eur".to_owned(), per_seat: true, interval: Interval::Month },
            trial_days: 14,
            limits: std::collections::BTreeMap::new(),
            features: std::collections::BTreeSet::new(),
            can_be_paid,
        }
    }

    fn own(plan: &str, state: SubscriptionState, is_billed: bool) -> Entitlements {
        let plan = Entitlements::unlimited(plan.parse().unwrap());
        Entitlements { version: 1, state, is_billed, ..plan }
    }

    fn at_stripe(had_one: bool) -> OwnBilling {
        OwnBilling {
            customer: None,
            subscription: None,
            status: None,
            price: None,
            quantity: None,
            discount: None,
            had_one,
        }
    }

    #[test]
    fn one_step_is_recommended() {
        use SubscriptionState::{Active, Manual, ReadOnly, Trialing};
        let offers = [
            offer(1, "free", false),
            offer(2, "team", true),
            offer(3, "business", true),
            offer(4, "enterprise", false),
        ];
        for (plan, state, is_billed, recommended) in [
            ("free", Manual, false, Some("team")),
            ("free", ReadOnly, false, Some("team")),
            ("team", Manual, false, Some("business")),
            ("team", Trialing, false, Some("team")),
            ("team", ReadOnly, false, Some("team")),
            ("team", Trialing, true, Some("business")),
            ("business", Active, true, None),
            ("enterprise", Trialing, false, None),
            ("retired", Manual, false, None),
        ] {
            let next = next(&own(plan, state, is_billed), &offers).map(|offer| offer.name.as_str());
            assert_eq!(next, recommended, "{plan} {state:?}");
        }
        let older = Entitlements { version: 0, ..own("team", Trialing, false) };
        assert_eq!(next(&older, &offers).map(|offer| offer.name.as_str()), Some("team"));
    }

    #[test]
    fn a_trial_is_given_once() {
        use SubscriptionState::{Cancelled, Manual, ReadOnly, Trialing};
        let team: PlanKey = "team".parse().unwrap();
        for (plan, state, had_one, may) in [
            ("free", Manual, false, true),
            ("free", Cancelled, true, false),
            ("team", Manual, false, false),
            ("business", Trialing, false, false),
            ("free", ReadOnly, false, false),
        ] {
            assert_eq!(may_try(&own(plan, state, false), &at_stripe(had_one), &team), may, "{plan} {state:?}");
        }
    }
}
