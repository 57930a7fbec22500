//! The limits with their bars, and what is over them.

use std::collections::BTreeMap;

use leptos::prelude::*;
use rowhouse_platform::plan::{Allowance, Entitlements, Limit, Overridden};

use super::view::Shown;
use crate::ui::{
    Icon,
    time::{day, reader},
};

/// What is used of every limit.
pub(super) fn card(shown: &Shown) -> AnyView {
    let rows = rows(shown.own, shown.used, |limit| agreed(shown.own, limit));
    view! {
        <section class="card stack" aria-labelledby="plan-limits">
            <h2 id="plan-limits">"What you use"</h2>
            {rows}
            {over(shown)}
        </section>
    }
    .into_any()
}

/// Every limit with its bar, and what `remark` says below it.
pub(crate) fn rows(
    own: &Entitlements,
    used: &BTreeMap<Limit, i64>,
    remark: impl Fn(Limit) -> Option<AnyView>,
) -> AnyView {
    let rows =
        Limit::ALL.into_iter().map(|limit| row(own, limit, used.get(&limit).copied(), remark(limit))).collect_view();
    view! { <ul class="plan__limits">{rows}</ul> }.into_any()
}

fn row(own: &Entitlements, limit: Limit, used: Option<i64>, below: Option<AnyView>) -> AnyView {
    let most = own.limit(limit);
    let amount = |of| limit.amount(of, reader().locale);
    let words = match (used, most) {
        (Some(used), Some(most)) => format!("{} of {}", amount(used), amount(most)),
        (Some(used), None) => format!("{}, no limit", amount(used)),
        (None, Some(most)) => format!("Up to {}", amount(most)),
        (None, None) if limit == Limit::AuditRetentionDays => "Kept as long as this server keeps it".to_owned(),
        (None, None) => "No limit".to_owned(),
    };
    let (class, remark) = match used.map(|used| own.check(limit, used, 0)) {
        Some(Allowance::Reached { .. }) => ("plan__limit plan__limit--over", Some("Over the limit")),
        Some(Allowance::Near { used, most }) if used >= most => ("plan__limit plan__limit--near", Some("All used")),
        Some(Allowance::Near { .. }) => ("plan__limit plan__limit--near", Some("Almost all used")),
        Some(Allowance::Within) | None => ("plan__limit", None),
    };
    view! {
        <li class=class>
            <div class="plan__limit-words">
                <span>{limit.label()}</span>
                <span>
                    {remark.map(|remark| view! { <strong class="plan__remark">{remark}</strong> })}
                    <span class="plan__amount">{words}</span>
                </span>
            </div>
            {used.zip(most).map(|(used, most)| bar(used, most))}
            {below}
        </li>
    }
    .into_any()
}

/// The words beside it say the same. Nothing in it is anybody's text.
fn bar(used: i64, most: i64) -> AnyView {
    let width = share(used, most);
    let drawing =
        format!(r#"<svg viewBox="0 0 100 1" preserveAspectRatio="none"><rect width="{width}" height="1"/></svg>"#);
    view! { <div class="plan__bar" aria-hidden="true" inner_html=drawing></div> }.into_any()
}

/// Hundredths, from 0 to 100.
fn share(used: i64, most: i64) -> i128 {
    let (used, most) = (i128::from(used.max(0)), i128::from(most.max(0)));
    if most == 0 { if used > 0 { 100 } else { 0 } } else { (used * 100 / most).min(100) }
}

/// That the limit is not the plan's own.
fn agreed(own: &Entitlements, limit: Limit) -> Option<AnyView> {
    let one = own.overrides.iter().find(|one| matches!(one.what, Overridden::Limit(what, _) if what == limit))?;
    let words = match one.ends_at {
        Some(at) => format!("Agreed with you until {}.", day(at)),
        None => "Agreed with you.".to_owned(),
    };
    Some(view! { <p class="muted">{words}</p> }.into_any())
}

/// What is over the limits, by how much, what stays as it is, what is refused, and what to do: nothing is deleted.
fn over(shown: &Shown) -> Option<AnyView> {
    let over_words = |limit: Limit| {
        let used = shown.used.get(&limit).copied().unwrap_or_default();
        let Allowance::Reached { used, most } = shown.own.check(limit, used, 0) else { return None };
        let stays = match limit {
            Limit::Projects => format!(
                "These projects can be read and not changed, because they are the newest: {}. ",
                shown.projects_over.join(", "),
            ),
            Limit::Seats => "Everybody who is here stays. ".to_owned(),
            Limit::StorageBytes => "Every file can be read. ".to_owned(),
            Limit::CustomDomains => "Every domain works on. ".to_owned(),
            // Of these nothing is used that could be over.
            Limit::ApiRequestsPerMinute | Limit::AuditRetentionDays => String::new(),
        };
        let (label, refused, to_do) = (limit.label(), limit.what_is_refused(), limit.what_to_do());
        let [used, most, more] = [used, most, used.saturating_sub(most)].map(|of| limit.amount(of, reader().locale));
        Some(format!("{label}: {used} of {most} used, {more} over the limit. {stays}{refused} {to_do}"))
    };
    let items: Vec<_> = Limit::ALL.into_iter().filter_map(over_words).map(|words| view! { <li>{words}</li> }).collect();
    if items.is_empty() {
        return None;
    }
    Some(
        view! {
            <div class="notice notice--warning">
                <Icon name="triangle-alert" />
                <h3 class="notice__title">"More is used than the plan allows. Nothing is deleted."</h3>
                <ul>{items}</ul>
            </div>
        }
        .into_any(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_full_at_most() {
        assert_eq!((share(0, 5), share(1, 3), share(5, 5), share(9, 5)), (0, 33, 100, 100));
        assert_eq!((share(0, 0), share(1, 0), share(-1, 5)), (0, 100, 0));
        assert_eq!(share(i64::MAX, i64::MAX), 100);
    }
}
