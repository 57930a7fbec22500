//! A sign-in under way at the provider: begun in a browser, finished once and there.

use time::{Duration, OffsetDateTime};

use super::{ConnectionId, Purpose, Reason, Refused, SetupLinkId};
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::SessionId,
    identity::{sha256, token_text},
};

/// How long somebody may take at the provider.
const LIFE: Duration = Duration::minutes(15);

/// What a sign-in is begun for.
#[derive(Debug, Clone)]
pub struct NewFlow {
    /// At which connection.
    pub connection: ConnectionId,
    /// What for.
    pub purpose: Purpose,
    /// Where to go afterwards: a path of this site, checked.
    pub next: String,
    /// The session that it is about, for everything but signing in.
    pub session: Option<SessionId>,
    /// By which set-up link it is tried.
    pub setup_link: Option<SetupLinkId>,
}

/// What was begun: the three secrets travel, and the database has the hashes of those that come back by themselves.
#[derive(Debug, Clone)]
pub struct Begun {
    /// `state` of OIDC, `RelayState` of SAML: 64 hexadecimal digits.
    pub state: String,
    /// OIDC: `nonce`.
    pub nonce: String,
    /// OIDC: the verifier of PKCE (RFC 7636, section 4.1), 64 characters.
    pub pkce_verifier: String,
    /// SAML: the ID of the request, 128 random bits.
    pub request_id: String,
}

/// A flow that came back.
#[derive(Debug, Clone)]
pub struct Flow {
    /// What for.
    pub purpose: Purpose,
    /// Where to go afterwards.
    pub next: String,
    /// The session that it is about.
    pub session: Option<SessionId>,
    /// By which set-up link it is tried.
    pub setup_link: Option<SetupLinkId>,
    /// OIDC: the nonce that the ID token has to hold.
    pub nonce: String,
    /// OIDC: the verifier of PKCE.
    pub pkce_verifier: String,
    /// SAML: the ID of the request that is answered.
    pub request_id: String,
    /// When it was begun.
    pub begun_at: OffsetDateTime,
}

/// Begins: `browser` is the token of the browser's cookie, which has to come back with the answer.
///
/// # Errors
/// [`DbError`].
pub async fn begin(tx: &mut TenantTx, ambient: &Ambient, browser: &str, new: NewFlow) -> Result<Begun, DbError> {
    let begun = Begun {
        state: token_text(ambient.bytes()),
        nonce: token_text(ambient.bytes()),
        pkce_verifier: token_text(ambient.bytes()),
        // An XML ID begins with a letter or an underscore.
        request_id: format!("_{}", &token_text(ambient.bytes())[..32]),
    };
    let now = ambient.now();
    remove_expired(tx, now).await?;
    sqlx::query!(
        "INSERT INTO sso_flow (tenant_id, state_hash, connection_id, purpose, browser_hash, request_id, nonce,
             pkce_verifier, next_path, session_id, setup_link_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        tx.tenant_id(),
        sha256(&begun.state),
        new.connection.0,
        new.purpose.as_str(),
        sha256(browser),
        begun.request_id,
        begun.nonce,
        begun.pkce_verifier,
        new.next,
        new.session.map(|session| session.0),
        new.setup_link.map(|link| link.0),
        now,
        now + LIFE
    )
    .execute(tx)
    .await?;
    Ok(begun)
}

/// Removes flows that nobody can finish any more.
///
/// # Errors
/// [`DbError`].
pub async fn remove_expired(tx: &mut TenantTx, now: OffsetDateTime) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM sso_flow WHERE tenant_id = $1 AND expires_at < $2", tx.tenant_id(), now)
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes the flow of a state that came back to `connection`: nobody can take it again. A refusal takes it too, so that
/// a state that was seen by others is worth nothing; the caller commits.
///
/// # Errors
/// [`DbError`].
pub async fn take(
    tx: &mut TenantTx,
    ambient: &Ambient,
    connection: ConnectionId,
    state: &str,
    browser: Option<&str>,
) -> Result<Result<Flow, Refused>, DbError> {
    let row = sqlx::query!(
        "DELETE FROM sso_flow WHERE tenant_id = $1 AND state_hash = $2 AND connection_id = $3
         RETURNING purpose, browser_hash, request_id, nonce, pkce_verifier, next_path, session_id, setup_link_id,
             created_at, expires_at",
        tx.tenant_id(),
        sha256(state),
        connection.0
    )
    .fetch_optional(tx)
    .await?;
    let Some((row, purpose)) = row.and_then(|row| Purpose::parse(&row.purpose).map(|purpose| (row, purpose))) else {
        let words = "No sign-in at this connection is under way that the answer belongs to. It was finished before, \
                     took longer than 15 minutes, or was begun at another workspace or connection.";
        return Ok(Err(Refused::new(Reason::UnknownState, words)));
    };
    if row.expires_at <= ambient.now() {
        return Ok(Err(Refused::new(Reason::Expired, "The sign-in took longer than 15 minutes.")));
    }
    if browser.is_none_or(|browser| sha256(browser) != row.browser_hash) {
        let words = "The answer came from another browser than the one in which the sign-in was begun.";
        return Ok(Err(Refused::new(Reason::OtherBrowser, words)));
    }
    Ok(Ok(Flow {
        purpose,
        next: row.next_path,
        session: row.session_id.map(SessionId),
        setup_link: row.setup_link_id.map(SetupLinkId),
        nonce: row.nonce.unwrap_or_default(),
        pkce_verifier: row.pkce_verifier.unwrap_or_default(),
        request_id: row.request_id.unwrap_or_default(),
        begun_at: row.created_at,
    }))
}
