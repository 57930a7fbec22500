//! `GET /tickets`: the list.

use std::collections::HashMap;

use axum::{
    extract::RawQuery,
    response::{IntoResponse, Response},
};
use leptos::prelude::*;
use rowhouse_platform::access::{Permit, Principal};
use time::{Date, OffsetDateTime};

use super::{
    bar::{Bar, filter_form, href, status_tabs},
    by_name::resolved,
    chips::chips,
    count::Counts,
    error::FilterError,
    filter::Filter,
    look::Look,
    order::{Cursor, CursorError, Place},
    query::{self, TicketPage, TicketRow},
    table::{key_of, pager, table},
};
use crate::{
    access::CountsNews,
    context::{Context, RequestContext},
    desk::{
        bulk_edit::{self, Outcome},
        export::{self, Format},
        live,
        permission::{ReadTickets, WriteTickets},
        project::{self, reach},
        search::{self, Snippet, snippet},
        ticket::{TicketId, TicketKey},
        views,
    },
    error::PageError,
    routes::see_other,
    ui::{
        Head, Icon,
        frame::{Section, frame},
        page,
        query::pairs,
    },
};

impl From<FilterError> for PageError {
    fn from(error: FilterError) -> Self {
        Self::BadRequest(error.to_string())
    }
}

impl From<CursorError> for PageError {
    fn from(error: CursorError) -> Self {
        Self::BadRequest(error.to_string())
    }
}

/// What the address of the list asks for.
#[derive(Debug, Clone)]
pub(in crate::desk) struct Asked {
    pub(in crate::desk) filter: Filter,
    pub(in crate::desk) place: Place,
}

impl Asked {
    /// Reads the query of the address.
    pub(in crate::desk) fn read(query: &str) -> Result<Self, PageError> {
        let pairs = pairs(query).ok_or(FilterError::Unreadable)?;
        let of = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| &**value);
        let filtering = pairs.iter().filter(|(name, _)| name != "after" && name != "before");
        let filter = Filter::read(filtering.map(|(name, value)| (&**name, &**value)))?;
        let by = filter.order().by;
        let place = match (of("before"), of("after")) {
            (None, None) => Place::Start,
            (None, Some(after)) => Place::After(Cursor::read(after, by)?),
            (Some(before), None) => Place::Before(Cursor::read(before, by)?),
            (Some(_), Some(_)) => {
                return Err(PageError::BadRequest("Ask for tickets before or after one, not both.".to_owned()));
            }
        };
        Ok(Self { filter, place })
    }

    /// The query, in its one form.
    pub(in crate::desk) fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(self.filter.query());
        match self.place {
            Place::Start => {}
            Place::After(cursor) => {
                query.append_pair("after", &cursor.to_string());
            }
            Place::Before(cursor) => {
                query.append_pair("before", &cursor.to_string());
            }
        }
        query.finish()
    }

    /// The address of the list that it asks for.
    pub(in crate::desk) fn href(&self, context: &RequestContext) -> String {
        let query = self.query();
        let mark = if query.is_empty() { "" } else { "?" };
        context.href(&format!("/tickets{mark}{query}"))
    }
}

pub(in crate::desk) async fn show(
    context: Context,
    RawQuery(query): RawQuery,
    CountsNews(mut permit): CountsNews<ReadTickets>,
) -> Result<Response, PageError> {
    let query = query.unwrap_or_default();
    if let Some(query) = resolved(&mut permit, &query).await? {
        return Ok(see_other(&Asked::read(&query)?.href(&context)).into_response());
    }
    render(&context, permit, &Asked::read(&query)?, None).await
}

/// What the page shows.
pub(super) struct Shown<'a> {
    pub(super) bar: Bar<'a>,
    pub(super) list: &'a TicketPage,
    pub(super) counts: &'a Counts,
    pub(super) snippets: &'a HashMap<TicketId, Snippet>,
    pub(super) may_write: bool,
    pub(super) today: Date,
    pub(super) now: OffsetDateTime,
}

impl Shown<'_> {
    pub(super) fn key(&self, row: &TicketRow) -> TicketKey {
        key_of(self.bar.reach, row)
    }
}

