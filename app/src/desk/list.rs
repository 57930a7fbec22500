//! `GET /tickets`: the list, newest first, paged by key.

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use leptos::prelude::*;
use serde::Deserialize;
use time::OffsetDateTime;

use super::{
    list_query::{self, Cursor, Filter, TicketPage, TicketRow},
    permission::{ReadTickets, WriteTickets},
    project::{Reach, reach},
    ticket::{Status, TITLE_LENGTH, TicketId},
    ticket_view::{priority_badge, status_badge},
};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::query_string,
    ui::{
        Head, Icon,
        frame::{Section, frame},
        page,
        time::Ago,
    },
};

/// Tickets on a page.
pub const PAGE_SIZE: usize = 50;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ListQuery {
    status: Option<String>,
    q: Option<String>,
    before: Option<String>,
    after: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Result<Filter, PageError> {
        let status = match self.status.as_deref() {
            None | Some("") => None,
            Some(word) => Some(Status::parse(word).ok_or_else(|| {
                PageError::BadRequest(format!("“{word}” is no status of a ticket; allowed are {}.", Status::words()))
            })?),
        };
        // PostgreSQL's text has no NUL, and no title has other control characters.
        let search = self.q.as_deref().unwrap_or_default().replace(char::is_control, "");
        Ok(Filter { status, search: search.trim().chars().take(TITLE_LENGTH).collect() })
    }

    fn cursor(&self) -> Result<Cursor, PageError> {
        let read = |text: &str| {
            text.parse::<TicketId>().map_err(|_| {
                PageError::BadRequest(
                    "The link to this part of the list is damaged; start with the newest tickets.".to_owned(),
                )
            })
        };
        match (&self.before, &self.after) {
            (Some(_), Some(_)) => {
                Err(PageError::BadRequest("Ask for tickets before or after one, not both.".to_owned()))
            }
            (Some(before), None) => Ok(Cursor::OlderThan(read(before)?)),
            (None, Some(after)) => Ok(Cursor::NewerThan(read(after)?)),
            (None, None) => Ok(Cursor::Newest),
        }
    }
}

pub(super) async fn show(
    context: Context,
    query: Result<Query<ListQuery>, QueryRejection>,
    Allowed(mut permit): Allowed<ReadTickets>,
) -> Result<Response, PageError> {
    let Query(query) = query.map_err(|error| PageError::BadRequest(format!("{}.", error.body_text())))?;
    let (filter, cursor) = (query.filter()?, query.cursor()?);
    let reach = reach::of(&mut permit).await?;
    let list = list_query::list(&mut permit, &reach, &filter, cursor, PAGE_SIZE).await?;
    let person = permit.commit().await?;
    let now = context.services.ambient.now();

    Ok(page(&context, Head::new("Tickets"), || {
        let may_write = person.may::<WriteTickets>();
        let is_filtered = filter.status.is_some() || !filter.search.is_empty() || cursor != Cursor::Newest;
        let body = match (list.rows.is_empty(), is_filtered) {
            (true, false) => no_tickets(&context, may_write),
            (true, true) => view! { {toolbar(&context, &filter)} {no_match(&context, &filter)} }.into_any(),
            (false, _) => {
                view! { {toolbar(&context, &filter)} {table(&context, &reach, &list, now)} {pager(&context, &list, &filter)} }
                    .into_any()
            }
        };
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Tickets"</h1>
                {may_write.then(|| view! {
                    <div class="page__actions">
                        <a class="button button--primary" href=context.href("/tickets/new")>
                            <Icon name="plus" />
                            "New ticket"
                        </a>
                    </div>
                })}
            </div>
            {body}
        };
        frame(&context, &person, Section::Tickets, false, content)
    }))
}

/// The address of the list under a filter.
fn href(context: &RequestContext, filter: &Filter, status: Option<Status>, cursor: Option<(&str, TicketId)>) -> String {
    let mut pairs = Vec::new();
    if let Some(status) = status {
        pairs.push(("status", status.word().to_owned()));
    }
    if !filter.search.is_empty() {
        pairs.push(("q", filter.search.clone()));
    }
    if let Some((name, id)) = cursor {
        pairs.push((name, id.to_string()));
    }
    context.href(&format!("/tickets{}", query_string(&pairs)))
}

