//! `GET /admin/sso`: the connections of a workspace.

use std::collections::HashMap;

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::{
    access::ManageSso,
    plan::Feature,
    sso::{
        Connection, ConnectionId, Protocol, connection,
        overview::{self, Overview},
    },
};
use time::OffsetDateTime;

use super::{
    in_words::{certificates, end_of},
    tabs::{Part, head, state_badge},
};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    ui::{
        Head, Icon,
        frame::{Section, frame},
        page,
        time::Ago,
    },
};

pub(super) async fn show(context: Context, Allowed(mut permit): Allowed<ManageSso>) -> Result<Response, PageError> {
    let connections = connection::list(&mut permit).await?;
    let about = overview::all(&mut permit).await?;
    let person = permit.commit().await?;
    Ok(page(&context, Head::new("Single sign-on"), || {
        let lead = "People sign in with the accounts that their company gave them, at its own identity provider.";
        let body = if connections.is_empty() { none(&context) } else { table(&context, &connections, &about) };
        let content = view! {
            {head(&context, Part::Connections, lead)}
            <div class="stack">
                {crate::admin::plan::missing(&context, Feature::Sso)}
                {body}
            </div>
        };
        frame(&context, &person, Section::Sso, false, content)
    }))
}

fn none(context: &RequestContext) -> AnyView {
    view! {
        <div class="empty">
            <Icon name="key" />
            <h2>"No connections yet"</h2>
            <p>
                "With single sign-on, people need no password here: they sign in where they sign in for everything else, and whoever leaves the company can no longer come in."
            </p>
            <ol class="wizard__plan">
                <li>
                    <a href=context.href("/admin/sso/domains")>"Prove your email domain"</a>
                    ", so that a connection may vouch for addresses in it."
                </li>
                <li>"Add a connection to Okta, Microsoft Entra ID, Google Workspace, Keycloak, Auth0 or another provider."</li>
                <li>"Test it with your own account, before anybody else notices."</li>
                <li>"Switch it on."</li>
            </ol>
            <div class="button-row">
                <a class="button button--primary" href=context.href("/admin/sso/new")>
                    <Icon name="plus" />
                    "Add a connection"
                </a>
            </div>
        </div>
    }
    .into_any()
}

fn table(context: &RequestContext, connections: &[Connection], about: &HashMap<ConnectionId, Overview>) -> AnyView {
    let now = context.services.ambient.now();
    let nothing = Overview::default();
    let rows = connections
        .iter()
        .map(|connection| row(context, connection, about.get(&connection.id).unwrap_or(&nothing), now))
        .collect_view();
    view! {
        <div class="toolbar">
            <a class="button button--primary" href=context.href("/admin/sso/new")>
                <Icon name="plus" />
                "Add a connection"
            </a>
        </div>
        <table class="data-table connections">
            <caption class="visually-hidden">"Connections of this workspace"</caption>
            <thead>
                <tr>
                    <th scope="col">"Connection"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"Email domains"</th>
                    <th scope="col">"Certificate"</th>
                    <th scope="col" class="is-end">"Last sign-in"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(context: &RequestContext, connection: &Connection, about: &Overview, now: OffsetDateTime) -> AnyView {
    let href = context.href(&format!("/admin/sso/{}", connection.id));
    let domains = if about.domains.is_empty() { "None yet".to_owned() } else { about.domains.join(", ") };
    let last = match about.last_sign_in_at {
        Some(at) => view! { <Ago at=at now=now /> }.into_any(),
        None => "Never".into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                <a href=href>{connection.name.clone()}</a>
                <span class="connections__what">{format!("{}, {}", connection.provider.label(), connection.protocol.label())}</span>
            </th>
            <td data-label="State">{state_badge(connection.state)}</td>
            <td data-label="Email domains" class="connections__domains">{domains}</td>
            <td data-label="Certificate">{certificate(connection, now)}</td>
            <td data-label="Last sign-in" class="is-end muted">{last}</td>
        </tr>
    }
    .into_any()
}

/// The certificate that ends first, or what is wrong with the metadata that brings new ones.
fn certificate(connection: &Connection, now: OffsetDateTime) -> AnyView {
    let Protocol::Saml(settings) = &connection.protocol else {
        return view! { <span class="muted">"Not needed"</span> }.into_any();
    };
    let failing = connection.refresh_error.is_some().then(|| {
        view! {
            <span class="status status--pill status--pending">
                <Icon name="triangle-alert" />
                "Metadata cannot be fetched"
            </span>
        }
    });
    let first = certificates(&settings.certificates).into_iter().min_by_key(|certificate| certificate.not_after);
    let end = match first {
        Some(first) => end_of(&first, now),
        None => view! { <span class="muted">"None yet"</span> }.into_any(),
    };
    view! { {end} {failing} }.into_any()
}
