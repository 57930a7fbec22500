//! `GET /account/security/totp` and `POST` to it: an authenticator app is set up, or another takes its place.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Permit, Principal, ProveIdentity},
    audit::{self, Act, Action},
    identity::{
        recovery_codes::{self as stored_codes, RecoveryCode},
        session,
        totp::{self, Enrolment, Label},
    },
};
use serde::Deserialize;
use time::OffsetDateTime;

use super::{TOTP, app_form, in_frame, must_show, recovery_codes, tell};
use crate::{
    access::Confirmed,
    context::{Context, RequestContext},
    error::PageError,
    routes::{see_other, see_other_with},
    ui::{FieldErrors, FormBody, Head, flash::Flash, time::day},
};

/// What was pressed and typed.
#[derive(Deserialize)]
pub(super) struct Fields {
    intent: String,
    #[serde(default)]
    code: String,
}

pub(super) async fn show(
    context: Context,
    Confirmed(mut permit): Confirmed<ProveIdentity>,
) -> Result<Response, PageError> {
    if let Some(elsewhere) = must_show(&mut permit, &context, TOTP).await? {
        return Ok(elsewhere);
    }
    render(&context, permit, &FieldErrors::default()).await
}

pub(super) async fn submit(
    context: Context,
    Confirmed(mut permit): Confirmed<ProveIdentity>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    if let Some(elsewhere) = must_show(&mut permit, &context, TOTP).await? {
        return Ok(elsewhere);
    }
    let account = permit.principal().account;
    let services = &context.services;
    match fields.intent.as_str() {
        "start" => totp::enrol(&mut permit, &services.ambient, &services.secrets, account).await?,
        "cancel" => totp::cancel(&mut permit, account).await?,
        "confirm" => return confirm(&context, permit, &fields.code).await,
        other => return Err(PageError::BadRequest(format!("“{other}” is not what this form does."))),
    }
    permit.commit().await?;
    Ok(see_other(&context.href(TOTP)))
}

async fn confirm(
    context: &RequestContext,
    mut permit: Permit<ProveIdentity>,
    typed: &str,
) -> Result<Response, PageError> {
    let services = &context.services;
    let ambient = &services.ambient;
    let person = permit.principal().clone();
    let replaced = totp::confirmed_at(&mut permit, person.account).await?.is_some();
    if !totp::confirm(&mut permit, ambient, &services.secrets, person.account, typed).await? {
        let mut errors = FieldErrors::default();
        errors.add("code", "That is not the code of this app. Enter the six digits that it shows now.");
        return render(context, permit, &errors).await;
    }
    // The code just typed is a second factor.
    session::confirm(&mut permit, ambient, &person, true).await?;
    let codes = first_codes(&mut permit, context, &person).await?;
    let what =
        if replaced { "Another authenticator app took the place of yours" } else { "An authenticator app was added" };
    tell(&mut permit, context, &person.email, what).await?;
    audit::record(&mut permit, &context.scribe(), Act::by(&person, Action::TotpEnabled)).await?;
    permit.commit().await?;
    match codes {
        // Shown in the answer itself: nothing may keep them until another page is asked for.
        Some(codes) => Ok(recovery_codes::shown(context, &person, "Your app is set up", &codes)),
        None => Ok(see_other_with(&context.href(super::HOME), Flash::TotpReplaced)),
    }
}

/// Recovery codes for somebody who has none.
async fn first_codes(
    permit: &mut Permit<ProveIdentity>,
    context: &RequestContext,
    person: &Principal,
) -> Result<Option<Vec<RecoveryCode>>, PageError> {
    if stored_codes::left(permit, person.account).await? > 0 {
        return Ok(None);
    }
    Ok(Some(stored_codes::renew(permit, &context.services.ambient, person.account).await?))
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<ProveIdentity>,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let services = &context.services;
    let person = permit.principal().clone();
    let label = Label { issuer: &context.tenant()?.name, account: &person.email };
    let since = totp::confirmed_at(&mut permit, person.account).await?;
    let enrolment = totp::pending(&mut permit, &services.ambient, &services.secrets, person.account, label).await?;
    permit.commit().await?;
    let title = if since.is_some() { "Replace your authenticator app" } else { "Set up an authenticator app" };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(in_frame(context, &person, Head::new(title).with_status(status), || {
        content(context, since, enrolment.as_ref(), errors)
    }))
}

fn content(
    context: &RequestContext,
    since: Option<OffsetDateTime>,
    enrolment: Option<&Enrolment>,
    errors: &FieldErrors,
) -> AnyView {
    match enrolment {
        Some(enrolment) => app_form::content(context, enrolment, errors),
        None => app_form::start(context, since.is_some(), errors),
    }
}

/// The app, as a section of the security page.
pub(super) fn section(context: &RequestContext, since: Option<OffsetDateTime>) -> AnyView {
    let (words, change) = match since {
        Some(since) => {
            (format!("Set up since {}. You are asked for its code when you sign in.", day(since)), "Replace")
        }
        None => ("Not set up. With it, your password alone lets nobody in.".to_owned(), "Set up"),
    };
    let remove = since.map(|_| {
        view! { <a class="button button--quiet" href=context.href(super::REMOVE_TOTP)>"Remove"</a> }
    });
    view! {
        <section class="card stack" id="totp" aria-labelledby="totp-title">
            <h2 id="totp-title">"Authenticator app"</h2>
            <p>{words}</p>
            <div class="button-row">
                <a class="button" href=context.href(TOTP)>
                    {change}
                    <span class="visually-hidden">" the authenticator app"</span>
                </a>
                {remove}
            </div>
        </section>
    }
    .into_any()
}
