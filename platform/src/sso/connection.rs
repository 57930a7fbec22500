//! A tenant's connections to its identity providers.

use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Protocol,
    editor::Editor,
    keys::{self, KeyPair},
    rules::lock,
    ways_in,
};
use crate::{
    access::{AssignedRole, Role},
    ambient::Ambient,
    audit::{self, Action, Scribe},
    db::{DbError, TenantTx},
    secrets::{Sealed, SecretError, SecretKeys},
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

    pub(super) fn parse(word: &str) -> Option<Self> {
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

#[expect(clippy::struct_excessive_bools, reason = "the columns of a row")]
struct Row {
    id: Uuid,
    provider: String,
    name: String,
    hint: String,
    state: String,
    settings: serde_json::Value,
    has_client_secret: bool,
    base_url: String,
    certificate: Vec<u8>,
    show_button: bool,
    creates_accounts: bool,
    default_role: String,
    default_custom_role_id: Option<Uuid>,
    applies_roles: bool,
    trusts_second_factor: bool,
    vouched_by_owner: bool,
    tested_at: Option<OffsetDateTime>,
    protocol_changed_at: OffsetDateTime,
    refreshed_at: Option<OffsetDateTime>,
    refresh_error: Option<String>,
    created_at: OffsetDateTime,
}

impl Row {
    /// What cannot be read is no connection: nobody gets in through it.
    fn read(self) -> Option<Connection> {
        let protocol = serde_json::from_value(self.settings)
            .inspect_err(|error| tracing::error!(connection = %ConnectionId(self.id), %error, "unreadable settings"))
            .ok()?;
        Some(Connection {
            id: ConnectionId(self.id),
            provider: Provider::parse(&self.provider)?,
            name: self.name,
            hint: self.hint,
            state: ConnectionState::parse(&self.state)?,
            protocol,
            has_client_secret: self.has_client_secret,
            base_url: self.base_url,
            certificate: self.certificate,
            admitting: Admitting {
                show_button: self.show_button,
                creates_accounts: self.creates_accounts,
                default_role: AssignedRole::from_columns(&self.default_role, self.default_custom_role_id)?,
                applies_roles: self.applies_roles,
                trusts_second_factor: self.trusts_second_factor,
            },
            vouched_by_owner: self.vouched_by_owner,
            tested_at: self.tested_at,
            protocol_changed_at: self.protocol_changed_at,
            refreshed_at: self.refreshed_at,
            refresh_error: self.refresh_error,
            created_at: self.created_at,
        })
    }
}

/// The connections of the tenant, in the order in which they were made.
///
/// # Errors
/// [`DbError`].
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Connection>, DbError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, provider, name, hint, state, settings, client_secret IS NOT NULL AS "has_client_secret!",
               base_url, certificate, show_button, creates_accounts, default_role, default_custom_role_id, applies_roles,
               trusts_second_factor, vouched_by_owner, tested_at, protocol_changed_at, refreshed_at, refresh_error,
               created_at
           FROM sso_connection WHERE tenant_id = $1 ORDER BY id"#,
        tx.tenant_id()
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

/// One connection.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut TenantTx, id: ConnectionId) -> Result<Option<Connection>, DbError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, provider, name, hint, state, settings, client_secret IS NOT NULL AS "has_client_secret!",
               base_url, certificate, show_button, creates_accounts, default_role, default_custom_role_id, applies_roles,
               trusts_second_factor, vouched_by_owner, tested_at, protocol_changed_at, refreshed_at, refresh_error,
               created_at
           FROM sso_connection WHERE tenant_id = $1 AND id = $2"#,
        tx.tenant_id(),
        id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.and_then(Row::read))
}

/// The connection that addresses name by `hint`.
///
/// # Errors
/// [`DbError`].
pub async fn of_hint(tx: &mut TenantTx, hint: &str) -> Result<Option<Connection>, DbError> {
    let id =
        sqlx::query_scalar!("SELECT id FROM sso_connection WHERE tenant_id = $1 AND hint = $2", tx.tenant_id(), hint)
            .fetch_optional(&mut *tx)
            .await?;
    match id {
        Some(id) => find(tx, ConnectionId(id)).await,
        None => Ok(None),
    }
}

