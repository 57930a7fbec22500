//! Step 2 for `OpenID` Connect: what is checked and saved.

use axum::response::Response;
use rowhouse_platform::sso::{
    ClientAuthentication, Connection, OidcSettings, Protocol, Report,
    connection::{self, SecretChange},
};
use serde::Deserialize;

use super::{
    attributes::MapFields,
    door::{Door, Stop},
    page::{self, Typed},
    slowly,
};
use crate::{context::RequestContext, error::PageError, ui::FieldErrors};

/// The most characters of an issuer.
pub(super) const ISSUER_LENGTH: usize = 1000;
/// The most characters of a client ID or a secret.
pub(super) const CLIENT_LENGTH: usize = 2000;
/// The most characters of all scopes.
pub(super) const SCOPES_LENGTH: usize = 500;

/// How we show who we are: the word in the form, and what people read.
pub(super) const AUTHENTICATIONS: [(ClientAuthentication, &str, &str); 3] = [
    (ClientAuthentication::Basic, "basic", "client_secret_basic: secret in the header"),
    (ClientAuthentication::Post, "post", "client_secret_post: secret in the form"),
    (ClientAuthentication::PrivateKeyJwt, "private_key_jwt", "private_key_jwt: our own key"),
];

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct OidcFields {
    #[serde(default)]
    pub(super) issuer: String,
    #[serde(default)]
    pub(super) client_id: String,
    #[serde(default)]
    pub(super) client_authentication: String,
    /// Empty: the one that is kept stays.
    #[serde(default)]
    client_secret: String,
    #[serde(default)]
    pub(super) scopes: String,
    #[serde(default)]
    pub(super) trusts_addresses: String,
    #[serde(default)]
    pub(super) asks_userinfo: String,
    #[serde(flatten)]
    pub(super) map: MapFields,
}

impl OidcFields {
    pub(super) fn of(settings: &OidcSettings) -> Self {
        let ticked = |is: bool| if is { "on".to_owned() } else { String::new() };
        let word = AUTHENTICATIONS.iter().find(|row| row.0 == settings.client_authentication);
        Self {
            issuer: settings.issuer.clone(),
            client_id: settings.client_id.clone(),
            client_authentication: word.map_or("", |row| row.1).to_owned(),
            client_secret: String::new(),
            scopes: settings.scopes.join(" "),
            trusts_addresses: ticked(settings.trusts_addresses),
            asks_userinfo: ticked(settings.asks_userinfo),
            map: MapFields::of(&settings.attributes),
        }
    }

    fn check(&self, connection: &Connection, errors: &mut FieldErrors) -> (OidcSettings, SecretChange) {
        let row = AUTHENTICATIONS.iter().find(|row| row.1 == self.client_authentication);
        if row.is_none() {
            errors.add("client_authentication", "Choose one from the list.");
        }
        let client_authentication = row.map_or(ClientAuthentication::Basic, |row| row.0);
        let secret = errors.line("client_secret", "The client secret", &self.client_secret, CLIENT_LENGTH);
        let needs_secret = client_authentication != ClientAuthentication::PrivateKeyJwt;
        if secret.is_empty() && needs_secret && !connection.has_client_secret {
            errors.add("client_secret", "The client secret is missing.");
        }
        let scopes = errors.line("scopes", "The list of scopes", &self.scopes, SCOPES_LENGTH);
        // RFC 6749, section 3.3.
        let is_token = |sign: char| sign.is_ascii_graphic() && sign != '"' && sign != '\\';
        if let Some(bad) = scopes.split_whitespace().find(|scope| !scope.chars().all(is_token)) {
            errors.add(
                "scopes",
                format!("“{bad}” is no scope. Scopes are words without quotes, with spaces between them."),
            );
        }
        let mut scopes: Vec<String> = scopes.split_whitespace().map(ToOwned::to_owned).collect();
        // It is always asked for.
        scopes.retain(|scope| scope != "openid");
        scopes.dedup();
        let settings = OidcSettings {
            issuer: errors.required_line("issuer", "The issuer", &self.issuer, ISSUER_LENGTH),
            client_id: errors.required_line("client_id", "The client ID", &self.client_id, CLIENT_LENGTH),
            client_authentication,
            scopes,
            trusts_addresses: !self.trusts_addresses.is_empty(),
            asks_userinfo: !self.asks_userinfo.is_empty(),
            attributes: self.map.check(errors),
        };
        let change = if secret.is_empty() { SecretChange::Keep } else { SecretChange::Replace(secret) };
        (settings, change)
    }
}

/// Saves the form, if the provider answers to the issuer.
pub(super) async fn save(
    context: &RequestContext,
    door: Door,
    connection: Connection,
    fields: OidcFields,
) -> Result<Response, Stop> {
    if !matches!(connection.protocol, Protocol::Oidc(_)) {
        return Err(PageError::NotFound.into());
    }
    let mut errors = FieldErrors::default();
    let (settings, change) = fields.check(&connection, &mut errors);
    let mut typed = Typed { oidc: Some(fields), errors, ..Typed::default() };
    if !typed.errors.is_empty() || typed.refuse_unconfirmed(context, &door, &connection) {
        return page::render(context, door, &connection, typed).await;
    }
    let tenant = context.tenant()?.home.id().0;
    let seat = slowly::leave(context, door, &connection).await?;
    let mut report = Report::default();
    let found = context.services.oidc.discover(tenant, &settings, &mut report).await;
    let mut door = seat.again(context).await?;
    if let Err(refused) = found {
        typed.errors.add("issuer", refused.words);
        return page::render(context, door, &connection, typed).await;
    }
    let protocol = Protocol::Oidc(settings);
    let secrets = &context.services.secrets;
    connection::save_protocol(&mut door.editor(), &context.scribe(), secrets, connection.id, &protocol, change).await?;
    page::saved(context, door, &connection).await
}
