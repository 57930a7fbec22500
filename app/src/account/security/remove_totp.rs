//! `GET /account/security/totp/remove` and `POST` to it: the end of an authenticator app.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Principal, SignedIn},
    audit::{self, Act, Action},
    identity::{passkey::keys, policy, second_factor, totp},
};

use super::{HOME, REMOVE_TOTP, TOTP, in_frame, must_show, tell};
use crate::{
    access::Confirmed,
    context::{Context, RequestContext},
    error::PageError,
    routes::{see_other, see_other_with},
    ui::{Head, Icon, flash::Flash},
};

pub(super) async fn show(context: Context, Confirmed(mut permit): Confirmed<SignedIn>) -> Result<Response, PageError> {
    if let Some(elsewhere) = must_show(&mut permit, &context, REMOVE_TOTP).await? {
        return Ok(elsewhere);
    }
    let account = permit.principal().account;
    let is_there = totp::confirmed_at(&mut permit, account).await?.is_some();
    let person = permit.commit().await?;
    if !is_there {
        return Ok(see_other(&context.href(HOME)));
    }
    Ok(render(&context, &person, false))
}

pub(super) async fn submit(
    context: Context,
    Confirmed(mut permit): Confirmed<SignedIn>,
) -> Result<Response, PageError> {
    if let Some(elsewhere) = must_show(&mut permit, &context, REMOVE_TOTP).await? {
        return Ok(elsewhere);
    }
    let person = permit.principal().clone();
    let is_required = policy::load(&mut permit).await?.mfa_required_since.is_some();
    if is_required && !keys::has_any(&mut permit, person.account).await? {
        permit.commit().await?;
        return Ok(render(&context, &person, true));
    }
    if second_factor::remove(&mut permit, person.account).await? {
        tell(&mut permit, &context, &person.email, "The authenticator app was removed").await?;
        audit::record(&mut permit, &context.scribe(), Act::by(&person, Action::TotpDisabled)).await?;
    }
    permit.commit().await?;
    Ok(see_other_with(&context.href(HOME), Flash::TotpRemoved))
}

fn render(context: &RequestContext, person: &Principal, required: bool) -> Response {
    let status = if required { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    in_frame(context, person, Head::new("Remove the authenticator app?").with_status(status), || {
        let refused = required.then(|| {
            view! {
                <div class="notice notice--danger" role="alert" id="errors" tabindex="-1">
                    <Icon name="circle-alert" />
                    <h2 class="notice__title">"This workspace asks for a second factor"</h2>
                    <p>
                        "So this one has to stay until another takes its place. "
                        <a href=context.href(TOTP)>"Replace it"</a>
                    </p>
                </div>
            }
        });
        view! {
            {refused}
            <p>"Your password alone will be enough to sign in as you. Your recovery codes go too."</p>
            <form class="button-row" action=context.href(REMOVE_TOTP) method="post">
                <button class="button button--danger" type="submit">
                    <Icon name="trash" />
                    "Remove the app"
                </button>
                <a class="button button--quiet" href=context.href(HOME)>"Cancel"</a>
            </form>
        }
        .into_any()
    })
}