/// The connections that are on and vouch for an email domain (lower case), which has to be proven.
///
/// # Errors
/// [`DbError`].
pub async fn of_email_domain(tx: &mut TenantTx, domain: &str) -> Result<Vec<Connection>, DbError> {
    let ids = sqlx::query_scalar!(
        "SELECT c.id FROM sso_connection_domain d
         JOIN email_domain e ON e.tenant_id = d.tenant_id AND e.domain = d.domain AND e.verified_at IS NOT NULL
         JOIN sso_connection c ON c.tenant_id = d.tenant_id AND c.id = d.connection_id AND c.state = 'on'
         WHERE d.tenant_id = $1 AND d.domain = $2",
        tx.tenant_id(),
        domain
    )
    .fetch_all(&mut *tx)
    .await?;
    let all = list(tx).await?;
    Ok(all.into_iter().filter(|connection| ids.contains(&connection.id.0)).collect())
}

/// The proven email domains that a connection vouches for.
///
/// # Errors
/// [`DbError`].
pub async fn domains(tx: &mut TenantTx, id: ConnectionId) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT d.domain FROM sso_connection_domain d
         JOIN email_domain e ON e.tenant_id = d.tenant_id AND e.domain = d.domain AND e.verified_at IS NOT NULL
         WHERE d.tenant_id = $1 AND d.connection_id = $2 ORDER BY d.domain",
        tx.tenant_id(),
        id.0
    )
    .fetch_all(tx)
    .await?)
}

/// What a secret of a connection is sealed for.
pub(super) fn context(tenant: Uuid, connection: ConnectionId, what: &str) -> String {
    format!("sso/{what}/{tenant}/{connection}")
}

/// The secrets of a connection.
///
/// # Errors
/// [`ConnectionError`].
pub async fn secrets(
    tx: &mut TenantTx,
    keys: &SecretKeys,
    id: ConnectionId,
) -> Result<ConnectionSecrets, ConnectionError> {
    let tenant = tx.tenant_id();
    let row = sqlx::query!(
        "SELECT client_secret, private_key FROM sso_connection WHERE tenant_id = $1 AND id = $2",
        tenant,
        id.0
    )
    .fetch_optional(tx)
    .await?
    .ok_or(ConnectionError::NotFound)?;
    let client_secret = match row.client_secret {
        Some(sealed) => {
            let plain = keys.open(&context(tenant, id, "client-secret"), &Sealed::from_bytes(sealed))?;
            Some(String::from_utf8_lossy(&plain).into_owned())
        }
        None => None,
    };
    let private_key = keys.open(&context(tenant, id, "private-key"), &Sealed::from_bytes(row.private_key))?;
    Ok(ConnectionSecrets { client_secret, private_key })
}

/// Makes a connection with a key pair of its own ([`keys::generate`]); it is a draft.
///
/// # Errors
/// [`ConnectionError`].
pub async fn create(
    editor: &mut Editor<'_>,
    scribe: &Scribe,
    secrets: &SecretKeys,
    new: NewConnection,
    pair: KeyPair,
) -> Result<ConnectionId, ConnectionError> {
    let ambient = scribe.ambient();
    let (id, now) = (ConnectionId(ambient.uuid()), ambient.now());
    let tenant = editor.tenant_id();
    let count = sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM sso_connection WHERE tenant_id = $1"#, tenant)
        .fetch_one(&mut **editor)
        .await?;
    if count >= MOST {
        return Err(ConnectionError::Full);
    }
    let admitting = Admitting::default();
    let settings = serde_json::to_value(&new.protocol).unwrap_or_default();
    let client_secret = new.client_secret.as_deref().map(|plain| seal(secrets, ambient, tenant, id, plain));
    let private_key = secrets.seal(&context(tenant, id, "private-key"), &pair.private_key, ambient);
    sqlx::query!(
        "INSERT INTO sso_connection (tenant_id, id, kind, provider, name, hint, state, show_button, settings,
             client_secret, base_url, private_key, certificate, creates_accounts, default_role, applies_roles,
             trusts_second_factor, vouched_by_owner, protocol_changed_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'draft', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, false, $17, $17, $17)",
        tenant,
        id.0,
        new.protocol.word(),
        new.provider.as_str(),
        new.name,
        new.hint,
        admitting.show_button,
        settings,
        client_secret,
        new.base_url,
        private_key.as_bytes(),
        pair.certificate,
        admitting.creates_accounts,
        admitting.default_role.word(),
        admitting.applies_roles,
        admitting.trusts_second_factor,
        now
    )
    .execute(&mut **editor)
    .await?;
    let made = find(editor, id).await?.ok_or(ConnectionError::NotFound)?;
    let act = editor
        .act(Action::SsoConnectionCreated)
        .on("sso_connection", id.to_string(), &made.name)
        .change((), made.audited());
    audit::record(editor, scribe, act).await?;
    Ok(id)
}

