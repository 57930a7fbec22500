//! The page, its domains and its settings.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{OwnWorkspace, Principal},
    members::RoleChoice,
    sso::{Connection, connected::ConnectedPage, email_domain::EmailDomain, rules::Rule},
};
use time::OffsetDateTime;

use super::{
    super::{
        super::members::choice::{about_roles, role_options},
        tabs::{Tab, connection_head},
    },
    change::Typed,
    connected, rules,
};
use crate::{
    context::RequestContext,
    ui::{
        FieldErrors, Head, Icon,
        choice::{Checkbox, SelectField},
        form::{field_error, summary},
        frame::{Section, frame},
        page,
    },
};

/// What the page shows.
pub(super) struct Shown {
    pub(super) connection: Connection,
    pub(super) domains: Vec<EmailDomain>,
    pub(super) rules: Vec<Rule>,
    pub(super) people: ConnectedPage,
    /// Which page of the people, from 0.
    pub(super) number: i64,
    pub(super) all_roles: Vec<RoleChoice>,
    /// The roles that the person may give by a rule.
    pub(super) rule_roles: Vec<RoleChoice>,
    /// The roles that can be the one where no rule matches.
    pub(super) default_roles: Vec<RoleChoice>,
    pub(super) typed: Typed,
    pub(super) errors: FieldErrors,
    pub(super) now: OffsetDateTime,
}

impl Shown {
    /// Where the forms are sent.
    pub(super) fn action(&self, context: &RequestContext) -> String {
        context.href(&format!("/admin/sso/{}/people", self.connection.id))
    }
}

pub(super) fn render(context: &RequestContext, person: &Principal, shown: &Shown) -> Response {
    let status = if shown.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("People of {}", shown.connection.name);
    page(context, Head::new(title).with_status(status), || {
        let content = view! {
            {connection_head(context, &shown.connection, Tab::People)}
            <div class="stack">
                {summary(&shown.errors)}
                {vouching(person, &shown.connection)}
                {domains(context, shown)}
                {admitting(context, shown)}
                {rules::section(context, shown)}
                {connected::section(context, person, shown)}
            </div>
        };
        frame(context, person, Section::Sso, false, content)
    })
}

/// Whether owners come in through it, and what that depends on.
fn vouching(person: &Principal, connection: &Connection) -> AnyView {
    let words = match (connection.is_on(), connection.vouched_by_owner, person.may::<OwnWorkspace>()) {
        (false, ..) | (true, true, true) => return ().into_any(),
        (true, true, false) => {
            "Owners come in through this connection, because an owner switched it on. If you add a domain, or have it spare people the second factor, that ends until an owner switches it on again."
        }
        (true, false, false) => {
            "No owner has switched this connection on as it is now, so it lets no owner in. An owner does that on the page “Set-up”."
        }
        (true, false, true) => {
            "No owner has switched this connection on as it is now, so it lets no owner in. Look through it, and switch it off and on again on the page “Set-up”."
        }
    };
    view! { <div class="notice"><Icon name="info" /><p>{words}</p></div> }.into_any()
}

fn domains(context: &RequestContext, shown: &Shown) -> AnyView {
    let id = shown.connection.id;
    let is_tied = |domain: &EmailDomain| domain.connections.iter().any(|(tied, _)| *tied == id);
    let boxes: Vec<_> = shown
        .domains
        .iter()
        .filter(|domain| domain.verified_at.is_some() || is_tied(domain))
        .map(|domain| {
            let name = domain.domain.as_str();
            let checked = match &shown.typed.domains {
                Some(ticked) => ticked.iter().any(|ticked| ticked == name),
                None => is_tied(domain),
            };
            let help = if domain.verified_at.is_some() { "" } else { "Not proven any more: it counts for nothing." };
            view! {
                <Checkbox
                    id=format!("domain-{name}")
                    name="domain"
                    value=name.to_owned()
                    label=name.to_owned()
                    help=help
                    checked=checked
                />
            }
        })
        .collect();
    let error = shown.errors.of("domains");
    let described = error.is_some().then_some("domains-error");
    let body = if boxes.is_empty() {
        view! {
            <p>"No email domain is proven to be yours yet. Until one is, people come in only if this connection has seen them before."</p>
            <div class="button-row"><a class="button" href=context.href("/admin/sso/domains")>"Add an email domain"</a></div>
        }
        .into_any()
    } else {
        view! {
            <form class="form" action=shown.action(context) method="post">
                <input type="hidden" name="intent" value="domains" />
                <fieldset class="fieldset" id="domains" tabindex="-1" aria-describedby=described>
                    <legend>"Domains it speaks for"</legend>
                    {boxes.into_iter().collect_view()}
                    {field_error("domains", error)}
                </fieldset>
                <div class="button-row">
                    <button class="button button--primary" type="submit">"Save domains"</button>
                    <a class="button button--quiet" href=context.href("/admin/sso/domains")>"Email domains"</a>
                </div>
            </form>
        }
        .into_any()
    };
    view! {
        <section class="card stack" aria-labelledby="domains-title">
            <h2 id="domains-title">"Email domains"</h2>
            <p>"Somebody new gets an account, or the one that has their address, only with an address at one of these domains."</p>
            {body}
        </section>
    }
    .into_any()
}

fn admitting(context: &RequestContext, shown: &Shown) -> AnyView {
    let admitting = shown.typed.admitting.as_ref().unwrap_or(&shown.connection.admitting);
    let default_role = admitting.default_role.to_string();
    let tick = |name: &'static str, label: &str, help: &'static str, checked: bool| {
        view! {
            <Checkbox
                id=name.to_owned()
                name=name
                value="on".to_owned()
                label=label.to_owned()
                help=help
                checked=checked
            />
        }
    };
    view! {
        <section class="card stack" aria-labelledby="admitting-title">
            <h2 id="admitting-title">"Who comes in, and as what"</h2>
            <form class="form" action=shown.action(context) method="post">
                <input type="hidden" name="intent" value="admitting" />
                {tick("show_button", "Button on the sign-in page", "Without it, people come by their address, by a link with the short name, or from the provider.", admitting.show_button)}
                {tick("creates_accounts", "People without an account get one", "At their first sign-in, with an address at one of the domains above. Otherwise they have to be invited.", admitting.creates_accounts)}
                <SelectField
                    id="default_role"
                    label="Role where no rule says another"
                    options=role_options(&shown.default_roles)
                    value=&default_role
                    errors=&shown.errors
                />
                {tick("applies_roles", "The rules hold at each sign-in", "Then roles are kept at the provider, and what is changed here holds until the next sign-in. Otherwise they hold once, when an account is made.", admitting.applies_roles)}
                {tick("trusts_second_factor", "The provider asks for a second factor", "Then none is asked for here.", admitting.trusts_second_factor)}
                {about_roles(&shown.default_roles)}
                <div class="button-row"><button class="button button--primary" type="submit">"Save settings"</button></div>
            </form>
        </section>
    }
    .into_any()
}
