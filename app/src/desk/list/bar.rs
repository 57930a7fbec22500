//! The bar above a list: how many tickets there are of each status, and the form that filters.

use leptos::prelude::*;
use rowhouse_platform::id::AccountId;

use super::{
    count::{Counts, written},
    day::{self, Moment},
    field::{Field, people},
    filter::{Assignee, Due, Filter, Somebody, TEXT_LENGTH},
    furniture::Furniture,
    order::{Sort, SortBy},
};
use crate::{
    context::RequestContext,
    desk::{
        project::Reach,
        ticket::{Priority, Status},
    },
    ui::{
        Icon,
        choice::{Checkbox, Choice},
    },
};

/// What the bar is made of.
pub(in crate::desk) struct Bar<'a> {
    /// The path of the page, such as `/tickets`.
    pub(in crate::desk) path: &'static str,
    pub(in crate::desk) filter: &'a Filter,
    pub(in crate::desk) furniture: &'a Furniture,
    pub(in crate::desk) reach: &'a Reach,
    pub(in crate::desk) me: AccountId,
}

impl Bar<'_> {
    /// The address of the page under another filter.
    pub(in crate::desk) fn href(&self, context: &RequestContext, filter: &Filter) -> String {
        href(context, self.path, filter)
    }
}

/// The address of a page under a filter.
pub(in crate::desk) fn href(context: &RequestContext, path: &str, filter: &Filter) -> String {
    let query = filter.query();
    let mark = if query.is_empty() { "" } else { "?" };
    context.href(&format!("{path}{mark}{query}"))
}

/// A link for each status, with how many tickets there are of it.
pub(in crate::desk) fn status_tabs(context: &RequestContext, bar: &Bar<'_>, counts: &Counts) -> AnyView {
    let all = (Vec::new(), "All", counts.all().map(written));
    let tabs = std::iter::once(all)
        .chain(Status::ALL.iter().map(|status| (vec![*status], status.label(), counts.written(*status))))
        .map(|(statuses, label, count)| {
            let current = (statuses == bar.filter.statuses).then_some("page");
            let link = bar.href(context, &Filter { statuses, ..bar.filter.clone() });
            let count = count.map(|count| view! { <span class="tabs__count numeric">{count}</span> });
            view! { <li><a class="tabs__link" href=link aria-current=current>{label}{count}</a></li> }
        })
        .collect_view();
    view! {
        <nav class="tabs" aria-label="Filter by status">
            <ul class="tabs__list">{tabs}</ul>
        </nav>
    }
    .into_any()
}

/// The form that filters: the words in the open, all else behind a summary.
pub(in crate::desk) fn filter_form(context: &RequestContext, bar: &Bar<'_>) -> AnyView {
    let filter = bar.filter;
    let narrowing = Filter { text: String::new(), statuses: Vec::new(), sort: None, ..filter.clone() };
    let count = narrowing.pairs().len();
    let active = (count > 0).then(|| view! { <span class="badge">{format!("{count} on")}</span> });
    let cleared = Filter { text: filter.text.clone(), project: needed_project(bar), ..Filter::default() };
    view! {
        <form class="filter" role="search" aria-label="This list" action=context.href(bar.path) method="get">
            <div class="filter__line">
                <div class="search">
                    <Icon name="search" />
                    <label class="visually-hidden" for="q">"Search in tickets"</label>
                    <input class="input" id="q" name="q" type="search" placeholder="Search in tickets" value=filter.text.clone() maxlength=TEXT_LENGTH autocomplete="off" />
                </div>
                <button class="button" type="submit">"Show"</button>
            </div>
            <details class="filter__more">
                <summary class="filter__summary"><Icon name="filter" />"Filters and order "{active}</summary>
                <div class="filter__panel card">
                    {choices(bar)}
                    {boxes(bar)}
                    {days(filter)}
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Apply filters"</button>
                        <a class="button button--quiet" href=bar.href(context, &cleared)>"Clear filters"</a>
                    </div>
                </div>
            </details>
        </form>
    }
    .into_any()
}

/// The board has one project always.
fn needed_project(bar: &Bar<'_>) -> Option<String> {
    if bar.path == "/board" { bar.filter.project.clone() } else { None }
}

