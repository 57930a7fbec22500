//! `GET /sign-in` and `POST` to it: the password; and `POST /sign-out`.

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::{
    identity::throttle::Throttled,
    operator::{
        session,
        sign_in::{self, Attempt, Owed, SignInError},
    },
};
use serde::Deserialize;

use super::{operators, second_factor, set_up, sign_in_parts};
use crate::{
    account::{bounded, leading_back, missing_credentials, no_match, too_many_attempts},
    context::{Context, RequestContext},
    error::PageError,
    routes::{see_other, see_other_with, set_cookie},
    ui::{
        FieldErrors, FormBody, Head, Icon,
        flash::Flash,
        form::{TextField, summary},
        frame::solo,
        page,
    },
};

/// How long the second half of signing in may take, in seconds.
const CHALLENGE_LIFE: u32 = 600;

/// How somebody comes to the page.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    next: String,
}

/// What was typed.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// What the last attempt came to.
enum Outcome {
    None,
    Fields(FieldErrors),
    Wrong,
    TooLate,
    Throttled(Throttled),
}

pub(super) async fn show(context: Context, query: Result<Query<Asked>, QueryRejection>) -> Response {
    let Asked { next } = query.map(|Query(asked)| asked).unwrap_or_default();
    render(&context, &Fields { next, ..Fields::default() }, &Outcome::None)
}

pub(super) async fn submit(context: Context, FormBody(fields): FormBody<Fields>) -> Result<Response, PageError> {
    let errors = missing_credentials(&fields.email, &fields.password);
    if !errors.is_empty() {
        return Ok(render(&context, &fields, &Outcome::Fields(errors)));
    }
    let origin = context.origin();
    let attempt = Attempt {
        email: &fields.email,
        password: bounded(&fields.password),
        origin: &origin,
    };
    let (page, token) = match sign_in::begin(sign_in_parts(&context)?, attempt).await {
        Ok(Owed::Code(token)) => (second_factor::HERE, token),
        Ok(Owed::App(token)) => (set_up::HERE, token),
        Err(SignInError::Wrong) => return Ok(render(&context, &fields, &Outcome::Wrong)),
        Err(SignInError::TooLate) => return Ok(render(&context, &fields, &Outcome::TooLate)),
        Err(SignInError::Throttled(wait)) => return Ok(render(&context, &fields, &Outcome::Throttled(wait))),
        Err(SignInError::Database(error)) => return Err(error.into()),
        Err(SignInError::Hash(error)) => return Err(PageError::internal(error)),
    };
    let mut response = see_other(&leading_back(&context, page, &fields.next));
    set_cookie(&mut response, &context.challenge_cookie(), &token, Some(CHALLENGE_LIFE));
    Ok(response)
}

/// Ends this browser's session. Nobody needs to be signed in for it.
pub(super) async fn sign_out(context: Context) -> Result<Response, PageError> {
    if let Some(token) = &context.session {
        session::end(operators(&context)?, &context.services.ambient, &context.origin(), token).await?;
    }
    let mut response = see_other_with(&context.href("/sign-in"), Flash::SignedOut);
    set_cookie(&mut response, &context.session_cookie(), "", Some(0));
    Ok(response)
}

/// There is no half of a sign-in here, or not any more.
pub(super) fn begin_again(context: &RequestContext, next: &str) -> Response {
    let mut response = see_other_with(&leading_back(context, "/sign-in", next), Flash::SignInAgain);
    set_cookie(&mut response, &context.challenge_cookie(), "", Some(0));
    response
}

fn render(context: &RequestContext, fields: &Fields, outcome: &Outcome) -> Response {
    let none = FieldErrors::default();
    let (status, errors) = match outcome {
        Outcome::None => (StatusCode::OK, &none),
        Outcome::Fields(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Outcome::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, &none),
        Outcome::TooLate => (StatusCode::FORBIDDEN, &none),
        Outcome::Throttled(_) => (StatusCode::TOO_MANY_REQUESTS, &none),
    };
    let head = Head::new("Sign in").without_islands().with_status(status);
    let mut response = page(context, head, || {
        let notice = match outcome {
            Outcome::Wrong => no_match(),
            Outcome::TooLate => too_late(),
            Outcome::Throttled(wait) => too_many_attempts(*wait),
            Outcome::None | Outcome::Fields(_) => summary(errors),
        };
        let content = view! {
            <div class="card stack">
                {notice}
                <form class="form" action=context.href("/sign-in") method="post">
                    <input type="hidden" name="next" value=fields.next.clone() />
                    <TextField
                        id="email"
                        label="Email"
                        kind="email"
                        value=&fields.email
                        errors=errors
                        autocomplete="username"
                        maxlength=254
                        autofocus=fields.email.is_empty()
                    />
                    <TextField
                        id="password"
                        label="Password"
                        kind="password"
                        value=""
                        errors=errors
                        autocomplete="current-password"
                        autofocus=!fields.email.is_empty()
                    />
                    <button class="button button--primary button--wide" type="submit">"Sign in"</button>
                </form>
            </div>
            <p class="solo__aside">"For the staff that runs this installation. Everything done here is recorded."</p>
        };
        solo(context, false, view! { <h1>"Sign in to the console"</h1> }, content)
    });
    if let Outcome::Throttled(wait) = outcome {
        let seconds = HeaderValue::from(wait.wait.whole_seconds().max(1).unsigned_abs());
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

fn too_late() -> AnyView {
    view! {
        <div class="notice notice--warning" role="alert" id="errors" tabindex="-1">
            <Icon name="hourglass" />
            <h2 class="notice__title">"The time to set up this account is over"</h2>
            <p>"Ask somebody who has access to the server to reset it with " <code>"rowhouse operator reset"</code> "."</p>
        </div>
    }
    .into_any()
}
