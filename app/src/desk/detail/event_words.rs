//! What happened to a ticket, in words.

use leptos::prelude::*;
use time::Date;

use crate::{
    context::RequestContext,
    desk::ticket::{
        Event, Priority, Relation, Status,
        event::{Kind, Named, NamedLabel, OtherEnd},
    },
    ui::time::reader,
};

/// What somebody did: the words that follow their name. A comment has none: it is shown itself.
pub(super) fn words(context: &RequestContext, event: &Event) -> Option<AnyView> {
    let text = match &event.kind {
        Kind::Comment { .. } => return None,
        Kind::LinkAdded { relation, other } => return Some(linked(context, "linked it", *relation, other.as_ref())),
        Kind::LinkRemoved { relation, other } => {
            return Some(linked(context, "removed a link", *relation, other.as_ref()));
        }
        Kind::Created {} => "created the ticket".to_owned(),
        Kind::Title { from, to } => format!("changed the title from “{from}” to “{to}”"),
        Kind::Description {} => "changed the description".to_owned(),
        Kind::Status { from, to } => status(*from, *to),
        Kind::Priority { from, to } => priority(*from, *to),
        Kind::Assignee { from, to } => assignee(event, from.as_ref(), to.as_ref()),
        Kind::Requester { from, to } => format!("changed the requester from {} to {}", from.name, to.name),
        Kind::Due { from, to } => due(*from, *to),
        Kind::Labels { added, removed } => labels(added, removed),
        Kind::CommentEdited { .. } => "edited a comment".to_owned(),
        Kind::CommentRemoved { author } => {
            if is_actor(event, author) {
                "deleted a comment".to_owned()
            } else {
                format!("deleted a comment by {}", author.name)
            }
        }
        Kind::Watchers { added, removed } => watchers(event, added, removed),
        Kind::Attached { name } => format!("attached “{name}”"),
        Kind::Detached { name } => format!("removed the file “{name}”"),
    };
    Some(text.into_any())
}

/// The sign beside it.
pub(super) fn icon(kind: &Kind) -> &'static str {
    match kind {
        Kind::Created {} => "plus",
        Kind::Status { to, .. } => to.icon(),
        Kind::Priority { to, .. } => to.icon(),
        Kind::Assignee { .. } | Kind::Requester { .. } => "user",
        Kind::Due { .. } => "calendar",
        Kind::Labels { .. } => "tag",
        Kind::Watchers { .. } => "eye",
        Kind::LinkAdded { .. } | Kind::LinkRemoved { .. } => "link",
        Kind::CommentRemoved { .. } | Kind::Detached { .. } => "trash",
        Kind::Title { .. }
        | Kind::Description {}
        | Kind::Comment { .. }
        | Kind::CommentEdited { .. }
        | Kind::Attached { .. } => "pencil",
    }
}

/// A day, for who reads the page.
pub(super) fn day_of(date: Date) -> String {
    reader().locale.long_date(date.midnight().assume_utc())
}

fn is_actor(event: &Event, named: &Named) -> bool {
    event.actor.as_ref().is_some_and(|actor| actor.id == named.id)
}

fn status(from: Status, to: Status) -> String {
    format!("set the status from {} to {}", from.label(), to.label())
}

fn priority(from: Priority, to: Priority) -> String {
    format!("set the priority from {} to {}", from.label(), to.label())
}

fn assignee(event: &Event, from: Option<&Named>, to: Option<&Named>) -> String {
    match (from, to) {
        (_, Some(to)) if is_actor(event, to) => "took the ticket".to_owned(),
        (Some(from), Some(to)) => format!("handed the ticket from {} to {}", from.name, to.name),
        (None, Some(to)) => format!("assigned the ticket to {}", to.name),
        (Some(from), None) if is_actor(event, from) => "gave the ticket back".to_owned(),
        (Some(from), None) => format!("took the ticket from {}", from.name),
        (None, None) => "changed the assignee".to_owned(),
    }
}

fn due(from: Option<Date>, to: Option<Date>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("moved the due date from {} to {}", day_of(from), day_of(to)),
        (None, Some(to)) => format!("set the due date to {}", day_of(to)),
        (_, None) => "removed the due date".to_owned(),
    }
}

fn labels(added: &[NamedLabel], removed: &[NamedLabel]) -> String {
    let names = |labels: &[NamedLabel]| listed(labels.iter().map(|label| format!("“{}”", label.name)));
    let word = |labels: &[NamedLabel]| if labels.len() == 1 { "label" } else { "labels" };
    match (added, removed) {
        (added, []) => format!("added the {} {}", word(added), names(added)),
        ([], removed) => format!("removed the {} {}", word(removed), names(removed)),
        (added, removed) => {
            format!("added the {} {} and removed {}", word(added), names(added), names(removed))
        }
    }
}

fn watchers(event: &Event, added: &[Named], removed: &[Named]) -> String {
    let names = |people: &[Named]| listed(people.iter().map(|person| person.name.clone()));
    match (added, removed) {
        ([one], []) if is_actor(event, one) => "watches the ticket".to_owned(),
        ([], [one]) if is_actor(event, one) => "no longer watches the ticket".to_owned(),
        (added, []) => format!("added {} as watching", names(added)),
        ([], removed) => format!("removed {} from watching", names(removed)),
        (added, removed) => format!("added {} as watching and removed {}", names(added), names(removed)),
    }
}

fn linked(context: &RequestContext, did: &'static str, relation: Relation, other: Option<&OtherEnd>) -> AnyView {
    let relation = relation.label().to_lowercase();
    match other {
        None => format!("{did}: {relation} a ticket that you do not reach").into_any(),
        Some(other) => {
            let href = context.href(&format!("/tickets/{}", other.key));
            view! {
                {format!("{did}: {relation} ")}
                <a href=href>{other.key.to_string()}</a>
            }
            .into_any()
        }
    }
}

/// “a”, “a and b”, “a, b and c”.
fn listed(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    match items.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn said_as_people_do() {
        let label = |name: &str| NamedLabel {
            id: crate::desk::ticket::LabelId(uuid::Uuid::nil()),
            name: name.to_owned(),
            colour: crate::desk::ticket::Colour::Grey,
        };
        assert_eq!(labels(&[label("a")], &[]), "added the label “a”");
        assert_eq!(labels(&[], &[label("a"), label("b"), label("c")]), "removed the labels “a”, “b” and “c”");
        assert_eq!(labels(&[label("a")], &[label("b")]), "added the label “a” and removed “b”");
        let day = |day| Some(time::Date::from_calendar_date(2026, time::Month::March, day).unwrap());
        assert_eq!(due(None, day(2)), "set the due date to 2 March 2026");
        assert_eq!(due(day(2), day(3)), "moved the due date from 2 March 2026 to 3 March 2026");
        assert_eq!(due(day(2), None), "removed the due date");
    }
}
