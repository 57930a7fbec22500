//! Step 2 for SAML by hand: the provider's addresses and its certificates.

use axum::response::Response;
use rowhouse_platform::sso::{
    Connection, Protocol, SamlSettings,
    connection::{self, SecretChange},
    saml::certificate,
};
use serde::Deserialize;

use super::{
    door::{Door, Stop},
    metadata::ADDRESS_LENGTH,
    page::{self, Typed},
};
use crate::{context::RequestContext, error::PageError, ui::FieldErrors};

/// Certificates of one provider, at most.
const MOST_CERTIFICATES: usize = 10;

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ProviderFields {
    #[serde(default)]
    pub(super) entity_id: String,
    #[serde(default)]
    pub(super) sign_on_redirect: String,
    #[serde(default)]
    pub(super) sign_on_post: String,
    #[serde(default)]
    pub(super) logout_redirect: String,
    #[serde(default)]
    pub(super) logout_response: String,
    #[serde(default)]
    pub(super) logout_post: String,
}

impl ProviderFields {
    pub(super) fn of(settings: &SamlSettings) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            entity_id: settings.entity_id.clone(),
            sign_on_redirect: text(&settings.sign_on_redirect),
            sign_on_post: text(&settings.sign_on_post),
            logout_redirect: text(&settings.logout_redirect),
            logout_response: text(&settings.logout_response),
            logout_post: text(&settings.logout_post),
        }
    }

    fn check(&self, context: &RequestContext, before: &SamlSettings, errors: &mut FieldErrors) -> SamlSettings {
        let mut address = |field: &'static str, label: &str, text: &str| {
            let text = errors.line(field, label, text, ADDRESS_LENGTH);
            if text.is_empty() {
                return None;
            }
            errors.take(field, context.services.fetcher.check_browser_url(&text))
        };
        let sign_on_redirect = address("sign_on_redirect", "The address", &self.sign_on_redirect);
        let sign_on_post = address("sign_on_post", "The address", &self.sign_on_post);
        let logout_redirect = address("logout_redirect", "The address", &self.logout_redirect);
        let logout_response = address("logout_response", "The address", &self.logout_response);
        let logout_post = address("logout_post", "The address", &self.logout_post);
        if self.sign_on_redirect.trim().is_empty() && self.sign_on_post.trim().is_empty() {
            errors.add("sign_on_redirect", "Give the address for signing in, for HTTP Redirect, HTTP POST or both.");
        }
        SamlSettings {
            entity_id: errors.required_line("entity_id", "The entity ID", &self.entity_id, ADDRESS_LENGTH),
            sign_on_redirect,
            sign_on_post,
            logout_redirect,
            logout_response,
            logout_post,
            // What is entered by hand is not to be undone by what is fetched.
            metadata_url: None,
            ..before.clone()
        }
    }
}

/// A change of the certificates.
pub(super) enum Certificates {
    Add(String),
    Remove(String),
}

/// Saves the addresses.
pub(super) async fn save(
    context: &RequestContext,
    door: Door,
    connection: Connection,
    fields: ProviderFields,
) -> Result<Response, Stop> {
    let Protocol::Saml(before) = &connection.protocol else { return Err(PageError::NotFound.into()) };
    let mut errors = FieldErrors::default();
    let settings = fields.check(context, before, &mut errors);
    let mut typed = Typed { provider: Some(fields), errors, ..Typed::default() };
    if !typed.errors.is_empty() || typed.refuse_unconfirmed(context, &door, &connection) {
        return page::render(context, door, &connection, typed).await;
    }
    store(context, door, &connection, settings).await
}

/// Adds or removes a certificate.
pub(super) async fn change_certificates(
    context: &RequestContext,
    door: Door,
    connection: Connection,
    change: Certificates,
) -> Result<Response, Stop> {
    let Protocol::Saml(before) = &connection.protocol else { return Err(PageError::NotFound.into()) };
    let mut settings = SamlSettings { metadata_url: None, ..before.clone() };
    let mut typed = Typed::default();
    match change {
        Certificates::Add(text) => {
            if let Some(added) = typed.errors.take("certificate", certificate::parse(&text)) {
                if settings.certificates.contains(&added.base64()) {
                    typed.errors.add("certificate", "This certificate is in the list already.");
                } else if settings.certificates.len() >= MOST_CERTIFICATES {
                    let words =
                        format!("There are {MOST_CERTIFICATES} certificates. Remove one that is no longer used.");
                    typed.errors.add("certificate", words);
                } else {
                    settings.certificates.push(added.base64());
                }
            }
            typed.certificate = text;
        }
        Certificates::Remove(fingerprint) => {
            let is_it =
                |kept: &String| certificate::parse(kept).is_ok_and(|kept| kept.fingerprint_text() == fingerprint);
            if !settings.certificates.iter().any(is_it) {
                return Err(PageError::NotFound.into());
            }
            settings.certificates.retain(|kept| !is_it(kept));
            if settings.certificates.is_empty() && connection.is_on() {
                typed.errors.add(
                    "certificates",
                    "This is the last certificate, and the connection is on: without one nobody could sign in. Add the new one first.",
                );
            }
        }
    }
    if !typed.errors.is_empty() || typed.refuse_unconfirmed(context, &door, &connection) {
        return page::render(context, door, &connection, typed).await;
    }
    store(context, door, &connection, settings).await
}

/// Saves settings of SAML.
pub(super) async fn store(
    context: &RequestContext,
    mut door: Door,
    connection: &Connection,
    settings: SamlSettings,
) -> Result<Response, Stop> {
    let protocol = Protocol::Saml(settings);
    let (scribe, secrets) = (context.scribe(), &context.services.secrets);
    let keep = SecretChange::Keep;
    connection::save_protocol(&mut door.editor(), &scribe, secrets, connection.id, &protocol, keep).await?;
    page::saved(context, door, connection).await
}
