//! `GET /account/second-factor` and `POST` to it: for somebody who is in by a first factor alone, where the workspace
//! asks for two, or where the second is about to be changed.

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Principal, ProveIdentity},
    audit::{self, Act, Action},
    identity::{passkey::keys, policy::SecondFactor, second_factor, session},
};

use super::{Asked, Fields, Outcome, record_miss, render, tell_of_recovery_code};
use crate::{
    access::Allowed,
    account::{
        SECOND_FACTOR,
        passkeys::{self, Prompt},
        security,
        sign_in::local_path,
    },
    context::{Context, RequestContext},
    error::PageError,
    routes::{see_other, see_other_with},
    ui::{
        FormBody, Head,
        flash::Flash,
        frame::{SIGN_OUT_SCRIPT, solo},
        page,
    },
};

pub(super) async fn show(
    context: Context,
    Allowed(mut permit): Allowed<ProveIdentity>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, PageError> {
    let asked = query.map(|Query(asked)| asked).unwrap_or_default();
    let account = permit.principal().account;
    let is_set_up = second_factor::is_set_up(&mut permit, account).await?;
    let asked = asked.with_passkey((&context, &mut permit), account, Prompt::Confirm).await?;
    let has_passkeys = keys::has_any(&mut permit, account).await?;
    let may_add = passkeys::are_allowed(&mut permit).await?;
    let person = permit.commit().await?;
    if person.session().is_some_and(|session| session.second_factor_at.is_some()) {
        return Ok(see_other(&context.href(local_path(&asked.next).unwrap_or("/tickets"))));
    }
    if is_set_up {
        return Ok(render(&context, SECOND_FACTOR, &asked, &Outcome::None));
    }
    if has_passkeys && person.second_factor != SecondFactor::Settled {
        return Ok(show_passkey(&context, &person, &asked));
    }
    Ok(set_one_up(&context, &person, may_add))
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<ProveIdentity>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    if fields.code.trim().is_empty() {
        permit.commit().await?;
        return Ok(render(&context, SECOND_FACTOR, &fields.asked, &Outcome::Missing));
    }
    let services = &context.services;
    let (ambient, limit) = (&services.ambient, services.sign_in_limits.account);
    let person = permit.principal().clone();
    let verdict =
        second_factor::check(&mut permit, ambient, &services.secrets, limit, person.account, fields.answer()).await?;
    if let Err(miss) = verdict {
        let act = Act::by(&person, Action::StepUpRefused);
        record_miss(&mut permit, &context, miss, person.account, act).await?;
        let asked = fields.asked.with_passkey((&context, &mut permit), person.account, Prompt::Confirm).await?;
        permit.commit().await?;
        return Ok(render(&context, SECOND_FACTOR, &asked, &Outcome::Missed(miss)));
    }
    session::confirm(&mut permit, ambient, &person, true).await?;
    if fields.asked.with_recovery_code() {
        tell_of_recovery_code(&mut permit, &context, person.account).await?;
    }
    audit::record(&mut permit, &context.scribe(), Act::by(&person, Action::StepUpPassed)).await?;
    permit.commit().await?;
    let next = local_path(&fields.asked.next).unwrap_or("/tickets");
    Ok(see_other_with(&context.href(next), Flash::SecondFactorShown))
}

/// For somebody whose second factor is a passkey.
fn show_passkey(context: &RequestContext, person: &Principal, asked: &Asked) -> Response {
    let title = "Use your passkey";
    let head = Head::new(title).without_islands().with_script(passkeys::SCRIPT).with_script(SIGN_OUT_SCRIPT);
    page(context, head, || {
        let (words, passkey) = match asked.passkey {
            Some(prompt) => (
                "This workspace asks for a second factor, and yours is a passkey. It takes JavaScript and a browser that knows passkeys.",
                Some(passkeys::prompt(context, prompt, &asked.next)),
            ),
            None => (
                "This workspace asks for a second factor. Yours is a passkey for another of its addresses: sign in there.",
                None,
            ),
        };
        let content = view! {
            <div class="card stack">
                <p>{words}</p>
                {passkey}
                {sign_out(context, person)}
            </div>
        };
        solo(context, false, view! { <h1>{title}</h1> }, content)
    })
}

/// For somebody who has none to show.
fn set_one_up(context: &RequestContext, person: &Principal, may_add_passkey: bool) -> Response {
    let owed = person.second_factor == SecondFactor::Owed;
    let name = context.tenant().map_or_else(|_| String::new(), |tenant| tenant.name.clone());
    let head = Head::new("Set up a second factor").without_islands().with_script(SIGN_OUT_SCRIPT);
    page(context, head, || {
        let what = if owed {
            format!("{name} asks everybody for a second factor. Set yours up, and go on.")
        } else {
            format!("With a second factor, nobody enters {name} as you who only knows your password.")
        };
        let sign_out = owed.then(|| sign_out(context, person));
        let passkey = may_add_passkey.then(|| {
            let path = context.href("/account/passkeys/new");
            view! { <a class="button button--wide" href=path>"Add a passkey"</a> }
        });
        let content = view! {
            <div class="card stack">
                <p>{what}</p>
                <a class="button button--primary button--wide" href=context.href(security::TOTP)>
                    "Set up an authenticator app"
                </a>
                {passkey}
                {sign_out}
            </div>
        };
        solo(context, false, view! { <h1>"Set up a second factor"</h1> }, content)
    })
}

/// The way out for somebody who is not wholly in.
fn sign_out(context: &RequestContext, person: &Principal) -> AnyView {
    view! {
        <form action=context.href("/sign-out") method="post" data-sign-out=person.account.to_string()>
            <button class="button button--quiet button--wide" type="submit">"Sign out"</button>
        </form>
    }
    .into_any()
}
