//! Links by which somebody outside the workspace sets up one connection. Whoever has such a link can change, test and
//! switch on that connection until it ends, and do nothing else.
//!
//! A test by a link begins at `start?purpose=test&setup_link=TOKEN`; its trace says so ([`note`]), and is what the link
//! shows of all traces ([`trace::tests`](super::trace::tests)).

use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::{Connection, ConnectionId, Purpose, Report, SetupLinkId, SetupPermit, trace::Trace};
use crate::{
    access::{ManageSso, OwnWorkspace, Permit},
    ambient::Ambient,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
    identity::{
        sha256,
        throttle::{self, Limit, Throttled},
        token_text,
    },
};

/// For how many days a link may be good.
pub const DAYS: [i64; 3] = [1, 3, 7];
/// The most characters of a recipient.
pub const RECIPIENT_LENGTH: usize = 254;
/// Links of one connection that are good at the same time, at most.
pub const MOST: i64 = 10;

/// What a step of a report is called that says by which link a test was made.
pub(super) const CHECK: &str = "Set-up link";
/// How often one network address may be wrong about a link.
const GUESSES: Limit = Limit { attempts: 30, window: Duration::minutes(10) };
/// For how long the use of a link is written down once.
const USES_APART: Duration = Duration::hours(1);

/// A link that was made. The token is not seen again.
#[derive(Debug)]
pub struct NewSetupLink {
    /// Its token.
    pub token: String,
    /// Until when it is good.
    pub expires_at: OffsetDateTime,
}

/// A link that is good.
#[derive(Debug)]
pub struct SetupLink {
    /// Its id.
    pub id: SetupLinkId,
    /// For whom it is.
    pub recipient: String,
    /// Who made it.
    pub creator: String,
    /// When.
    pub created_at: OffsetDateTime,
    /// Until when it is good.
    pub expires_at: OffsetDateTime,
    /// When it was last used.
    pub last_used_at: Option<OffsetDateTime>,
}

/// What became of a link that somebody followed.
#[derive(Debug)]
pub enum Opened {
    /// It is good.
    Good(Box<SetupPermit>),
    /// It ended, expired, or never was.
    Dead,
    /// There were too many wrong ones from this network address.
    Throttled(Throttled),
}

/// Makes a link that is good for `days`; none: the connection has as many as it may.
///
/// # Errors
/// [`DbError`].
pub async fn create(
    permit: &mut Permit<ManageSso>,
    scribe: &Scribe,
    connection: &Connection,
    recipient: &str,
    days: i64,
) -> Result<Option<NewSetupLink>, DbError> {
    let ambient = scribe.ambient();
    let by_owner = permit.principal().may::<OwnWorkspace>();
    let (principal, tx) = permit.parts();
    let (id, token, now) = (ambient.uuid(), token_text(ambient.bytes()), ambient.now());
    // What ended long ago goes with the next one.
    sqlx::query!(
        "DELETE FROM sso_setup_link WHERE tenant_id = $1 AND expires_at < $2",
        tx.tenant_id(),
        now - Duration::days(90)
    )
    .execute(&mut *tx)
    .await?;
    let good = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM sso_setup_link
           WHERE tenant_id = $1 AND connection_id = $2 AND ended_at IS NULL AND expires_at > $3"#,
        tx.tenant_id(),
        connection.id.0,
        now
    )
    .fetch_one(&mut *tx)
    .await?;
    if good >= MOST {
        return Ok(None);
    }
    let expires_at = now + Duration::days(days.clamp(DAYS[0], DAYS[DAYS.len() - 1]));
    sqlx::query!(
        "INSERT INTO sso_setup_link (tenant_id, id, connection_id, token_hash, recipient, created_by, by_owner,
             created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tx.tenant_id(),
        id,
        connection.id.0,
        sha256(&token),
        recipient,
        principal.account.0,
        by_owner,
        now,
        expires_at
    )
    .execute(&mut *tx)
    .await?;
    let after = json!({ "connection": connection.name, "recipient": recipient, "days": days });
    let act = Act::by(principal, Action::SsoSetupLinkCreated)
        .on("sso_setup_link", SetupLinkId(id).to_string(), recipient)
        .change((), after);
    audit::record(tx, scribe, act).await?;
    Ok(Some(NewSetupLink { token, expires_at }))
}

/// The links of a connection that are good, the newest first.
///
/// # Errors
/// [`DbError`].
pub async fn list(tx: &mut TenantTx, ambient: &Ambient, connection: ConnectionId) -> Result<Vec<SetupLink>, DbError> {
    let rows = sqlx::query!(
        "SELECT l.id, l.recipient, a.name AS creator, l.created_at, l.expires_at, l.last_used_at
         FROM sso_setup_link l JOIN account a ON a.tenant_id = l.tenant_id AND a.id = l.created_by
         WHERE l.tenant_id = $1 AND l.connection_id = $2 AND l.ended_at IS NULL AND l.expires_at > $3
         ORDER BY l.id DESC",
        tx.tenant_id(),
        connection.0,
        ambient.now()
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SetupLink {
            id: SetupLinkId(row.id),
            recipient: row.recipient,
            creator: row.creator,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
        })
        .collect())
}

