//! What Stripe is to be told, and telling it: each row once, under one Idempotency-Key, until its answer is known.
//!
//! A row is claimed by moving its time to the end of a lease, so one that a crashed server had claimed is due again by
//! itself; Stripe knows its key and does it no second time. Stripe forgets keys after a day. So a row of which it is not
//! known whether Stripe did it is given up before that, and the operator decides (`rowhouse billing retry`).

mod call;

use std::time::Instant;

use serde_json::Value;
use sqlx::{PgPool, postgres::PgPoolOptions};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{Billing, StripeError, event, stripe::Answer, take};
use crate::{ambient::Ambient, backoff, db::DbError};

use self::call::Call;

/// How long a server has for a row that it claimed: longer than Stripe may take.
const LEASE: Duration = Duration::minutes(2);
/// For so long after the claim the next row is begun with: Stripe is asked twice for it at most, and the lease still holds
/// then. Otherwise another server would tell of it too, and this one once more when things are different already.
const BEGUN_WITHIN: std::time::Duration = std::time::Duration::from_secs(75);
/// Rows that are told of in one look.
const AT_A_TIME: i64 = 20;
/// The first pause after a failure; each further one is twice as long.
const PAUSE: Duration = Duration::seconds(5);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::hours(1);
/// No row waits longer than this from one try to the next: one that is said to was put off by a clock that went back.
const FARTHEST: Duration = Duration::hours(2);
/// How long it may be unknown whether Stripe did something: less than the day for which it knows a key.
const UNCERTAIN_FOR: Duration = Duration::hours(23);
/// How long a request is tried.
const TRIED_FOR: Duration = Duration::days(3);
/// How long usage is: Stripe takes it for 35 days.
const USAGE_TRIED_FOR: Duration = Duration::days(30);

/// A row that this server is to tell of now.
#[derive(Debug, Clone)]
struct Claimed {
    id: Uuid,
    tenant_id: Option<Uuid>,
    kind: String,
    body: Value,
    created_at: OffsetDateTime,
    /// This attempt included.
    attempts: i32,
    generation: i32,
    uncertain_since: Option<OffsetDateTime>,
}

/// A row, as the operator sees it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub slug: Option<String>,
    /// What for.
    pub kind: String,
    /// How.
    pub body: Value,
    /// When it was written.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// How often Stripe was told.
    pub attempts: i32,
    /// When it was given up.
    #[serde(with = "time::serde::rfc3339::option")]
    pub failed_at: Option<OffsetDateTime>,
    /// What went wrong the last time.
    pub last_error: Option<String>,
}

/// What a look came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    /// Rows that Stripe did.
    pub done: usize,
    /// Rows that are tried again later.
    pub postponed: usize,
    /// Rows that were given up.
    pub given_up: usize,
}

/// The outbox, with the operator's rights. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbox {
    pool: PgPool,
    ambient: Ambient,
}

