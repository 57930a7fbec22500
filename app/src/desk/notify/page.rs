//! `GET /inbox` and `POST /inbox`: what somebody was told of, and what they have seen of it.

use axum::{extract::Query, response::Response};
use leptos::prelude::*;
use serde::Deserialize;
use uuid::Uuid;

use super::inbox::{self, After, Item, PAGE_SIZE};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    desk::{permission::ReadTickets, project::reach},
    error::PageError,
    routes::{query_string, see_other, see_other_with},
    ui::{
        FormBody, Head, Icon,
        flash::Flash,
        frame::{Section, frame},
        page,
        time::Ago,
    },
};

#[derive(Deserialize)]
pub(super) struct Asked {
    after: Option<String>,
}

pub(super) async fn show(
    context: Context,
    Allowed(mut permit): Allowed<ReadTickets>,
    Query(Asked { after }): Query<Asked>,
) -> Result<Response, PageError> {
    // A place that is none is the beginning.
    let after = after.as_deref().and_then(After::parse);
    let reach = reach::of(&mut permit).await?;
    let (items, has_more) = inbox::page(&mut permit, &reach, after, PAGE_SIZE).await?;
    let person = permit.commit().await?;
    let now = context.services.ambient.now();
    Ok(page(&context, Head::new("Inbox"), || {
        let newest = items.iter().map(|item| item.event).max().filter(|_| items.iter().any(|item| !item.is_read));
        let mark_all = newest.filter(|_| after.is_none()).map(|newest| {
            view! {
                <form action=context.href("/inbox") method="post">
                    <input type="hidden" name="until" value=newest.to_string() />
                    <button class="button" type="submit" name="intent" value="all">"Mark all as read"</button>
                </form>
            }
        });
        let more = items.last().filter(|_| has_more).map(|last| {
            let href = context.href(&format!("/inbox{}", query_string(&[("after", After::item(last).word())])));
            view! { <nav aria-label="Pages"><a class="button" href=href>"Older"</a></nav> }
        });
        let list = if items.is_empty() {
            view! {
                <div class="empty">
                    <Icon name="inbox" />
                    <h2>{if after.is_some() { "Nothing older" } else { "Nothing new" }}</h2>
                    <p>"What happens to tickets that you asked for, work on or watch is told here."</p>
                </div>
            }
            .into_any()
        } else {
            let rows = items.iter().map(|item| row(&context, item, now)).collect_view();
            view! { <ul class="inbox">{rows}</ul> }.into_any()
        };
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Inbox"</h1>
                <p class="page__lead">
                    <a href=context.href("/inbox/mail")>"What is mailed to you"</a>
                </p>
                {mark_all}
            </div>
            <div class="stack">{list} {more}</div>
        };
        frame(&context, &person, Section::Inbox, true, content)
    }))
}

fn row(context: &RequestContext, item: &Item, now: time::OffsetDateTime) -> AnyView {
    let href = context.href(&format!("/tickets/{}", item.ticket));
    let (class, intent, words) = if item.is_read {
        ("inbox__item", "unread", "Mark as unread")
    } else {
        ("inbox__item inbox__item--unread", "read", "Mark as read")
    };
    let who = item.actor.clone().unwrap_or_else(|| "The program".to_owned());
    let why = if item.is_assigned { "Assigned to you" } else { "You follow it" };
    view! {
        <li class=class>
            <div class="inbox__words">
                <a class="inbox__ticket" href=href>{format!("{} {}", item.ticket, item.title)}</a>
                <p>
                    {(!item.is_read).then(|| view! { <span class="badge">"New"</span> })}
                    {format!(" {who} {}", item.said)}
                </p>
                <p class="muted">{format!("{why} · ")}<Ago at=item.at now=now /></p>
            </div>
            <form action=context.href("/inbox") method="post">
                <input type="hidden" name="event" value=item.event.to_string() />
                <button class="button button--quiet" type="submit" name="intent" value=intent>
                    {words}
                    <span class="visually-hidden">{format!(": {} {who} {}", item.ticket, item.said)}</span>
                </button>
            </form>
        </li>
    }
    .into_any()
}

#[derive(Deserialize)]
#[serde(tag = "intent", rename_all = "lowercase")]
pub(super) enum Sent {
    Read { event: String },
    Unread { event: String },
    All { until: String },
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<ReadTickets>,
    FormBody(sent): FormBody<Sent>,
) -> Result<Response, PageError> {
    let ambient = &context.services.ambient;
    let read = |text: &str| Uuid::parse_str(text).map_err(|_| PageError::NotFound);
    let here = context.href("/inbox");
    let answer = match &sent {
        Sent::Read { event } => {
            inbox::mark(&mut permit, ambient, read(event)?, true).await?;
            see_other(&here)
        }
        Sent::Unread { event } => {
            inbox::mark(&mut permit, ambient, read(event)?, false).await?;
            see_other(&here)
        }
        Sent::All { until } => {
            inbox::mark_all(&mut permit, ambient, read(until)?).await?;
            see_other_with(&here, Flash::InboxRead)
        }
    };
    permit.commit().await?;
    Ok(answer)
}
