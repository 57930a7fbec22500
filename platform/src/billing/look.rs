//! Asking Stripe how an object stands, where what it said leaves that open: two updates of one subscription within one
//! second, a payment method or a discount that is only named. The database writes down what is to be asked
//! (`control.want_stripe_look`), the upkeep asks; no request waits for it.

use sqlx::PgPool;
use time::{Duration, OffsetDateTime};

use super::{
    Billing, StripeError,
    event::{self, Facts},
    stripe::{Answer, Stripe},
    take,
};
use crate::{ambient::Ambient, backoff, db::DbError};

/// How long a server has for an object that it claimed: longer than Stripe may take for two answers.
const LEASE: Duration = Duration::minutes(2);
/// Objects that are asked about in one look.
const AT_A_TIME: i64 = 20;
/// For so long after the claim the next one is begun with.
const BEGUN_WITHIN: std::time::Duration = std::time::Duration::from_mins(1);
/// The first pause after a failure; each further one is twice as long.
const PAUSE: Duration = Duration::seconds(5);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::hours(1);
/// After so many attempts, which take more than a day, it is left as it is.
const ATTEMPTS: i32 = 36;
/// What was said so long ago is asked anew, in case that an event went astray.
const STALE_AFTER: Duration = Duration::days(7);
/// How much of that is asked for at a time.
const STALE_AT_A_TIME: i64 = 200;
/// For so long it is believed of what Stripe has no more, unless an event names it.
const GONE_FOR: Duration = Duration::days(30);

struct Claimed {
    object_id: String,
    kind: String,
    about: OffsetDateTime,
    times: i32,
    /// This attempt included.
    attempts: i32,
}

/// What is known of an object now that Stripe was asked.
enum Found {
    /// How it stands was taken.
    Taken,
    /// Stripe's clock still shows the second that is in question.
    TooEarly,
    /// Stripe has no such object.
    Gone,
    /// Nothing can be read of it.
    Nothing,
}

/// Asks Stripe what is to be asked now. Answers about how many objects it said something new.
pub(super) async fn round(pool: &PgPool, ambient: &Ambient, billing: &Billing) -> Result<usize, DbError> {
    let began = std::time::Instant::now();
    let mut taken = 0;
    for look in claim(pool, ambient.now()).await? {
        if began.elapsed() > BEGUN_WITHIN {
            break;
        }
        // What the database does not take of one object keeps no other waiting.
        match ask(pool, ambient, billing, &look).await {
            Ok(Found::Taken) => {
                taken += 1;
                forget(pool, &look).await?;
            }
            Ok(Found::Gone) => keep_as_gone(pool, &look, ambient.now()).await?,
            Ok(Found::Nothing) => forget(pool, &look).await?,
            Ok(Found::TooEarly) => put_off(pool, &look, ambient.now() + PAUSE).await?,
            Err(error) if look.attempts >= ATTEMPTS => {
                tracing::error!(object = look.object_id, %error, "Stripe was asked in vain for too long");
                forget(pool, &look).await?;
            }
            Err(error) => {
                tracing::warn!(object = look.object_id, attempt = look.attempts, %error, "Stripe was asked in vain");
                let pause = match &error {
                    LookError::Stripe(StripeError::Key(_)) => LONGEST_PAUSE,
                    LookError::Stripe(StripeError::Busy { after: Some(after) }) => *after,
                    _ => backoff::pause(PAUSE, LONGEST_PAUSE, look.attempts),
                };
                put_off(pool, &look, ambient.now() + pause).await?;
            }
        }
    }
    Ok(taken)
}

