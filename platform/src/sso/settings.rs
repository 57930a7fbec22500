//! How a connection talks to its provider, as kept in the database. Secrets stand in columns of their own.

use serde::{Deserialize, Serialize};

/// The protocol of a connection, with its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Protocol {
    /// `OpenID` Connect.
    Oidc(OidcSettings),
    /// SAML 2.0.
    Saml(SamlSettings),
}

impl Protocol {
    /// The word kept in the database.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Oidc(_) => "oidc",
            Self::Saml(_) => "saml",
        }
    }

    /// What people read.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Oidc(_) => "OpenID Connect",
            Self::Saml(_) => "SAML 2.0",
        }
    }

    /// Where what the provider says about a person stands.
    pub fn attributes(&self) -> &AttributeMap {
        match self {
            Self::Oidc(settings) => &settings.attributes,
            Self::Saml(settings) => &settings.attributes,
        }
    }
}

/// How we show the provider's token endpoint who we are (`OpenID` Connect Core 1.0, section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
    /// `private_key_jwt`, with the connection's own key.
    PrivateKeyJwt,
}

/// An `OpenID` provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OidcSettings {
    /// Its issuer identifier, exactly as it says it itself.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// How we show it.
    pub client_authentication: ClientAuthentication,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// Whether an address counts as verified where the provider does not say (no `email_verified` at all).
    pub trusts_addresses: bool,
    /// Whether the userinfo endpoint is asked, where there is one.
    pub asks_userinfo: bool,
    /// Where what it says about a person stands.
    pub attributes: AttributeMap,
}

/// How a request reaches a SAML provider (SAML 2.0 Bindings, sections 3.4 and 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestBinding {
    /// HTTP Redirect.
    Redirect,
    /// HTTP POST.
    Post,
}

/// What kind of name of the person is asked for (SAML 2.0 Core, section 8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameIdFormat {
    /// Whatever the provider sends.
    Unspecified,
    /// A stable name without meaning: the best one.
    Persistent,
    /// An email address.
    EmailAddress,
    /// A new name for each sign-in: another attribute has to say who it is.
    Transient,
}

impl NameIdFormat {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Unspecified, Self::Persistent, Self::EmailAddress, Self::Transient];

    /// Its name in SAML.
    pub fn urn(self) -> &'static str {
        match self {
            Self::Unspecified => "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
            Self::Persistent => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            Self::EmailAddress => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            Self::Transient => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
        }
    }
}

/// A SAML identity provider, and what is asked of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the page")]
pub struct SamlSettings {
    /// Its entity ID.
    pub entity_id: String,
    /// Where its metadata is fetched from, and fetched again.
    pub metadata_url: Option<String>,
    /// Where requests go by HTTP Redirect.
    pub sign_on_redirect: Option<String>,
    /// Where requests go by HTTP POST.
    pub sign_on_post: Option<String>,
    /// Where logout requests and responses go by HTTP Redirect.
    pub logout_redirect: Option<String>,
    /// Where logout responses go, if that is another address (`ResponseLocation`).
    pub logout_response: Option<String>,
    /// Where logout requests and responses go by HTTP POST, if HTTP Redirect is not taken there.
    #[serde(default)]
    pub logout_post: Option<String>,
    /// The certificates that its signatures are checked with, DER in base64. At least one, or nobody gets in.
    pub certificates: Vec<String>,
    /// How requests are sent.
    pub request_binding: RequestBinding,
    /// Whether requests are signed.
    pub signs_requests: bool,
    /// Whether our metadata is signed.
    pub signs_metadata: bool,
    /// Whether only encrypted assertions are taken.
    pub requires_encryption: bool,
    /// Whether the provider may begin a sign-in by itself.
    pub allows_idp_initiated: bool,
    /// What kind of name is asked for.
    pub name_id_format: NameIdFormat,
    /// Where what it says about a person stands.
    pub attributes: AttributeMap,
}

/// Which claims or attributes say what. Empty: the usual ones of the protocol.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeMap {
    /// Who it is, for good. Empty: `sub`, or the `NameID`.
    #[serde(default)]
    pub subject: String,
    /// The address.
    #[serde(default)]
    pub email: String,
    /// The whole name.
    #[serde(default)]
    pub name: String,
    /// The given name, where there is no whole name.
    #[serde(default)]
    pub given_name: String,
    /// The family name, where there is no whole name.
    #[serde(default)]
    pub family_name: String,
    /// The groups, or whatever else says the role.
    #[serde(default)]
    pub groups: String,
}
