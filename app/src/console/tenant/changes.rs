//! What was changed about a tenant's plan and overrides, by whom and why: an entry for each event, in words.

use leptos::prelude::*;
use rowhouse_platform::plan::{Feature, Limit, ledger::Noted};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::agreed::value_in_words;
use crate::{
    admin::plan::history::{Change, PlanNames, from_to, in_words},
    ui::time::{day, machine, reader},
};

/// So many changed fields are read. An event changes several.
pub(super) const READ: i64 = 100;
/// So many events are shown.
const SHOWN: usize = 20;

/// What changed in one event.
struct Entry<'a> {
    /// When, by whom and why, as each of its fields says.
    noted: &'a Noted,
    lines: Vec<String>,
    /// The names of it at Stripe.
    at_stripe: Vec<String>,
}

/// The newest events; and where the others are shown, if there are any.
pub(super) fn card(slug: &str, changes: &[Noted], names: &PlanNames) -> AnyView {
    let mut entries = entries(changes, names);
    let is_cut = i64::try_from(changes.len()).is_ok_and(|read| read >= READ);
    if is_cut && entries.len() > 1 {
        // Some of its fields may not have been read.
        entries.pop();
    }
    let has_more = is_cut || entries.len() > SHOWN;
    entries.truncate(SHOWN);
    let items = entries.iter().map(item).collect_view();
    let more = has_more.then(|| {
        let command = format!("rowhouse plan history {slug}");
        view! { <p class="muted">"What was changed before is told by " <code>{command}</code> "."</p> }
    });
    view! {
        <section class="card stack" aria-labelledby="changes-title">
            <h2 id="changes-title">"What was changed"</h2>
            <ol aria-label="Changes of plan and overrides, the newest first">{items}</ol>
            {more}
        </section>
    }
    .into_any()
}

fn item(entry: &Entry<'_>) -> AnyView {
    let at = entry.noted.at;
    let by = match entry.noted.actor.as_str() {
        "system" => "by the system".to_owned(),
        "command line" => "on the command line".to_owned(),
        actor => format!("by {actor}"),
    };
    let lines = (!entry.lines.is_empty()).then(|| {
        let lines = entry.lines.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view();
        view! { <ul>{lines}</ul> }
    });
    let reason = entry.noted.reason.as_ref().map(|reason| {
        view! { <p class="muted">{format!("Reason: {reason}")}</p> }
    });
    let at_stripe = (!entry.at_stripe.is_empty()).then(|| {
        view! { <p class="key-list__note">{format!("At Stripe: {}", entry.at_stripe.join(", "))}</p> }
    });
    view! {
        <li class="console__change">
            <p class="console__change-head">
                <time datetime=machine(at)>{reader().moment(at)}</time> " " <span>{by}</span>
            </p>
            <div>{lines} {reason} {at_stripe}</div>
        </li>
    }
    .into_any()
}

/// The fields that changed at once are one event.
fn entries<'a>(changes: &'a [Noted], names: &PlanNames) -> Vec<Entry<'a>> {
    let all: Vec<Change<'_>> = changes.iter().map(Change::from).collect();
    let mut rest = all.as_slice();
    let is_one = |a: &Noted, b: &Noted| {
        a.at == b.at && a.actor == b.actor && a.reason == b.reason && a.billing_event == b.billing_event
    };
    let mut entries = Vec::new();
    for event in changes.chunk_by(is_one) {
        let (own, earlier) = rest.split_at(event.len());
        entries.extend(event.first().map(|noted| Entry {
            noted,
            // Within an event, what follows from something comes after it.
            lines: (0..own.len()).rev().filter_map(|place| line(rest, own, place, names)).collect(),
            at_stripe: at_stripe(noted, own),
        }));
        rest = earlier;
    }
    entries
}

/// One field of an event in words; `None` where it says nothing to people. `changes` begin with those of the event.
fn line(changes: &[Change<'_>], event: &[Change<'_>], place: usize, names: &PlanNames) -> Option<String> {
    let change = event[place];
    if let Some(words) = in_words(&changes[place..], names) {
        return Some(words);
    }
    if let Some(key) = change.field.strip_prefix("override ") {
        return override_in_words(event, place, key);
    }
    if matches!(change.field, "stripe_customer" | "stripe_subscription") {
        return None;
    }
    let Some(label) = date_label(change.field) else {
        return Some(from_to(change.field, change.before.map(str::to_owned), change.after.unwrap_or("–")));
    };
    match change.after {
        Some(after) => Some(format!("{label}: {}", day_in_words(after))),
        // The state tells why a day is gone.
        None if event.iter().any(|other| other.field == "state") => None,
        None => Some(format!("{label}: not set any more")),
    }
}

/// The labels are those of the plan, further up on the page.
fn date_label(field: &str) -> Option<&'static str> {
    Some(match field {
        "trial_ends_at" => "Trial until",
        "period_start" => "Period from",
        "period_end" => "Period until",
        "past_due_since" => "Payment missing since",
        "read_only_at" => "Read-only from",
        "suspended_at" => "Suspended from",
        _ => return None,
    })
}

/// Triggers write moments as JSON does.
fn day_in_words(moment: &str) -> String {
    OffsetDateTime::parse(moment, &Rfc3339).map_or_else(|_| moment.to_owned(), day)
}

