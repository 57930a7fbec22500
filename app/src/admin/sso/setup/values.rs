//! What a provider has to be told of a connection, each to be copied.

use leptos::prelude::*;
use rowhouse_platform::sso::{Connection, Protocol, keys};

use crate::ui::{Icon, form::escaped};

/// The script that fills the clipboard. Without it, the buttons stay hidden and people select the text.
pub(in crate::admin::sso) const SCRIPT: &str = "copy.js";

/// Something that the provider has to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::admin::sso) enum Value {
    /// OIDC: where the provider sends people back.
    Callback,
    /// OIDC: where it sends them after signing out.
    SignedOut,
    /// OIDC: where it tells of signing out, server to server.
    BackChannelLogout,
    /// OIDC: our public key.
    Keys,
    /// SAML: where the provider posts its answer.
    Acs,
    /// SAML: our entity ID, which is the address of our metadata.
    EntityId,
    /// SAML: our metadata.
    Metadata,
    /// SAML: where it sends messages about signing out.
    Logout,
    /// SAML: our certificate.
    Certificate,
    /// Where signing in by this connection begins.
    SignIn,
}

impl Value {
    const OIDC: [Self; 5] = [Self::Callback, Self::SignedOut, Self::BackChannelLogout, Self::Keys, Self::SignIn];
    const SAML: [Self; 6] = [Self::Acs, Self::EntityId, Self::Metadata, Self::Logout, Self::Certificate, Self::SignIn];

    /// Everything that a provider of this protocol may ask for.
    fn all(protocol: &Protocol) -> &'static [Self] {
        match protocol {
            Protocol::Oidc(_) => &Self::OIDC,
            Protocol::Saml(_) => &Self::SAML,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Callback => "callback",
            Self::SignedOut => "signed-out",
            Self::BackChannelLogout => "back-channel-logout",
            Self::Keys => "keys",
            Self::Acs => "acs",
            Self::EntityId => "entity-id",
            Self::Metadata => "metadata",
            Self::Logout => "logout",
            Self::Certificate => "certificate",
            Self::SignIn => "sign-in",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Callback => "Redirect address (callback)",
            Self::SignedOut => "Address after signing out",
            Self::BackChannelLogout => "Back-channel logout address",
            Self::Keys => "Key set (JWKS) address",
            Self::Acs => "Assertion consumer service (ACS) address",
            Self::EntityId => "Entity ID (audience)",
            Self::Metadata => "Metadata address",
            Self::Logout => "Single logout address",
            Self::Certificate => "Signing and encryption certificate",
            Self::SignIn => "Sign-in link",
        }
    }

    fn of(self, connection: &Connection) -> String {
        match self {
            Self::Callback => connection.endpoint("callback"),
            Self::SignedOut => connection.endpoint("signed-out"),
            Self::BackChannelLogout => connection.endpoint("back-channel-logout"),
            Self::Keys => connection.endpoint("jwks.json"),
            Self::Acs => connection.endpoint("acs"),
            Self::EntityId | Self::Metadata => connection.endpoint("metadata"),
            Self::Logout => connection.endpoint("slo"),
            // It is of our own making, so it can be read.
            Self::Certificate => keys::certificate_pem(&connection.certificate).unwrap_or_default(),
            Self::SignIn => sign_in_link(connection),
        }
    }
}

/// The link that leads straight to a connection.
pub(super) fn sign_in_link(connection: &Connection) -> String {
    format!("{}/sign-in?idp_hint={}", connection.base_url, connection.hint)
}

/// A value with its button. `place` tells those apart that stand on the page twice.
pub(super) fn copied(connection: &Connection, value: Value, place: &str) -> AnyView {
    let id = format!("{place}-{}", value.word());
    let text = value.of(connection);
    match value {
        Value::Certificate => long_field(&id, value.label(), &text),
        Value::Metadata => view! {
            {field(&id, value.label(), &text)}
            <p class="copy__file"><a href=text.clone() download="metadata.xml">"Download the metadata"</a></p>
        }
        .into_any(),
        _ => field(&id, value.label(), &text),
    }
}

/// A line to copy. All of it shows: it is wrapped where the screen is narrow.
pub(in crate::admin::sso) fn field(id: &str, label: &'static str, text: &str) -> AnyView {
    let id = id.to_owned();
    view! {
        <div class="field copy">
            <label class="field__label" for=id.clone()>{label}</label>
            <div class="input-row">
                <textarea class="input input--code input--whole" id=id.clone() rows="1" readonly=true inner_html=escaped(text)></textarea>
                {button(&id, label)}
            </div>
        </div>
    }
    .into_any()
}

fn long_field(id: &str, label: &'static str, text: &str) -> AnyView {
    let id = id.to_owned();
    view! {
        <details class="disclosure copy">
            <summary>{label}</summary>
            <div class="field">
                <label class="visually-hidden" for=id.clone()>{label}</label>
                <textarea class="input input--code" id=id.clone() rows="6" readonly=true inner_html=escaped(text)></textarea>
                {button(&id, label)}
            </div>
        </details>
    }
    .into_any()
}

fn button(id: &str, label: &'static str) -> AnyView {
    view! {
        <button class="button" type="button" data-copy=id.to_owned() hidden=true>
            <Icon name="copy" />
            <span data-copy-words="">"Copy"</span>
            <span class="visually-hidden">{format!(" {label}")}</span>
        </button>
    }
    .into_any()
}

/// Every address of the connection, for providers that ask for more.
pub(super) fn all(connection: &Connection) -> AnyView {
    let fields = Value::all(&connection.protocol).iter().map(|value| copied(connection, *value, "all")).collect_view();
    view! {
        <details class="disclosure">
            <summary>"Everything that a provider may ask for"</summary>
            <div class="stack">{fields}</div>
        </details>
    }
    .into_any()
}