/// Why how an object stands is not known now.
#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error(transparent)]
    Stripe(#[from] StripeError),
    #[error(transparent)]
    Database(#[from] DbError),
}

async fn ask(pool: &PgPool, ambient: &Ambient, billing: &Billing, look: &Claimed) -> Result<Found, LookError> {
    let id = &look.object_id;
    let asked = match look.kind.as_str() {
        "subscription" => subscription(billing.stripe(), &format!("/v1/subscriptions/{id}"), "discounts").await,
        "customer" => billing.stripe().get(&format!("/v1/customers/{id}")).await,
        _ => billing.stripe().get(&format!("/v1/payment_methods/{id}")).await,
    };
    let answer = match asked {
        Ok(answer) => answer,
        Err(StripeError::Refused { status: 404, code, .. }) => {
            // Whatever else answers so, such as a proxy on the way, does not know.
            let is_said = code.as_deref() == Some("resource_missing");
            return Ok(if is_said { Found::Gone } else { Found::Nothing });
        }
        Err(error) => return Err(error.into()),
    };
    let Some(said_at) = answer.said_at else { return Err(StripeError::Unreadable.into()) };
    if said_at <= look.about {
        return Ok(Found::TooEarly);
    }
    let facts: Facts = match event::of_fetched(&answer.body, said_at, ambient.uuid(), billing.settings().is_live()) {
        Ok(facts) => facts,
        Err(error) => {
            tracing::error!(object = id, %error, "what Stripe answered with cannot be read");
            return Ok(Found::Nothing);
        }
    };
    take::take(pool, &facts, &answer.body.to_string(), ambient.now()).await?;
    Ok(Found::Taken)
}

/// Fetches subscriptions with their discounts, which by themselves are ids. Who may not see those, or has a version without
/// them, sees the rest.
pub(super) async fn subscription(stripe: &Stripe, path: &str, discounts: &str) -> Result<Answer, StripeError> {
    let joint = if path.contains('?') { '&' } else { '?' };
    match stripe.get(&format!("{path}{joint}expand%5B%5D={discounts}")).await {
        Err(StripeError::Refused { status: 400, .. }) => stripe.get(path).await,
        other => other,
    }
}

async fn claim(pool: &PgPool, now: OffsetDateTime) -> Result<Vec<Claimed>, DbError> {
    let mut looks = sqlx::query_as!(
        Claimed,
        "WITH due AS MATERIALIZED (
             SELECT object_id FROM control.stripe_look
             WHERE next_attempt_at <= $1 ORDER BY next_attempt_at, object_id LIMIT $3 FOR UPDATE SKIP LOCKED
         )
         UPDATE control.stripe_look l SET attempts = l.attempts + 1, next_attempt_at = $2
         FROM due WHERE l.object_id = due.object_id
         RETURNING l.object_id, l.kind, l.about, l.times, l.attempts",
        now,
        now + LEASE,
        AT_A_TIME
    )
    .fetch_all(pool)
    .await?;
    looks.sort_by(|one, other| one.object_id.cmp(&other.object_id));
    Ok(looks)
}

/// Takes the wish away, unless it was wished again meanwhile.
async fn forget(pool: &PgPool, look: &Claimed) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM control.stripe_look WHERE object_id = $1 AND times = $2", look.object_id, look.times)
        .execute(pool)
        .await?;
    Ok(())
}

/// The same, and keeps that there is no such object: it is not asked for again until an event names it or a month is over.
async fn keep_as_gone(pool: &PgPool, look: &Claimed, now: OffsetDateTime) -> Result<(), DbError> {
    sqlx::query!(
        "WITH asked AS (
             DELETE FROM control.stripe_look WHERE object_id = $1 AND times = $2 RETURNING object_id, stripe_customer
         )
         INSERT INTO control.stripe_gone (object_id, stripe_customer, gone_at)
         SELECT object_id, stripe_customer, $3::timestamptz FROM asked
         ON CONFLICT (object_id) DO UPDATE SET gone_at = EXCLUDED.gone_at",
        look.object_id,
        look.times,
        now
    )
    .execute(pool)
    .await?;
    Ok(())
}

async fn put_off(pool: &PgPool, look: &Claimed, until: OffsetDateTime) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE control.stripe_look SET next_attempt_at = $3 WHERE object_id = $1 AND times = $2",
        look.object_id,
        look.times,
        until
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Has Stripe asked what tenants pay with, where it last said so long ago, or named it and never said what it is; but not
/// for what it said to have no more.
pub(super) async fn refresh(pool: &PgPool, now: OffsetDateTime) -> Result<(), DbError> {
    sqlx::query!(
        "INSERT INTO control.stripe_look (object_id, kind, stripe_customer, about, next_attempt_at)
         SELECT stale.id, stale.kind, stale.customer, to_timestamp(0), $1::timestamptz
         FROM (
             SELECT c.id, 'customer' AS kind, c.id AS customer, p.seen_at
             FROM control.subscription s JOIN control.stripe_customer c ON c.id = s.stripe_customer
             LEFT JOIN control.stripe_payer p ON p.stripe_customer = c.id
             UNION ALL
             SELECT m.id, 'payment_method', m.stripe_customer, m.seen_at
             FROM control.subscription s JOIN control.stripe_payment_method m ON m.stripe_customer = s.stripe_customer
             WHERE NOT m.is_detached
             UNION ALL
             SELECT n.method, 'payment_method', s.stripe_customer, NULL
             FROM control.subscription s
             LEFT JOIN control.stripe_subscription b ON b.id = s.stripe_subscription
             LEFT JOIN control.stripe_payer p ON p.stripe_customer = s.stripe_customer
             CROSS JOIN LATERAL (SELECT coalesce(b.payment_method, p.payment_method) AS method) n
             WHERE n.method IS NOT NULL
                 AND NOT EXISTS (SELECT FROM control.stripe_payment_method m WHERE m.id = n.method)
         ) stale
         WHERE (stale.seen_at IS NULL OR stale.seen_at < $2)
             AND NOT EXISTS (SELECT FROM control.stripe_gone g WHERE g.object_id = stale.id AND g.gone_at > $4)
         ORDER BY stale.seen_at NULLS FIRST LIMIT $3
         ON CONFLICT (object_id) DO NOTHING",
        now,
        now - STALE_AFTER,
        STALE_AT_A_TIME,
        now - GONE_FOR
    )
    .execute(pool)
    .await?;
    Ok(())
}
