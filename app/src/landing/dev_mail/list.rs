//! `GET /dev/mail`: the messages, newest first.

use axum::{extract::Query, response::Response};
use leptos::{attr::custom::custom_attribute, prelude::*};
use rowhouse_platform::mail::outbox::QueuedMail;
use time::OffsetDateTime;

use super::{Filter, SHOWN, content, outbox};
use crate::{
    context::{Context, RequestContext},
    error::PageError,
    routes::query_string,
    ui::{
        FieldErrors, Head, Icon,
        form::TextField,
        frame::solo,
        page,
        time::{Ago, ago},
    },
};

pub(super) async fn show(context: Context, Query(filter): Query<Filter>) -> Result<Response, PageError> {
    let outbox = outbox(&context)?;
    // One more than is shown tells whether there are older ones.
    let found = outbox.newest(filter.to(), filter.before(), SHOWN + 1).await;
    outbox.close().await;
    let mut mails = found?;
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let has_older = mails.len() > shown;
    mails.truncate(shown);
    Ok(page(&context, Head::new("Mail").without_islands().with_frames(), || {
        let content = view! {
            <div class="stack">
                {filter_form(&filter)}
                {if mails.is_empty() { nothing(&filter) } else { cards(&context, &mails) }}
                {pager(&filter, &mails, has_older)}
            </div>
        };
        solo(&context, true, view! { <h1>"Mail"</h1> }, content)
    }))
}

fn filter_form(filter: &Filter) -> AnyView {
    let errors = FieldErrors::default();
    view! {
        <form class="mail-filter" action="/dev/mail" method="get" role="search">
            <TextField
                id="to"
                label="Recipient"
                kind="search"
                value=&filter.to
                errors=&errors
                maxlength=254
            />
            <button class="button" type="submit">"Show"</button>
        </form>
    }
    .into_any()
}

fn nothing(filter: &Filter) -> AnyView {
    let (title, text) = match filter.to() {
        Some(to) => ("No mail to this address", format!("Nothing was queued for {to}.")),
        None => ("No mail yet", "What this server sends, or would send, stands here.".to_owned()),
    };
    view! {
        <div class="empty">
            <Icon name="inbox" />
            <h2>{title}</h2>
            <p>{text}</p>
        </div>
    }
    .into_any()
}

fn cards(context: &RequestContext, mails: &[QueuedMail]) -> AnyView {
    let now = context.services.ambient.now();
    let cards = mails.iter().map(|mail| card(context, mail, now)).collect_view();
    view! { <div class="mail-list">{cards}</div> }.into_any()
}

fn card(context: &RequestContext, mail: &QueuedMail, now: OffsetDateTime) -> AnyView {
    let from = mail.from_name.as_ref().map(|name| format!(", from {name}"));
    let html = format!("/dev/mail/{}/html", mail.id);
    let text = content(context, mail).text;
    let part = |part: &str| format!("{part} of “{}”", mail.subject);
    view! {
        <article class="card stack">
            <div>
                <h2 class="mail__subject">{mail.subject.clone()}</h2>
                <p class="mail__meta">
                    {format!("To {}", mail.recipient)} {from} ", " <Ago at=mail.created_at now=now />
                </p>
                <p class="mail__meta">{state(mail, now)}</p>
            </div>
            <details class="mail__part">
                <summary>"HTML" <span class="visually-hidden">{format!(" of “{}”", mail.subject)}</span></summary>
                <iframe
                    {..custom_attribute("loading", "lazy")}
                    src=html
                    title=part("HTML")
                    sandbox="allow-popups allow-popups-to-escape-sandbox"
                ></iframe>
            </details>
            <details class="mail__part">
                <summary>"Text" <span class="visually-hidden">{format!(" of “{}”", mail.subject)}</span></summary>
                <div class="mail__text">{text}</div>
            </details>
        </article>
    }
    .into_any()
}

/// How far it got, in words.
fn state(mail: &QueuedMail, now: OffsetDateTime) -> String {
    let why = mail.last_error.as_deref().unwrap_or("no reason is known");
    match (mail.sent_at, mail.failed_at, mail.attempts) {
        (Some(sent), _, _) => format!("Sent {}", ago(sent, now)),
        (None, Some(failed), _) => format!("Given up {}: {why}", ago(failed, now)),
        (None, None, 0) => "Waiting to be sent".to_owned(),
        (None, None, attempts) => {
            let next = mail.next_attempt_at.unwrap_or(now) - now;
            let next = match next.whole_minutes() {
                ..=0 => "in less than a minute".to_owned(),
                minutes => format!("in {minutes} min"),
            };
            match &mail.last_error {
                Some(error) => format!("Waiting: attempt {} is {next}, because {error}", attempts + 1),
                None => "Being sent".to_owned(),
            }
        }
    }
}

fn pager(filter: &Filter, mails: &[QueuedMail], has_older: bool) -> AnyView {
    let link = |before: Option<String>| {
        let to = filter.to().map(|to| ("to", to.to_owned()));
        let pairs: Vec<_> = to.into_iter().chain(before.map(|id| ("before", id))).collect();
        format!("/dev/mail{}", query_string(&pairs))
    };
    let newest = filter.before().map(|_| link(None));
    let older = mails.last().filter(|_| has_older).map(|last| link(Some(last.id.to_string())));
    (newest.is_some() || older.is_some())
        .then(|| {
            view! {
                <nav class="pager" aria-label="Pages">
                    <span>"Newest first"</span>
                    <span class="pager__links">
                        {newest.map(|href| view! { <a class="button" href=href><Icon name="chevron-left" />"Newest"</a> })}
                        {older.map(|href| view! { <a class="button" href=href rel="next">"Older"<Icon name="chevron-right" /></a> })}
                    </span>
                </nav>
            }
        })
        .into_any()
}
