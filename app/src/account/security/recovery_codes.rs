//! `GET /account/security/recovery-codes` and `POST` to it: new recovery codes in the place of the old ones.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Principal, SignedIn},
    audit::{self, Act, Action},
    identity::{
        recovery_codes::{self, COUNT, RecoveryCode},
        second_factor,
    },
};

use super::{HOME, RECOVERY_CODES, in_frame, must_show, tell};
use crate::{
    access::Confirmed,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other,
    ui::{Head, Icon},
};

pub(super) async fn show(context: Context, Confirmed(mut permit): Confirmed<SignedIn>) -> Result<Response, PageError> {
    if let Some(elsewhere) = must_show(&mut permit, &context, RECOVERY_CODES).await? {
        return Ok(elsewhere);
    }
    let account = permit.principal().account;
    let is_set_up = second_factor::is_set_up(&mut permit, account).await?;
    let left = recovery_codes::left(&mut permit, account).await?;
    let person = permit.commit().await?;
    if !is_set_up {
        return Ok(see_other(&context.href(HOME)));
    }
    Ok(in_frame(&context, &person, Head::new("New recovery codes"), || {
        view! {
            <p>{format!("You have {left} of {COUNT} codes left. New ones take their place: the old ones end at once.")}</p>
            <form class="button-row" action=context.href(RECOVERY_CODES) method="post">
                <button class="button button--primary" type="submit">"Make new codes"</button>
                <a class="button button--quiet" href=context.href(HOME)>"Cancel"</a>
            </form>
        }
        .into_any()
    }))
}

pub(super) async fn submit(
    context: Context,
    Confirmed(mut permit): Confirmed<SignedIn>,
) -> Result<Response, PageError> {
    if let Some(elsewhere) = must_show(&mut permit, &context, RECOVERY_CODES).await? {
        return Ok(elsewhere);
    }
    let person = permit.principal().clone();
    if !second_factor::is_set_up(&mut permit, person.account).await? {
        return Ok(see_other(&context.href(HOME)));
    }
    let codes = recovery_codes::renew(&mut permit, &context.services.ambient, person.account).await?;
    tell(&mut permit, &context, &person.email, "New recovery codes were made").await?;
    audit::record(&mut permit, &context.scribe(), Act::by(&person, Action::RecoveryCodesRenewed)).await?;
    permit.commit().await?;
    Ok(shown(&context, &person, "Your new recovery codes", &codes))
}

/// The codes, for the only time.
pub(super) fn shown(context: &RequestContext, person: &Principal, title: &str, codes: &[RecoveryCode]) -> Response {
    in_frame(context, person, Head::new(title), || {
        let name = context.tenant().map_or_else(|_| String::new(), |tenant| tenant.name.clone());
        kept_now(&format!("{} for {name}", person.email), codes, context.href(HOME))
    })
}

/// The codes of `whose`, what they are for, and the way on.
pub(crate) fn kept_now(whose: &str, codes: &[RecoveryCode], next: String) -> AnyView {
    let block = codes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    view! {
        <div class="notice notice--warning">
            <Icon name="triangle-alert" />
            <h2 class="notice__title">"Keep these recovery codes now"</h2>
            <p>
                "They are not shown again. Each lets you in once, in the place of the app, when you have lost it. Print this page, or copy them into your password manager."
            </p>
        </div>
        <h2 id="codes-title">{format!("Recovery codes of {whose}")}</h2>
        <pre class="recovery-codes" role="group" aria-labelledby="codes-title" tabindex="0">{block}</pre>
        <div class="button-row">
            <a class="button button--primary" href=next>"I have kept them"</a>
        </div>
    }
    .into_any()
}

/// The codes, as a section of the security page.
pub(super) fn section(context: &RequestContext, left: i64) -> AnyView {
    let words = match left {
        0 => "None is left. Make new ones, or you are locked out when you lose the app.".to_owned(),
        left => format!("{left} of {COUNT} are left. Each lets you in once, in the place of the app."),
    };
    view! {
        <section class="card stack" id="recovery-codes" aria-labelledby="recovery-codes-title">
            <h2 id="recovery-codes-title">"Recovery codes"</h2>
            <p>{words}</p>
            <div class="button-row">
                <a class="button" href=context.href(RECOVERY_CODES)>"Make new codes"</a>
            </div>
        </section>
    }
    .into_any()
}