impl Outbox {
    /// Prepares at most two connections, which are made when they are needed.
    ///
    /// # Errors
    /// [`DbError`] when the address cannot be read.
    pub fn open(operator_url: &str, ambient: Ambient) -> Result<Self, DbError> {
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .acquire_timeout(std::time::Duration::from_secs(5))
            .connect_lazy(operator_url)?;
        Ok(Self { pool, ambient })
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Tells Stripe what is due, a row at a time: the order of a tenant's requests matters.
    ///
    /// # Errors
    /// [`DbError`]; what was claimed is due again later.
    pub async fn round(&self, billing: &Billing) -> Result<Round, DbError> {
        let mut round = Round::default();
        let began = Instant::now();
        for row in self.claim().await? {
            if began.elapsed() > BEGUN_WITHIN {
                // Stripe is slow. What is left is due when the lease is over.
                break;
            }
            match self.tell(billing, &row).await? {
                None => round.done += 1,
                Some(error) => {
                    if self.put_off(&row, &error).await? {
                        round.postponed += 1;
                    } else {
                        round.given_up += 1;
                    }
                }
            }
        }
        Ok(round)
    }

    async fn tell(&self, billing: &Billing, row: &Claimed) -> Result<Option<StripeError>, DbError> {
        let call = match Call::of(&self.pool, row).await? {
            Ok(call) => call,
            Err(nothing) => {
                let refused =
                    StripeError::Refused { status: 0, code: Some("nothing_to_do".to_owned()), message: nothing };
                return Ok(Some(refused));
            }
        };
        let key = format!("{}-{}", row.id.simple(), row.generation);
        match call.send(billing.stripe(), &key).await {
            Ok(answer) => {
                self.take_answer(billing, row, &answer).await?;
                self.done(row).await?;
                Ok(None)
            }
            Err(error) => Ok(Some(error)),
        }
    }

    /// What Stripe answers with is how the subscription stands now: it need not be waited for as an event. An answer that
    /// was kept from an earlier try says how it stood then; there the events say the rest.
    async fn take_answer(&self, billing: &Billing, row: &Claimed, answer: &Answer) -> Result<(), DbError> {
        let Some(said_at) = answer.said_at else { return Ok(()) };
        if answer.body["object"] != "subscription" || row.tenant_id.is_none() {
            return Ok(());
        }
        match event::of_fetched(&answer.body, said_at, self.ambient.uuid(), billing.settings().is_live()) {
            Ok(facts) => {
                take::take(&self.pool, &facts, &answer.body.to_string(), self.ambient.now()).await?;
            }
            Err(error) => tracing::warn!(%error, row = %row.id, "what Stripe answered with cannot be read"),
        }
        Ok(())
    }

    async fn claim(&self) -> Result<Vec<Claimed>, DbError> {
        let now = self.ambient.now();
        let mut rows = sqlx::query_as!(
            Claimed,
            "WITH due AS MATERIALIZED (
                 SELECT id FROM control.billing_outbox
                 WHERE done_at IS NULL AND failed_at IS NULL AND (next_attempt_at <= $1 OR next_attempt_at > $4)
                 ORDER BY next_attempt_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
             )
             UPDATE control.billing_outbox o SET attempts = o.attempts + 1, next_attempt_at = $2
             FROM due WHERE o.id = due.id
             RETURNING o.id, o.tenant_id, o.kind, o.body, o.created_at, o.attempts, o.generation, o.uncertain_since",
            now,
            now + LEASE,
            AT_A_TIME,
            now + FARTHEST
        )
        .fetch_all(&self.pool)
        .await?;
        rows.sort_by_key(|row| (row.created_at, row.id));
        Ok(rows)
    }

