//! The page of a workspace's domains: each with its state, the records to set, and what can be done with it.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{
    access::Principal,
    plan::Limit,
    tenancy::{
        Tenant,
        domains::{Destination, DomainName, Leads, OwnDomain},
    },
};
use time::OffsetDateTime;

use super::{
    domain_card::{self, Standing, problem},
    plan::room,
};
use crate::{
    context::RequestContext,
    routes::query_string,
    ui::{
        FieldErrors, Head, Icon,
        form::{TextField, summary},
        frame::{Section, frame},
        page,
        time::Ago,
    },
};

/// What was typed, and what is wrong with it.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) host: String,
    pub(super) errors: FieldErrors,
    pub(super) doubt: Option<Doubt>,
}

/// A domain that is to be the main address, and does not seem to lead here.
pub(super) struct Doubt {
    pub(super) host: DomainName,
    pub(super) leads: Option<Leads>,
}

/// What the page shows.
pub(super) struct Shown {
    pub(super) domains: Vec<OwnDomain>,
    pub(super) draft: Draft,
    /// The domain that the last form was about.
    pub(super) open: String,
}

pub(super) fn render(
    context: &RequestContext,
    person: &Principal,
    tenant: &Tenant,
    status: StatusCode,
    shown: &Shown,
) -> Response {
    page(context, Head::new("Domains").with_status(status), || {
        let destination = context.services.domains.destination(&tenant.slug);
        let now = context.services.ambient.now();
        let cards = shown.domains.iter().map(|domain| card(context, domain, &destination, shown, now)).collect_view();
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Domains"</h1>
                <p class="page__lead">"The addresses at which people reach this workspace."</p>
            </div>
            <div class="stack">
                {summary(&shown.draft.errors)}
                {shown.draft.doubt.as_ref().map(|doubt| doubt_notice(context, doubt))}
                {room(context, person, Limit::CustomDomains, i64::try_from(shown.domains.len()).unwrap_or(i64::MAX))}
                {main_address(context, tenant, &shown.domains)}
                {cards}
                {add_form(context, &shown.draft)}
            </div>
        };
        frame(context, person, Section::Domains, false, content)
    })
}

fn main_address(context: &RequestContext, tenant: &Tenant, domains: &[OwnDomain]) -> AnyView {
    let public = context.public();
    let primary = domains.iter().find(|domain| domain.is_primary);
    let own = public.tenant(&tenant.slug);
    let main = primary.map_or_else(|| own.clone(), |domain| public.domain(domain.host.as_str()));
    let is_here =
        main.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(&context.authority));
    let words = if primary.is_some() {
        "Links in mail lead to it, and people who open a page at another address are led there. Each address has its \
         own sign-in: people sign in again where they were not before, and passkeys belong to the address at which \
         they were made."
    } else {
        "Links in mail lead to it. Your domains in service answer as well; make one of them the main address to lead \
         everybody there."
    };
    let elsewhere = (primary.is_some() && !is_here).then(|| {
        view! {
            <p>
                "You stay at this address for now. "
                <a href=format!("{main}/admin/domains")>{format!("Open {main}")}</a>
            </p>
        }
    });
    let back = primary.is_some().then(|| {
        view! {
            <form action=context.href("/admin/domains") method="post">
                <input type="hidden" name="intent" value="primary" />
                <input type="hidden" name="host" value="" />
                <button class="button" type="submit">{format!("Make {} the main address", authority(&own))}</button>
            </form>
            <p class="domain__meta">
                "Should the main address ever not work, sign in at "
                <code>{format!("{own}/sign-in?stay")}</code>
                ": that address then serves you for 12 hours."
            </p>
        }
    });
    view! {
        <section class="card domain" aria-labelledby="main-address">
            <h2 id="main-address">"Main address"</h2>
            <p class="domain__name"><code>{main}</code></p>
            <p>{words}</p>
            {elsewhere}
            {back}
        </section>
    }
    .into_any()
}

fn authority(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, authority)| authority)
}

fn card(
    context: &RequestContext,
    domain: &OwnDomain,
    destination: &Destination,
    shown: &Shown,
    now: OffsetDateTime,
) -> AnyView {
    let host = domain.host.as_str().to_owned();
    let is_open = shown.open == host;
    let state = match (domain.verified_at, domain.failing_since) {
        (Some(_), None) => (Standing::Good, "In service"),
        (Some(_), Some(_)) => (Standing::Waiting, "In service, proof missing"),
        (None, _) => (Standing::Waiting, "Waiting for proof"),
    };
    let records = view! {
        {proof(domain)}
        {traffic(domain, destination)}
    };
    let records = if domain.verified_at.is_some() {
        let summary = "DNS records of this domain";
        view! { <details class="disclosure" open=is_open><summary>{summary}</summary><div class="stack">{records}</div></details> }
            .into_any()
    } else {
        records.into_any()
    };
    let gone =
        ["The proof is gone since ", ". If it is not back after three days, the domain is taken out of service."];
    let body = view! {
        {problem(domain.problem(), domain.failing_since, gone, now)}
        {records}
        {actions(context, domain)}
        {checks(domain, now)}
    };
    let badge = domain.is_primary.then_some("Main address");
    domain_card::card(&host, domain.host.in_unicode(), state, badge, body.into_any())
}

/// The record that proves the domain.
fn proof(domain: &OwnDomain) -> AnyView {
    let Some(challenge) = &domain.challenge else {
        return view! { <p class="domain__meta">"The operator of this service vouched for this domain."</p> }
            .into_any();
    };
    let words = if domain.verified_at.is_some() {
        "It proves that the domain is yours. Leave it there: it is looked for again every day."
    } else {
        "Prove that the domain is yours: set this record where its DNS is kept."
    };
    view! {
        <div class="stack">
            <p>{words}</p>
            {record("TXT", &challenge.record, &challenge.value)}
        </div>
    }
    .into_any()
}

