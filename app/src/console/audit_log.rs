//! `GET /audit`: what operators did and read.

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::operator::{
    Operator,
    audit::{self, Action, Entry, Filter, Record},
};
use serde::Deserialize;

use super::{
    Staff,
    frame::{Section, frame},
};
use crate::{
    admin::audit::filter::field,
    context::{Context, RequestContext},
    error::PageError,
    routes::query_string,
    ui::{
        FieldErrors, Head, Icon, page,
        time::{machine, reader},
    },
};

/// Records on a page.
const SHOWN: usize = 50;

/// What the address says.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    who: String,
    #[serde(default)]
    tenant: String,
    before: Option<i64>,
}

pub(super) async fn show(
    context: Context,
    query: Result<Query<Asked>, QueryRejection>,
    Staff(staff): Staff,
) -> Result<Response, PageError> {
    let asked = query.map_err(|error| PageError::BadRequest(format!("{}.", error.body_text())))?.0;
    let plain = |text: &str| text.replace(char::is_control, "").trim().chars().take(200).collect::<String>();
    let filter = Filter { who: plain(&asked.who), tenant: plain(&asked.tenant), before: asked.before };
    let record = Record::of(Action::AuditRead).detail(detail(&filter));
    let mut audited = staff.record(&context.services.ambient, &context.origin(), record).await?;
    let most = i64::try_from(SHOWN + 1).unwrap_or(i64::MAX);
    let mut entries = audit::list(&mut audited, &filter, most).await?;
    let operator = audited.commit().await?;
    let has_more = entries.len() > SHOWN;
    entries.truncate(SHOWN);
    Ok(page(&context, Head::new("Audit log").without_islands(), || {
        let older = entries.last().filter(|_| has_more).map(|last| last.id);
        view(&context, &operator, &filter, &entries, older)
    }))
}

fn detail(filter: &Filter) -> String {
    let parts = [("who", &filter.who), ("tenant", &filter.tenant)];
    parts
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| format!("{name}: {text}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn view(
    context: &RequestContext,
    operator: &Operator,
    filter: &Filter,
    entries: &[Entry],
    older: Option<i64>,
) -> AnyView {
    let errors = FieldErrors::default();
    let body = if entries.is_empty() {
        view! {
            <div class="empty">
                <Icon name="search-x" />
                <h2>"Nothing matches"</h2>
                <p>"No record is as the filter says."</p>
                <div class="button-row"><a class="button" href=context.href("/audit")>"Show all records"</a></div>
            </div>
        }
        .into_any()
    } else {
        table(context, entries)
    };
    let older = older.map(|before| {
        let pairs = [("who", filter.who.clone()), ("tenant", filter.tenant.clone()), ("before", before.to_string())];
        let href = context.href(&format!("/audit{}", query_string(&pairs)));
        view! { <a class="button" href=href rel="next">"Older"<Icon name="chevron-right" /></a> }
    });
    let content = view! {
        <div class="page__head">
            <h1 class="page__title">"Audit log"</h1>
            <p class="page__lead">
                "What operators did and read, newest first, this page included. Nobody can change a record or remove one. Times are in UTC."
            </p>
        </div>
        <form class="console__search" action=context.href("/audit") method="get" role="search" aria-label="Records">
            {field("who", "Operator", "text", &filter.who, &errors)}
            {field("tenant", "Workspace’s name in the address", "text", &filter.tenant, &errors)}
            <button class="button" type="submit">"Show"</button>
        </form>
        {body}
        <nav class="pager" aria-label="Pages">
            <span>"Newest first"</span>
            <span class="pager__links">{older}</span>
        </nav>
    };
    frame(context, operator, Section::Audit, false, content)
}

fn table(context: &RequestContext, entries: &[Entry]) -> AnyView {
    let rows = entries.iter().map(|entry| row(context, entry)).collect_view();
    view! {
        <table class="data-table key-list">
            <caption class="visually-hidden">"Records, newest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"When"</th>
                    <th scope="col">"Who"</th>
                    <th scope="col">"What"</th>
                    <th scope="col">"Workspace"</th>
                    <th scope="col">"From"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(context: &RequestContext, entry: &Entry) -> AnyView {
    let label = Action::label_of(&entry.action).to_owned();
    let note = |text: Option<&str>, before: &str| {
        text.map(|text| view! { <span class="key-list__note">{format!("{before}{text}")}</span> })
    };
    let tenant = entry.tenant_slug.as_ref().map(|slug| {
        view! { <a href=context.href(&format!("/tenants/{slug}"))>{slug.clone()}</a> }
    });
    view! {
        <tr>
            <td data-label="When"><time datetime=machine(entry.at)>{reader().moment(entry.at)}</time></td>
            <td data-label="Who">{entry.operator_name.clone()}</td>
            <th scope="row">{label} {note(entry.detail.as_deref(), "")} {note(entry.reason.as_deref(), "Reason: ")}</th>
            <td data-label="Workspace">{tenant}</td>
            <td data-label="From">
                {entry.address.clone()}
                <span class="key-list__note">{entry.user_agent.clone()}</span>
                <code class="key-list__note">{entry.request_id.clone()}</code>
            </td>
        </tr>
    }
    .into_any()
}
