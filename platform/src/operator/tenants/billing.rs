//! What Stripe said about a tenant, what it is still to be told, and what was changed by it.

use time::OffsetDateTime;

use super::super::OfTenant;
use crate::{
    db::DbError,
    plan::ledger::{self, Noted},
};

/// An event of Stripe's.
#[derive(Debug, Clone)]
pub struct Event {
    /// Stripe's id of it.
    pub id: String,
    /// Its kind, such as `invoice.paid`.
    pub kind: String,
    /// When it happened, by Stripe's clock.
    pub created_at: OffsetDateTime,
    /// When it arrived.
    pub received_at: OffsetDateTime,
    /// Whether it is about real money.
    pub is_live: bool,
    /// `applied`, `waiting` or `ignored`.
    pub outcome: String,
    /// What the operator should know about it.
    pub note: Option<String>,
    /// As it came.
    pub payload: serde_json::Value,
}

/// The newest events about a tenant's customers at Stripe, those before one of them where that is given.
///
/// # Errors
/// [`DbError`].
pub async fn events(of: &mut OfTenant, before: Option<&str>, most: i64) -> Result<Vec<Event>, DbError> {
    let tenant = of.id().0;
    Ok(sqlx::query_as!(
        Event,
        "SELECT e.id, e.kind, e.created_at, e.received_at, e.is_live, e.outcome, e.note, e.payload
         FROM control.stripe_event e JOIN control.stripe_customer c ON c.id = e.stripe_customer
         WHERE c.tenant_id = $1
             AND ($2::text IS NULL
                  OR (e.received_at, e.id) < (SELECT x.received_at, x.id FROM control.stripe_event x WHERE x.id = $2))
         ORDER BY e.received_at DESC, e.id DESC LIMIT $3",
        tenant,
        before,
        most
    )
    .fetch_all(of.connection())
    .await?)
}

/// A request to Stripe.
#[derive(Debug, Clone)]
pub struct Request {
    /// What it asks for: `seats`, `plan`, `usage`.
    pub kind: String,
    /// When it was left.
    pub created_at: OffsetDateTime,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was given up.
    pub failed_at: Option<OffsetDateTime>,
    /// What went wrong the last time.
    pub last_error: Option<String>,
}

/// The requests about a tenant that are not done: those on their way, and those that were given up after they were tried.
///
/// # Errors
/// [`DbError`].
pub async fn requests(of: &mut OfTenant, most: i64) -> Result<Vec<Request>, DbError> {
    let tenant = of.id().0;
    Ok(sqlx::query_as!(
        Request,
        "SELECT kind, created_at, attempts, failed_at, last_error FROM control.billing_outbox
         WHERE tenant_id = $1 AND done_at IS NULL AND (failed_at IS NULL OR attempts > 0)
         ORDER BY created_at DESC LIMIT $2",
        tenant,
        most
    )
    .fetch_all(of.connection())
    .await?)
}

/// What was changed about a tenant's subscription and overrides, by whom and why, the newest first.
///
/// # Errors
/// [`DbError`].
pub async fn history(of: &mut OfTenant, most: i64) -> Result<Vec<Noted>, DbError> {
    let tenant = of.id();
    ledger::history(of.connection(), tenant, most).await
}

/// What plans are called, by key and name: the history says their keys.
///
/// # Errors
/// [`DbError`].
pub async fn plan_names(of: &mut OfTenant) -> Result<Vec<(String, String)>, DbError> {
    super::plans_by(of.connection()).await
}
