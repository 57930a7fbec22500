//! A tenant's connections to its identity providers: what they are ([`mod@self`]), how they are found ([`find`]), set up
//! ([`change`]), and switched on and off ([`switching`]).

mod change;
mod find;
mod switching;

use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

pub use self::{
    change::{SecretChange, create, move_to, new_keys, remove_all, rename, save_protocol},
    find::{domains, find, list, of_email_domain, of_hint, secrets},
    switching::{Switch, note_passed_test, switch},
};
use super::Protocol;
use crate::{
    access::{AssignedRole, Role},
    db::DbError,
    plan::PlanError,
    secrets::SecretError,
    typed_id,
};

typed_id!(
    /// A connection.
    ConnectionId,
    "sso"
);

/// Connections of one tenant, at most.
pub const MOST: i64 = 20;
/// The most characters of a connection's name.
pub const NAME_LENGTH: usize = 60;
/// The constraint that a second connection of the same hint breaks.
pub const HINT_TAKEN: &str = "sso_connection_tenant_id_hint_key";

/// Whose instructions the set-up shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Okta.
    Okta,
    /// Microsoft Entra ID.
    Entra,
    /// Google Workspace.
    Google,
    /// Keycloak.
    Keycloak,
    /// Auth0.
    Auth0,
    /// Any other.
    Generic,
}

impl Provider {
    /// Every provider, in the order in which the set-up shows them.
    pub const ALL: [Self; 6] = [Self::Okta, Self::Entra, Self::Google, Self::Keycloak, Self::Auth0, Self::Generic];

    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Entra => "entra",
            Self::Google => "google",
            Self::Keycloak => "keycloak",
            Self::Auth0 => "auth0",
            Self::Generic => "generic",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Okta => "Okta",
            Self::Entra => "Microsoft Entra ID",
            Self::Google => "Google Workspace",
            Self::Keycloak => "Keycloak",
            Self::Auth0 => "Auth0",
            Self::Generic => "Another provider",
        }
    }

    /// Reads the word kept in the database.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == word)
    }
}

/// Whether a connection lets people in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// It is being set up, and was never switched on.
    Draft,
    /// It lets people in.
    On,
    /// It was switched off.
    Off,
}

impl ConnectionState {
    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::On => "on",
            Self::Off => "off",
        }
    }

    pub(in crate::sso) fn parse(word: &str) -> Option<Self> {
        [Self::Draft, Self::On, Self::Off].into_iter().find(|state| state.as_str() == word)
    }
}

/// What happens to people who come through a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the page")]
pub struct Admitting {
    /// Whether the sign-in page has a button for it.
    pub show_button: bool,
    /// Whether people without an account get one.
    pub creates_accounts: bool,
    /// What they become where no rule says otherwise; never owner.
    #[serde(serialize_with = "as_text")]
    pub default_role: AssignedRole,
    /// Whether the rules are applied at each sign-in, or only when an account is made.
    pub applies_roles: bool,
    /// Whether the provider asks for a second factor itself.
    pub trusts_second_factor: bool,
}

fn as_text<S: serde::Serializer>(role: &AssignedRole, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(role)
}

impl Default for Admitting {
    fn default() -> Self {
        Self {
            show_button: true,
            creates_accounts: true,
            default_role: AssignedRole::BuiltIn(Role::Agent),
            applies_roles: false,
            trusts_second_factor: true,
        }
    }
}

/// A connection, without its secrets.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Whose instructions the set-up shows.
    pub provider: Provider,
    /// What it is called.
    pub name: String,
    /// What addresses name it by: `?idp_hint=okta`.
    pub hint: String,
    /// Whether it lets people in.
    pub state: ConnectionState,
    /// How it talks to its provider.
    pub protocol: Protocol,
    /// Whether a client secret is kept.
    pub has_client_secret: bool,
    /// Where its addresses begin, as the provider was told: `https://acme.app.example`, no slash at the end.
    pub base_url: String,
    /// The certificate of its own key, DER.
    pub certificate: Vec<u8>,
    /// What happens to people who come through it.
    pub admitting: Admitting,
    /// Whether an owner switched it on as it is now: only then it lets owners in, and makes owners.
    pub vouched_by_owner: bool,
    /// When a test sign-in last passed.
    pub tested_at: Option<OffsetDateTime>,
    /// When what a test tries was last changed.
    pub protocol_changed_at: OffsetDateTime,
    /// When metadata was last fetched.
    pub refreshed_at: Option<OffsetDateTime>,
    /// What went wrong when it was last tried.
    pub refresh_error: Option<String>,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