/// The page; `outcome` is what became of tickets that were just changed together.
pub(in crate::desk) async fn render(
    context: &RequestContext,
    mut permit: Permit<ReadTickets>,
    asked: &Asked,
    outcome: Option<&Outcome>,
) -> Result<Response, PageError> {
    let now = context.services.ambient.now();
    let reach = reach::of(&mut permit).await?;
    let look = Look::new(&permit, &reach, &asked.filter, now)?;
    let list = query::page(&mut permit, &look.narrow, asked.filter.order(), asked.place, super::PAGE_SIZE).await?;
    let (counts, furniture) = look.around(context, &mut permit, list.counts.clone()).await?;
    let found: Vec<_> = list.rows.iter().map(|row| TicketId(row.id)).collect();
    let snippets = if asked.filter.text.is_empty() {
        HashMap::new()
    } else {
        snippet::of(&mut permit, &reach, &found, &asked.filter.text).await?
    };
    let person = permit.commit().await?;

    Ok(page(context, Head::new("Tickets").with_script("list.js").with_script(live::SCRIPT), || {
        let bar =
            Bar { path: "/tickets", filter: &asked.filter, furniture: &furniture, reach: &reach, me: person.account };
        let may_write = person.may::<WriteTickets>() && reach.writable().next().is_some();
        let shown = Shown { bar, list: &list, counts: &counts, snippets: &snippets, may_write, today: look.today, now };
        let content = view! {
            {page_head(context, &shown)}
            {outcome.map(bulk_edit::notice)}
            {body(context, &person, &shown, asked)}
        };
        frame(context, &person, Section::Tickets, false, content)
    }))
}

fn page_head(context: &RequestContext, shown: &Shown<'_>) -> AnyView {
    let filter = shown.bar.filter;
    let board = Filter { statuses: Vec::new(), ..filter.clone() };
    let project = filter.project.as_ref().map(|key| format!("?project={key}")).unwrap_or_default();
    let has_projects = !shown.bar.reach.all().is_empty();
    view! {
        <div class="page__head">
            <h1 class="page__title">"Tickets"</h1>
            <div class="page__actions">
                {has_projects.then(|| view! {
                    <a class="button" href=href(context, "/board", &board)><Icon name="columns" />"Board"</a>
                })}
                {has_projects.then(|| view! {
                    <button class="button" type="button" popovertarget="export-menu">"Export"</button>
                    <div class="menu" id="export-menu" popover="auto">
                        <a class="menu__item" href=export::href(context, filter, Format::Csv) download="">"As CSV, for spreadsheets"</a>
                        <a class="menu__item" href=export::href(context, filter, Format::Json) download="">"As JSON"</a>
                        <a class="menu__item" href=export::href(context, filter, Format::JsonLines) download="">"As JSON Lines, for programs"</a>
                    </div>
                })}
                {shown.may_write.then(|| view! {
                    <a class="button button--primary" href=context.href(&format!("/tickets/new{project}"))>
                        <Icon name="plus" />
                        "New ticket"
                    </a>
                })}
            </div>
        </div>
    }
    .into_any()
}

fn body(context: &RequestContext, person: &Principal, shown: &Shown<'_>, asked: &Asked) -> AnyView {
    if shown.bar.reach.all().is_empty() {
        return project::no_projects(context, person);
    }
    let is_all = asked.filter.is_everything() && asked.place == Place::Start;
    if shown.list.rows.is_empty() && is_all {
        return no_tickets(context, shown.may_write);
    }
    let tickets = if shown.list.rows.is_empty() {
        no_match(context, asked)
    } else {
        let table = table(context, shown);
        let table = if shown.may_write { bulk_edit::form(context, &shown.bar, asked, table) } else { table };
        view! { {table} {pager(context, shown)} }.into_any()
    };
    let here = shown.bar.filter.query();
    view! {
        {views::row(context, &shown.bar.furniture.views, &here)}
        <div class="toolbar">{status_tabs(context, &shown.bar, shown.counts)}</div>
        {filter_form(context, &shown.bar)}
        <div class="filter__active">
            {chips(context, &shown.bar)}
            {views::save_form(context, &here)}
        </div>
        <div data-live="" data-live-notice="" data-live-from=context.href("/live")>{tickets}</div>
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

fn no_match(context: &RequestContext, asked: &Asked) -> AnyView {
    let filter = &asked.filter;
    let text = match (filter.text.as_str(), filter.statuses.as_slice()) {
        (_, _) if asked.place != Place::Start => "There are no more tickets here.".to_owned(),
        ("", [status]) if filter.pairs().len() == 1 => {
            format!("There is no ticket with the status {} here.", status.label())
        }
        ("", _) => "No ticket is as asked for.".to_owned(),
        (words, _) if search::is_only_unwanted(words) => search::ONLY_UNWANTED.to_owned(),
        (words, _) if filter.pairs().len() == 1 => {
            format!("No ticket has “{words}” in its title, description or comments.")
        }
        (words, _) => format!("No ticket that is as asked for has “{words}” in its title, description or comments."),
    };
    view! {
        <div class="empty">
            <Icon name="search-x" />
            <h2>"Nothing matches"</h2>
            <p>{text}</p>
            <div class="button-row"><a class="button" href=context.href("/tickets")>"Show all tickets"</a></div>
        </div>
    }
    .into_any()
}
