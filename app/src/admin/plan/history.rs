//! What was changed about the plan, in words: for owners here, and for operators in the console.

use std::{collections::BTreeMap, iter};

use leptos::prelude::*;
use rowhouse_platform::plan::{
    Entitlements, SubscriptionState,
    ledger::Noted,
    offer::{Changed, Offer},
};

use crate::ui::time::{day, number};

/// What plans are called, by their keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlanNames(BTreeMap<String, String>);

impl FromIterator<(String, String)> for PlanNames {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(names: I) -> Self {
        Self(names.into_iter().collect())
    }
}

impl PlanNames {
    /// Those that the page shows already.
    fn shown(own: &Entitlements, offers: &[Offer]) -> Self {
        let offered = offers.iter().map(|offer| (offer.plan.to_string(), offer.name.clone()));
        offered.chain(iter::once((own.plan.to_string(), own.plan_name.clone()))).collect()
    }

    fn of(&self, key: &str) -> String {
        if let Some(name) = self.0.get(key) {
            return name.clone();
        }
        // A plan that nobody can choose any more may have left nothing but its key.
        let words = key.replace('_', " ");
        let mut letters = words.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }
}

/// A field of the subscription, as it was and as it became.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'a> {
    /// A column, `plan`, or an override.
    pub(crate) field: &'a str,
    pub(crate) before: Option<&'a str>,
    pub(crate) after: Option<&'a str>,
}

impl<'a> From<&'a Changed> for Change<'a> {
    fn from(changed: &'a Changed) -> Self {
        Self { field: &changed.field, before: changed.before.as_deref(), after: changed.after.as_deref() }
    }
}

impl<'a> From<&'a Noted> for Change<'a> {
    fn from(noted: &'a Noted) -> Self {
        Self { field: &noted.field, before: noted.before.as_deref(), after: noted.after.as_deref() }
    }
}

