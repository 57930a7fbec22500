//! Traces: what happened at each sign-in, for the tenant's admins. Kept for seven days.

use serde_json::json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{ConnectionId, Purpose, Reason, Refused, Report, SetupLinkId, TraceId, setup_link};
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
};

/// For how long traces are kept.
pub const KEPT: Duration = Duration::days(7);

/// A trace to be.
#[derive(Debug, Clone)]
pub struct NewTrace<'a> {
    /// At which connection.
    pub connection: ConnectionId,
    /// What for.
    pub purpose: Purpose,
    /// Why it was refused; none: it passed.
    pub refused: Option<&'a Refused>,
    /// Who it was, as far as it is known.
    pub subject: &'a str,
    /// Their address, as far as it is known.
    pub email: &'a str,
    /// What was checked.
    pub report: &'a Report,
    /// The request, as the server's log names it.
    pub request_id: &'a str,
}

/// A trace.
#[derive(Debug, Clone)]
pub struct Trace {
    /// Its id, which the person was told.
    pub id: TraceId,
    /// At which connection.
    pub connection: ConnectionId,
    /// When.
    pub at: OffsetDateTime,
    /// What for.
    pub purpose: Purpose,
    /// Why it was refused; none: it passed.
    pub reason: Option<Reason>,
    /// Who it was, as far as it is known.
    pub subject: String,
    /// Their address, as far as it is known.
    pub email: String,
    /// What was checked.
    pub report: Report,
    /// The request, as the server's log names it.
    pub request_id: String,
}

/// Writes a trace.
///
/// # Errors
/// [`DbError`].
pub async fn record(tx: &mut TenantTx, ambient: &Ambient, new: NewTrace<'_>) -> Result<TraceId, DbError> {
    let id = ambient.uuid();
    let report = serde_json::to_value(new.report).unwrap_or_else(|_| serde_json::json!({}));
    let short = |text: &str, most: usize| text.chars().filter(|sign| *sign != '\0').take(most).collect::<String>();
    sqlx::query!(
        "INSERT INTO sso_trace (tenant_id, id, connection_id, at, purpose, outcome, reason, subject, email, report,
             request_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        tx.tenant_id(),
        id,
        new.connection.0,
        ambient.now(),
        new.purpose.as_str(),
        if new.refused.is_some() { "refused" } else { "passed" },
        new.refused.map(|refused| refused.reason.as_str()),
        short(new.subject, 1024),
        short(new.email, 254),
        report,
        new.request_id
    )
    .execute(tx)
    .await?;
    Ok(TraceId(id))
}

/// Removes traces whose time is over.
///
/// # Errors
/// [`DbError`].
pub async fn remove_old(tx: &mut TenantTx, now: OffsetDateTime) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM sso_trace WHERE tenant_id = $1 AND at < $2", tx.tenant_id(), now - KEPT)
        .execute(tx)
        .await?;
    Ok(())
}

/// The traces of a connection, the newest first: at most `most`, older than `before`.
///
/// # Errors
/// [`DbError`].
pub async fn list(
    tx: &mut TenantTx,
    connection: ConnectionId,
    before: Option<TraceId>,
    most: i64,
) -> Result<Vec<Trace>, DbError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, connection_id, at, purpose, reason, subject, email, report, request_id FROM sso_trace
         WHERE tenant_id = $1 AND connection_id = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        tx.tenant_id(),
        connection.0,
        before.map(|id| id.0),
        most
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

/// A trace as a list shows it.
#[derive(Debug, Clone)]
pub struct TraceLine {
    /// Its id, which the person was told.
    pub id: TraceId,
    /// When.
    pub at: OffsetDateTime,
    /// What for.
    pub purpose: Purpose,
    /// Whether it passed.
    pub passed: bool,
    /// Why it was refused, as far as this version knows the word.
    pub reason: Option<Reason>,
    /// Who it was, as far as it is known.
    pub subject: String,
    /// Their address, as far as it is known.
    pub email: String,
}

/// The traces of a connection without their reports, the newest first: at most `most`, older than `before`.
///
/// # Errors
/// [`DbError`].
pub async fn lines(
    tx: &mut TenantTx,
    connection: ConnectionId,
    only_refused: bool,
    before: Option<TraceId>,
    most: i64,
) -> Result<Vec<TraceLine>, DbError> {
    let rows = sqlx::query!(
        "SELECT id, at, purpose, outcome, reason, subject, email FROM sso_trace
         WHERE tenant_id = $1 AND connection_id = $2 AND (outcome = 'refused' OR NOT $3)
             AND ($4::uuid IS NULL OR id < $4)
         ORDER BY id DESC LIMIT $5",
        tx.tenant_id(),
        connection.0,
        only_refused,
        before.map(|id| id.0),
        most
    )
    .fetch_all(tx)
    .await?;
    let lines = rows.into_iter().filter_map(|row| {
        Some(TraceLine {
            id: TraceId(row.id),
            at: row.at,
            purpose: Purpose::parse(&row.purpose)?,
            passed: row.outcome == "passed",
            reason: row.reason.as_deref().and_then(Reason::parse),
            subject: row.subject,
            email: row.email,
        })
    });
    Ok(lines.collect())
}

/// The tests of a connection, the newest first: at most `most`, and only those by a set-up link where one is given.
///
/// # Errors
/// [`DbError`].
pub async fn tests(
    tx: &mut TenantTx,
    connection: ConnectionId,
    by: Option<SetupLinkId>,
    most: i64,
) -> Result<Vec<TraceLine>, DbError> {
    // The step that says by which link a test was made, as the report keeps it.
    let by = by.map(|link| json!([{ "check": setup_link::CHECK, "words": link.to_string() }]));
    let rows = sqlx::query!(
        "SELECT id, at, outcome, reason, subject, email FROM sso_trace
         WHERE tenant_id = $1 AND connection_id = $2 AND purpose = 'test'
           AND ($3::jsonb IS NULL OR report -> 'steps' @> $3)
         ORDER BY id DESC LIMIT $4",
        tx.tenant_id(),
        connection.0,
        by,
        most
    )
    .fetch_all(tx)
    .await?;
    let lines = rows.into_iter().map(|row| TraceLine {
        id: TraceId(row.id),
        at: row.at,
        purpose: Purpose::Test,
        passed: row.outcome == "passed",
        reason: row.reason.as_deref().and_then(Reason::parse),
        subject: row.subject,
        email: row.email,
    });
    Ok(lines.collect())
}

/// One trace.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut TenantTx, id: TraceId) -> Result<Option<Trace>, DbError> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, connection_id, at, purpose, reason, subject, email, report, request_id FROM sso_trace
         WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.and_then(Row::read))
}

struct Row {
    id: Uuid,
    connection_id: Uuid,
    at: OffsetDateTime,
    purpose: String,
    reason: Option<String>,
    subject: String,
    email: String,
    report: serde_json::Value,
    request_id: String,
}

impl Row {
    fn read(self) -> Option<Trace> {
        Some(Trace {
            id: TraceId(self.id),
            connection: ConnectionId(self.connection_id),
            at: self.at,
            purpose: Purpose::parse(&self.purpose)?,
            reason: self.reason.as_deref().and_then(Reason::parse),
            subject: self.subject,
            email: self.email,
            report: serde_json::from_value(self.report).unwrap_or_default(),
            request_id: self.request_id,
        })
    }
}