/// Opens what a link is good for, with the transaction for it. Each request asks anew. A guess is counted before it is
/// answered.
///
/// # Errors
/// [`DbError`].
pub async fn open(mut tx: TenantTx, scribe: &Scribe, address: &str, token: &str) -> Result<Opened, DbError> {
    let (ambient, key) = (scribe.ambient(), ["sso setup link", address]);
    if let Err(throttled) = throttle::count(&mut tx, ambient, &key, GUESSES).await? {
        tx.commit().await?;
        return Ok(Opened::Throttled(throttled));
    }
    let now = ambient.now();
    let row = sqlx::query!(
        r#"SELECT l.id, l.connection_id, l.recipient, l.by_owner, l.last_used_at
           FROM sso_setup_link l
           JOIN account a ON a.tenant_id = l.tenant_id AND a.id = l.created_by AND a.state = 'active'
           WHERE l.tenant_id = $1 AND l.token_hash = $2 AND l.ended_at IS NULL AND l.expires_at > $3"#,
        tx.tenant_id(),
        sha256(token),
        now
    )
    .fetch_optional(&mut tx)
    .await?;
    let Some(row) = row else {
        tx.commit().await?;
        return Ok(Opened::Dead);
    };
    throttle::take_back(&mut tx, &key).await?;
    let link = SetupLinkId(row.id);
    if row.last_used_at.is_none_or(|used| used + Duration::minutes(1) < now) {
        sqlx::query!(
            "UPDATE sso_setup_link SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2",
            tx.tenant_id(),
            link.0,
            now
        )
        .execute(&mut tx)
        .await?;
    }
    let id = link.to_string();
    let act = Act::by_nobody(Action::SsoSetupLinkOpened).on("sso_setup_link", id.clone(), &row.recipient);
    audit::record_once(&mut tx, scribe, &["setup link opened", &id], USES_APART, act).await?;
    let connection = ConnectionId(row.connection_id);
    let permit = SetupPermit { tx, link, connection, recipient: row.recipient, by_owner: row.by_owner };
    Ok(Opened::Good(Box::new(permit)))
}

/// Takes a link of a connection back. `false`: there is no such link that is good.
///
/// # Errors
/// [`DbError`].
pub async fn revoke(
    permit: &mut Permit<ManageSso>,
    scribe: &Scribe,
    connection: ConnectionId,
    id: SetupLinkId,
) -> Result<bool, DbError> {
    let (principal, tx) = permit.parts();
    let recipient = sqlx::query_scalar!(
        "UPDATE sso_setup_link SET ended_at = $4
         WHERE tenant_id = $1 AND connection_id = $2 AND id = $3 AND ended_at IS NULL AND expires_at > $4
         RETURNING recipient",
        tx.tenant_id(),
        connection.0,
        id.0,
        scribe.ambient().now()
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(recipient) = recipient else { return Ok(false) };
    let act = Act::by(principal, Action::SsoSetupLinkRevoked).on("sso_setup_link", id.to_string(), recipient);
    audit::record(tx, scribe, act).await?;
    Ok(true)
}

/// Ends a link whose purpose is served.
///
/// # Errors
/// [`DbError`].
pub async fn end(permit: &mut SetupPermit, ambient: &Ambient) -> Result<(), DbError> {
    let (tenant, link) = (permit.tenant_id(), permit.link());
    sqlx::query!(
        "UPDATE sso_setup_link SET ended_at = $3 WHERE tenant_id = $1 AND id = $2",
        tenant,
        link.0,
        ambient.now()
    )
    .execute(&mut **permit)
    .await?;
    Ok(())
}

/// Ends the links of people who may do less than when they made them. Answers how many there were.
pub(crate) async fn end_of(tx: &mut TenantTx, ambient: &Ambient, creators: &[AccountId]) -> Result<u64, DbError> {
    let creators: Vec<_> = creators.iter().map(|creator| creator.0).collect();
    let done = sqlx::query!(
        "UPDATE sso_setup_link SET ended_at = $3
         WHERE tenant_id = $1 AND created_by = ANY ($2) AND ended_at IS NULL AND expires_at > $3",
        tx.tenant_id(),
        &creators,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// Notes in a test's report by which link it was made.
pub fn note(report: &mut Report, link: SetupLinkId) {
    report.passed(CHECK, link.to_string());
}

/// Whether a trace is of a test that was made by a link.
pub fn is_of(trace: &Trace, link: SetupLinkId) -> bool {
    let words = link.to_string();
    trace.purpose == Purpose::Test && trace.report.steps.iter().any(|step| step.check == CHECK && step.words == words)
}