/// Whoever makes an override anew ends the one before in the same event, and means one change.
fn override_in_words(event: &[Change<'_>], place: usize, key: &str) -> Option<String> {
    let Change { field, before, after } = event[place];
    let label = match (Limit::parse(key), Feature::parse(key)) {
        (Ok(limit), _) => limit.label(),
        (_, Ok(feature)) => feature.label(),
        _ => key,
    };
    let value = |text: &str| {
        serde_json::from_str::<Value>(text).map_or_else(|_| text.to_owned(), |value| value_in_words(key, &value))
    };
    let label = format!("Override of {label}");
    match (before, after) {
        (None, Some(after)) => {
            let replaced = event[place + 1..].iter().find(|one| one.field == field && one.after.is_none());
            Some(from_to(&label, replaced.and_then(|one| one.before).map(value), &value(after)))
        }
        (Some(_), None) if event[..place].iter().any(|one| one.field == field && one.before.is_none()) => None,
        (Some(before), None) => Some(format!("{label} ended; it was {}", value(before))),
        (before, after) => Some(from_to(&label, before.map(value), after.unwrap_or("–"))),
    }
}

/// What the event and what it is about are called at Stripe: for whoever looks there.
fn at_stripe(noted: &Noted, event: &[Change<'_>]) -> Vec<String> {
    let event_id = noted.billing_event.iter().map(|id| format!("event {id}"));
    let ids = event.iter().rev().filter_map(|change| {
        let what = match change.field {
            "stripe_customer" => "customer",
            "stripe_subscription" => "subscription",
            _ => return None,
        };
        match (change.before, change.after) {
            (_, Some(id)) => Some(format!("{what} {id}")),
            (Some(id), None) => Some(format!("{what} {id} no longer")),
            (None, None) => None,
        }
    });
    event_id.chain(ids).collect()
}

#[cfg(test)]
mod tests {
    use ::time::macros::datetime;

    use super::*;

    type Field = (&'static str, Option<&'static str>, Option<&'static str>);

    /// An event of some minute; its fields in the order in which triggers write them.
    fn event(minute: u8, id: Option<&str>, fields: &[Field]) -> Vec<Noted> {
        let noted = |(field, before, after): &Field| Noted {
            at: datetime!(2026-11-06 14:00 UTC) + ::time::Duration::minutes(minute.into()),
            actor: "Stripe".to_owned(),
            field: (*field).to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            reason: None,
            billing_event: id.map(str::to_owned),
        };
        fields.iter().rev().map(noted).collect()
    }

    #[test]
    fn an_event_is_one_entry_in_words() {
        let began = event(
            1,
            Some("evt_1"),
            &[
                ("plan", Some("free 1"), Some("team 1")),
                ("state", Some("manual"), Some("active")),
                ("seats", None, Some("5")),
                ("period_start", None, Some("2026-11-06T14:22:10+00:00")),
                ("period_end", None, Some("2026-12-06T14:22:10.123456+00:00")),
                ("stripe_customer", None, Some("cus_1")),
                ("stripe_subscription", None, Some("sub_1")),
            ],
        );
        let ended = event(
            2,
            Some("evt_2"),
            &[
                ("plan", Some("team 1"), Some("free 1")),
                ("state", Some("active"), Some("cancelled")),
                ("seats", Some("5"), None),
                ("period_start", Some("2026-11-06T14:22:10+00:00"), None),
                ("period_end", Some("2026-12-06T14:22:10+00:00"), Some("2026-11-20T00:00:00+00:00")),
                ("cancel_at_period_end", Some("true"), Some("false")),
                ("stripe_subscription", Some("sub_1"), None),
            ],
        );
        let changes = [ended, began].concat();
        let names = [("free", "Free"), ("team", "Team")].map(|(key, name)| (key.to_owned(), name.to_owned()));
        let entries = entries(&changes, &names.into_iter().collect());
        let read: Vec<_> = entries.iter().map(|entry| (entry.lines.join("; "), entry.at_stripe.join("; "))).collect();
        let expected = [
            (
                "Team became Free; State: Active → Cancelled; Seats are not counted by the payment any more; \
                 Period until: 20 November 2026; The subscription ended",
                "event evt_2; subscription sub_1 no longer",
            ),
            (
                "Free became Team; State: Agreed with us → Active; Seats paid for: 5; Period from: 6 November 2026; \
                 Period until: 6 December 2026",
                "event evt_1; customer cus_1; subscription sub_1",
            ),
        ];
        assert_eq!(read, expected.map(|(lines, ids)| (lines.to_owned(), ids.to_owned())));
    }

    #[test]
    fn overrides_and_other_fields_are_read_by_people() {
        let lines = |fields: &[Field]| {
            let changes = event(1, None, fields);
            entries(&changes, &PlanNames::default()).remove(0).lines
        };
        assert_eq!(lines(&[("override seats", None, Some("7"))]), ["Override of Seats: 7"]);
        let anew = [("override seats", Some("5"), None), ("override seats", None, Some("null"))];
        assert_eq!(lines(&anew), ["Override of Seats: 5 → no limit"]);
        let ended = [("override sso", Some("true"), None)];
        assert_eq!(lines(&ended), ["Override of Single sign-on ended; it was included"]);
        assert_eq!(lines(&[("trial_ends_at", Some("2026-11-06T00:00:00Z"), None)]), ["Trial until: not set any more"]);
        assert_eq!(lines(&[("colour", Some("red"), None)]), ["colour: red → –"]);
        assert!(lines(&[("stripe_customer", None, Some("cus_1"))]).is_empty(), "told apart from the words");
    }
}
