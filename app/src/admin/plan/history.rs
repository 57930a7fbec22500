//! What was changed about the plan.

use leptos::prelude::*;
use rowhouse_platform::plan::{SubscriptionState, offer::Changed};

use crate::ui::time::{day, number};

pub(super) fn card(changes: &[Changed]) -> AnyView {
    let rows = changes
        .iter()
        .map(|change| view! { <tr><td>{day(change.at)}</td><td>{in_words(change)}</td></tr> })
        .collect_view();
    view! {
        <section class="card stack" aria-labelledby="plan-history">
            <h2 id="plan-history">"What was changed"</h2>
            <table class="data-table">
                <caption class="visually-hidden">"Changes of the plan, the newest first"</caption>
                <thead>
                    <tr><th scope="col">"Day"</th><th scope="col">"Change"</th></tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn in_words(change: &Changed) -> String {
    let (before, after) = (change.before.as_deref(), change.after.as_deref().unwrap_or_default());
    match (change.field.as_str(), before) {
        ("plan", None) => format!("Began with the plan {after}"),
        ("plan", Some(before)) => format!("Plan: {before} became {after}"),
        ("state", _) => {
            let label = match SubscriptionState::parse(after) {
                Ok(state) => state.label(),
                Err(_) => after,
            };
            format!("State: {label}")
        }
        ("seats", _) if after.is_empty() => "Seats are not counted by the payment any more".to_owned(),
        ("seats", _) => format!("Seats paid for: {}", after.parse::<i64>().map_or_else(|_| after.to_owned(), number)),
        ("cancel_at_period_end", _) if after == "true" => "Cancelled for the end of the period".to_owned(),
        ("cancel_at_period_end", _) => "The cancellation was taken back".to_owned(),
        (field, _) => format!("{field}: {after}"),
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn changes_are_read_by_people() {
        let words = |field: &str, before: Option<&str>, after: Option<&str>| {
            in_words(&Changed {
                at: OffsetDateTime::UNIX_EPOCH,
                field: field.to_owned(),
                before: before.map(str::to_owned),
                after: after.map(str::to_owned),
            })
        };
        assert_eq!(words("plan", None, Some("free 1")), "Began with the plan free 1");
        assert_eq!(words("plan", Some("free 1"), Some("team 2")), "Plan: free 1 became team 2");
        assert_eq!(words("state", Some("active"), Some("past_due")), "State: Payment failed");
        assert_eq!(words("seats", Some("5"), Some("1200")), "Seats paid for: 1,200");
        assert_eq!(words("seats", Some("5"), None), "Seats are not counted by the payment any more");
        assert_eq!(words("cancel_at_period_end", Some("false"), Some("true")), "Cancelled for the end of the period");
    }
}