fn seal(secrets: &SecretKeys, ambient: &Ambient, tenant: Uuid, id: ConnectionId, plain: &str) -> Vec<u8> {
    secrets.seal(&context(tenant, id, "client-secret"), plain.as_bytes(), ambient).as_bytes().to_vec()
}

/// What becomes of the client secret when settings are saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretChange {
    /// It stays.
    Keep,
    /// It is replaced.
    Replace(String),
}

/// Saves how a connection talks to its provider. A connection that is on stays on, with the new settings at once.
/// Unless an owner does it, no owner vouches for it any more.
///
/// # Errors
/// [`ConnectionError`].
pub async fn save_protocol(
    editor: &mut Editor<'_>,
    scribe: &Scribe,
    secrets: &SecretKeys,
    id: ConnectionId,
    protocol: &Protocol,
    secret: SecretChange,
) -> Result<(), ConnectionError> {
    let (ambient, tenant) = (scribe.ambient(), editor.tenant_id());
    let before = find_locked(editor, id).await?;
    if before.protocol == *protocol && secret == SecretChange::Keep {
        return Ok(());
    }
    let settings = serde_json::to_value(protocol).unwrap_or_default();
    let sealed = match &secret {
        SecretChange::Keep => None,
        SecretChange::Replace(plain) => Some(seal(secrets, ambient, tenant, id, plain)),
    };
    sqlx::query!(
        "UPDATE sso_connection SET kind = $3, settings = $4, client_secret = coalesce($5, client_secret),
             vouched_by_owner = vouched_by_owner AND $6, updated_at = $7, refresh_error = NULL,
             protocol_changed_at = greatest($7, tested_at + interval '1 microsecond')
         WHERE tenant_id = $1 AND id = $2",
        tenant,
        id.0,
        protocol.word(),
        settings,
        sealed,
        editor.keeps_an_owners_word(),
        ambient.now()
    )
    .execute(&mut **editor)
    .await?;
    record_change(editor, scribe, &before, secret != SecretChange::Keep).await
}

/// Saves what a connection is called.
///
/// # Errors
/// [`ConnectionError`].
pub async fn rename(
    editor: &mut Editor<'_>,
    scribe: &Scribe,
    id: ConnectionId,
    name: &str,
    hint: &str,
) -> Result<(), ConnectionError> {
    let before = find(editor, id).await?.ok_or(ConnectionError::NotFound)?;
    sqlx::query!(
        "UPDATE sso_connection SET name = $3, hint = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2",
        editor.tenant_id(),
        id.0,
        name,
        hint,
        scribe.ambient().now()
    )
    .execute(&mut **editor)
    .await?;
    record_change(editor, scribe, &before, false).await
}

/// Has a connection's addresses begin elsewhere. Its provider has to be told the new ones, so it counts as untested, and
/// one that is on goes on with what the provider answers.
///
/// # Errors
/// [`ConnectionError`].
pub async fn move_to(
    editor: &mut Editor<'_>,
    scribe: &Scribe,
    id: ConnectionId,
    base_url: &str,
) -> Result<(), ConnectionError> {
    let before = find_locked(editor, id).await?;
    sqlx::query!(
        "UPDATE sso_connection SET base_url = $3, vouched_by_owner = vouched_by_owner AND $4, updated_at = $5,
             protocol_changed_at = greatest($5, tested_at + interval '1 microsecond')
         WHERE tenant_id = $1 AND id = $2",
        editor.tenant_id(),
        id.0,
        base_url,
        editor.keeps_an_owners_word(),
        scribe.ambient().now()
    )
    .execute(&mut **editor)
    .await?;
    record_change(editor, scribe, &before, false).await
}