impl Connection {
    /// Whether a test passed since what it tries was last changed.
    pub fn is_tested(&self) -> bool {
        self.tested_at.is_some_and(|tested| tested >= self.protocol_changed_at)
    }

    /// Which state of what a test tries this is: a form names it, so that nobody switches on what they did not see.
    pub fn version(&self) -> i64 {
        // PostgreSQL keeps microseconds.
        i64::try_from(self.protocol_changed_at.unix_timestamp_nanos() / 1_000).unwrap_or_default()
    }

    /// Whether it lets people in.
    pub fn is_on(&self) -> bool {
        self.state == ConnectionState::On
    }

    /// The address of one of its endpoints: `endpoint("acs")` is `https://acme.app.example/sso/sso_01k…/acs`.
    pub fn endpoint(&self, name: &str) -> String {
        format!("{}/sso/{}/{name}", self.base_url, self.id)
    }

    /// As it is written into the audit log.
    pub fn audited(&self) -> serde_json::Value {
        json!({
            "name": self.name,
            "hint": self.hint,
            "provider": self.provider,
            "state": self.state,
            "base_url": self.base_url,
            "protocol": self.protocol,
            "admitting": self.admitting,
        })
    }
}

/// The secrets of a connection. `Debug` does not show them.
#[derive(Clone)]
pub struct ConnectionSecrets {
    /// The client secret, where one is kept.
    pub client_secret: Option<String>,
    /// The connection's own key, PKCS #8, DER.
    pub private_key: Vec<u8>,
}

impl std::fmt::Debug for ConnectionSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConnectionSecrets(…)")
    }
}

/// A connection to be.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// Whose instructions the set-up shows.
    pub provider: Provider,
    /// What it is called.
    pub name: String,
    /// What addresses name it by.
    pub hint: String,
    /// How it talks to its provider.
    pub protocol: Protocol,
    /// The client secret of OIDC.
    pub client_secret: Option<String>,
    /// Where its addresses begin.
    pub base_url: String,
}

/// Why a connection cannot be made, changed or used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// There is no such connection.
    #[error("there is no such connection")]
    NotFound,
    /// The tenant has as many as it may.
    #[error("There are {MOST} connections, and no more can be added.")]
    Full,
    /// Another connection has the hint.
    #[error("Another connection has this short name. Choose another.")]
    HintTaken,
    /// It has to be tested first.
    #[error("Try a test sign-in first: it has to pass with the settings as they are now.")]
    NotTested,
    /// Somebody changed it after it was looked at.
    #[error("The settings were changed meanwhile. Look at them as they are now, and switch it on then.")]
    Changed,
    /// Nobody could come in any more.
    #[error(
        "People have to sign in by single sign-on, and this is the only connection that is on. Do not require it any more first, under Sign-in policy."
    )]
    Required,
    /// The plan does not include single sign-on. What is on stays on; it can be switched off and removed.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A secret cannot be opened.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// OpenSSL failed.
    #[error("the connection's key: {0}")]
    Key(#[from] openssl::error::ErrorStack),
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(DbError),
}

impl From<DbError> for ConnectionError {
    fn from(error: DbError) -> Self {
        match error.constraint() {
            Some(HINT_TAKEN) => Self::HintTaken,
            _ => Self::Database(error),
        }
    }
}

impl From<sqlx::Error> for ConnectionError {
    fn from(error: sqlx::Error) -> Self {
        DbError::from(error).into()
    }
}

/// What a secret of a connection is sealed for.
pub(in crate::sso) fn context(tenant: Uuid, connection: ConnectionId, what: &str) -> String {
    format!("sso/{what}/{tenant}/{connection}")
}
