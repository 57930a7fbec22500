//! `GET /sign-in/set-up` and `POST` to it: the first sign-in sets up an authenticator app, and shows recovery codes.

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::{
    identity::totp::Enrolment,
    operator::second_factor::{self, Met},
};
use serde::Deserialize;

use super::{second_factor::let_in, sign_in::begin_again, sign_in_parts};
use crate::{
    account::security::{app_form, recovery_codes},
    context::{Context, RequestContext},
    error::PageError,
    ui::{FieldErrors, FormBody, Head, frame::solo, page},
};

pub(super) const HERE: &str = "/sign-in/set-up";

/// How somebody comes to the page.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    next: String,
}

/// What was typed.
#[derive(Deserialize)]
pub(super) struct Fields {
    code: String,
}

pub(super) async fn show(context: Context, query: Result<Query<Asked>, QueryRejection>) -> Result<Response, PageError> {
    let Asked { next } = query.map(|Query(asked)| asked).unwrap_or_default();
    let Some(token) = &context.challenge else { return Ok(begin_again(&context, &next)) };
    let Some(enrolment) = second_factor::enrolment(sign_in_parts(&context)?, token).await? else {
        return Ok(begin_again(&context, &next));
    };
    Ok(render(&context, &enrolment, &FieldErrors::default()))
}

pub(super) async fn submit(context: Context, FormBody(fields): FormBody<Fields>) -> Result<Response, PageError> {
    let Some(token) = &context.challenge else { return Ok(begin_again(&context, "")) };
    let parts = sign_in_parts(&context)?;
    let origin = context.origin();
    // No code is longer; checking more would only cost.
    let typed = fields.code.get(..100).unwrap_or(&fields.code);
    match second_factor::set_up(parts, token, typed, (&context.device, &origin)).await? {
        Met::In { token, codes } => {
            // Shown in the answer itself: nothing may keep them until another page is asked for.
            let mut response = page(&context, Head::new("Your app is set up").without_islands(), || {
                let content = view! {
                    <div class="card stack">
                        {recovery_codes::kept_now("the Rowhouse console", &codes, context.href("/"))}
                    </div>
                };
                solo(&context, true, view! { <h1>"Your app is set up"</h1> }, content)
            });
            let_in(&mut response, &context, token.as_str());
            Ok(response)
        }
        Met::Missed(_) => {
            // Too many wrong codes end the challenge, and the password is asked for again.
            let Some(enrolment) = second_factor::enrolment(parts, token).await? else {
                return Ok(begin_again(&context, ""));
            };
            let mut errors = FieldErrors::default();
            errors.add("code", "That is not the code of this app. Enter the six digits that it shows now.");
            Ok(render(&context, &enrolment, &errors))
        }
        Met::Gone => Ok(begin_again(&context, "")),
    }
}

fn render(context: &RequestContext, enrolment: &Enrolment, errors: &FieldErrors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = "Set up an authenticator app";
    page(context, Head::new(title).without_islands().with_status(status), || {
        let content = view! {
            <div class="card stack">
                <p>"The console asks for a second factor each time. Any app for one-time codes (TOTP) will do."</p>
                {app_form::steps(context.href(HERE), enrolment, errors, None)}
            </div>
        };
        solo(context, true, view! { <h1>{title}</h1> }, content)
    })
}
