//! The list of a connection's traces.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::Principal,
    sso::{Connection, Reason, trace::TraceLine},
};
use time::OffsetDateTime;

use super::super::tabs::{Tab, connection_head};
use crate::{
    context::RequestContext,
    routes::query_string,
    ui::{
        FieldErrors, Head, Icon,
        form::{TextField, summary},
        frame::{Section, frame},
        page,
        time::Ago,
    },
};

/// What the page shows.
pub(super) struct Shown {
    pub(super) connection: Connection,
    pub(super) lines: Vec<TraceLine>,
    pub(super) has_older: bool,
    /// Whether it is the newest page.
    pub(super) is_first: bool,
    pub(super) only_refused: bool,
    /// What was looked for.
    pub(super) reference: String,
    pub(super) errors: FieldErrors,
    pub(super) now: OffsetDateTime,
}

impl Shown {
    fn href(&self, context: &RequestContext, only_refused: bool, before: Option<String>) -> String {
        let refused = only_refused.then(|| ("refused", "1".to_owned()));
        let pairs: Vec<_> = refused.into_iter().chain(before.map(|before| ("before", before))).collect();
        context.href(&format!("/admin/sso/{}/traces{}", self.connection.id, query_string(&pairs)))
    }
}

pub(super) fn render(context: &RequestContext, person: &Principal, status: StatusCode, shown: &Shown) -> Response {
    let title = format!("Traces of {}", shown.connection.name);
    page(context, Head::new(title).with_status(status), || {
        let body = if shown.lines.is_empty() {
            nothing(context, shown)
        } else {
            view! {
                {table(context, shown)}
                {pager(context, shown)}
            }
            .into_any()
        };
        let content = view! {
            {connection_head(context, &shown.connection, Tab::Traces)}
            <div class="stack">
                {summary(&shown.errors)}
                <p>"What was received at each sign-in, what was checked, and why it was refused. Kept for seven days, without secrets."</p>
                {search(context, shown)}
                {filter(context, shown)}
                {body}
            </div>
        };
        frame(context, person, Section::Sso, false, content)
    })
}

fn search(context: &RequestContext, shown: &Shown) -> AnyView {
    view! {
        <form class="form" role="search" aria-label="Traces" action=shown.href(context, false, None) method="get">
            <TextField
                id="reference"
                label="Reference"
                value=&shown.reference
                errors=&shown.errors
                maxlength=60
                help="What somebody was told who could not sign in. It is found also if it belongs to another connection of this workspace."
            />
            <div class="button-row"><button class="button" type="submit">"Find trace"</button></div>
        </form>
    }
    .into_any()
}

fn filter(context: &RequestContext, shown: &Shown) -> AnyView {
    let items = [(false, "All"), (true, "Refused")].map(|(only_refused, label)| {
        let current = (only_refused == shown.only_refused).then_some("page");
        view! {
            <li><a class="tabs__link" href=shown.href(context, only_refused, None) aria-current=current>{label}</a></li>
        }
    });
    view! {
        <nav class="tabs" aria-label="Filter by outcome"><ul class="tabs__list">{items.into_iter().collect_view()}</ul></nav>
    }
    .into_any()
}

fn table(context: &RequestContext, shown: &Shown) -> AnyView {
    let rows = shown.lines.iter().map(|line| row(context, shown, line)).collect_view();
    view! {
        <table class="data-table role-list">
            <caption class="visually-hidden">"Traces, the newest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"When"</th>
                    <th scope="col">"Outcome"</th>
                    <th scope="col">"What for"</th>
                    <th scope="col">"Who"</th>
                    <th scope="col">"Reason"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(context: &RequestContext, shown: &Shown, line: &TraceLine) -> AnyView {
    let href = context.href(&format!("/admin/sso/{}/traces/{}", shown.connection.id, line.id));
    let who = if line.email.is_empty() { &line.subject } else { &line.email };
    let who = if who.is_empty() { "Not known" } else { who };
    view! {
        <tr>
            <th scope="row"><a class="member-row__link" href=href><Ago at=line.at now=shown.now /></a></th>
            <td>{outcome(line.passed)}</td>
            <td>{line.purpose.label()}</td>
            <td>{who.to_owned()}</td>
            <td class="role-list__wide">{line.reason.map(Reason::label)}</td>
        </tr>
    }
    .into_any()
}

/// Passed or refused, in words and colour.
pub(super) fn outcome(passed: bool) -> AnyView {
    let (class, icon, words) = if passed {
        ("status status--pill status--solved", "circle-check", "Passed")
    } else {
        ("status status--pill status--refused", "circle-slash", "Refused")
    };
    view! { <span class=class><Icon name=icon />{words}</span> }.into_any()
}

fn pager(context: &RequestContext, shown: &Shown) -> AnyView {
    let newest = (!shown.is_first).then(|| shown.href(context, shown.only_refused, None));
    let last = shown.lines.last().filter(|_| shown.has_older);
    let older = last.map(|line| shown.href(context, shown.only_refused, Some(line.id.to_string())));
    view! {
        <nav class="pager" aria-label="Pages">
            <span>"Newest first"</span>
            <span class="pager__links">
                {newest.map(|href| view! { <a class="button" href=href><Icon name="chevron-left" />"Newest"</a> })}
                {older.map(|href| view! { <a class="button" href=href rel="next">"Older"<Icon name="chevron-right" /></a> })}
            </span>
        </nav>
    }
    .into_any()
}

fn nothing(context: &RequestContext, shown: &Shown) -> AnyView {
    let (title, words, way) = if !shown.is_first {
        let way = (shown.href(context, shown.only_refused, None), "Show the newest");
        ("Nothing older", "Traces are kept for seven days.", Some(way))
    } else if shown.only_refused {
        let way = (shown.href(context, false, None), "Show all");
        ("Nothing was refused", "Everybody who came in the last seven days was let in.", Some(way))
    } else {
        let way = (context.href(&format!("/admin/sso/{}", shown.connection.id)), "Go to the set-up");
        (
            "No traces yet",
            "Try a test sign-in in the set-up: what it receives and what is checked stands here.",
            Some(way),
        )
    };
    view! {
        <div class="empty">
            <Icon name="key" />
            <h2>{title}</h2>
            <p>{words}</p>
            {way.map(|(href, label)| view! { <div class="button-row"><a class="button" href=href>{label}</a></div> })}
        </div>
    }
    .into_any()
}
