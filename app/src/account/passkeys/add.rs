//! `GET /account/passkeys/new`, and the two steps by which a key is made known. Who adds a key can come in with it
//! later, so the person has proved who they are a short while ago.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Principal, ProveIdentity},
    identity::passkey::{
        keys::NAME_LENGTH,
        register::{self, Owner},
    },
    identity::session,
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    LIST, SCRIPT,
    browser::{self, Begin, Browser, go_on, relying_party},
    json::{Failure, JsonBody},
    may_add, record,
};
use crate::{
    access::Confirmed,
    account::security::in_frame,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{Head, Icon, flash::Flash},
};

/// The end of the ceremony.
#[derive(Deserialize)]
pub(super) struct Finish {
    ceremony: String,
    #[serde(default)]
    name: String,
    credential: Value,
}

fn owner(person: &Principal) -> Owner<'_> {
    Owner { account: person.account, email: &person.email, name: &person.name }
}

pub(super) async fn show(
    context: Context,
    Confirmed(mut permit): Confirmed<ProveIdentity>,
) -> Result<Response, PageError> {
    may_add(&mut permit, &context).await?;
    let person = permit.commit().await?;
    let head = Head::new("Add a passkey").with_script(SCRIPT);
    Ok(in_frame(&context, &person, head, || content(&context)))
}

pub(super) async fn begin(
    context: Context,
    browser: Browser,
    Confirmed(mut permit): Confirmed<ProveIdentity>,
    JsonBody(Begin {}): JsonBody<Begin>,
) -> Result<Response, Failure> {
    may_add(&mut permit, &context).await?;
    let party = relying_party(&context)?;
    let token = browser.token(&context);
    let (person, tx) = permit.parts();
    let begun = register::begin(tx, &context.services.ambient, &party, &token, owner(person)).await?;
    permit.commit().await?;
    Ok(browser::begun(&context, &token, &begun?))
}

pub(super) async fn finish(
    context: Context,
    browser: Browser,
    Confirmed(mut permit): Confirmed<ProveIdentity>,
    JsonBody(sent): JsonBody<Finish>,
) -> Result<Response, Failure> {
    may_add(&mut permit, &context).await?;
    let party = relying_party(&context)?;
    let name: String = sent.name.chars().filter(|sign| !sign.is_control()).collect();
    let answer = browser.answer(&sent.ceremony, sent.credential);
    let (person, tx) = permit.parts();
    let registered = register::finish(tx, &context.services.ambient, &party, owner(person), &name, answer).await?;
    if let Ok(key) = &registered {
        // Its holder verified the person a moment ago, as it does at sign-in: both factors were shown.
        session::confirm(tx, &context.services.ambient, person, true).await?;
        record::added((person, tx), &context, key, &party).await?;
    }
    // Refused or not, the ceremony is used up.
    permit.commit().await?;
    registered?;
    Ok(go_on(see_other_with(&context.href(LIST), Flash::PasskeyAdded)))
}

fn content(context: &RequestContext) -> AnyView {
    let host = relying_party(context).map(|party| party.id().to_owned()).unwrap_or_default();
    let without = || {
        view! {
            <Icon name="info" />
            <h2 class="notice__title">"This browser cannot make a passkey here"</h2>
            <p>"It takes JavaScript, a browser of recent years, and an encrypted connection."</p>
        }
    };
    view! {
        <div class="stack">
            <p>
                {format!(
                    "Your browser asks where to keep the passkey, and checks that it is you. It works at {host} only.",
                )}
            </p>
            <form
                class="passkey form"
                data-passkey="create"
                data-begin=context.href("/account/passkeys/begin")
                data-finish=context.href("/account/passkeys/finish")
                hidden=true
            >
                <div class="field">
                    <label class="field__label" for="name">
                        "Name "
                        <span class="field__optional">"(optional)"</span>
                    </label>
                    <input
                        class="input"
                        id="name"
                        name="name"
                        type="text"
                        autocomplete="off"
                        maxlength=NAME_LENGTH
                        aria-describedby="name-help"
                    />
                    <p class="field__help" id="name-help">
                        "What you will know it by, such as “Work laptop”. Left empty, it is named after where it is kept."
                    </p>
                </div>
                <p class="passkey__message" aria-live="assertive"></p>
                <div class="button-row">
                    <button class="button button--primary" type="submit">"Create passkey"</button>
                    <a class="button button--quiet" href=context.href(LIST)>"Cancel"</a>
                </div>
            </form>
            <div class="notice" data-passkey-else="" hidden=true>{without()}</div>
            <noscript>
                <div class="notice">{without()}</div>
            </noscript>
        </div>
    }
    .into_any()
}
