//! The page of email domains: each with its state, the record to set, and the connections that use it.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::{access::Principal, sso::email_domain::EmailDomain};
use time::OffsetDateTime;

use super::{
    super::{
        setup::{COPY_SCRIPT, copy_field},
        tabs::{Part, head},
    },
    PATH,
};
use crate::{
    admin::domain_card::{self, Standing, problem},
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
    pub(super) typed: String,
    pub(super) errors: FieldErrors,
    /// The domain that the last form was about.
    pub(super) open: String,
}

pub(super) fn render(
    context: &RequestContext,
    person: &Principal,
    status: StatusCode,
    domains: &[EmailDomain],
    draft: &Draft,
) -> Response {
    page(context, Head::new("Email domains").with_status(status).with_script(COPY_SCRIPT), || {
        let now = context.services.ambient.now();
        let cards = domains.iter().map(|domain| card(context, domain, &draft.open, now)).collect_view();
        let lead = "An identity provider speaks only for addresses at domains that are proven to be yours.";
        let content = view! {
            {head(context, Part::Domains, lead)}
            <div class="stack">
                {summary(&draft.errors)}
                {domains.is_empty().then(none)}
                {cards}
                {add_form(context, draft)}
            </div>
        };
        frame(context, person, Section::Sso, false, content)
    })
}

fn none() -> AnyView {
    view! {
        <div class="empty">
            <Icon name="mail" />
            <h2>"No email domains yet"</h2>
            <p>
                "Add what stands behind the @ of your company’s addresses, and prove that it is yours. Then the sign-in page can lead people to their provider by their address, and those who have an account here are recognised."
            </p>
        </div>
    }
    .into_any()
}

fn card(context: &RequestContext, domain: &EmailDomain, open: &str, now: OffsetDateTime) -> AnyView {
    let name = domain.domain.as_str().to_owned();
    let is_proven = domain.verified_at.is_some();
    let state = match (is_proven, domain.problem().is_some()) {
        (true, false) => (Standing::Good, "Proven"),
        (true, true) => (Standing::Waiting, "Proven, record missing"),
        (false, _) => (Standing::Waiting, "Waiting for proof"),
    };
    let proof = proof(domain);
    let proof = if is_proven && domain.challenge.is_some() {
        let is_open = open == name;
        view! { <details class="disclosure" open=is_open><summary>"DNS record of this domain"</summary>{proof}</details> }
            .into_any()
    } else {
        proof
    };
    let gone =
        ["The record is gone since ", ". If it is not back after three days, the domain does not count any more."];
    let body = view! {
        {problem(domain.problem(), domain.failing_since, gone, now)}
        {proof}
        {is_proven.then(|| connections(context, domain))}
        {actions(context, domain)}
        {checks(domain, now)}
    };
    domain_card::card(&name, domain.domain.in_unicode(), state, None, body.into_any())
}

/// The record that proves the domain.
fn proof(domain: &EmailDomain) -> AnyView {
    let Some(challenge) = &domain.challenge else {
        return view! { <p class="domain__meta">"The operator of this service vouched for this domain."</p> }
            .into_any();
    };
    let name = domain.domain.as_str();
    let words = if domain.verified_at.is_some() {
        "It proves that the domain is yours. Leave it there: it is looked for again every week."
    } else {
        "Prove that the domain is yours: set this TXT record where its DNS is kept. It changes nothing about your mail."
    };
    view! {
        <div class="stack">
            <p>{words}</p>
            {copy_field(&format!("{name}-record"), "Name of the TXT record", &challenge.record)}
            {copy_field(&format!("{name}-value"), "Value of the TXT record", &challenge.value)}
        </div>
    }
    .into_any()
}

/// Which connections speak for it.
fn connections(context: &RequestContext, domain: &EmailDomain) -> AnyView {
    if domain.connections.is_empty() {
        return view! {
            <p>"No connection uses it yet. Choose it on the page “People” of a "<a href=context.href("/admin/sso")>"connection"</a>"."</p>
        }
        .into_any();
    }
    let items = domain
        .connections
        .iter()
        .map(|(id, name)| {
            view! { <li><a href=context.href(&format!("/admin/sso/{id}/people"))>{name.clone()}</a></li> }
        })
        .collect_view();
    view! {
        <p>"Connections that speak for it:"</p>
        <ul class="bullets">{items}</ul>
    }
    .into_any()
}

fn actions(context: &RequestContext, domain: &EmailDomain) -> AnyView {
    let name = domain.domain.as_str().to_owned();
    let of = format!(" {name}");
    let class = if domain.verified_at.is_some() { "button" } else { "button button--primary" };
    let check = domain.challenge.is_some().then(|| {
        view! {
            <form action=context.href(PATH) method="post">
                <input type="hidden" name="intent" value="check" />
                <input type="hidden" name="domain" value=name.clone() />
                <button class=class type="submit">"Check now" <span class="visually-hidden">{of.clone()}</span></button>
            </form>
        }
    });
    let query = query_string(&[("domain", name.clone())]);
    view! {
        <div class="button-row">
            {check}
            <a class="button button--quiet" href=context.href(&format!("{PATH}/remove{query}"))>
                "Remove" <span class="visually-hidden">{of.clone()}</span>
            </a>
        </div>
    }
    .into_any()
}

fn checks(domain: &EmailDomain, now: OffsetDateTime) -> AnyView {
    let last = domain.checked_at.map(|at| view! { "Last checked " <Ago at=at now=now /> "." });
    view! { <p class="domain__meta">{last}</p> }.into_any()
}

fn add_form(context: &RequestContext, draft: &Draft) -> AnyView {
    view! {
        <section class="card stack" aria-labelledby="add-domain">
            <h2 id="add-domain">"Add an email domain"</h2>
            <form class="form" action=context.href(PATH) method="post">
                <input type="hidden" name="intent" value="add" />
                <TextField
                    id="domain"
                    label="Domain"
                    value=&draft.typed
                    errors=&draft.errors
                    maxlength=300
                    help="What stands behind the @ of your addresses, such as example.com. Each domain by itself: example.com does not stand for mail.example.com."
                />
                <div class="button-row"><button class="button button--primary" type="submit">"Add domain"</button></div>
            </form>
        </section>
    }
    .into_any()
}
