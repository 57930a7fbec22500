//! `GET /confirm?next=…` and `POST` to it: somebody who is signed in shows again who they are, before something that
//! cannot be undone. Any one of the ways that the account has is enough.

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Permit, Principal, ProveIdentity},
    audit::{self, Act, Action},
    db::{DbError, TenantTx},
    identity::{
        account, magic_link,
        passkey::keys,
        password_change::{self, Mismatch},
        policy::{self, Method},
        second_factor::{self, Answer, Miss},
        session,
        throttle::Throttled,
    },
    sso::people::{self, Linked},
};
use serde::Deserialize;

use super::{
    CONFIRM,
    magic_link::{TOO_MANY, WRONG, bind, unbind},
    mailed_link,
    passkeys::{self, Prompt},
    security,
    sign_in::{bounded, leading_back, local_path},
};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes, see_other},
    ui::{
        FieldErrors, FormBody, Head,
        form::{TextField, summary},
        frame::solo,
        page,
    },
};

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let own = Gate::of::<ProveIdentity>();
    site.get(CONFIRM, own, show).post(CONFIRM, own, submit)
}

#[derive(Default, Deserialize)]
struct Fields {
    /// Which of the page's forms was sent.
    #[serde(default)]
    by: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// What the account can show.
#[expect(clippy::struct_excessive_bools, reason = "each way stands for itself")]
struct Ways {
    password: bool,
    app: bool,
    passkey: bool,
    /// Where there is nothing else here.
    mail: bool,
    /// At an identity provider.
    sso: Vec<Linked>,
}

/// What the account can show of what the workspace uses.
async fn ways(tx: &mut TenantTx, person: &Principal) -> Result<Ways, DbError> {
    let policy = policy::load(tx).await?;
    // Where single sign-on is required, what would not let the person in does not confirm who they are either.
    let takes = |method| policy.allows(method) && !policy.bars(method, person.account);
    let password = takes(Method::Password) && account::has_password(tx, person.account).await?;
    let app = second_factor::is_set_up(tx, person.account).await?;
    let passkey = takes(Method::Passkey) && !keys::list(tx, person.account).await?.is_empty();
    let mut sso = if takes(Method::Sso) { people::of_account(tx, person.account).await? } else { Vec::new() };
    sso.retain(|linked| linked.is_on);
    // Beside single sign-on too: not every provider asks people to sign in again.
    Ok(Ways { password, app, passkey, mail: !(password || app || passkey), sso })
}

async fn show(
    context: Context,
    Allowed(mut permit): Allowed<ProveIdentity>,
    query: Result<Query<Fields>, QueryRejection>,
) -> Result<Response, PageError> {
    let Query(fields) = query.unwrap_or_default();
    let (person, tx) = permit.parts();
    let ways = ways(tx, person).await?;
    permit.commit().await?;
    Ok(render(&context, &ways, &fields, &FieldErrors::default(), StatusCode::OK))
}

async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<ProveIdentity>,
    FormBody(fields): FormBody<Fields>,
) -> Result<Response, PageError> {
    let (person, tx) = permit.parts();
    let ways = ways(tx, person).await?;
    match fields.by.as_str() {
        "mail" if ways.mail => send_code(&context, permit, &fields).await,
        "mailed-code" if ways.mail => check_mailed_code(&context, permit, &ways, &fields).await,
        "code" if ways.app => check_app_code(&context, permit, &ways, &fields).await,
        _ if ways.password => check_password(&context, permit, &ways, &fields).await,
        _ => Ok(render(&context, &ways, &fields, &FieldErrors::default(), StatusCode::UNPROCESSABLE_ENTITY)),
    }
}

async fn check_password(
    context: &RequestContext,
    permit: Permit<ProveIdentity>,
    ways: &Ways,
    fields: &Fields,
) -> Result<Response, PageError> {
    let (tenant, services) = (context.tenant()?, &context.services);
    let person = permit.commit().await?;
    if fields.password.is_empty() {
        return Ok(missing(context, ways, fields, ("password", "Enter your password.")));
    }
    let shown = (&person, bounded(&fields.password));
    let (limit, scribe) = (services.sign_in_limits.account_and_address, context.scribe());
    let checked =
        password_change::check(&services.database, &scribe, &services.passwords, limit, &tenant.home, shown).await;
    let mut tx = services.database.begin(&tenant.home).await?;
    let mut errors = FieldErrors::default();
    match checked {
        Ok(()) => return passed(context, tx, &person, ("password", false), fields).await,
        Err(Mismatch::Wrong) => errors.add("password", "That is not your password."),
        Err(Mismatch::Throttled(wait)) => return throttled(context, tx, &person, ways, fields, wait).await,
        Err(Mismatch::Hash(error)) => return Err(PageError::internal(error)),
        Err(Mismatch::Database(error)) => return Err(error.into()),
    }
    record_refusal(&mut tx, context, &person, "The password was wrong.").await?;
    tx.commit().await?;
    Ok(render(context, ways, fields, &errors, StatusCode::UNPROCESSABLE_ENTITY))
}

