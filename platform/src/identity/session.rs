//! Sessions: a row in the tenant's table for each signed-in browser, found by the hash of the cookie's token.
//!
//! A session is looked up inside the tenant's transaction, so the token of one tenant finds nothing in another.

use time::{Duration, OffsetDateTime};

use super::{
    known_device::DeviceToken,
    policy::{self, Method, Networks, SecondFactor, SignInPolicy},
    sha256, token_text,
};
use crate::{
    access::{AssignedRole, Credential, Grants, Principal, SessionUse},
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::{AccountId, SessionId},
    metering,
};

/// `last_seen_at` is written at most once in this time: each request would otherwise be a write.
pub(crate) const SEEN_RESOLUTION: Duration = Duration::minutes(1);
/// What is kept of a browser's description of itself.
pub(crate) const USER_AGENT_LENGTH: usize = 300;

/// How long sessions live where the tenant does not say; a tenant may make it shorter, never longer.
#[derive(Debug, Clone, Copy)]
pub struct SessionPolicy {
    /// Without a request.
    pub idle: Duration,
    /// In all.
    pub lifetime: Duration,
}

/// What the cookie holds. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// A token for a session that begins.
    pub(crate) fn new(ambient: &Ambient) -> Self {
        Self(token_text(ambient.bytes()))
    }

    /// Reads a cookie's value; anything but 64 hexadecimal digits is no token.
    pub fn parse(text: &str) -> Option<Self> {
        let good = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        good.then(|| Self(text.to_owned()))
    }

    /// The cookie's value.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As the database has it.
    pub(crate) fn hash(&self) -> Vec<u8> {
        sha256(&self.0)
    }
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// Where a request comes from, as shown in the list of devices.
#[derive(Debug, Clone)]
pub struct Device {
    /// What the browser says it is.
    pub user_agent: String,
    /// The address it came from.
    pub address: String,
    /// What tells it again: its cookie's, or one that it gets when it signs in.
    pub token: DeviceToken,
}

/// What was shown when a session begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// The first factor.
    pub method: Method,
    /// Whether a second one was shown too. A passkey that verified the person is both.
    pub second_factor: bool,
}

impl Proof {
    /// A first factor alone.
    pub fn first(method: Method) -> Self {
        Self { method, second_factor: false }
    }
}

/// Opens a session for an account.
///
/// # Errors
/// [`DbError`].
pub async fn open(
    tx: &mut TenantTx,
    ambient: &Ambient,
    policy: SessionPolicy,
    account: AccountId,
    proof: Proof,
    device: &Device,
) -> Result<SessionToken, DbError> {
    let token = SessionToken::new(ambient);
    let now = ambient.now();
    metering::note_seat(tx, ambient, account).await?;
    let user_agent: String = device.user_agent.chars().take(USER_AGENT_LENGTH).collect();
    // Nobody else removes what has ended; a person has few sessions, so this touches few rows.
    sqlx::query!(
        "DELETE FROM session WHERE tenant_id = $1 AND account_id = $2 AND (expires_at < $3 OR last_seen_at < $4)",
        tx.tenant_id(),
        account.0,
        now,
        now - policy.idle
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO session (tenant_id, id, token_hash, account_id, user_agent, address, created_at, last_seen_at,
             expires_at, method, authenticated_at, second_factor_at, device_hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $7, $10, $11)",
        tx.tenant_id(),
        ambient.uuid(),
        token.hash(),
        account.0,
        user_agent,
        device.address,
        now,
        now + policy.lifetime,
        proof.method.as_str(),
        proof.second_factor.then_some(now),
        device.token.hash()
    )
    .execute(tx)
    .await?;
    Ok(token)
}

/// A session or a key that was found, and what its tenant's policy says of it.
#[derive(Debug)]
pub struct Resumed {
    /// Who it is.
    pub principal: Principal,
    /// Where the tenant's people may come from.
    pub networks: Networks,
}

/// A token's session, if it is one of this tenant and has not ended: by its age, because its account is not active any
/// more, or because the tenant does not allow its method any more, or requires single sign-on, which it did not begin
/// with.
///
/// # Errors
/// [`DbError`].
pub async fn resume(
    tx: &mut TenantTx,
    ambient: &Ambient,
    policy: SessionPolicy,
    token: &SessionToken,
) -> Result<Option<Resumed>, DbError> {
    resume_hash(tx, ambient, policy, token.hash()).await
}

/// The same of a session whose id is known from something that was begun in it: for answers that other sites post, with
/// which browsers do not send its cookie.
///
/// # Errors
/// [`DbError`].
pub async fn resume_known(
    tx: &mut TenantTx,
    ambient: &Ambient,
    policy: SessionPolicy,
    id: SessionId,
) -> Result<Option<Resumed>, DbError> {
    let hash =
        sqlx::query_scalar!("SELECT token_hash FROM session WHERE tenant_id = $1 AND id = $2", tx.tenant_id(), id.0)
            .fetch_optional(&mut *tx)
            .await?;
    match hash {
        Some(hash) => resume_hash(tx, ambient, policy, hash).await,
        None => Ok(None),
    }
}