    async fn done(&self, row: &Claimed) -> Result<(), DbError> {
        sqlx::query!(
            "UPDATE control.billing_outbox SET done_at = $2, failed_at = NULL, last_error = NULL WHERE id = $1",
            row.id,
            self.ambient.now()
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Tries a row again later, or gives it up. Answers whether it is tried again.
    async fn put_off(&self, row: &Claimed, error: &StripeError) -> Result<bool, DbError> {
        let now = self.ambient.now();
        let next = next(row, error, now);
        tracing::warn!(row = %row.id, kind = row.kind, attempt = row.attempts, %error, again = next.again.is_some(),
            "Stripe was told in vain");
        sqlx::query!(
            "UPDATE control.billing_outbox
             SET next_attempt_at = coalesce($3, next_attempt_at),
                 failed_at = CASE WHEN $3::timestamptz IS NULL THEN $4::timestamptz END,
                 last_error = $5, uncertain_since = $6, generation = generation + $7
             WHERE id = $1 AND attempts = $2 AND done_at IS NULL",
            row.id,
            row.attempts,
            next.again,
            now,
            error.to_string().chars().take(1000).collect::<String>(),
            next.uncertain_since,
            i32::from(next.other_key)
        )
        .execute(&self.pool)
        .await?;
        Ok(next.again.is_some())
    }

    /// The rows that wait or were given up, the newest first.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn open_rows(&self) -> Result<Vec<Row>, DbError> {
        Ok(sqlx::query_as!(
            Row,
            r#"SELECT o.id, t.slug AS "slug?", o.kind, o.body, o.created_at, o.attempts, o.failed_at, o.last_error
               FROM control.billing_outbox o LEFT JOIN control.tenant t ON t.id = o.tenant_id
               WHERE o.done_at IS NULL AND (o.attempts > 0 OR o.failed_at IS NULL)
               ORDER BY o.created_at DESC, o.id LIMIT 500"#
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Tries a row again that was given up, under a new key: for when it is known that Stripe did not do it. Answers
    /// whether there is such a row.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn retry(&self, id: Uuid) -> Result<bool, DbError> {
        let now = self.ambient.now();
        let done = sqlx::query!(
            "UPDATE control.billing_outbox
             SET failed_at = NULL, uncertain_since = NULL, generation = generation + 1, created_at = $2,
                 next_attempt_at = $2
             WHERE id = $1 AND failed_at IS NOT NULL",
            id,
            now
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends the connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// What becomes of a row that Stripe was told of in vain.
#[derive(Debug, PartialEq, Eq)]
struct Next {
    /// When it is tried again; none: it is given up.
    again: Option<OffsetDateTime>,
    uncertain_since: Option<OffsetDateTime>,
    /// Whether under another key.
    other_key: bool,
}

fn next(row: &Claimed, error: &StripeError, now: OffsetDateTime) -> Next {
    let uncertain_since = row.uncertain_since.or(error.is_uncertain().then_some(now));
    let tried_for = if row.kind == "usage" { USAGE_TRIED_FOR } else { TRIED_FOR };
    let is_over = matches!(error, StripeError::Refused { .. }) && !error.is_of_another_request()
        || now - row.created_at > tried_for
        || uncertain_since.is_some_and(|since| now - since > UNCERTAIN_FOR);
    let pause = backoff::pause(PAUSE, LONGEST_PAUSE, row.attempts);
    let pause = match error {
        StripeError::Busy { after: Some(after) } => pause.max(*after),
        // Somebody has to change the configuration first.
        StripeError::Key(_) => LONGEST_PAUSE,
        _ => pause,
    };
    Next {
        again: (!is_over).then(|| now + pause),
        uncertain_since,
        // An error that is kept under the key would come again. What is told here is either how something is to be, which
        // may be said twice, or usage, which has an identifier of its own beside the key.
        other_key: error.is_of_another_request() || matches!(error, StripeError::Broken { is_kept: true, .. }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

    fn row(attempts: i32) -> Claimed {
        Claimed {
            id: Uuid::nil(),
            tenant_id: None,
            kind: "seats".to_owned(),
            body: Value::Null,
            created_at: NOW,
            attempts,
            generation: 0,
            uncertain_since: None,
        }
    }

    #[test]
    fn pauses_grow_to_an_hour() {
        let broken = StripeError::Broken { status: 500, is_kept: false };
        let pause = |attempts| next(&row(attempts), &broken, NOW).again.unwrap() - NOW;
        assert_eq!(pause(1), Duration::seconds(5));
        assert_eq!(pause(3), Duration::seconds(20));
        assert_eq!(pause(11), Duration::hours(1));
        assert_eq!(pause(i32::MAX), Duration::hours(1));
        let busy = StripeError::Busy { after: Some(Duration::seconds(90)) };
        assert_eq!(next(&row(1), &busy, NOW).again, Some(NOW + Duration::seconds(90)));
    }

    #[test]
    fn what_is_refused_or_uncertain_for_long_is_given_up() {
        let refused = StripeError::Refused { status: 400, code: None, message: String::new() };
        assert_eq!(next(&row(1), &refused, NOW).again, None);
        let code = Some("idempotency_error".to_owned());
        let taken = next(&row(1), &StripeError::Refused { status: 400, code, message: String::new() }, NOW);
        assert!(taken.again.is_some() && taken.other_key, "the key stands for how things were before");
        let broken = StripeError::Broken { status: 500, is_kept: true };
        let first = next(&row(1), &broken, NOW);
        assert_eq!((first.uncertain_since, first.other_key), (Some(NOW), true));
        let uncertain = Claimed { uncertain_since: first.uncertain_since, kind: "usage".to_owned(), ..row(9) };
        assert!(next(&uncertain, &broken, NOW + Duration::hours(23)).again.is_some());
        let busy = StripeError::Busy { after: None };
        assert_eq!(next(&uncertain, &busy, NOW + Duration::hours(24)).again, None, "Stripe has forgotten the key");
        // What was never sent may be tried for longer.
        let unsent = Claimed { kind: "usage".to_owned(), ..row(9) };
        assert!(next(&unsent, &busy, NOW + Duration::days(29)).again.is_some());
        assert_eq!(next(&unsent, &busy, NOW + Duration::days(31)).again, None);
    }
}
