//! Sessions that began at a provider: what is kept of them, so that signing out here signs out there, and the other way
//! round.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ConnectionError, ConnectionId, Identity, LogoutHandle};
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::SessionId,
    identity::session::{self, SessionToken},
    secrets::{Sealed, SecretError, SecretKeys},
};

/// The longest ID token that is kept. Without one, the provider asks the person whether to sign out.
const TOKEN_BYTES: usize = 16_384;
/// The longest name of a session at the provider that is kept; longer ones do not fit into the index.
const PROVIDER_SESSION_BYTES: usize = 1000;

/// A sign-in at a provider, as its session will keep it, and its challenge before that.
#[derive(Debug, Clone)]
pub struct SsoLogin {
    /// At which connection.
    pub connection: ConnectionId,
    /// Who it is there.
    pub subject: String,
    /// What signing out there needs.
    pub handle: LogoutHandle,
    /// The ID token, sealed.
    id_token: Option<Sealed>,
}

/// As it stands with a challenge.
#[derive(Serialize, Deserialize)]
struct Kept {
    connection: ConnectionId,
    subject: String,
    handle: LogoutHandle,
    id_token: Option<String>,
}

impl SsoLogin {
    /// Of what a provider said, for the transaction's tenant.
    pub fn new(
        tx: &TenantTx,
        keys: &SecretKeys,
        ambient: &Ambient,
        connection: ConnectionId,
        identity: &Identity,
    ) -> Self {
        let context = context(tx.tenant_id(), connection, &identity.subject);
        let token = identity.id_token.as_deref().filter(|token| token.len() <= TOKEN_BYTES);
        let mut handle = identity.logout.clone();
        handle.provider_session = handle.provider_session.filter(|session| is_comparable(session));
        Self {
            connection,
            subject: identity.subject.clone(),
            handle,
            id_token: token.map(|token| keys.seal(&context, token.as_bytes(), ambient)),
        }
    }

    /// For the column of the challenge.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let kept = Kept {
            connection: self.connection,
            subject: self.subject.clone(),
            handle: self.handle.clone(),
            id_token: self.id_token.as_ref().map(|sealed| BASE64.encode(sealed.as_bytes())),
        };
        serde_json::to_value(kept).unwrap_or_default()
    }

    /// From the column of the challenge; what cannot be read is none.
    pub(crate) fn from_json(value: &serde_json::Value) -> Option<Self> {
        let kept = Kept::deserialize(value)
            .inspect_err(|error| tracing::error!(%error, "an unreadable sign-in at a provider"))
            .ok()?;
        let id_token = kept.id_token.and_then(|text| BASE64.decode(text).ok()).map(Sealed::from_bytes);
        Some(Self { connection: kept.connection, subject: kept.subject, handle: kept.handle, id_token })
    }

    /// The same with the ID token sealed by the current key; none where it is already.
    fn resealed(&self, tenant: Uuid, keys: &SecretKeys, ambient: &Ambient) -> Result<Option<Self>, SecretError> {
        let Some(sealed) = &self.id_token else { return Ok(None) };
        let context = context(tenant, self.connection, &self.subject);
        let resealed = keys.reseal(&context, sealed, ambient)?;
        Ok(resealed.map(|sealed| Self { id_token: Some(sealed), ..self.clone() }))
    }
}

/// Whether PostgreSQL takes it as text, and its index too.
fn is_comparable(provider_session: &str) -> bool {
    !provider_session.is_empty() && provider_session.len() <= PROVIDER_SESSION_BYTES && !provider_session.contains('\0')
}

/// What an ID token is sealed for. It travels from the challenge to the session as it is, so no session is named.
fn context(tenant: Uuid, connection: ConnectionId, subject: &str) -> String {
    format!("sso/id-token/{tenant}/{connection}/{subject}")
}

