//! Putting what Stripe said into the database, once.

use sqlx::PgExecutor;
use time::OffsetDateTime;

use super::Facts;
use crate::db::DbError;

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is part of what a tenant's subscription is computed from.
    Applied,
    /// It is kept until it is known whose customer it is about.
    Waiting,
    /// It says nothing about a subscription.
    Ignored,
    /// It was taken before.
    Known,
}

/// Takes an event, or what was fetched. Everything that follows from it is in the same transaction.
///
/// # Errors
/// [`DbError`].
pub async fn take(
    executor: impl PgExecutor<'_>,
    facts: &Facts,
    payload: &str,
    now: OffsetDateTime,
) -> Result<Outcome, DbError> {
    let words = serde_json::to_value(facts).map_err(|error| DbError::Sql(sqlx::Error::Encode(error.into())))?;
    let outcome =
        sqlx::query_scalar!(r#"SELECT control.take_stripe_event($1, $2, $3) AS "outcome!""#, words, payload, now)
            .fetch_one(executor)
            .await?;
    Ok(match outcome.as_str() {
        "applied" => Outcome::Applied,
        "waiting" => Outcome::Waiting,
        "known" => Outcome::Known,
        _ => Outcome::Ignored,
    })
}