pub(super) fn card(changes: &[Changed], own: &Entitlements, offers: &[Offer]) -> AnyView {
    let names = PlanNames::shown(own, offers);
    let all: Vec<Change<'_>> = changes.iter().map(Change::from).collect();
    let rows = changes
        .iter()
        .enumerate()
        .filter_map(|(place, change)| Some((day(change.at), in_words(&all[place..], &names)?)))
        .map(|(day, words)| view! { <tr><td>{day}</td><td>{words}</td></tr> })
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

/// The first of these changes in words; they are the newest first, and the others tell how the subscription stood after
/// it. `None` for a field that owners do not read of.
pub(crate) fn in_words(changes: &[Change<'_>], names: &PlanNames) -> Option<String> {
    let (change, earlier) = changes.split_first()?;
    let (before, after) = (change.before, change.after);
    Some(match change.field {
        "plan" => plan_in_words(before, after.unwrap_or_default(), names),
        "state" => from_to("State", before.map(state_in_words), &state_in_words(after.unwrap_or_default())),
        "seats" => match after {
            Some(after) => from_to("Seats paid for", before.map(number_in_words), &number_in_words(after)),
            None => "Seats are not counted by the payment any more".to_owned(),
        },
        "cancel_at_period_end" if after == Some("true") => "Cancelled for the end of the period".to_owned(),
        // The mark goes with the subscription too, not only when it is taken back.
        "cancel_at_period_end" => match state_of(earlier) {
            Some(SubscriptionState::Cancelled | SubscriptionState::Manual) => "The subscription ended".to_owned(),
            Some(_) => "The cancellation was taken back".to_owned(),
            None => "Not cancelled for the end of the period any more".to_owned(),
        },
        _ => return None,
    })
}

/// "State: Trial → Active"; "State: Active" where there was none before.
pub(crate) fn from_to(label: &str, before: Option<String>, after: &str) -> String {
    match before {
        Some(before) => format!("{label}: {before} → {after}"),
        None => format!("{label}: {after}"),
    }
}

/// How the subscription stands after these changes. Of one moment, its state is noted before its cancellation.
fn state_of(changes: &[Change<'_>]) -> Option<SubscriptionState> {
    let state = changes.iter().find(|change| change.field == "state")?;
    SubscriptionState::parse(state.after?).ok()
}

fn state_in_words(word: &str) -> String {
    SubscriptionState::parse(word).map_or_else(|_| word.to_owned(), |state| state.label().to_owned())
}

fn number_in_words(digits: &str) -> String {
    digits.parse::<i64>().map_or_else(|_| digits.to_owned(), number)
}

/// From a key and a version, such as `team 2`.
fn plan_in_words(before: Option<&str>, after: &str, names: &PlanNames) -> String {
    let (key, version) = key_and_version(after);
    let name = names.of(key);
    match before.map(key_and_version) {
        None => format!("Began with {name}"),
        Some((other, _)) if other != key => format!("{} became {name}", names.of(other)),
        Some((_, earlier)) if earlier > version => format!("An older version of {name}"),
        Some(_) => format!("A newer version of {name}"),
    }
}

fn key_and_version(plan: &str) -> (&str, i32) {
    match plan.rsplit_once(' ') {
        Some((key, version)) => (key, version.parse().unwrap_or_default()),
        None => (plan, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change<'a>(field: &'a str, before: Option<&'a str>, after: Option<&'a str>) -> Change<'a> {
        Change { field, before, after }
    }

    #[test]
    fn changes_are_read_by_people() {
        let names = [("free", "Free"), ("team", "Team for all")].map(|(key, name)| (key.to_owned(), name.to_owned()));
        let names: PlanNames = names.into_iter().collect();
        let words = |field, before, after| in_words(&[change(field, before, after)], &names);
        for (field, before, after, expected) in [
            ("plan", None, Some("free 1"), "Began with Free"),
            ("plan", Some("free 1"), Some("team 2"), "Free became Team for all"),
            ("plan", Some("team 9"), Some("team 10"), "A newer version of Team for all"),
            ("plan", Some("team 2"), Some("team 1"), "An older version of Team for all"),
            ("plan", Some("early_bird 1"), Some("free 1"), "Early bird became Free"),
            ("state", None, Some("manual"), "State: Agreed with us"),
            ("state", Some("active"), Some("past_due"), "State: Active → Payment failed"),
            ("seats", None, Some("5"), "Seats paid for: 5"),
            ("seats", Some("5"), Some("1200"), "Seats paid for: 5 → 1,200"),
            ("seats", Some("5"), None, "Seats are not counted by the payment any more"),
            ("cancel_at_period_end", Some("false"), Some("true"), "Cancelled for the end of the period"),
        ] {
            assert_eq!(words(field, before, after).as_deref(), Some(expected), "{field}: {before:?} to {after:?}");
        }
        assert_eq!(words("stripe_customer", None, Some("cus_1")), None, "for operators");
    }

    #[test]
    fn a_cancellation_is_taken_back_where_the_subscription_goes_on() {
        let cleared = change("cancel_at_period_end", Some("true"), Some("false"));
        let seats = change("seats", Some("5"), None);
        let words =
            |earlier: &[Change<'_>]| in_words(&[&[cleared, seats][..], earlier].concat(), &PlanNames::default());
        let became = |state| change("state", None, Some(state));
        for (earlier, expected) in [
            (vec![became("active"), became("trialing")], "The cancellation was taken back"),
            (vec![became("past_due"), became("cancelled")], "The cancellation was taken back"),
            (vec![became("cancelled"), became("active")], "The subscription ended"),
            (vec![became("manual"), became("trialing")], "The subscription ended"),
            (vec![], "Not cancelled for the end of the period any more"),
        ] {
            assert_eq!(words(&earlier).as_deref(), Some(expected), "{earlier:?}");
        }
    }
}
