//! Step 4: switching a connection on or off, and what that means.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::sso::{
    Connection,
    connection::{self, ConnectionError},
    removal::{self, Dependents},
    setup_link,
};
use serde::Deserialize;

use super::{
    super::in_words::{is_required, people},
    door::{Door, Seat, Stop},
    link_frame,
    page::{self, Typed},
    values::{SCRIPT, field, sign_in_link},
};
use crate::{
    context::RequestContext,
    error::PageError,
    routes::see_other_with,
    ui::{Head, Icon, document, flash::Flash, time::number},
};

/// What is done.
#[derive(Deserialize)]
pub(super) struct Switch {
    #[serde(default)]
    intent: String,
    /// The [`version`](Connection::version) that the page showed.
    #[serde(default)]
    version: String,
}

/// Why it cannot be switched on, where it cannot.
const UNTESTED: &str = "It can be switched on once a test has passed with the settings as they are now: see step 3.";

pub(super) fn section(context: &RequestContext, connection: &Connection, seat: &Seat, domains: &[String]) -> AnyView {
    let switch = context.href(&format!("{}/switch", seat.home(connection)));
    let body = if connection.is_on() {
        view! {
            <p class="wizard__done">
                <Icon name="circle-check" />
                <span>"It is on: people sign in by it."</span>
            </p>
            {meaning(context, connection, seat, domains)}
            {vouch(context, connection, seat)}
            {link(connection)}
            {seat.is_admin().then(|| view! {
                <div class="button-row"><a class="button button--danger" href=switch>"Switch off…"</a></div>
            })}
        }
        .into_any()
    } else {
        view! {
            {meaning(context, connection, seat, domains)}
            {link(connection)}
            {on_form(&switch, connection)}
        }
        .into_any()
    };
    view! {
        <section class="card wizard__step" id="switch" aria-labelledby="switch-title">
            <h2 id="switch-title">"4. Switch on"</h2>
            {body}
        </section>
    }
    .into_any()
}

fn on_form(switch: &str, connection: &Connection) -> AnyView {
    let is_tested = connection.is_tested();
    let why = (!is_tested).then(|| view! { <p class="muted" id="switch-why">{UNTESTED}</p> });
    view! {
        {why}
        <form action=switch.to_owned() method="post">
            <input type="hidden" name="intent" value="on" />
            <input type="hidden" name="version" value=connection.version().to_string() />
            <button
                class="button button--primary"
                type="submit"
                disabled=!is_tested
                aria-describedby=(!is_tested).then_some("switch-why")
            >
                {format!("Switch {} on", connection.name)}
            </button>
        </form>
    }
    .into_any()
}

/// An owner can vouch for what somebody else switched on or changed.
fn vouch(context: &RequestContext, connection: &Connection, seat: &Seat) -> AnyView {
    if connection.vouched_by_owner || !seat.is_owner() || !seat.is_admin() || !connection.is_tested() {
        return ().into_any();
    }
    let switch = context.href(&format!("{}/switch", seat.home(connection)));
    view! {
        <form action=switch method="post">
            <input type="hidden" name="intent" value="on" />
            <input type="hidden" name="version" value=connection.version().to_string() />
            <button class="button" type="submit">"Let owners sign in by it"</button>
        </form>
    }
    .into_any()
}

fn meaning(context: &RequestContext, connection: &Connection, seat: &Seat, domains: &[String]) -> AnyView {
    let manage = |words: &'static str, path: String| {
        seat.is_admin().then(|| view! { " " <a href=context.href(&path)>{words}</a> })
    };
    let who = if domains.is_empty() {
        "No proven email domain is tied to it. Until one is, only people who connected their account with it themselves can sign in.".to_owned()
    } else {
        format!("It vouches for addresses in {}: people with such an address sign in by it.", domains.join(", "))
    };
    let accounts = if connection.admitting.creates_accounts {
        "Whoever has no account gets one when they first sign in."
    } else {
        "Whoever has no account stays out."
    };
    let owners = match (connection.is_on(), connection.vouched_by_owner, seat.is_owner()) {
        (true, true, _) => "Owners can sign in by it too, because an owner switched it on as it is now.",
        (true, false, _) => {
            "Owners can sign in by it only once they have connected their own account, because no owner switched it on as it is now."
        }
        (false, _, true) => "Owners can sign in by it too, because an owner switches it on.",
        (false, _, false) => {
            "Until an owner switches it on, owners can sign in by it only once they have connected their own account: whoever controls the provider could be them."
        }
    };
    view! {
        <ul class="bullets">
            <li>{who} {manage("Email domains", "/admin/sso/domains".to_owned())}</li>
            <li>
                {accounts}
                {manage("What people become", format!("/admin/sso/{}/people", connection.id))}
            </li>
            <li>{owners}</li>
            <li>
                "Passwords, passkeys and links by mail go on working, unless the sign-in policy requires single sign-on."
                {manage("Sign-in policy", "/admin/security".to_owned())}
            </li>
        </ul>
    }
    .into_any()
}

