//! `GET /find` and `POST /find`: find my workspace. The answer is the same for every address; the list goes by mail.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::identity::{EmailAddress, find_workspaces, throttle};
use serde::Deserialize;

use crate::{
    context::{Context, RequestContext},
    error::PageError,
    ui::{
        FieldErrors, FormBody, Head,
        form::{TextField, summary},
        frame::solo,
        page,
    },
};

/// What was typed.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    email: String,
}

pub(super) async fn show(context: Context) -> Response {
    render(&context, &Fields::default(), &FieldErrors::default())
}

pub(super) async fn submit(context: Context, FormBody(fields): FormBody<Fields>) -> Result<Response, PageError> {
    let services = &context.services;
    let mut errors = FieldErrors::default();
    let Some(email) = errors.take("email", EmailAddress::parse(&fields.email)) else {
        return Ok(render(&context, &fields, &errors));
    };
    let mut tx = services.database.control().await?;
    for key in [["find from", context.device.address.as_str()], ["find for", email.key()]] {
        let verdict = throttle::count_at_apex(&mut tx, &services.ambient, &key, services.apex_limit).await?;
        if let Err(throttled) = verdict {
            tx.commit().await?;
            return Err(PageError::Throttled(throttled.wait_in_words()));
        }
    }
    find_workspaces::request(&mut tx, &services.ambient, &email, &context.public().apex()).await?;
    tx.commit().await?;
    Ok(sent(&context, email.to_string()))
}

fn render(context: &RequestContext, fields: &Fields, errors: &FieldErrors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("Find your workspace").without_islands().with_status(status), || {
        let content = view! {
            <div class="card stack">
                {summary(errors)}
                <form class="form" action="/find" method="post">
                    <TextField
                        id="email"
                        label="Your email"
                        kind="email"
                        value=&fields.email
                        errors=errors
                        autocomplete="email"
                        maxlength=254
                        autofocus=true
                        help="We send a list of the workspaces it belongs to."
                    />
                    <button class="button button--primary button--wide" type="submit">"Send the list"</button>
                </form>
            </div>
        };
        solo(context, false, view! { <h1>"Find your workspace"</h1> }, content)
    })
}

fn sent(context: &RequestContext, email: String) -> Response {
    page(context, Head::new("Check your mail").without_islands(), || {
        let outbox = context.services.development.then(|| {
            view! {
                <p class="muted">
                    "This is a development server: " <a href="/dev/mail">"see what would be sent"</a> "."
                </p>
            }
        });
        let content = view! {
            <div class="card stack">
                <p>"If " <b>{email}</b> " belongs to a workspace, a list is on its way there. It should arrive within a few minutes."</p>
                <p class="muted">"Nothing came? Look in the spam folder, or try the address under which you were invited."</p>
                {outbox}
                <a class="button button--wide" href="/find">"Try another address"</a>
            </div>
        };
        solo(context, false, view! { <h1>"Check your mail"</h1> }, content)
    })
}
