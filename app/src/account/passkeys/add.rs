//! `GET /account/passkeys/new`, and the two steps by which a key is made known. Who adds a key can come in with it
//! later, so the person has proved who they are a short while ago.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Principal, SignedIn},
    audit::{self, Act, Action},
    identity::passkey::{
        keys::NAME_LENGTH,
        register::{self, Owner},
    },
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    SCRIPT,
    browser::{self, Begin, Browser, relying_party},
    json::{Failure, JsonBody},
};
use crate::{
    access::Confirmed,
    context::{Context, RequestContext},
    error::PageError,
    routes::set_cookie,
    ui::{
        Head, Icon,
        flash::{self, Flash},
        frame::{Section, frame},
        page,
    },
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

pub(super) async fn show(context: Context, Confirmed(permit): Confirmed<SignedIn>) -> Result<Response, PageError> {
    super::allowed(&context)?;
    let person = permit.commit().await?;
    Ok(page(&context, Head::new("Add a passkey").with_script(SCRIPT), || {
        frame(&context, &person, Section::Account, true, content(&context))
    }))
}

pub(super) async fn begin(
    context: Context,
    browser: Browser,
    Confirmed(mut permit): Confirmed<SignedIn>,
    JsonBody(Begin {}): JsonBody<Begin>,
) -> Result<Response, Failure> {
    super::allowed(&context)?;
    let party = relying_party(&context)?;
    let token = browser.token(&context);
    let person = permit.principal().clone();
    let ambient = &context.services.ambient;
    let begun = register::begin(&mut permit, ambient, &party, &token, owner(&person)).await?;
    permit.commit().await?;
    let begun = begun.map_err(|refusal| Failure::from(refusal.reason))?;
    Ok(browser::begun(&context, &token, &begun))
}

pub(super) async fn finish(
    context: Context,
    browser: Browser,
    Confirmed(mut permit): Confirmed<SignedIn>,
    JsonBody(sent): JsonBody<Finish>,
) -> Result<Response, Failure> {
    super::allowed(&context)?;
    let party = relying_party(&context)?;
    let person = permit.principal().clone();
    let ambient = &context.services.ambient;
    let name: String = sent.name.chars().filter(|sign| !sign.is_control()).collect();
    let answer = browser.answer(&sent.ceremony, sent.credential);
    let registered = register::finish(&mut permit, ambient, &party, owner(&person), &name, answer).await?;
    if let Ok(key) = &registered {
        let act = Act::by(&person, Action::PasskeyAdded)
            .on("passkey", key.id.to_string(), key.name.clone())
            .change((), json!({ "name": key.name, "host": party.id() }));
        audit::record(&mut permit, &context.scribe(), act).await?;
        let what = format!("The passkey “{}” was added to your account.", key.name);
        super::tell(&mut permit, &context, &person.email, what).await?;
    }
    // Refused or not, the ceremony is used up.
    permit.commit().await?;
    registered.map_err(|refusal| Failure::from(refusal.reason))?;
    let mut response = Json(json!({ "location": context.href(super::LIST) })).into_response();
    set_cookie(&mut response, flash::COOKIE, Flash::PasskeyAdded.word(), Some(60));
    Ok(response)
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
        <div class="page__head"><h1 class="page__title">"Add a passkey"</h1></div>
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
                    <a class="button button--quiet" href=context.href(super::LIST)>"Cancel"</a>
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