fn link(connection: &Connection) -> AnyView {
    view! {
        <p class="field__help">
            "The sign-in page shows a button for it, or finds it by the address that people type. This link leads straight to the provider, for a bookmark or a page of applications:"
        </p>
        {field("straight", "Sign-in link", &sign_in_link(connection))}
    }
    .into_any()
}

/// The page that asks before a connection is switched off, or on, where that is come back to.
pub(super) async fn show(context: &RequestContext, mut door: Door, connection: &Connection) -> Result<Response, Stop> {
    if connection.is_on() && door.link().is_some() {
        return Err(PageError::NotFound.into());
    }
    let domains = connection::domains(door.tx(), connection.id).await?;
    let dependents = removal::dependents(door.tx(), connection.id).await?;
    let seat = door.commit().await?;
    let home = context.href(&seat.home(connection));
    let switch = format!("{home}/switch");
    let title = format!("Switch {} {}", connection.name, if connection.is_on() { "off" } else { "on" });
    let head = Head::new(title.clone());
    let head = if seat.is_admin() { head } else { head.without_islands() };
    Ok(document::page(context, head, || {
        let body = if connection.is_on() {
            off_form(context, &switch, &home, connection, dependents)
        } else {
            view! { {meaning(context, connection, &seat, &domains)} {on_form(&switch, connection)} }.into_any()
        };
        let content = view! {
            <section class="card wizard__step" aria-labelledby="switch-title">
                <h2 id="switch-title">{title.clone()}</h2>
                {body}
            </section>
        };
        seat.frame(context, connection, content.into_any())
    }))
}

fn off_form(
    context: &RequestContext,
    switch: &str,
    home: &str,
    connection: &Connection,
    dependents: Dependents,
) -> AnyView {
    let who = match (dependents.people, dependents.only_here) {
        (0, _) => "Nobody has signed in by it so far.".to_owned(),
        (count, 0) => format!("{} signed in by it. All of them have another way to sign in.", people(count)),
        (count, only) => format!(
            "{} signed in by it. {} of them {} neither a password nor a passkey nor another connection here: they can \
             then sign in only with a link by mail, where the sign-in policy allows it.",
            people(count),
            number(only),
            if only == 1 { "has" } else { "have" }
        ),
    };
    view! {
        {is_required(context, dependents)}
        <p>{who}</p>
        <p>"Who is signed in stays so. The settings are kept, and you can switch it on again."</p>
        <form action=switch.to_owned() method="post">
            <input type="hidden" name="intent" value="off" />
            <div class="button-row">
                <button class="button button--danger" type="submit">{format!("Switch {} off", connection.name)}</button>
                <a class="button" href=home.to_owned()>"Keep it on"</a>
            </div>
        </form>
    }
    .into_any()
}

/// Switches a connection. A link that switched its connection on has served its purpose.
pub(super) async fn submit(
    context: &RequestContext,
    mut door: Door,
    connection: &Connection,
    switch: &Switch,
) -> Result<Response, Stop> {
    let to = match switch.intent.as_str() {
        // A form without a version showed none.
        "on" => connection::Switch::On(switch.version.parse().unwrap_or_default()),
        // A link is for setting up.
        "off" if door.link().is_none() => connection::Switch::Off,
        "off" => return Err(PageError::NotFound.into()),
        _ => return Err(PageError::BadRequest("The form does not say on or off.".to_owned()).into()),
    };
    let on = to != connection::Switch::Off;
    match connection::switch(&mut door.editor(), &context.scribe(), connection.id, to).await {
        Ok(()) => {}
        Err(error) => {
            let words = match &error {
                // The button is disabled then: somebody changed the settings meanwhile.
                ConnectionError::NotTested => UNTESTED.to_owned(),
                ConnectionError::Changed | ConnectionError::Required => error.to_string(),
                _ => return Err(error.into()),
            };
            let mut typed = Typed::default();
            typed.errors.add("switch", words);
            let now = door.connection(connection).await?;
            return page::render(context, door, &now, typed).await;
        }
    }
    if on && let Door::Link { permit, .. } = &mut door {
        setup_link::end(permit, &context.services.ambient).await?;
    }
    let seat = door.commit().await?;
    if on && !seat.is_admin() {
        return Ok(finished(context, connection));
    }
    let flash = if on { Flash::SsoSwitchedOn } else { Flash::SsoSwitchedOff };
    Ok(see_other_with(&context.href(&format!("{}#switch", seat.home(connection))), flash))
}

/// What somebody with a link sees last.
fn finished(context: &RequestContext, connection: &Connection) -> Response {
    let head = Head::new("Single sign-on is on").without_islands().with_script(SCRIPT);
    document::page(context, head, || {
        let title = view! { <h1>{format!("{} is on", connection.name)}</h1> };
        let content = view! {
            <div class="card stack">
                <p>"People can sign in by it from now on. Your link has served its purpose and does not work any more; thank you."</p>
                {field("straight", "Sign-in link", &sign_in_link(connection))}
                <p class="muted">"Should something have to be changed later, ask an admin of the workspace for a new link."</p>
            </div>
        };
        link_frame::wide(context, title.into_any(), content.into_any())
    })
}
