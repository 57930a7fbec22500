//! How the tickets of a list look.

use leptos::prelude::*;
use time::Date;
use uuid::Uuid;

use super::{
    bar::{Bar, href},
    furniture::Furniture,
    order::{Sort, SortBy},
    query::TicketRow,
    show::Shown,
    window::MOST_FOUND,
};
use crate::{
    context::RequestContext,
    desk::{
        project::ProjectId,
        search::Snippet,
        ticket::{Status, TicketId, TicketKey},
        ticket_view::{priority_badge, status_badge},
    },
    ui::{
        Icon,
        time::{Ago, number, reader},
    },
};

/// The table.
pub(super) fn table(context: &RequestContext, shown: &Shown<'_>) -> AnyView {
    let rows = shown.list.rows.iter().map(|row| row_view(context, shown, row)).collect_view();
    let bar = &shown.bar;
    let caption = format!("Tickets, {}", bar.filter.order().label().to_lowercase());
    view! {
        <table class="data-table ticket-list">
            <caption class="visually-hidden">{caption}</caption>
            <thead>
                <tr>
                    {shown.may_write.then(|| view! {
                        <th scope="col" class="ticket-row__check"><span class="visually-hidden">"Select"</span></th>
                    })}
                    <th scope="col">"Key"</th>
                    <th scope="col">"Title"</th>
                    <th scope="col">"Status"</th>
                    {head(context, bar, SortBy::Priority, "Priority", "")}
                    <th scope="col" class="ticket-row__requester">"Requester"</th>
                    <th scope="col" class="ticket-row__assignee">"Assignee"</th>
                    {head(context, bar, SortBy::Due, "Due", "ticket-row__due")}
                    {head(context, bar, SortBy::Updated, "Changed", "is-end ticket-row__updated")}
                    {head(context, bar, SortBy::Created, "Opened", "is-end")}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// A head that sorts; once more, it turns the order round.
fn head(context: &RequestContext, bar: &Bar<'_>, by: SortBy, label: &'static str, class: &'static str) -> AnyView {
    let order = bar.filter.order();
    let (sorted, is_descending) = if order.by != by {
        // What is due next is wanted first; of all else the greatest.
        (None, by != SortBy::Due)
    } else if order.is_descending {
        (Some("descending"), false)
    } else {
        (Some("ascending"), true)
    };
    let link = href(context, bar.path, &bar.filter.sorted(Sort { by, is_descending }));
    view! {
        <th scope="col" class=class aria-sort=sorted>
            <a class="sort-link" href=link>{label}</a>
        </th>
    }
    .into_any()
}

fn row_view(context: &RequestContext, shown: &Shown<'_>, row: &TicketRow) -> AnyView {
    let key = shown.key(row);
    let id = TicketId(row.id);
    let check = shown.may_write.then(|| {
        let name = format!("Select {key}");
        view! {
            <td class="ticket-row__check">
                <input class="ticket-row__box" type="checkbox" name="ticket" value=id.to_string() aria-label=name />
            </td>
        }
    });
    let snippet = shown.snippets.get(&id).map(snippet_view);
    view! {
        <tr class="ticket-row">
            {check}
            <td class="ticket-row__key">{key.to_string()}</td>
            <td class="ticket-row__title">
                <a class="ticket-row__link" href=context.href(&format!("/tickets/{key}"))>{row.title.clone()}</a>
                {labels_view(shown.bar.furniture, &row.labels)}
                {snippet}
            </td>
            <td>{status_badge(row.status.word(), false)}</td>
            <td>{priority_badge(row.priority.word())}</td>
            <td class="ticket-row__person ticket-row__requester">{row.requester.clone()}</td>
            <td class="ticket-row__person ticket-row__assignee">
                {row.assignee.clone().unwrap_or_else(|| "Unassigned".to_owned())}
            </td>
            <td class="ticket-row__due">{due_view(row.due_on, row.status, shown.today)}</td>
            <td class="ticket-row__updated is-end"><Ago at=row.updated_at now=shown.now /></td>
            <td class="ticket-row__opened is-end"><Ago at=row.created_at now=shown.now /></td>
        </tr>
    }
    .into_any()
}

/// The labels of a ticket; nothing where it has none.
pub(in crate::desk) fn labels_view(furniture: &Furniture, ids: &[Uuid]) -> AnyView {
    if ids.is_empty() {
        return ().into_any();
    }
    let labels = furniture
        .labels_of(ids)
        .map(|label| {
            let class = format!("label label--{}", label.colour.word());
            view! { <li><span class=class>{label.name.clone()}</span></li> }
        })
        .collect_view();
    view! { <ul class="label-list" aria-label="Labels">{labels}</ul> }.into_any()
}

/// The day by which a ticket is due, marked when that is over and the ticket not done.
pub(in crate::desk) fn due_view(due_on: Option<Date>, status: Status, today: Date) -> AnyView {
    let Some(day) = due_on else { return ().into_any() };
    let is_overdue = day < today && !status.is_resolved();
    let class = if is_overdue { "due due--over" } else { "due" };
    let words = reader().locale.short_date(day.midnight().assume_utc());
    let over = is_overdue.then(|| view! { <span class="visually-hidden">"Overdue: "</span> });
    view! { <span class=class>{over}<time datetime=super::day::written(day)>{words}</time></span> }.into_any()
}

fn snippet_view(snippet: &Snippet) -> AnyView {
    let parts = snippet
        .parts
        .iter()
        .map(
            |(text, is_found)| {
                if *is_found { view! { <mark>{text.clone()}</mark> }.into_any() } else { text.clone().into_any() }
            },
        )
        .collect_view();
    view! { <p class="ticket-row__snippet">{parts}</p> }.into_any()
}

/// What people call a ticket of the list. Every ticket of it is of a project that is reached.
pub(super) fn key_of(reach: &crate::desk::project::Reach, row: &TicketRow) -> TicketKey {
    let project = reach.of_id(ProjectId(row.project_id)).map(|project| project.key.clone()).unwrap_or_default();
    TicketKey { project, number: row.number }
}

/// Links to the pages before and after.
pub(super) fn pager(context: &RequestContext, shown: &Shown<'_>) -> AnyView {
    let link = |name: &str, cursor: Option<super::Cursor>| {
        let cursor = cursor?.to_string();
        let filter = shown.bar.filter;
        let query = form_urlencoded::Serializer::new(filter.query()).append_pair(name, &cursor).finish();
        Some(context.href(&format!("{}?{query}", shown.bar.path)))
    };
    let previous = link("before", shown.list.previous);
    let next = link("after", shown.list.next);
    let order = shown.bar.filter.order();
    // By creation all are gone through, however many there are; and all of a list of one page are on it, however many there
    // are of another status.
    let is_cut = order.by != SortBy::Created && shown.counts.is_cut() && (previous.is_some() || next.is_some());
    let words = if is_cut {
        // Counted are those of any status: of one alone there may be fewer.
        let at_most = if shown.bar.filter.statuses.is_empty() { "" } else { "at most " };
        format!("{}, of {at_most}the newest {} that match", order.label(), number(MOST_FOUND.into()))
    } else {
        order.label().to_owned()
    };
    view! {
        <nav class="pager" aria-label="Pages">
            <span>{words}</span>
            <span class="pager__links">
                {previous.map(|href| view! { <a class="button" href=href rel="prev"><Icon name="chevron-left" />"Previous"</a> })}
                {next.map(|href| view! { <a class="button" href=href rel="next">"Next"<Icon name="chevron-right" /></a> })}
            </span>
        </nav>
    }
    .into_any()
}