fn choices(bar: &Bar<'_>) -> AnyView {
    let filter = bar.filter;
    let projects = bar.reach.all().iter().map(|project| {
        let archived = if project.is_archived { " (archived)" } else { "" };
        Choice::new(&project.key, format!("{} · {}{archived}", project.key, project.name))
    });
    let assignee = filter.assignee.map(Assignee::word).unwrap_or_default();
    let requester = filter.requester.map(Somebody::word).unwrap_or_default();
    let me = || Choice::new("me", "Me");
    let assignees = [me(), Choice::new("none", "Nobody")].into_iter().chain(people(bar.furniture, bar.me, &assignee));
    let requesters = std::iter::once(me()).chain(people(bar.furniture, bar.me, &requester));
    let sorts = SortBy::ALL
        .into_iter()
        .filter(|by| *by != SortBy::Relevance || !filter.text.is_empty())
        .flat_map(|by| [true, false].map(|is_descending| Sort { by, is_descending }))
        .map(|sort| Choice::new(sort.word(), sort.label()));
    let order = filter.order().word();
    let all = if bar.path == "/board" { "Choose a project" } else { "All projects" };
    view! {
        <div class="field-pair">
            {Field::new("filter-project", "project", "Project").select(all, projects, filter.project.as_deref().unwrap_or_default())}
            {Field::new("filter-assignee", "assignee", "Assignee").select("Anybody", assignees, &assignee)}
            {Field::new("filter-requester", "requester", "Requester").select("Anybody", requesters, &requester)}
            {Field::new("filter-sort", "sort", "Order").select("As it fits", sorts, if filter.sort.is_some() { &order } else { "" })}
        </div>
    }
    .into_any()
}

fn boxes(bar: &Bar<'_>) -> AnyView {
    let filter = bar.filter;
    let statuses = Status::ALL.iter().map(|status| {
        let id = format!("filter-status-{}", status.word());
        let checked = filter.statuses.contains(status);
        tick(id, "status", status.word().to_owned(), status.label().to_owned(), checked)
    });
    let priorities = Priority::ALL.iter().map(|priority| {
        let id = format!("filter-priority-{}", priority.word());
        let checked = filter.priorities.contains(priority);
        tick(id, "priority", priority.word().to_owned(), priority.label().to_owned(), checked)
    });
    let labels = (!bar.furniture.labels.is_empty()).then(|| {
        let boxes = bar.furniture.labels.iter().map(|label| {
            let checked = filter.labels.contains(&label.id);
            tick(format!("filter-{}", label.id), "label", label.id.to_string(), label.name.clone(), checked)
        });
        group("Labels (all of them)", boxes.collect_view().into_any())
    });
    let watched =
        tick("filter-watcher".to_owned(), "watcher", "me".to_owned(), "Watched by me".to_owned(), filter.is_watched);
    view! {
        {group("Status", statuses.collect_view().into_any())}
        {group("Priority", priorities.collect_view().into_any())}
        {labels}
        {group("Watching", watched)}
    }
    .into_any()
}

fn tick(id: String, name: &'static str, value: String, label: String, checked: bool) -> AnyView {
    view! { <Checkbox id=id name=name value=value label=label help="" checked=checked /> }.into_any()
}

fn group(legend: &'static str, boxes: AnyView) -> AnyView {
    view! {
        <fieldset class="filter__group">
            <legend class="field__label">{legend}</legend>
            <div class="filter__boxes">{boxes}</div>
        </fieldset>
    }
    .into_any()
}

fn days(filter: &Filter) -> AnyView {
    let (word, from, to) = match filter.due {
        Some(Due::Between(from, to)) => ("", from, to),
        due => (due.and_then(Due::word).unwrap_or_default(), None, None),
    };
    let words = Due::WORDS.map(|(_, word, label)| Choice::new(word, label));
    let due_day = |day: Option<time::Date>| day.map(day::written).unwrap_or_default();
    // A field for days cannot show a point in time; programs ask for those.
    let span_day = |moment: Option<Moment>| match moment {
        Some(Moment::Day(day)) => day::written(day),
        Some(Moment::At(_)) | None => String::new(),
    };
    view! {
        <div class="field-pair filter__days">
            {Field::new("filter-due", "due", "Due").select("Whenever", words, word)}
            {Field::new("filter-due-from", "due_from", "Due from").day(due_day(from))}
            {Field::new("filter-due-to", "due_to", "Due until").day(due_day(to))}
        </div>
        <div class="field-pair filter__days">
            {Field::new("filter-created-from", "created_from", "Opened from").day(span_day(filter.created.from))}
            {Field::new("filter-created-to", "created_to", "Opened until").day(span_day(filter.created.to))}
            {Field::new("filter-updated-from", "updated_from", "Changed from").day(span_day(filter.updated.from))}
            {Field::new("filter-updated-to", "updated_to", "Changed until").day(span_day(filter.updated.to))}
        </div>
        <div class="field-pair filter__days">
            {Field::new("filter-resolved-from", "resolved_from", "Resolved from").day(span_day(filter.resolved.from))}
            {Field::new("filter-resolved-to", "resolved_to", "Resolved until").day(span_day(filter.resolved.to))}
        </div>
    }
    .into_any()
}
