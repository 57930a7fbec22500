//! Two people at one ticket: whoever comes second sees what the first has done, and what they typed themselves.

use leptos::prelude::*;

use super::{
    entry::who,
    event_words::words,
    face::Trouble,
    load::Entry,
    sent::{Intent, Part},
    view::Shown,
};
use crate::{
    desk::ticket::{Event, event::Kind},
    ui::{Icon, time::Ago},
};

/// The most changes that are told of where it is not known which are new.
const LATEST: usize = 5;

pub(super) fn notice(shown: &Shown<'_>) -> AnyView {
    let Some(sent) = shown.face.sent.as_ref().filter(|_| shown.face.trouble == Some(Trouble::Overtaken)) else {
        return ().into_any();
    };
    let changes = shown.loaded.timeline.entries.iter().rev().filter_map(|entry| match entry {
        Entry::Event(event) if is_change(event) => Some(event),
        Entry::Event(_) | Entry::Comment(_) => None,
    });
    let changes: Vec<&Event> = match sent.seen {
        Some(seen) => changes.filter(|event| event.id > seen).collect(),
        None => changes.take(LATEST).collect(),
    };
    let items = changes
        .iter()
        .rev()
        .filter_map(|event| {
            let words = words(shown.context, event)?;
            Some(view! { <li>{who(event)} " " {words} " " <Ago at=event.at now=shown.now /></li> })
        })
        .collect_view();
    view! {
        <div class="notice notice--warning page__notice" id="overtaken" role="alert" tabindex="-1">
            <Icon name="triangle-alert" />
            <h2 class="notice__title">"Somebody else changed this ticket while you were at it"</h2>
            <ul>{items}</ul>
            <p>{what_now(sent.intent)}</p>
        </div>
    }
    .into_any()
}

fn is_change(event: &Event) -> bool {
    !matches!(event.kind, Kind::Comment { .. } | Kind::Created {} | Kind::Watchers { .. })
}

fn what_now(intent: Intent) -> &'static str {
    match intent {
        Intent::Comment => {
            "Your comment has not been added, and the status is as it was left. What you typed stands below: send it again."
        }
        Intent::EditComment(_) => {
            "Your comment has not been saved. What you typed stands in its form, above what is there now."
        }
        Intent::Set(Part::Status) => {
            "Your status has not been set. The badge says what it is now, the field below what you chose: set it again if you still want it."
        }
        _ => {
            "Your change has not been saved. The page says how the ticket is now; what you typed stands in its form. Save again to put it in its place."
        }
    }
}
