//! What the pages of single sign-on begin with: where one is among them, and how a connection does.

use leptos::prelude::*;
use rowhouse_platform::sso::{Connection, ConnectionState};

use crate::{context::RequestContext, ui::Icon};

/// The pages of the whole workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The connections.
    Connections,
    /// The email domains.
    Domains,
}

/// The pages of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    /// How it is set up.
    SetUp,
    /// Who comes through it, and what they become.
    People,
    /// What happened at its sign-ins.
    Traces,
}

/// The head of a page of the whole workspace: the title, what the page is for, and the tabs.
pub(super) fn head(context: &RequestContext, open: Part, lead: &'static str) -> AnyView {
    let items =
        [(Part::Connections, "Connections", "/admin/sso"), (Part::Domains, "Email domains", "/admin/sso/domains")]
            .map(|(part, label, path)| item(context.href(path), label, part == open));
    view! {
        <div class="page__head">
            <h1 class="page__title">"Single sign-on"</h1>
            <p class="page__lead">{lead}</p>
        </div>
        <nav class="tabs" aria-label="Single sign-on"><ul class="tabs__list">{items.into_iter().collect_view()}</ul></nav>
    }
    .into_any()
}

/// The head of a page of one connection: its name and state, the way back, and the tabs.
pub(super) fn connection_head(context: &RequestContext, connection: &Connection, open: Tab) -> AnyView {
    let home = format!("/admin/sso/{}", connection.id);
    let items = [(Tab::SetUp, "Set-up", ""), (Tab::People, "People", "/people"), (Tab::Traces, "Traces", "/traces")]
        .map(|(tab, label, path)| item(context.href(&format!("{home}{path}")), label, tab == open));
    view! {
        <div class="page__head">
            <h1 class="page__title">{connection.name.clone()}" "{state_badge(connection.state)}</h1>
            <p class="page__lead"><a href=context.href("/admin/sso")>"All connections"</a></p>
        </div>
        <nav class="tabs" aria-label="This connection"><ul class="tabs__list">{items.into_iter().collect_view()}</ul></nav>
    }
    .into_any()
}

fn item(href: String, label: &'static str, is_open: bool) -> AnyView {
    view! { <li><a class="tabs__link" href=href aria-current=is_open.then_some("page")>{label}</a></li> }.into_any()
}

/// Whether a connection lets people in, in words and colour.
pub(super) fn state_badge(state: ConnectionState) -> AnyView {
    let (class, icon, words) = match state {
        ConnectionState::Draft => ("status status--pill status--pending", "hourglass", "Being set up"),
        ConnectionState::On => ("status status--pill status--solved", "circle-check", "On"),
        ConnectionState::Off => ("status status--pill status--closed", "circle-slash", "Off"),
    };
    view! { <span class=class><Icon name=icon />{words}</span> }.into_any()
}
