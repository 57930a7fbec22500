//! The set-up page: four steps, one under the other.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::sso::{
    Connection, Protocol, connection,
    setup_link::{self, SetupLink},
    trace::{self, TraceLine},
};

use super::{
    super::{
        main_address,
        naming::{self, Naming},
    },
    door::{Door, Seat, Stop},
    instructions, links,
    metadata::{Metadata, OtherProvider},
    oidc::OidcFields,
    oidc_view,
    options::OptionFields,
    provider::ProviderFields,
    saml_view, switching, trying,
    values::{self, SCRIPT},
};
use crate::{
    account::{CONFIRM, leading_back},
    context::RequestContext,
    routes::see_other_with,
    ui::{FieldErrors, Head, Icon, flash::Flash, form::summary, page},
};

/// Tests on the page.
const TESTS: i64 = 3;

/// What was typed into one of the page's forms, and what is wrong with it.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) errors: FieldErrors,
    pub(super) oidc: Option<OidcFields>,
    pub(super) metadata: Option<Metadata>,
    pub(super) other_provider: Option<OtherProvider>,
    pub(super) provider: Option<ProviderFields>,
    pub(super) certificate: String,
    pub(super) options: Option<OptionFields>,
    pub(super) naming: Option<Naming>,
    /// Whether credentials have to be shown before this is saved.
    pub(super) is_unconfirmed: bool,
}

impl Typed {
    /// Whether the change waits for credentials: what was typed stays on the page meanwhile.
    pub(super) fn refuse_unconfirmed(
        &mut self,
        context: &RequestContext,
        door: &Door,
        connection: &Connection,
    ) -> bool {
        if !door.must_confirm(context, connection) {
            return false;
        }
        self.is_unconfirmed = true;
        self.errors.add("confirm", "Confirm that it is you, and then save again.");
        true
    }
}

/// What the page shows.
struct Shown {
    domains: Vec<String>,
    tests: Vec<TraceLine>,
    links: Vec<SetupLink>,
    seat: Seat,
    typed: Typed,
}

/// The page after something was saved.
pub(super) async fn saved(context: &RequestContext, door: Door, connection: &Connection) -> Result<Response, Stop> {
    let home = door.commit().await?.home(connection);
    Ok(see_other_with(&context.href(&format!("{home}#try")), Flash::SsoConnectionSaved))
}

/// The page, with what was typed.
pub(super) async fn render(
    context: &RequestContext,
    mut door: Door,
    connection: &Connection,
    typed: Typed,
) -> Result<Response, Stop> {
    let by = door.link();
    let tx = door.tx();
    let domains = connection::domains(tx, connection.id).await?;
    let tests = trace::tests(tx, connection.id, by, TESTS).await?;
    let links = match by {
        None => setup_link::list(tx, &context.services.ambient, connection.id).await?,
        Some(_) => Vec::new(),
    };
    let main = main_address(context)?;
    let seat = door.commit().await?;
    let status = if typed.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let head = Head::new(format!("Set up {}", connection.name)).with_status(status).with_script(SCRIPT);
    let head = if seat.is_admin() { head } else { head.without_islands() };
    let shown = Shown { domains, tests, links, seat, typed };
    Ok(page(context, head, || {
        let content = content(context, connection, &main, &shown);
        shown.seat.frame(context, connection, content)
    }))
}

fn content(context: &RequestContext, connection: &Connection, main: &str, shown: &Shown) -> AnyView {
    let (seat, typed) = (&shown.seat, &shown.typed);
    let home = seat.home(connection);
    let place = instructions::place(connection.provider);
    let form = match &connection.protocol {
        Protocol::Oidc(settings) => oidc_view::form(context, &home, connection, settings, typed),
        Protocol::Saml(settings) => saml_view::forms(context, &home, connection, settings, typed),
    };
    let admin = seat.is_admin().then(|| {
        view! {
            {links::section(context, connection, &shown.links)}
            {name_form(context, &home, connection, typed)}
        }
    });
    view! {
        <div class="wizard">
            {summary(&typed.errors)}
            {typed.is_unconfirmed.then(|| confirm(context, &home))}
            {moved(context, connection, main, seat)}
            <section class="card wizard__step" id="provider" aria-labelledby="provider-title">
                <h2 id="provider-title">{format!("1. At {place}")}</h2>
                {instructions::list(connection)}
                {values::all(connection)}
            </section>
            <section class="card wizard__step" id="here" aria-labelledby="here-title">
                <h2 id="here-title">"2. In this workspace"</h2>
                {form}
            </section>
            {trying::section(context, connection, seat, &shown.domains, &shown.tests)}
            {switching::section(context, connection, seat, &shown.domains)}
            {admin}
        </div>
    }
    .into_any()
}

fn confirm(context: &RequestContext, home: &str) -> AnyView {
    let href = leading_back(context, CONFIRM, home);
    view! {
        <div class="notice notice--warning" id="confirm" tabindex="-1">
            <Icon name="lock" />
            <p class="notice__title">"The connection is on, so this decides at once who gets in"</p>
            <p>
                <a href=href target="_blank" rel="noopener">"Confirm that it is you"</a>
                " (in a new tab), then come back here and save again. What you typed stays, except secrets and files."
            </p>
        </div>
    }
    .into_any()
}

/// The provider was told addresses that are not the main ones any more.
fn moved(context: &RequestContext, connection: &Connection, main: &str, seat: &Seat) -> AnyView {
    if connection.base_url == main {
        return ().into_any();
    }
    let form = seat.is_admin().then(|| {
        view! {
            <form action=context.href(&seat.home(connection)) method="post">
                <input type="hidden" name="intent" value="use-main-address" />
                <button class="button" type="submit">"Use the main address"</button>
            </form>
        }
    });
    view! {
        <div class="notice notice--warning" id="address" tabindex="-1">
            <Icon name="globe" />
            <p class="notice__title">{format!("This connection is at {}, and the main address is {main}", connection.base_url)}</p>
            <p>
                "It goes on working as long as the old address answers. To move it, tell the provider the new addresses, which step 1 then shows, and test it again."
            </p>
            {form}
        </div>
    }
    .into_any()
}

fn name_form(context: &RequestContext, home: &str, connection: &Connection, typed: &Typed) -> AnyView {
    let saved = Naming { name: connection.name.clone(), hint: connection.hint.clone() };
    let naming = typed.naming.as_ref().unwrap_or(&saved);
    view! {
        <section class="card wizard__step" id="naming" aria-labelledby="naming-title">
            <h2 id="naming-title">"Name"</h2>
            <form class="form" action=context.href(home) method="post">
                <input type="hidden" name="intent" value="rename" />
                {naming::fields(naming, &typed.errors)}
                <div class="button-row">
                    <button class="button" type="submit">"Save name"</button>
                    <a class="button button--danger" href=context.href(&format!("{home}/delete"))>
                        <Icon name="trash" />
                        "Delete…"
                    </a>
                </div>
            </form>
        </section>
    }
    .into_any()
}