fn toolbar(context: &RequestContext, filter: &Filter) -> AnyView {
    let tabs = std::iter::once((None, "All"))
        .chain(Status::ALL.iter().map(|status| (Some(*status), status.label())))
        .map(|(status, label)| {
            let current = (status == filter.status).then_some("page");
            view! { <li><a class="tabs__link" href=href(context, filter, status, None) aria-current=current>{label}</a></li> }
        })
        .collect_view();
    view! {
        <div class="toolbar">
            <nav class="tabs" aria-label="Filter by status">
                <ul class="tabs__list">{tabs}</ul>
            </nav>
            <form class="search" role="search" aria-label="This list" action=context.href("/tickets") method="get">
                <Icon name="search" />
                {filter.status.map(|status| view! { <input type="hidden" name="status" value=status.word() /> })}
                <label class="visually-hidden" for="q">"Search in titles"</label>
                <input class="input" id="q" name="q" type="search" placeholder="Search in titles" value=filter.search.clone() autocomplete="off" />
            </form>
        </div>
    }
    .into_any()
}

fn table(context: &RequestContext, reach: &Reach, list: &TicketPage, now: OffsetDateTime) -> AnyView {
    let rows = list.rows.iter().map(|row| row_view(context, reach, row, now)).collect_view();
    view! {
        <table class="data-table ticket-list">
            <caption class="visually-hidden">"Tickets, newest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"Key"</th>
                    <th scope="col">"Title"</th>
                    <th scope="col">"Status"</th>
                    <th scope="col">"Priority"</th>
                    <th scope="col" class="ticket-row__requester">"Requester"</th>
                    <th scope="col" class="ticket-row__assignee">"Assignee"</th>
                    <th scope="col" class="is-end">"Opened"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row_view(context: &RequestContext, reach: &Reach, row: &TicketRow, now: OffsetDateTime) -> impl IntoView + use<> {
    let key = row.key(reach).map(|key| key.to_string()).unwrap_or_default();
    view! {
        <tr class="ticket-row">
            <td class="ticket-row__key">{key.clone()}</td>
            <td class="ticket-row__title">
                <a class="ticket-row__link" href=context.href(&format!("/tickets/{key}"))>{row.title.clone()}</a>
            </td>
            <td>{status_badge(&row.status, false)}</td>
            <td>{priority_badge(&row.priority)}</td>
            <td class="ticket-row__person ticket-row__requester">{row.requester.clone()}</td>
            <td class="ticket-row__person ticket-row__assignee">
                {row.assignee.clone().unwrap_or_else(|| "Unassigned".to_owned())}
            </td>
            <td class="ticket-row__updated is-end"><Ago at=row.created_at now=now /></td>
        </tr>
    }
}

fn pager(context: &RequestContext, list: &TicketPage, filter: &Filter) -> AnyView {
    let first = list.rows.first().map(|row| TicketId(row.id));
    let last = list.rows.last().map(|row| TicketId(row.id));
    let newer = first.filter(|_| list.has_newer).map(|id| href(context, filter, filter.status, Some(("after", id))));
    let older = last.filter(|_| list.has_older).map(|id| href(context, filter, filter.status, Some(("before", id))));
    view! {
        <nav class="pager" aria-label="Pages">
            <span>"Newest first"</span>
            <span class="pager__links">
                {newer.map(|href| view! { <a class="button" href=href rel="prev"><Icon name="chevron-left" />"Newer"</a> })}
                {older.map(|href| view! { <a class="button" href=href rel="next">"Older"<Icon name="chevron-right" /></a> })}
            </span>
        </nav>
    }
    .into_any()
}

fn no_tickets(context: &RequestContext, may_write: bool) -> AnyView {
    view! {
        <div class="empty">
            <Icon name="inbox" />
            <h2>"No tickets yet"</h2>
            <p>"What your customers ask for will stand here, newest first."</p>
            {may_write.then(|| view! {
                <div class="button-row"><a class="button" href=context.href("/tickets/new")>"Create the first ticket"</a></div>
            })}
        </div>
    }
    .into_any()
}

fn no_match(context: &RequestContext, filter: &Filter) -> AnyView {
    let status = filter.status.map(|status| format!(" with the status {}", status.label())).unwrap_or_default();
    let text = if filter.search.is_empty() {
        format!("There is no ticket{status} here.")
    } else {
        format!("No ticket{status} has “{}” in its title.", filter.search)
    };
    view! {
        <div class="empty">
            <Icon name="search" />
            <h2>"Nothing matches"</h2>
            <p>{text}</p>
            <div class="button-row"><a class="button" href=context.href("/tickets")>"Show all tickets"</a></div>
        </div>
    }
    .into_any()
}
