//! What a provider says of a person, checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What a provider says of a person. Only what its signature covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who it is, for good: the provider's own name of the person.
    pub subject: String,
    /// The address, where it says one.
    pub email: Option<String>,
    /// Whether the provider vouches for the address.
    pub email_verified: bool,
    /// What the person is called.
    pub name: Option<String>,
    /// What the connection's attribute for groups holds.
    pub groups: Vec<String>,
    /// All claims or attributes, as received.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// When the person showed credentials there, where it says so.
    pub authenticated_at: Option<OffsetDateTime>,
    /// What signing out there needs.
    pub logout: LogoutHandle,
    /// The ID token, which signing out there shows (`OpenID` Connect RP-Initiated Logout 1.0, `id_token_hint`).
    pub id_token: Option<String>,
}

/// What signing out at the provider needs, and by which it names the session when it ends it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutHandle {
    /// SAML: the `NameID` as it was received.
    #[serde(default)]
    pub name_id: Option<NameId>,
    /// OIDC: `sid`. SAML: `SessionIndex`.
    #[serde(default)]
    pub provider_session: Option<String>,
}

/// A SAML `NameID` (SAML 2.0 Core, section 2.2.3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameId {
    /// Its text.
    pub value: String,
    /// Its format.
    #[serde(default)]
    pub format: Option<String>,
    /// Who gave it.
    #[serde(default)]
    pub name_qualifier: Option<String>,
    /// For whom it was given.
    #[serde(default)]
    pub sp_name_qualifier: Option<String>,
}
