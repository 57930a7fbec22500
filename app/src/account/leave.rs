//! `GET /account/leave` and `POST /account/leave`: somebody goes by themselves.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Principal, SignedIn},
    members::{self, ChangeError},
};
use serde::Deserialize;

use crate::{
    access::Confirmed,
    context::{Context, RequestContext},
    desk::handover,
    error::PageError,
    routes::{see_other_with, set_cookie},
    ui::{
        FieldErrors, FormBody, Head,
        flash::Flash,
        form::summary,
        frame::{Section, frame},
        page,
        typed_confirmation::{TypedConfirmation, Warning},
    },
};

/// What was typed.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    email: String,
}

pub(super) async fn show(context: Context, Confirmed(permit): Confirmed<SignedIn>) -> Result<Response, PageError> {
    let person = permit.commit().await?;
    render(&context, &person, &Fields::default(), &FieldErrors::default())
}

pub(super) async fn submit(
    context: Context,
    Confirmed(mut permit): Confirmed<SignedIn>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    match members::leave(&mut permit, &context.scribe(), &fields.email).await {
        Ok(()) => {
            let account = permit.principal().account;
            handover::forget(&mut permit, account).await?;
            permit.commit().await?;
            let mut response = see_other_with(&context.href("/sign-in"), Flash::Left);
            set_cookie(&mut response, &context.session_cookie(), "", Some(0));
            Ok(response)
        }
        Err(ChangeError::NotFound) => Err(PageError::NotFound),
        Err(ChangeError::Database(error)) => Err(error.into()),
        Err(refusal) => {
            let mut errors = FieldErrors::default();
            errors.add("email", refusal);
            render(&context, permit.principal(), &fields, &errors)
        }
    }
}

fn render(
    context: &RequestContext,
    person: &Principal,
    fields: &Fields,
    errors: &FieldErrors,
) -> Result<Response, PageError> {
    let name = context.tenant()?.name.clone();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("Leave {name}");
    Ok(page(context, Head::new(title.clone()).with_status(status), || {
        let content = view! {
            <div class="page__head"><h1 class="page__title">{title.clone()}</h1></div>
            <div class="stack">
                {summary(errors)}
                <Warning
                    title="This cannot be undone"
                    text="You are signed out everywhere, and your address, password and keys are deleted here. Your name stays on what you did. To come back, you have to be invited again."
                />
                <TypedConfirmation
                    context=context
                    action="/account/leave"
                    ask=("To confirm, type your address:", person.email.clone())
                    id="email"
                    label="Your email"
                    kind="email"
                    maxlength=254
                    value=&fields.email
                    errors=errors
                    button=title
                    cancel=("Stay", "/tickets")
                />
            </div>
        };
        frame(context, person, Section::Account, true, content)
    }))
}
