//! `GET /confirm-email-change?token=…` and `POST` to it: where both links of a change of address lead. Nobody needs to be
//! signed in: having the mail is what is proven.

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::{
    db::DbError,
    identity::email_change::{self, Confirmed, End, Pending},
};
use serde::Deserialize;

use super::mailed_link::{Token, dead, keep_address, words};
use crate::{
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes},
    ui::FormBody,
};

const HERE: &str = "/confirm-email-change";

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get(HERE, Gate::Public, show).post(HERE, Gate::Public, submit)
}

#[derive(Default, Deserialize)]
struct Answer {
    #[serde(default)]
    token: String,
    #[serde(default)]
    intent: String,
}

async fn show(context: Context, query: Result<Query<Token>, QueryRejection>) -> Result<Response, PageError> {
    let Query(Token { token }) = query.unwrap_or_default();
    let services = &context.services;
    let mut tx = services.database.begin(&context.tenant()?.home).await?;
    let found = email_change::find(&mut tx, &services.ambient, &token).await?;
    tx.commit().await?;
    Ok(found.map_or_else(|| gone(&context), |(change, end)| ask(&context, &token, &change, end)))
}

async fn submit(context: Context, FormBody(answer): FormBody<Answer>) -> Result<Response, PageError> {
    let (scribe, letterhead) = (context.scribe(), context.letterhead()?);
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    if answer.intent == "refuse" {
        let refused = email_change::refuse(&mut tx, &scribe, &answer.token).await?;
        tx.commit().await?;
        return Ok(refused.map_or_else(|| gone(&context), |(_, end)| refused_page(&context, end)));
    }
    let confirmed = match email_change::confirm(&mut tx, &scribe, &letterhead, &answer.token).await {
        Ok(confirmed) => confirmed,
        Err(error) => return meanwhile(&context, error),
    };
    tx.commit().await?;
    Ok(match confirmed {
        None => gone(&context),
        Some(Confirmed::Waiting(change)) => half(&context, &change),
        Some(Confirmed::Changed(change)) => changed(&context, &change),
        Some(Confirmed::Taken(_)) => taken(&context),
    })
}

/// Another account got the address at the same moment, or the database failed.
fn meanwhile(context: &RequestContext, error: DbError) -> Result<Response, PageError> {
    if email_change::is_taken_meanwhile(&error) { Ok(taken(context)) } else { Err(error.into()) }
}

fn gone(context: &RequestContext) -> Response {
    let text = "It was used, the change was cancelled, or the link is older than 24 hours.";
    keep_address(dead(context, text, ("/tickets", "Go on")))
}

fn ask(context: &RequestContext, token: &str, change: &Pending, end: End) -> Response {
    let (old, new) = (&change.old_email, &change.new_email);
    let (title, text, confirm, refuse) = match end {
        End::Old => (
            "Change your email address?",
            format!("Your account is to move from {old} to {new}. You then sign in with {new}, and mail goes there."),
            "Confirm the change",
            "This was not me",
        ),
        End::New => (
            "Confirm your new address",
            format!("An account is to move to {new}. Is this your address?"),
            "Yes, this is my address",
            "No, cancel the change",
        ),
    };
    let button = |intent: &'static str, class: &'static str, label: &'static str| {
        view! {
            <form action=context.href(HERE) method="post">
                <input type="hidden" name="token" value=token.to_owned() />
                <input type="hidden" name="intent" value=intent />
                <button class=class type="submit">{label}</button>
            </form>
        }
    };
    keep_address(words(context, (title, StatusCode::OK), || {
        view! {
            <p>{text}</p>
            {button("confirm", "button button--primary button--wide", confirm)}
            {button("refuse", "button button--wide", refuse)}
        }
        .into_any()
    }))
}

fn half(context: &RequestContext, change: &Pending) -> Response {
    let (other, what) = if change.old_confirmed { (&change.new_email, "new") } else { (&change.old_email, "old") };
    let text = format!("The change is made as soon as the {what} address confirms it too: a link went to {other}.");
    words(context, ("Confirmed. One more to go", StatusCode::OK), || view! { <p>{text}</p> }.into_any())
}

fn changed(context: &RequestContext, change: &Pending) -> Response {
    let text = format!("Your address is {} from now on. You sign in with it, and mail goes there.", change.new_email);
    words(context, ("Your email address is changed", StatusCode::OK), || {
        view! {
            <p>{text}</p>
            <a class="button button--primary button--wide" href=context.href("/tickets")>"Go on"</a>
        }
        .into_any()
    })
}

fn taken(context: &RequestContext) -> Response {
    words(context, ("The address cannot be used", StatusCode::CONFLICT), || {
        view! {
            <p>"Your account cannot move to this address. It stays as it was."</p>
            <a class="button button--wide" href=context.href(super::security::HOME)>"Back to your account"</a>
        }
        .into_any()
    })
}

fn refused_page(context: &RequestContext, end: End) -> Response {
    words(context, ("The change is cancelled", StatusCode::OK), || {
        match end {
        End::New => view! { <p>"The account keeps the address it had."</p> }.into_any(),
        End::Old => view! {
            <p>"Your account keeps its address. Somebody who is signed in to it asked for the change: choose a new password, and look at the devices that are signed in."</p>
            <a class="button button--primary button--wide" href=context.href("/account/devices")>"See your devices"</a>
            <a class="button button--wide" href=context.href(super::reset_password::HERE)>"Choose a new password"</a>
        }
        .into_any(),
    }
    })
}