async fn resume_hash(
    tx: &mut TenantTx,
    ambient: &Ambient,
    policy: SessionPolicy,
    hash: Vec<u8>,
) -> Result<Option<Resumed>, DbError> {
    let row = sqlx::query_file!("src/identity/queries/resume_session.sql", tx.tenant_id(), hash)
        .fetch_optional(&mut *tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let now = ambient.now();
    let idle = row.idle_minutes.map_or(policy.idle, |minutes| policy.idle.min(Duration::minutes(minutes.into())));
    let lifetime = row.lifetime_hours.map_or(policy.lifetime, |hours| Duration::hours(hours.into()));
    if row.expires_at <= now || row.created_at + lifetime <= now || row.last_seen_at + idle <= now {
        return Ok(None);
    }
    let allowed = row.methods.map_or_else(|| SignInPolicy::default().methods, |words| policy::methods(&words));
    let Some(method) = Method::parse(&row.method).filter(|method| allowed.contains(method)) else {
        return Ok(None);
    };
    let is_barred =
        row.sso_required == Some(true) && method != Method::Sso && row.break_glass_account_id != Some(row.account_id);
    if is_barred {
        return Ok(None);
    }
    let Some(role) = AssignedRole::from_columns(&row.role, row.custom_role_id) else {
        return Ok(None);
    };
    let is_other_hour = metering::is_other_hour(Some(row.last_seen_at), now);
    if is_other_hour {
        metering::note_seat(tx, ambient, AccountId(row.account_id)).await?;
    }
    if is_other_hour || row.last_seen_at + SEEN_RESOLUTION < now {
        touch(tx, row.session_id, now).await?;
    }
    let second_factor = SecondFactor::judge(
        row.mfa_required_since,
        row.mfa_grace_days.unwrap_or_default(),
        row.joined_at,
        row.second_factor_at,
        now,
    );
    let principal = Principal {
        account: AccountId(row.account_id),
        credential: Credential::Session(SessionUse {
            id: SessionId(row.session_id),
            method,
            authenticated_at: row.authenticated_at,
            second_factor_at: row.second_factor_at,
        }),
        name: row.name,
        email: row.email,
        email_verified: row.email_verified_at.is_some(),
        avatar_hash: row.avatar_hash,
        locale: row.locale,
        time_zone: row.time_zone,
        role,
        grants: Grants::from_columns(&row.role, row.permissions, &row.group_roles, row.group_permissions),
        second_factor,
    };
    let networks = Networks::from_column(&row.allowed_networks.unwrap_or_default());
    Ok(Some(Resumed { principal, networks }))
}

/// Notes that credentials were shown again in a person's session; `second_factor` says whether the second was among them.
/// Through a key nobody shows any, so nothing happens then.
///
/// # Errors
/// [`DbError`].
pub async fn confirm(
    tx: &mut TenantTx,
    ambient: &Ambient,
    person: &Principal,
    second_factor: bool,
) -> Result<(), DbError> {
    let Some(session) = person.session_id() else { return Ok(()) };
    sqlx::query!(
        "UPDATE session SET authenticated_at = $3, second_factor_at = CASE WHEN $4 THEN $3 ELSE second_factor_at END
         WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        session.0,
        ambient.now(),
        second_factor
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends the sessions of an account, but for one: after a new password, or when somebody is deactivated. Answers how
/// many ended.
///
/// # Errors
/// [`DbError`].
pub async fn end_all(tx: &mut TenantTx, account: AccountId, but: Option<SessionId>) -> Result<u64, DbError> {
    let ended = sqlx::query!(
        "DELETE FROM session WHERE tenant_id = $1 AND account_id = $2 AND id IS DISTINCT FROM $3",
        tx.tenant_id(),
        account.0,
        but.map(|session| session.0)
    )
    .execute(tx)
    .await?;
    Ok(ended.rows_affected())
}

/// Ends these sessions. Answers how many there were.
pub(crate) async fn end_these(tx: &mut TenantTx, sessions: &[uuid::Uuid]) -> Result<u64, DbError> {
    let ended = sqlx::query!("DELETE FROM session WHERE tenant_id = $1 AND id = ANY($2)", tx.tenant_id(), sessions)
        .execute(tx)
        .await?;
    Ok(ended.rows_affected())
}

async fn touch(tx: &mut TenantTx, session: uuid::Uuid, now: OffsetDateTime) -> Result<(), DbError> {
    sqlx::query!("UPDATE session SET last_seen_at = $3 WHERE tenant_id = $1 AND id = $2", tx.tenant_id(), session, now)
        .execute(tx)
        .await?;
    Ok(())
}

/// Ends a token's session. Nothing happens where there is none.
///
/// # Errors
/// [`DbError`].
pub async fn end(tx: &mut TenantTx, token: &SessionToken) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM session WHERE tenant_id = $1 AND token_hash = $2", tx.tenant_id(), token.hash())
        .execute(tx)
        .await?;
    Ok(())
}
