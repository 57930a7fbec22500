//! `GET /account`: one's own account; and `POST /account/recovery-codes`, for which the app is asked once more.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    identity::{recovery_codes::COUNT, second_factor::Miss},
    operator::{
        Operator,
        audit::{Action, Record},
        second_factor,
    },
};
use serde::Deserialize;

use super::{
    Staff,
    frame::{Section, frame},
    sign_in_parts,
};
use crate::{
    account::security::recovery_codes,
    context::{Context, RequestContext},
    error::PageError,
    ui::{
        FieldErrors, FormBody, Head,
        form::{TextField, summary},
        page,
    },
};

/// What was typed.
#[derive(Deserialize)]
pub(super) struct Fields {
    code: String,
}

pub(super) async fn show(context: Context, Staff(mut staff): Staff) -> Result<Response, PageError> {
    let left = second_factor::left(&mut staff).await?;
    let operator = staff.commit().await?;
    Ok(render(&context, &operator, left, &FieldErrors::default(), StatusCode::OK))
}

pub(super) async fn renew(
    context: Context,
    Staff(mut staff): Staff,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let typed = fields.code.get(..100).unwrap_or(&fields.code);
    if let Err(miss) = second_factor::verify_own(sign_in_parts(&context)?, &mut staff, typed).await? {
        let left = second_factor::left(&mut staff).await?;
        let operator = staff.commit().await?;
        let mut errors = FieldErrors::default();
        let status = match miss {
            Miss::Wrong => {
                errors.add("code", "That code is not right, or was used before. Wait for the next one.");
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Miss::Throttled(wait) => {
                errors.add("code", format!("Too many codes. Try again in {}.", wait.wait_in_words()));
                StatusCode::TOO_MANY_REQUESTS
            }
        };
        return Ok(render(&context, &operator, left, &errors, status));
    }
    let ambient = &context.services.ambient;
    let mut audited = staff.record(ambient, &context.origin(), Record::of(Action::RecoveryCodesRenewed)).await?;
    let codes = second_factor::renew_own(&mut audited, ambient).await?;
    let operator = audited.commit().await?;
    Ok(page(&context, Head::new("Your new recovery codes").without_islands(), || {
        let whose = format!("{} for the Rowhouse console", operator.email);
        let content = view! {
            <div class="page__head"><h1 class="page__title">"Your new recovery codes"</h1></div>
            <div class="stack">{recovery_codes::kept_now(&whose, &codes, context.href("/account"))}</div>
        };
        frame(&context, &operator, Section::Account, true, content)
    }))
}

fn render(
    context: &RequestContext,
    operator: &Operator,
    left: i64,
    errors: &FieldErrors,
    status: StatusCode,
) -> Response {
    page(context, Head::new("Account").without_islands().with_status(status), || {
        let words = match left {
            0 => "None is left. Make new ones, or you are locked out when you lose the app.".to_owned(),
            left => format!("{left} of {COUNT} are left. Each lets you in once, in the place of the app."),
        };
        let content = view! {
            <div class="page__head"><h1 class="page__title">"Account"</h1></div>
            <div class="stack">
                {summary(errors)}
                <section class="card stack" aria-labelledby="own-title">
                    <h2 id="own-title">{operator.name.clone()}</h2>
                    <p>{operator.email.clone()}</p>
                    <p class="muted">
                        "A new password, or another app, is given by " <code>"rowhouse operator reset"</code> " on the server."
                    </p>
                </section>
                <section class="card stack" aria-labelledby="codes-title">
                    <h2 id="codes-title">"Recovery codes"</h2>
                    <p>{words}</p>
                    <form class="form" action=context.href("/account/recovery-codes") method="post">
                        <TextField
                            id="code"
                            label="Code of your app"
                            value=""
                            errors=errors
                            autocomplete="one-time-code"
                            inputmode="numeric"
                            maxlength=12
                            help="The six digits that it shows now. New codes take the place of the old ones, which end at once."
                        />
                        <div class="button-row"><button class="button" type="submit">"Make new codes"</button></div>
                    </form>
                </section>
            </div>
        };
        frame(context, operator, Section::Account, true, content)
    })
}
