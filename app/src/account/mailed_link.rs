//! What pages share that a link in a mail leads to.
//!
//! Mail scanners follow links. So opening one shows a page with a button, and only the button does something.

use std::{future::Future, time::Duration};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::identity::throttle::Throttled;
use serde::Deserialize;

use crate::{
    context::RequestContext,
    error::PageError,
    ui::{Head, frame::solo, page},
};

/// Longer than the database takes for a mail, so that waiting for it tells nothing.
const EVEN_TIME: Duration = Duration::from_millis(300);

/// The query of such a link, and the hidden field of the page's form.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Token {
    #[serde(default)]
    pub(super) token: String,
}

/// Does the work, and takes the same time for it whether there was any: who asks must not learn which addresses have an
/// account.
pub(super) async fn evenly<T>(work: impl Future<Output = T>) -> T {
    let (done, ()) = tokio::join!(work, tokio::time::sleep(EVEN_TIME));
    done
}

/// Keeps the page's address, and the token in it, from every page that it leads to. Forms still say their origin.
pub(super) fn keep_address(mut response: Response) -> Response {
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
    response
}

/// There were too many mails.
pub(super) fn throttled(wait: Throttled) -> PageError {
    PageError::Throttled(wait.wait_in_words())
}

/// A page of few words.
pub(super) fn words(
    context: &RequestContext,
    (title, status): (&'static str, StatusCode),
    content: impl FnOnce() -> AnyView,
) -> Response {
    page(context, Head::new(title).without_islands().with_status(status), || {
        let content = view! { <div class="card stack">{content()}</div> };
        solo(context, false, view! { <h1>{title}</h1> }, content)
    })
}

/// The page for a link that does not work any more: it was used, is too old, or never was one.
pub(super) fn dead(
    context: &RequestContext,
    text: &'static str,
    (path, label): (&'static str, &'static str),
) -> Response {
    words(context, ("This link does not work any more", StatusCode::GONE), || {
        view! {
            <p>{text}</p>
            <a class="button button--wide" href=context.href(path)>{label}</a>
        }
        .into_any()
    })
}

/// The form with the one button.
pub(super) fn press(context: &RequestContext, action: &str, token: &str, label: &'static str) -> AnyView {
    view! {
        <form action=context.href(action) method="post">
            <input type="hidden" name="token" value=token.to_owned() />
            <button class="button button--primary button--wide" type="submit">{label}</button>
        </form>
    }
    .into_any()
}

/// Where developers see the mail that would have been sent.
pub(super) fn outbox(context: &RequestContext) -> AnyView {
    if !context.services.development {
        return ().into_any();
    }
    let outbox = format!("{}/dev/mail", context.public().apex());
    view! { <p class="muted">"This is a development server: " <a href=outbox>"see what would be sent"</a> "."</p> }
        .into_any()
}
