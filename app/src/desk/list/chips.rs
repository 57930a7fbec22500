//! What the list is filtered by, each with a link that takes it away.

use leptos::prelude::*;

use super::{
    bar::Bar,
    day::{Moment, Span},
    filter::{Assignee, Due, Filter, Somebody},
};
use crate::{
    context::RequestContext,
    ui::{Icon, time::reader},
};

/// The chips, or nothing where nothing is filtered by.
pub(in crate::desk) fn chips(context: &RequestContext, bar: &Bar<'_>) -> AnyView {
    let all = each(bar);
    if all.is_empty() {
        return ().into_any();
    }
    let items = all
        .into_iter()
        .map(|(words, without)| {
            let label = format!("Remove the filter {words}");
            view! {
                <li>
                    <a class="chip" href=bar.href(context, &without) aria-label=label>
                        {words}
                        <Icon name="x" />
                    </a>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="chips" aria-label="Active filters">{items}</ul> }.into_any()
}

/// Each part of the filter in words, and the filter without it.
fn each(bar: &Bar<'_>) -> Vec<(String, Filter)> {
    let filter = bar.filter;
    let mut chips = Vec::new();
    let mut add = |words: String, take: &dyn Fn(&mut Filter)| {
        let mut without = filter.clone();
        take(&mut without);
        // Nothing is left to be relevant to.
        if without.text.is_empty() && without.sort.is_some_and(super::Sort::is_relevance) {
            without.sort = None;
        }
        chips.push((words, without));
    };
    if !filter.text.is_empty() {
        add(format!("Words: {}", filter.text), &|without| without.text.clear());
    }
    if let Some(key) = filter.project.as_ref().filter(|_| bar.path != "/board") {
        add(format!("Project: {key}"), &|without| without.project = None);
    }
    for status in &filter.statuses {
        add(format!("Status: {}", status.label()), &|without| without.statuses.retain(|other| other != status));
    }
    for priority in &filter.priorities {
        add(format!("Priority: {}", priority.label()), &|without| without.priorities.retain(|other| other != priority));
    }
    if let Some(assignee) = filter.assignee {
        let words = match assignee {
            Assignee::Nobody => "Assignee: nobody".to_owned(),
            Assignee::Somebody(who) => format!("Assignee: {}", name(bar, who)),
        };
        add(words, &|without| without.assignee = None);
    }
    if let Some(who) = filter.requester {
        add(format!("Requester: {}", name(bar, who)), &|without| without.requester = None);
    }
    for label in &filter.labels {
        let words = bar.furniture.label(*label).map_or("one that is gone", |label| label.name.as_str());
        add(format!("Label: {words}"), &|without| without.labels.retain(|other| other != label));
    }
    if filter.is_unlabelled {
        add("Without a label".to_owned(), &|without| without.is_unlabelled = false);
    }
    if let Some(who) = filter.watcher {
        add(format!("Watcher: {}", name(bar, who)), &|without| without.watcher = None);
    }
    if let Some(due) = filter.due {
        add(due_words(due), &|without| without.due = None);
    }
    if !filter.created.is_open() {
        add(span_words("Opened", filter.created), &|without| without.created = Span::default());
    }
    if !filter.updated.is_open() {
        add(span_words("Changed", filter.updated), &|without| without.updated = Span::default());
    }
    if !filter.resolved.is_open() {
        add(span_words("Resolved", filter.resolved), &|without| without.resolved = Span::default());
    }
    chips
}

fn name(bar: &Bar<'_>, who: Somebody) -> String {
    match who {
        Somebody::Me => "me".to_owned(),
        Somebody::Account(id) => bar.furniture.person(id).unwrap_or("somebody else").to_owned(),
    }
}

fn due_words(due: Due) -> String {
    match due {
        Due::Overdue => "Overdue".to_owned(),
        Due::Today => "Due today".to_owned(),
        Due::Week => "Due within a week".to_owned(),
        Due::Without => "No due date".to_owned(),
        Due::Between(from, to) => span_words("Due", Span { from: from.map(Moment::Day), to: to.map(Moment::Day) }),
    }
}

fn span_words(what: &str, span: Span) -> String {
    let words = |moment: Moment| {
        let reader = reader();
        match moment {
            Moment::Day(day) => reader.locale.short_date(day.midnight().assume_utc()),
            Moment::At(at) => reader.moment(at),
        }
    };
    match (span.from.map(words), span.to.map(words)) {
        (Some(from), Some(to)) => format!("{what} from {from} until {to}"),
        (Some(from), None) => format!("{what} from {from}"),
        (None, Some(to)) => format!("{what} until {to}"),
        (None, None) => what.to_owned(),
    }
}