async fn check_app_code(
    context: &RequestContext,
    mut permit: Permit<ProveIdentity>,
    ways: &Ways,
    fields: &Fields,
) -> Result<Response, PageError> {
    let services = &context.services;
    let person = permit.principal().clone();
    if fields.code.trim().is_empty() {
        permit.commit().await?;
        return Ok(missing(context, ways, fields, ("code", "Enter the code.")));
    }
    // The session's own limit first, so that whoever took over a session cannot use up the account's.
    let limits = services.sign_in_limits;
    let (scribe, own) = (context.scribe(), limits.account_and_address);
    let counted = password_change::count(&mut permit, &scribe, own, &person).await?;
    permit.commit().await?;
    let mut tx = services.database.begin(&context.tenant()?.home).await?;
    if let Err(wait) = counted {
        return throttled(context, tx, &person, ways, fields, wait).await;
    }
    let typed = Answer::Code(fields.code.get(..100).unwrap_or(&fields.code));
    let (ambient, secrets) = (&services.ambient, &services.secrets);
    match second_factor::check(&mut tx, ambient, secrets, limits.account, person.account, typed).await? {
        Ok(()) => {
            password_change::take_back(&mut tx, &person).await?;
            passed(context, tx, &person, ("authenticator app", true), fields).await
        }
        Err(Miss::Throttled(wait)) => throttled(context, tx, &person, ways, fields, wait).await,
        Err(Miss::Wrong) => {
            record_refusal(&mut tx, context, &person, "The code of the authenticator app was wrong.").await?;
            tx.commit().await?;
            let mut errors = FieldErrors::default();
            errors.add("code", "That code is not right, or was used before. Wait for the next one.");
            Ok(render(context, ways, fields, &errors, StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

async fn send_code(
    context: &RequestContext,
    mut permit: Permit<ProveIdentity>,
    fields: &Fields,
) -> Result<Response, PageError> {
    let browser = magic_link::browser_token(&context.services.ambient);
    let (scribe, letterhead) = (context.scribe(), context.letterhead()?);
    let (person, tx) = permit.parts();
    let from = (&context.device, browser.as_str());
    let sent = magic_link::request_confirmation(tx, &scribe, &letterhead, person, from).await?;
    permit.commit().await?;
    sent.map_err(mailed_link::throttled)?;
    let mut response = see_other(&leading_back(context, CONFIRM, &fields.next));
    bind(&mut response, context, &browser);
    Ok(response)
}

async fn check_mailed_code(
    context: &RequestContext,
    mut permit: Permit<ProveIdentity>,
    ways: &Ways,
    fields: &Fields,
) -> Result<Response, PageError> {
    let person = permit.principal().clone();
    let ambient = &context.services.ambient;
    let browser = context.asked_for_link.as_deref().unwrap_or_default();
    let taken = magic_link::confirm_by_code(&mut permit, ambient, person.account, browser, &fields.code).await?;
    let (message, status) = match taken {
        Ok(()) => {
            permit.commit().await?;
            let tx = context.services.database.begin(&context.tenant()?.home).await?;
            let mut response = passed(context, tx, &person, ("code by mail", false), fields).await?;
            unbind(&mut response, context);
            return Ok(response);
        }
        Err(magic_link::Miss::Wrong) => (WRONG, StatusCode::UNPROCESSABLE_ENTITY),
        Err(magic_link::Miss::Throttled(_)) => (TOO_MANY, StatusCode::TOO_MANY_REQUESTS),
    };
    record_refusal(&mut permit, context, &person, "The code by mail was wrong.").await?;
    permit.commit().await?;
    let mut errors = FieldErrors::default();
    errors.add("code", message);
    Ok(render(context, ways, fields, &errors, status))
}

/// Notes what was shown, and leads back.
async fn passed(
    context: &RequestContext,
    mut tx: TenantTx,
    person: &Principal,
    (what, second_factor): (&'static str, bool),
    fields: &Fields,
) -> Result<Response, PageError> {
    session::confirm(&mut tx, &context.services.ambient, person, second_factor).await?;
    let act = Act::by(person, Action::StepUpPassed).change((), serde_json::json!({ "shown": what }));
    audit::record(&mut tx, &context.scribe(), act).await?;
    tx.commit().await?;
    Ok(see_other(&context.href(local_path(&fields.next).unwrap_or("/tickets"))))
}

async fn record_refusal(
    tx: &mut TenantTx,
    context: &RequestContext,
    person: &Principal,
    why: &str,
) -> Result<(), DbError> {
    audit::record(tx, &context.scribe(), Act::by(person, Action::StepUpRefused).because(why)).await
}

async fn throttled(
    context: &RequestContext,
    mut tx: TenantTx,
    person: &Principal,
    ways: &Ways,
    fields: &Fields,
    wait: Throttled,
) -> Result<Response, PageError> {
    // One an answer would let the log be filled at will.
    let window = context.services.sign_in_limits.account_and_address.window;
    let act = Act::by(person, Action::StepUpRefused).because("There were too many attempts.");
    let session = person.session_id().map(|session| session.to_string()).unwrap_or_default();
    let key = ["step-up refused", session.as_str()];
    audit::record_once(&mut tx, &context.scribe(), &key, window, act).await?;
    tx.commit().await?;
    let mut errors = FieldErrors::default();
    let field = if fields.by == "code" { "code" } else { "password" };
    errors.add(field, format!("There were too many attempts. Try again in {}.", wait.wait_in_words()));
    Ok(render(context, ways, fields, &errors, StatusCode::TOO_MANY_REQUESTS))
}

fn missing(context: &RequestContext, ways: &Ways, fields: &Fields, (field, text): (&'static str, &str)) -> Response {
    let mut errors = FieldErrors::default();
    errors.add(field, text);
    render(context, ways, fields, &errors, StatusCode::UNPROCESSABLE_ENTITY)
}

fn render(
    context: &RequestContext,
    ways: &Ways,
    fields: &Fields,
    errors: &FieldErrors,
    status: StatusCode,
) -> Response {
    let mut head = Head::new("Confirm that it is you").without_islands().with_status(status);
    if ways.passkey {
        head = head.with_script(passkeys::SCRIPT);
    }
    page(context, head, || {
        let content = view! {
            <div class="card stack">
                {summary(errors)}
                <p>"What comes next matters for your account or your workspace, so show again who you are."</p>
                {ways.password.then(|| password_form(context, fields, errors))}
                {ways.app.then(|| code_form(context, fields, errors))}
                {ways.passkey.then(|| passkeys::prompt(context, Prompt::Confirm, &fields.next))}
                {security::confirm_links(context, &ways.sso, &fields.next)}
                {ways.mail.then(|| mail_forms(context, fields, errors))}
            </div>
            <p class="solo__aside"><a href=context.href("/tickets")>"Do nothing, and go back"</a></p>
        };
        solo(context, false, view! { <h1>"Confirm that it is you"</h1> }, content)
    })
}

fn hidden(by: &'static str, next: &str) -> impl IntoView + use<> {
    view! {
        <input type="hidden" name="by" value=by />
        <input type="hidden" name="next" value=next.to_owned() />
    }
}

fn password_form(context: &RequestContext, fields: &Fields, errors: &FieldErrors) -> AnyView {
    view! {
        <form class="form" action=context.href(CONFIRM) method="post">
            {hidden("password", &fields.next)}
            <TextField
                id="password"
                label="Password"
                kind="password"
                value=""
                errors=errors
                autocomplete="current-password"
                maxlength=1024
                autofocus=true
            />
            <button class="button button--primary button--wide" type="submit">"Confirm with the password"</button>
        </form>
    }
    .into_any()
}

fn code_form(context: &RequestContext, fields: &Fields, errors: &FieldErrors) -> AnyView {
    view! {
        <form class="form" action=context.href(CONFIRM) method="post">
            {hidden("code", &fields.next)}
            <TextField
                id="code"
                label="Code"
                value=""
                errors=errors
                autocomplete="one-time-code"
                inputmode="numeric"
                maxlength=12
                help="The six digits that your authenticator app shows now."
            />
            <button class="button button--wide" type="submit">"Confirm with the code"</button>
        </form>
    }
    .into_any()
}

/// First the button that sends a code, then, in the browser that pressed it, the field for it too.
fn mail_forms(context: &RequestContext, fields: &Fields, errors: &FieldErrors) -> AnyView {
    let is_sent = context.asked_for_link.is_some();
    let code = is_sent.then(|| {
        view! {
            <form class="form" action=context.href(CONFIRM) method="post">
                {hidden("mailed-code", &fields.next)}
                <TextField
                    id="code"
                    label="Code"
                    value=""
                    errors=errors
                    autocomplete="one-time-code"
                    inputmode="numeric"
                    maxlength=12
                    autofocus=true
                    help="The six digits in the mail that we sent you."
                />
                <button class="button button--primary button--wide" type="submit">"Confirm with the code"</button>
            </form>
            {mailed_link::outbox(context)}
        }
    });
    let (class, label) = if is_sent {
        ("button button--wide", "Send another code")
    } else {
        ("button button--primary button--wide", "Email me a code")
    };
    view! {
        {code}
        <form action=context.href(CONFIRM) method="post">
            {hidden("mail", &fields.next)}
            <button class=class type="submit">{label}</button>
        </form>
    }
    .into_any()
}
