//! Step 2 for SAML: what is asked of the provider, and how.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::sso::{Connection, NameIdFormat, Protocol, RequestBinding, SamlSettings};
use serde::Deserialize;

use super::{
    attributes::{self, MapFields},
    door::{Door, Stop},
    page::{self, Typed},
    provider::store,
};
use crate::{
    context::RequestContext,
    error::PageError,
    ui::{
        FieldErrors, Icon,
        choice::{Checkbox, Choice, SelectField},
    },
};

const BINDINGS: [(RequestBinding, &str, &str); 2] =
    [(RequestBinding::Redirect, "redirect", "HTTP Redirect"), (RequestBinding::Post, "post", "HTTP POST")];

const NAME_IDS: [(NameIdFormat, &str, &str); 4] = [
    (NameIdFormat::Unspecified, "unspecified", "Whatever the provider sends"),
    (NameIdFormat::Persistent, "persistent", "Persistent: always the same"),
    (NameIdFormat::EmailAddress, "email", "Email address"),
    (NameIdFormat::Transient, "transient", "Transient: new each time"),
];

/// What was chosen.
#[derive(Debug, Default, Deserialize)]
pub(super) struct OptionFields {
    #[serde(default)]
    request_binding: String,
    #[serde(default)]
    signs_requests: String,
    #[serde(default)]
    signs_metadata: String,
    #[serde(default)]
    requires_encryption: String,
    #[serde(default)]
    allows_idp_initiated: String,
    #[serde(default)]
    name_id_format: String,
    #[serde(flatten)]
    map: MapFields,
}

impl OptionFields {
    fn of(settings: &SamlSettings) -> Self {
        let ticked = |is: bool| if is { "on".to_owned() } else { String::new() };
        let binding = BINDINGS.iter().find(|row| row.0 == settings.request_binding);
        let format = NAME_IDS.iter().find(|row| row.0 == settings.name_id_format);
        Self {
            request_binding: binding.map_or("", |row| row.1).to_owned(),
            signs_requests: ticked(settings.signs_requests),
            signs_metadata: ticked(settings.signs_metadata),
            requires_encryption: ticked(settings.requires_encryption),
            allows_idp_initiated: ticked(settings.allows_idp_initiated),
            name_id_format: format.map_or("", |row| row.1).to_owned(),
            map: MapFields::of(&settings.attributes),
        }
    }

    fn check(&self, before: &SamlSettings, errors: &mut FieldErrors) -> SamlSettings {
        let binding = BINDINGS.iter().find(|row| row.1 == self.request_binding).map(|row| row.0);
        let binding = binding.unwrap_or_else(|| {
            errors.add("request_binding", "Choose one from the list.");
            before.request_binding
        });
        let is_missing = match binding {
            RequestBinding::Redirect => before.sign_on_redirect.is_none() && before.sign_on_post.is_some(),
            RequestBinding::Post => before.sign_on_post.is_none() && before.sign_on_redirect.is_some(),
        };
        if is_missing {
            errors.add(
                "request_binding",
                "The provider has no sign-in address for this. Take the other, or add the address first.",
            );
        }
        let format = NAME_IDS.iter().find(|row| row.1 == self.name_id_format).map(|row| row.0);
        let name_id_format = format.unwrap_or_else(|| {
            errors.add("name_id_format", "Choose one from the list.");
            before.name_id_format
        });
        let attributes = self.map.check(errors);
        if name_id_format == NameIdFormat::Transient && attributes.subject.is_empty() {
            errors.add("map_subject", "With a transient name, say which attribute tells who it is.");
        }
        SamlSettings {
            request_binding: binding,
            signs_requests: !self.signs_requests.is_empty(),
            signs_metadata: !self.signs_metadata.is_empty(),
            requires_encryption: !self.requires_encryption.is_empty(),
            allows_idp_initiated: !self.allows_idp_initiated.is_empty(),
            name_id_format,
            attributes,
            ..before.clone()
        }
    }
}

/// Saves the form.
pub(super) async fn save(
    context: &RequestContext,
    door: Door,
    connection: Connection,
    fields: OptionFields,
) -> Result<Response, Stop> {
    let Protocol::Saml(before) = &connection.protocol else { return Err(PageError::NotFound.into()) };
    let mut errors = FieldErrors::default();
    let settings = fields.check(before, &mut errors);
    let mut typed = Typed { options: Some(fields), errors, ..Typed::default() };
    if !typed.errors.is_empty() || typed.refuse_unconfirmed(context, &door, &connection) {
        return page::render(context, door, &connection, typed).await;
    }
    store(context, door, &connection, settings).await
}

pub(super) fn form(
    context: &RequestContext,
    home: &str,
    connection: &Connection,
    settings: &SamlSettings,
    typed: &Typed,
) -> AnyView {
    let saved = OptionFields::of(settings);
    let fields = typed.options.as_ref().unwrap_or(&saved);
    let errors = &typed.errors;
    let tick = |id: &'static str, label: &str, help: &str, ticked: &str| {
        view! {
            <Checkbox
                id=id.to_owned()
                name=id
                value="on".to_owned()
                label=label.to_owned()
                help=help.to_owned()
                checked=!ticked.is_empty()
            />
        }
        .into_any()
    };
    let bindings = BINDINGS.iter().map(|(_, word, label)| Choice::new(*word, *label)).collect();
    let formats = NAME_IDS.iter().map(|(_, word, label)| Choice::new(*word, *label)).collect();
    let danger = (!fields.allows_idp_initiated.is_empty()).then(|| {
        view! {
            <div class="notice notice--warning">
                <Icon name="triangle-alert" />
                <p class="notice__title">"Answers that nobody asked for are taken"</p>
                <p>
                    "Somebody who gets hold of a fresh answer of the provider can then have another person’s browser sign in with it. Leave this off unless people begin at the provider’s own page of applications."
                </p>
            </div>
        }
    });
    view! {
        <form class="form" action=context.href(home) method="post">
            <input type="hidden" name="intent" value="saml" />
            <SelectField id="request_binding" label="How requests are sent" options=bindings value=&fields.request_binding errors=errors />
            <SelectField
                id="name_id_format"
                label="NameID format"
                options=formats
                value=&fields.name_id_format
                errors=errors
                help="What kind of name of the person is asked for. With a transient one, an attribute has to say who it is."
            />
            <div class="choices">
                {tick("signs_requests", "Sign requests", "With the connection’s own key, RSA-SHA256.", &fields.signs_requests)}
                {tick("signs_metadata", "Sign our metadata", "Some providers ask for it.", &fields.signs_metadata)}
                {tick(
                    "requires_encryption",
                    "Take encrypted assertions only",
                    "Set up encryption at the provider first. Encrypted ones are taken in any case.",
                    &fields.requires_encryption,
                )}
                {tick(
                    "allows_idp_initiated",
                    "The provider may begin a sign-in by itself",
                    "For people who begin at the provider’s page of applications. Less safe: anybody who gets hold of an unused answer can use it in another’s browser. The link ?idp_hint in step 4 does without.",
                    &fields.allows_idp_initiated,
                )}
            </div>
            {danger}
            {attributes::fields(&connection.protocol, &fields.map, errors)}
            <div class="button-row"><button class="button button--primary" type="submit">"Save settings"</button></div>
        </form>
    }
    .into_any()
}
