//! What is said of the plan on other pages: that a payment is missing, that a limit is near, that something is not in it.

use leptos::prelude::*;
use rowhouse_platform::{
    access::{ManagePlan, Principal},
    plan::{Allowance, Entitlements, Feature, Limit, SubscriptionState},
};
use time::Duration;

use super::PATH;
use crate::{
    context::RequestContext,
    limits::Pressure,
    ui::{
        Icon,
        time::{day, reader},
    },
};

/// How long before its end a trial is spoken of everywhere.
const TRIAL_ENDS_SOON: Duration = Duration::days(3);

struct Words {
    class: &'static str,
    title: String,
    text: String,
}

fn boxed(words: Words, link: Option<String>) -> AnyView {
    let Words { class, title, text } = words;
    view! {
        <div class=format!("notice {class}")>
            <Icon name="triangle-alert" />
            <p class="notice__title">{title}</p>
            <p>{text}</p>
            {link.map(|href| view! { <p><a href=href>"See the plan"</a></p> })}
        </div>
    }
    .into_any()
}

/// What the state of the subscription means, with its dates; nothing where all is as it should be.
pub(super) fn of_state(own: &Entitlements) -> Option<AnyView> {
    words(own).map(|words| boxed(words, None))
}

fn words(own: &Entitlements) -> Option<Words> {
    let read_only_from = own.read_only_from().map(|at| format!(" on {}", day(at))).unwrap_or_default();
    let suspended_from = own.suspended_from().map(|at| format!(" on {}", day(at))).unwrap_or_default();
    let (class, title, text) = match own.state {
        SubscriptionState::Trialing => {
            let at = own.trial_ends_at.map(|at| format!(" on {}", day(at))).unwrap_or_default();
            let text = match (own.cancel_at_period_end, own.is_billed) {
                (true, _) => {
                    "The subscription was cancelled: nothing is to be paid, and the workspace then goes on with the smallest plan. Nothing is deleted. You can take the cancellation back."
                }
                // As the letter says that is sent before.
                (false, true) => {
                    "Then the first payment is due. To go on, you need not do anything. If you do not want to, cancel before."
                }
                (false, false) => {
                    "Without a payment, the workspace then goes on with the smallest plan. Nothing is deleted."
                }
            };
            ("", format!("The trial of {} ends{at}", own.plan_name), text.to_owned())
        }
        SubscriptionState::PastDue => (
            "notice--warning",
            "A payment failed".to_owned(),
            format!(
                "Everything works for now. Without a payment the workspace becomes read-only{read_only_from}, and is suspended{suspended_from}."
            ),
        ),
        // Who owes nothing was made so by hand.
        SubscriptionState::ReadOnly if own.past_due_since.is_none() => (
            "notice--danger",
            "This workspace was made read-only by those who run this service".to_owned(),
            "Everything can be read, and nothing changed. Nothing was deleted. If you do not know why, ask them."
                .to_owned(),
        ),
        SubscriptionState::ReadOnly => (
            "notice--danger",
            "This workspace is read-only, because a payment is missing".to_owned(),
            if suspended_from.is_empty() {
                "Everything can be read, and nothing changed. That ends with the payment.".to_owned()
            } else {
                format!(
                    "Everything can be read, and nothing changed. That ends with the payment; without it, the workspace is suspended{suspended_from}."
                )
            },
        ),
        SubscriptionState::Suspended => (
            "notice--danger",
            "This workspace is suspended, because a payment is missing".to_owned(),
            "Nobody sees anything but this page and the ways to pay and to leave. Nothing is deleted.".to_owned(),
        ),
        SubscriptionState::Cancelled => (
            "",
            "The subscription was cancelled".to_owned(),
            "The workspace goes on with what its plan here says. Nothing was deleted.".to_owned(),
        ),
        SubscriptionState::Active if own.cancel_at_period_end => {
            let at = own.period_end.map(|at| format!(" on {}", day(at))).unwrap_or_default();
            let text = "Until then everything stays as it is. You can take the cancellation back.";
            ("", format!("The subscription ends{at}"), text.to_owned())
        }
        SubscriptionState::Active | SubscriptionState::Manual => return None,
    };
    Some(Words { class, title, text })
}

/// On every page but that of the plan, which says it itself: that nothing can be changed, to all; what somebody has to
/// do, to who manages the plan.
pub(crate) fn banner(context: &RequestContext, person: &Principal) -> Option<AnyView> {
    let own = &context.tenant().ok()?.entitlements;
    let manages = person.may::<ManagePlan>();
    let ends_soon = own.trial_ends_at.is_some_and(|at| at - context.services.ambient.now() <= TRIAL_ENDS_SOON);
    let is_due = match own.state {
        SubscriptionState::ReadOnly | SubscriptionState::Suspended => true,
        SubscriptionState::PastDue => manages,
        SubscriptionState::Trialing => manages && ends_soon,
        SubscriptionState::Active | SubscriptionState::Cancelled | SubscriptionState::Manual => false,
    };
    if !is_due {
        return None;
    }
    let mut words = words(own)?;
    words.class = match words.class {
        "notice--danger" => "notice--danger page__notice",
        "notice--warning" => "notice--warning page__notice",
        _ => "page__notice",
    };
    Some(boxed(words, manages.then(|| context.href(PATH))))
}

/// Where something is added that a plan limits: that little room is left, or none.
pub(crate) fn room(context: &RequestContext, person: &Principal, limit: Limit, used: i64) -> Option<AnyView> {
    let own = &context.tenant().ok()?.entitlements;
    let (used, most) = match own.check(limit, used, 0) {
        Allowance::Within => return None,
        Allowance::Near { used, most } | Allowance::Reached { used, most } => (used, most),
    };
    let locale = reader().locale;
    let title = format!("{}: {} of {} used", limit.label(), limit.amount(used, locale), limit.amount(most, locale));
    let text = if used >= most {
        format!("The plan has no room for more. {}", limit.what_to_do())
    } else {
        "The plan has little room left.".to_owned()
    };
    Some(warning(context, person, title, text))
}

/// Where programs are looked after: that they came near the plan's requests a minute lately, or were refused.
pub(crate) fn requests(context: &RequestContext, person: &Principal) -> Option<AnyView> {
    let tenant = context.tenant().ok()?;
    let limit = Limit::ApiRequestsPerMinute;
    let most = limit.amount(tenant.entitlements.limit(limit)?, reader().locale);
    let (title, text) = match context.services.limits.pressure(tenant, context.services.ambient.now())? {
        Pressure::Near => (
            format!("In the last hour, programs used at least 80 % of {most} requests in a minute"),
            "The plan has little room left.".to_owned(),
        ),
        Pressure::Refused => (
            format!("In the last hour, programs sent more than {most} requests in a minute"),
            format!("Some were refused. {}", limit.what_to_do()),
        ),
    };
    Some(warning(context, person, title, text))
}

/// Who manages the plan is led to it.
fn warning(context: &RequestContext, person: &Principal, title: String, text: String) -> AnyView {
    let link = person.may::<ManagePlan>().then(|| context.href(PATH));
    boxed(Words { class: "notice--warning", title, text }, link)
}

/// That the plan does not include a feature; nothing where it does.
pub(crate) fn missing(context: &RequestContext, feature: Feature) -> Option<AnyView> {
    let own = &context.tenant().ok()?.entitlements;
    let refused = own.require(feature).err()?;
    let words = Words {
        class: "notice--warning",
        title: format!("{} is not in your plan", feature.label()),
        text: format!("{refused} What is set up works on, and can be removed; nothing of it can be changed."),
    };
    Some(boxed(words, Some(context.href(PATH))))
}