/// Keeps a sign-in with its session.
pub(crate) async fn keep(tx: &mut TenantTx, token: &SessionToken, login: &SsoLogin) -> Result<(), DbError> {
    let handle = serde_json::to_value(&login.handle).unwrap_or_default();
    sqlx::query!(
        "INSERT INTO sso_session (tenant_id, session_id, connection_id, subject, handle, provider_session, id_token)
         SELECT $1, id, $3, $4, $5, $6, $7 FROM session WHERE tenant_id = $1 AND token_hash = $2",
        tx.tenant_id(),
        token.hash(),
        login.connection.0,
        login.subject,
        handle,
        login.handle.provider_session,
        login.id_token.as_ref().map(Sealed::as_bytes)
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A session that began at a provider.
#[derive(Debug, Clone)]
pub struct SsoSession {
    /// At which connection.
    pub connection: ConnectionId,
    /// Who it is there.
    pub subject: String,
    /// What signing out there needs.
    pub handle: LogoutHandle,
    id_token: Option<Sealed>,
}

impl SsoSession {
    /// The ID token, where one is kept and opens.
    pub fn id_token(&self, tx: &TenantTx, keys: &SecretKeys) -> Option<String> {
        let context = context(tx.tenant_id(), self.connection, &self.subject);
        let opened = keys.open(&context, self.id_token.as_ref()?);
        let plain = opened.inspect_err(|error| tracing::error!(%error, "an ID token does not open")).ok()?;
        String::from_utf8(plain).ok()
    }
}

/// Where a session began; none: not at a provider, or its connection is deleted.
///
/// # Errors
/// [`DbError`].
pub async fn of(tx: &mut TenantTx, session: SessionId) -> Result<Option<SsoSession>, DbError> {
    let row = sqlx::query!(
        "SELECT connection_id, subject, handle, id_token FROM sso_session WHERE tenant_id = $1 AND session_id = $2",
        tx.tenant_id(),
        session.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| SsoSession {
        connection: ConnectionId(row.connection_id),
        subject: row.subject,
        handle: serde_json::from_value(row.handle).unwrap_or_default(),
        id_token: row.id_token.map(Sealed::from_bytes),
    }))
}

/// Ends the sessions that somebody began at a provider, and what they have half done: all, or the one that the provider
/// names. Answers how many sessions ended.
///
/// # Errors
/// [`DbError`].
pub async fn end_of_subject(
    tx: &mut TenantTx,
    connection: ConnectionId,
    subject: &str,
    provider_session: Option<&str>,
) -> Result<u64, DbError> {
    end_where(tx, connection, Some(subject), provider_session).await
}

/// Ends what began in one session at the provider, where it does not say whose (`OpenID` Connect Back-Channel Logout
/// 1.0, section 2.4: a `sid` alone is enough). Answers how many sessions ended.
///
/// # Errors
/// [`DbError`].
pub async fn end_of_provider_session(
    tx: &mut TenantTx,
    connection: ConnectionId,
    provider_session: &str,
) -> Result<u64, DbError> {
    end_where(tx, connection, None, Some(provider_session)).await
}

/// Ends the sessions of somebody whom the provider names as it did when they signed in, by `sub` or `NameID`: all, or those
/// that began in its sessions `among`. That name need not be the subject, which an attribute may say instead. Answers how
/// many sessions ended.
///
/// # Errors
/// [`DbError`].
pub async fn end_of_name_id(
    tx: &mut TenantTx,
    connection: ConnectionId,
    name_id: &str,
    among: &[String],
) -> Result<u64, DbError> {
    // What PostgreSQL does not take as text was never kept.
    if name_id.contains('\0') || among.iter().any(|session| !is_comparable(session)) {
        return Ok(0);
    }
    let sessions = sqlx::query_scalar!(
        "SELECT session_id FROM sso_session
         WHERE tenant_id = $1 AND connection_id = $2 AND handle -> 'name_id' ->> 'value' = $3
           AND (cardinality($4::text[]) = 0 OR provider_session = ANY ($4))",
        tx.tenant_id(),
        connection.0,
        name_id,
        among
    )
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM sign_in_challenge
         WHERE tenant_id = $1 AND sso ->> 'connection' = $2 AND sso -> 'handle' -> 'name_id' ->> 'value' = $3
           AND (cardinality($4::text[]) = 0 OR sso -> 'handle' ->> 'provider_session' = ANY ($4))",
        tx.tenant_id(),
        connection.to_string(),
        name_id,
        among
    )
    .execute(&mut *tx)
    .await?;
    session::end_these(tx, &sessions).await
}

async fn end_where(
    tx: &mut TenantTx,
    connection: ConnectionId,
    subject: Option<&str>,
    provider_session: Option<&str>,
) -> Result<u64, DbError> {
    // What PostgreSQL does not take as text was never kept.
    if subject.is_some_and(|subject| subject.contains('\0')) || provider_session.is_some_and(|it| !is_comparable(it)) {
        return Ok(0);
    }
    let sessions = sqlx::query_scalar!(
        "SELECT session_id FROM sso_session
         WHERE tenant_id = $1 AND connection_id = $2 AND ($3::text IS NULL OR subject = $3)
           AND ($4::text IS NULL OR provider_session = $4)",
        tx.tenant_id(),
        connection.0,
        subject,
        provider_session
    )
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM sign_in_challenge
         WHERE tenant_id = $1 AND sso ->> 'connection' = $2 AND ($3::text IS NULL OR sso ->> 'subject' = $3)
           AND ($4::text IS NULL OR sso -> 'handle' ->> 'provider_session' = $4)",
        tx.tenant_id(),
        connection.to_string(),
        subject,
        provider_session
    )
    .execute(&mut *tx)
    .await?;
    session::end_these(tx, &sessions).await
}

/// Seals the ID tokens that are kept with the current key. Answers how many that were.
pub(super) async fn reseal(tx: &mut TenantTx, ambient: &Ambient, keys: &SecretKeys) -> Result<usize, ConnectionError> {
    let tenant = tx.tenant_id();
    let rows = sqlx::query!(
        r#"SELECT session_id, connection_id, subject, id_token AS "id_token!" FROM sso_session
           WHERE tenant_id = $1 AND id_token IS NOT NULL ORDER BY session_id FOR UPDATE"#,
        tenant
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut count = 0;
    for row in rows {
        let context = context(tenant, ConnectionId(row.connection_id), &row.subject);
        let Some(sealed) = keys.reseal(&context, &Sealed::from_bytes(row.id_token), ambient)? else { continue };
        sqlx::query!(
            "UPDATE sso_session SET id_token = $3 WHERE tenant_id = $1 AND session_id = $2",
            tenant,
            row.session_id,
            sealed.as_bytes()
        )
        .execute(&mut *tx)
        .await?;
        count += 1;
    }
    let rows = sqlx::query!(
        r#"SELECT token_hash, sso AS "sso!" FROM sign_in_challenge
           WHERE tenant_id = $1 AND sso IS NOT NULL ORDER BY token_hash FOR UPDATE"#,
        tenant
    )
    .fetch_all(&mut *tx)
    .await?;
    for row in rows {
        let Some(login) = SsoLogin::from_json(&row.sso) else { continue };
        let Some(login) = login.resealed(tenant, keys, ambient)? else { continue };
        sqlx::query!(
            "UPDATE sign_in_challenge SET sso = $3 WHERE tenant_id = $1 AND token_hash = $2",
            tenant,
            row.token_hash,
            login.to_json()
        )
        .execute(&mut *tx)
        .await?;
        count += 1;
    }
    Ok(count)
}