/// The records that lead people here, and whether they do.
fn traffic(domain: &OwnDomain, destination: &Destination) -> AnyView {
    let host = domain.host.as_str();
    let addresses = destination
        .addresses
        .iter()
        .map(|address| record(if address.is_ipv4() { "A" } else { "AAAA" }, host, &address.to_string()))
        .collect_view();
    let or_addresses = (!destination.addresses.is_empty()).then(|| {
        view! {
            <p>"A domain that can have no CNAME, such as the one that you registered itself, takes these instead:"</p>
            {addresses}
        }
    });
    let leads = match &domain.leads {
        Some(Leads::Here) => format!("As of the last check, {host} leads here."),
        Some(Leads::Elsewhere(to)) => {
            format!(
                "As of the last check, {host} leads to {to}, which is not here. Behind a proxy of your own that is right."
            )
        }
        Some(Leads::Nowhere) => format!("As of the last check, {host} leads nowhere."),
        None => format!("Where {host} leads is not known yet."),
    };
    view! {
        <div class="stack">
            <p>"Lead people here:"</p>
            {record("CNAME", host, &destination.name)}
            {or_addresses}
            <p class="domain__meta">{leads}</p>
        </div>
    }
    .into_any()
}

fn record(kind: &'static str, name: &str, value: &str) -> AnyView {
    view! {
        <dl class="dns-record">
            <dt>"Type"</dt>
            <dd>{kind}</dd>
            <dt>"Name"</dt>
            <dd><code>{name.to_owned()}</code></dd>
            <dt>"Value"</dt>
            <dd><code>{value.to_owned()}</code></dd>
        </dl>
    }
    .into_any()
}

fn actions(context: &RequestContext, domain: &OwnDomain) -> AnyView {
    let host = domain.host.as_str().to_owned();
    let of = format!(" {host}");
    let button = |intent: &'static str, words: &'static str, class: &'static str| {
        view! {
            <form action=context.href("/admin/domains") method="post">
                <input type="hidden" name="intent" value=intent />
                <input type="hidden" name="host" value=host.clone() />
                <button class=class type="submit">{words} <span class="visually-hidden">{of.clone()}</span></button>
            </form>
        }
    };
    let is_pending = domain.verified_at.is_none();
    let check_class = if is_pending { "button button--primary" } else { "button" };
    let check = domain.challenge.is_some().then(|| button("check", "Check now", check_class));
    let primary = (!is_pending && !domain.is_primary).then(|| button("primary", "Make main address", "button"));
    let query = query_string(&[("host", host.clone())]);
    let open = (!is_pending).then(|| view! { <a class="button button--quiet" href=context.public().domain(&host)>"Open" <span class="visually-hidden">{of.clone()}</span></a> });
    view! {
        <div class="button-row">
            {check}
            {primary}
            {open}
            <a class="button button--quiet" href=context.href(&format!("/admin/domains/remove{query}"))>
                "Remove" <span class="visually-hidden">{of}</span>
            </a>
        </div>
    }
    .into_any()
}

fn checks(domain: &OwnDomain, now: OffsetDateTime) -> AnyView {
    let last = domain.checked_at.map(|at| view! { "Last checked " <Ago at=at now=now /> ". " });
    let next = match (&domain.challenge, domain.verified_at, domain.next_check_at) {
        (None, ..) => "",
        (_, None, Some(_)) => "It is checked by itself too, often at first.",
        (_, None, None) => "It is not checked by itself any more.",
        (_, Some(_), _) => "It is checked again every day.",
    };
    view! { <p class="domain__meta">{last} {next}</p> }.into_any()
}

fn doubt_notice(context: &RequestContext, doubt: &Doubt) -> AnyView {
    let host = doubt.host.as_str().to_owned();
    let words = match &doubt.leads {
        Some(Leads::Elsewhere(to)) => format!("{host} leads to {to}, which is not here."),
        Some(Leads::Nowhere) => format!("{host} leads nowhere yet."),
        Some(Leads::Here) | None => format!("DNS does not say where {host} leads."),
    };
    view! {
        <div class="notice notice--warning" role="alert" tabindex="-1" id="doubt">
            <Icon name="triangle-alert" />
            <h2 class="notice__title">{words}</h2>
            <p>
                "As the main address it would take everybody to a place that may not answer. Set its records first. "
                "If it comes through a proxy of your own and you have seen it work, go on."
            </p>
            <form action=context.href("/admin/domains") method="post">
                <input type="hidden" name="intent" value="primary" />
                <input type="hidden" name="host" value=host.clone() />
                <input type="hidden" name="anyway" value="true" />
                <button class="button" type="submit">{format!("Make {host} the main address all the same")}</button>
            </form>
        </div>
    }
    .into_any()
}

fn add_form(context: &RequestContext, draft: &Draft) -> AnyView {
    view! {
        <section class="card stack" aria-labelledby="add-domain">
            <h2 id="add-domain">"Add a domain"</h2>
            <form class="form" action=context.href("/admin/domains") method="post">
                <input type="hidden" name="intent" value="add" />
                <TextField
                    id="host"
                    label="Domain"
                    value=&draft.host
                    errors=&draft.errors
                    maxlength=300
                    help="One that you have registered, or a name under it, such as help.example.com."
                />
                <div class="button-row"><button class="button button--primary" type="submit">"Add domain"</button></div>
            </form>
        </section>
    }
    .into_any()
}