/// Notes that a test of a connection passed now. `false`: it was changed since, so the test says nothing about it.
///
/// # Errors
/// [`DbError`].
pub async fn note_passed_test(tx: &mut TenantTx, ambient: &Ambient, tested: &Connection) -> Result<bool, DbError> {
    let noted = sqlx::query!(
        "UPDATE sso_connection SET tested_at = greatest($3, protocol_changed_at)
         WHERE tenant_id = $1 AND id = $2 AND protocol_changed_at = $4",
        tx.tenant_id(),
        tested.id.0,
        ambient.now(),
        tested.protocol_changed_at
    )
    .execute(tx)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// One connection, which nobody else changes until the transaction ends.
async fn find_locked(tx: &mut TenantTx, id: ConnectionId) -> Result<Connection, ConnectionError> {
    if !lock(tx, id).await? {
        return Err(ConnectionError::NotFound);
    }
    find(tx, id).await?.ok_or(ConnectionError::NotFound)
}

/// What is done to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// It is switched on as it was seen: its [`version`](Connection::version).
    On(i64),
    /// It is switched off.
    Off,
}

/// Switches a connection on, which has to be tested, or off. An owner who switches it on vouches for what they saw; one
/// who had somebody do it by a set-up link vouches for what that begins, and not for what was on already.
///
/// # Errors
/// [`ConnectionError`].
pub async fn switch(
    editor: &mut Editor<'_>,
    scribe: &Scribe,
    id: ConnectionId,
    switch: Switch,
) -> Result<(), ConnectionError> {
    if switch == Switch::Off {
        ways_in::keep_one(editor, id).await?;
    }
    let before = find_locked(editor, id).await?;
    let (on, vouched) = match switch {
        Switch::On(_) if !before.is_tested() => return Err(ConnectionError::NotTested),
        Switch::On(seen) if seen != before.version() => return Err(ConnectionError::Changed),
        // Who is no owner can keep what an owner vouched for, not renew it.
        Switch::On(_) if before.is_on() => (true, before.vouched_by_owner || editor.keeps_an_owners_word()),
        Switch::On(_) => (true, editor.is_owner()),
        Switch::Off => (false, false),
    };
    sqlx::query!(
        "UPDATE sso_connection SET state = $3, vouched_by_owner = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2",
        editor.tenant_id(),
        id.0,
        if on { "on" } else { "off" },
        vouched,
        scribe.ambient().now()
    )
    .execute(&mut **editor)
    .await?;
    let action = if on { Action::SsoConnectionSwitchedOn } else { Action::SsoConnectionSwitchedOff };
    let act = editor
        .act(action)
        .on("sso_connection", id.to_string(), &before.name)
        .change(json!({ "state": before.state }), json!({ "state": if on { "on" } else { "off" } }));
    audit::record(editor, scribe, act).await?;
    Ok(())
}

/// Writes down what was changed, if anything was.
pub(super) async fn record_change(
    editor: &mut Editor<'_>,
    scribe: &Scribe,
    before: &Connection,
    new_secret: bool,
) -> Result<(), ConnectionError> {
    let after = find(editor, before.id).await?.ok_or(ConnectionError::NotFound)?;
    if before.audited() == after.audited() && !new_secret {
        return Ok(());
    }
    let mut act = editor
        .act(Action::SsoConnectionChanged)
        .on("sso_connection", after.id.to_string(), &after.name)
        .change(before.audited(), after.audited());
    if new_secret {
        act = act.because("The client secret was replaced.");
    }
    audit::record(editor, scribe, act).await?;
    Ok(())
}

/// Makes the key pair of a new connection. Computes for a tenth of a second: for a thread that may block.
///
/// # Errors
/// What OpenSSL said.
pub fn new_keys(name: &str, ambient: &Ambient) -> Result<KeyPair, openssl::error::ErrorStack> {
    keys::generate(name, ambient.now())
}

/// Removes all connections of the tenant, with all that belongs to them, and its email domains.
///
/// # Errors
/// [`DbError`].
pub async fn remove_all(tx: &mut TenantTx) -> Result<(), DbError> {
    let tenant = tx.tenant_id();
    sqlx::query!("DELETE FROM sso_connection WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM email_domain WHERE tenant_id = $1", tenant).execute(tx).await?;
    Ok(())
}
