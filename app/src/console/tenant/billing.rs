//! `GET /tenants/{slug}/billing`: what Stripe said about it, event by event, and what Stripe is still to be told.

use axum::{
    extract::{Path, Query, rejection::QueryRejection},
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::operator::{
    Operator,
    audit::{Action, Record},
    tenants::billing::{self, Event, Request},
};
use serde::Deserialize;

use super::{
    super::{
        Staff,
        frame::{Section, frame},
    },
    about, home,
};
use crate::{
    context::{Context, RequestContext},
    error::PageError,
    routes::query_string,
    ui::{
        Head, Icon, page,
        time::{machine, reader},
    },
};

/// Events on a page.
const SHOWN: usize = 20;
/// Requests that are shown.
const REQUESTS: i64 = 20;

/// What the address says.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    before: Option<String>,
}

pub(super) async fn show(
    context: Context,
    Path(slug): Path<String>,
    query: Result<Query<Asked>, QueryRejection>,
    staff: Staff,
) -> Result<Response, PageError> {
    let Query(asked) = query.map_err(|error| PageError::BadRequest(format!("{}.", error.body_text())))?;
    let before = asked.before.as_deref().filter(|before| !before.contains('\0'));
    let mut of = about(&context, staff, &slug, Record::of(Action::BillingRead)).await?;
    let most = i64::try_from(SHOWN + 1).unwrap_or(i64::MAX);
    let mut events = billing::events(&mut of, before, most).await?;
    let requests = billing::requests(&mut of, REQUESTS).await?;
    let operator = of.commit().await?;
    let has_more = events.len() > SHOWN;
    events.truncate(SHOWN);
    Ok(page(&context, Head::new("Billing events").without_islands(), || {
        let older = events.last().filter(|_| has_more).map(|last| last.id.clone());
        view(&context, &operator, &slug, (&events, &requests), older)
    }))
}

fn view(
    context: &RequestContext,
    operator: &Operator,
    slug: &str,
    (events, requests): (&[Event], &[Request]),
    older: Option<String>,
) -> AnyView {
    let body = if events.is_empty() {
        view! {
            <div class="empty">
                <Icon name="inbox" />
                <h2>"No event"</h2>
                <p>"Stripe said nothing about this workspace so far."</p>
            </div>
        }
        .into_any()
    } else {
        let cards = events.iter().map(event).collect_view();
        view! { <div class="stack">{cards}</div> }.into_any()
    };
    let older = older.map(|before| {
        let href = context.href(&format!("{}/billing{}", home(slug), query_string(&[("before", before)])));
        view! { <a class="button" href=href rel="next">"Older"<Icon name="chevron-right" /></a> }
    });
    let content = view! {
        <div class="page__head">
            <h1 class="page__title">"Billing events"</h1>
            <div class="page__actions"><a class="button" href=context.href(&home(slug))>{format!("Back to {slug}")}</a></div>
            <p class="page__lead">"What Stripe said, newest first, as it came. It may name people and their addresses."</p>
        </div>
        <div class="stack">{waiting(requests)} {body}</div>
        <nav class="pager" aria-label="Pages"><span>"Newest first"</span><span class="pager__links">{older}</span></nav>
    };
    frame(context, operator, Section::Tenants, false, content)
}

fn event(event: &Event) -> AnyView {
    let payload = serde_json::to_string_pretty(&event.payload).unwrap_or_else(|_| event.payload.to_string());
    let kind = if event.is_live { "live" } else { "test mode" };
    let meta = format!("{}, {kind}, {}", event.id, event.outcome);
    view! {
        <article class="card stack">
            <div>
                <h2 class="mail__subject">{event.kind.clone()}</h2>
                <p class="mail__meta">{meta}</p>
                <p class="mail__meta">
                    <time datetime=machine(event.created_at)>{reader().moment(event.created_at)}</time>
                    {format!(", arrived {}", reader().moment(event.received_at))}
                </p>
                {event.note.clone().map(|note| view! { <p>{note}</p> })}
            </div>
            <details class="mail__part">
                <summary>"Payload" <span class="visually-hidden">{format!(" of {}", event.id)}</span></summary>
                <pre class="mail__text" tabindex="0">{payload}</pre>
            </details>
        </article>
    }
    .into_any()
}

/// What Stripe is still to be told, or was told in vain.
fn waiting(requests: &[Request]) -> Option<AnyView> {
    if requests.is_empty() {
        return None;
    }
    let rows = requests
        .iter()
        .map(|request| {
            let state = match (request.failed_at, request.attempts) {
                (Some(_), _) => "Given up".to_owned(),
                (None, 0) => "Waiting".to_owned(),
                (None, attempts) => format!("Tried {attempts} times"),
            };
            view! {
                <tr>
                    <th scope="row">{request.kind.clone()}</th>
                    <td data-label="Left">{reader().moment(request.created_at)}</td>
                    <td data-label="State">{state}</td>
                    <td data-label="Answer">{request.last_error.clone()}</td>
                </tr>
            }
        })
        .collect_view();
    Some(
        view! {
            <section class="card stack" aria-labelledby="requests-title">
                <h2 id="requests-title">"Requests to Stripe that are not done"</h2>
                <table class="data-table key-list">
                    <caption class="visually-hidden">"Requests, the newest first"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Request"</th>
                            <th scope="col">"Left"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Answer"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </section>
        }
        .into_any(),
    )
}
