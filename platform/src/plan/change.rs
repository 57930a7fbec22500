//! Changing plans and subscriptions, with the rights of the operator: by commands, by the console and by billing. Every
//! change is noted with who made it and why, by triggers; servers hear of it within a second.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, Postgres, Transaction};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{Feature, Limit, Overridden, PlanKey, Price};
use crate::{ambient::Ambient, db::DbError, id::TenantId};

/// Who changes something, and why: what the history says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Who: an operator's name, `command line`, `billing`, `system`.
    pub actor: String,
    /// Why, in words.
    pub reason: String,
    /// The billing event that it follows from.
    pub billing_event: Option<String>,
}

/// Why something is not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such tenant.
    #[error("there is no such tenant")]
    NoTenant,
    /// There is no such plan, or no version of it that can be chosen.
    #[error("there is no plan “{0}” that can be chosen")]
    NoPlan(PlanKey),
    /// A subscription of the payment provider stands behind it, whose word would undo the change.
    #[error("this subscription is paid through the payment provider: change or cancel it there")]
    Billed,
    /// It lasts no time at all.
    #[error("the end has to lie in the future")]
    Ended,
    /// A limit is less than nothing, or more than can be heeded.
    #[error("{} can be limited to 0 to {}", .0.label(), .0.greatest())]
    OutOfRange(Limit),
    /// There is nothing to change.
    #[error("there is no such override")]
    NoOverride,
    /// `PostgreSQL` refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<sqlx::Error> for ChangeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Opens a transaction whose changes the history ascribes to `by`.
///
/// # Errors
/// [`DbError`].
pub async fn begin<'c>(connection: &'c mut PgConnection, by: &By) -> Result<Transaction<'c, Postgres>, DbError> {
    let mut tx = connection.begin().await?;
    ascribe(&mut tx, by).await?;
    Ok(tx)
}

/// The same for a transaction that is open.
///
/// # Errors
/// [`DbError`].
pub async fn ascribe(tx: &mut PgConnection, by: &By) -> Result<(), DbError> {
    sqlx::query!(
        "SELECT set_config('app.plan_actor', $1, true) AS actor, set_config('app.plan_reason', $2, true) AS reason,
             set_config('app.plan_event', $3, true) AS event",
        by.actor,
        by.reason,
        by.billing_event.as_deref().unwrap_or_default()
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

/// The tenant of this name.
///
/// # Errors
/// [`ChangeError::NoTenant`], [`ChangeError::Database`].
pub async fn tenant(tx: &mut PgConnection, slug: &str) -> Result<TenantId, ChangeError> {
    let id = sqlx::query_scalar!("SELECT id FROM control.tenant WHERE slug = $1", slug).fetch_optional(tx).await?;
    id.map(TenantId).ok_or(ChangeError::NoTenant)
}

/// Gives a tenant the newest version of a plan, agreed with the operator: nothing is paid here.
///
/// # Errors
/// [`ChangeError`].
pub async fn set_plan(
    tx: &mut PgConnection,
    now: OffsetDateTime,
    tenant: TenantId,
    plan: &PlanKey,
) -> Result<(), ChangeError> {
    let version = newest(tx, plan).await?;
    not_billed(tx, tenant).await?;
    sqlx::query!(
        "UPDATE control.subscription
         SET plan_version_id = $2, state = 'manual', seats = NULL, trial_ends_at = NULL, period_start = NULL,
             period_end = NULL, cancel_at_period_end = false, past_due_since = NULL, read_only_at = NULL,
             suspended_at = NULL, updated_at = $3
         WHERE tenant_id = $1",
        tenant.0,
        version,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Lets a tenant try the newest version of a plan until a moment. Then it falls back to the initial plan, unless it is
/// paid for by then.
///
/// # Errors
/// [`ChangeError`].
pub async fn start_trial(
    tx: &mut PgConnection,
    now: OffsetDateTime,
    tenant: TenantId,
    plan: &PlanKey,
    lasts: Duration,
) -> Result<OffsetDateTime, ChangeError> {
    let version = newest(tx, plan).await?;
    not_billed(tx, tenant).await?;
    let ends_at = now.checked_add(lasts).filter(|ends_at| *ends_at > now).ok_or(ChangeError::Ended)?;
    sqlx::query!(
        "UPDATE control.subscription
         SET plan_version_id = $2, state = 'trialing', trial_ends_at = $4, seats = NULL, period_start = $3,
             period_end = $4, cancel_at_period_end = false, past_due_since = NULL, read_only_at = NULL,
             suspended_at = NULL, updated_at = $3
         WHERE tenant_id = $1",
        tenant.0,
        version,
        now,
        ends_at
    )
    .execute(tx)
    .await?;
    Ok(ends_at)
}

/// Makes everything of a tenant read-only, or lets it be changed again: a trial goes on then, until its day. Answers
/// whether that was news.
///
/// # Errors
/// [`ChangeError`].
pub async fn set_read_only(
    tx: &mut PgConnection,
    now: OffsetDateTime,
    tenant: TenantId,
    read_only: bool,
) -> Result<bool, ChangeError> {
    not_billed(tx, tenant).await?;
    let done = if read_only {
        sqlx::query!(
            "UPDATE control.subscription
             SET state = 'read_only', read_only_at = $2, suspended_at = NULL, past_due_since = NULL, updated_at = $2
             WHERE tenant_id = $1 AND state NOT IN ('read_only', 'suspended')",
            tenant.0,
            now
        )
        .execute(tx)
        .await?
    } else {
        sqlx::query!(
            "UPDATE control.subscription
             SET state = CASE WHEN trial_ends_at IS NULL THEN 'manual' ELSE 'trialing' END, read_only_at = NULL,
                 suspended_at = NULL, past_due_since = NULL, updated_at = $2
             WHERE tenant_id = $1 AND state IN ('read_only', 'suspended')",
            tenant.0,
            now
        )
        .execute(tx)
        .await?
    };
    Ok(done.rows_affected() == 1)
}

/// Makes something otherwise for one tenant than its plan says, in place of what was made otherwise before.
///
/// # Errors
/// [`ChangeError`].
pub async fn set_override(
    tx: &mut PgConnection,
    ambient: &Ambient,
    tenant: TenantId,
    what: Overridden,
    ends_at: Option<OffsetDateTime>,
    by: &By,
) -> Result<(), ChangeError> {
    let now = ambient.now();
    if ends_at.is_some_and(|ends_at| ends_at <= now) {
        return Err(ChangeError::Ended);
    }
    if let Overridden::Limit(limit, Some(most)) = what {
        in_range(limit, most)?;
    }
    let (key, value) = match what {
        Overridden::Limit(limit, most) => (limit.word(), json!(most)),
        Overridden::Feature(feature, given) => (feature.word(), json!(given)),
    };
    end_override(tx, now, tenant, key).await?;
    sqlx::query!(
        "INSERT INTO control.entitlement_override (id, tenant_id, key, value, reason, ends_at, made_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        ambient.uuid(),
        tenant.0,
        key,
        value,
        by.reason,
        ends_at,
        by.actor,
        now
    )
    .execute(tx)
    .await
    .map_err(DbError::from)
    .map_err(|error| match error.constraint() {
        Some("entitlement_override_tenant_id_fkey") => ChangeError::NoTenant,
        _ => error.into(),
    })?;
    Ok(())
}

fn in_range(limit: Limit, most: i64) -> Result<(), ChangeError> {
    if (0..=limit.greatest()).contains(&most) { Ok(()) } else { Err(ChangeError::OutOfRange(limit)) }
}

/// Takes it back: what the plan says holds again.
///
/// # Errors
/// [`ChangeError::NoOverride`], [`ChangeError::Database`].
pub async fn remove_override(
    tx: &mut PgConnection,
    now: OffsetDateTime,
    tenant: TenantId,
    key: &str,
) -> Result<(), ChangeError> {
    if end_override(tx, now, tenant, key).await? { Ok(()) } else { Err(ChangeError::NoOverride) }
}

async fn end_override(
    tx: &mut PgConnection,
    now: OffsetDateTime,
    tenant: TenantId,
    key: &str,
) -> Result<bool, DbError> {
    let done = sqlx::query!(
        "UPDATE control.entitlement_override SET removed_at = $3
         WHERE tenant_id = $1 AND key = $2 AND removed_at IS NULL",
        tenant.0,
        key,
        now
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What a new version of a plan says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVersion {
    /// What it costs.
    pub price: Price,
    /// For how many days it can be tried.
    pub trial_days: i32,
    /// What it limits.
    pub limits: BTreeMap<Limit, i64>,
    /// What it includes.
    pub features: BTreeSet<Feature>,
    /// The price at the payment provider.
    pub stripe_price: Option<String>,
}

/// Publishes another version of a plan and retires those before it that are paid as often: who has one of them keeps it.
/// Answers its number.
///
/// # Errors
/// [`ChangeError`].
pub async fn publish(
    tx: &mut PgConnection,
    ambient: &Ambient,
    plan: &PlanKey,
    new: &NewVersion,
) -> Result<i32, ChangeError> {
    for (limit, most) in &new.limits {
        in_range(*limit, *most)?;
    }
    // Whoever publishes at the same time waits here.
    let known = sqlx::query_scalar!("SELECT key FROM control.plan WHERE key = $1 FOR UPDATE", plan.as_str())
        .fetch_optional(&mut *tx)
        .await?;
    if known.is_none() {
        return Err(ChangeError::NoPlan(plan.clone()));
    }
    let (now, interval) = (ambient.now(), new.price.interval.word());
    sqlx::query!(
        r#"UPDATE control.plan_version SET retired_at = $3 WHERE plan_key = $1 AND "interval" = $2 AND retired_at IS NULL"#,
        plan.as_str(),
        interval,
        now
    )
    .execute(&mut *tx)
    .await?;
    let limits: serde_json::Map<String, Value> =
        new.limits.iter().map(|(limit, most)| (limit.word().to_owned(), json!(most))).collect();
    let features: Vec<String> = new.features.iter().map(|feature| feature.word().to_owned()).collect();
    Ok(sqlx::query_scalar!(
        r#"INSERT INTO control.plan_version (id, plan_key, version, price_cents, currency, per_seat, "interval",
               trial_days, limits, features, stripe_price, created_at)
           SELECT $1, $2, coalesce(max(v.version), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11
           FROM control.plan_version v WHERE v.plan_key = $2
           RETURNING version"#,
        ambient.uuid(),
        plan.as_str(),
        new.price.cents,
        new.price.currency,
        new.price.per_seat,
        interval,
        new.trial_days,
        Value::Object(limits),
        &features,
        new.stripe_price,
        now
    )
    .fetch_one(tx)
    .await?)
}

/// Says with which plan new tenants begin.
///
/// # Errors
/// [`ChangeError::NoPlan`], [`ChangeError::Database`].
pub async fn set_initial(tx: &mut PgConnection, plan: &PlanKey) -> Result<(), ChangeError> {
    newest(tx, plan).await?;
    sqlx::query!("UPDATE control.plan SET is_initial = false WHERE is_initial").execute(&mut *tx).await?;
    sqlx::query!("UPDATE control.plan SET is_initial = true WHERE key = $1", plan.as_str()).execute(tx).await?;
    Ok(())
}

/// The newest version of a plan that can be chosen.
async fn newest(tx: &mut PgConnection, plan: &PlanKey) -> Result<Uuid, ChangeError> {
    let version = sqlx::query_scalar!(
        "SELECT id FROM control.plan_version WHERE plan_key = $1 AND retired_at IS NULL ORDER BY version DESC LIMIT 1",
        plan.as_str()
    )
    .fetch_optional(tx)
    .await?;
    version.ok_or_else(|| ChangeError::NoPlan(plan.clone()))
}

/// Whether the operator may change the subscription by hand. Until the transaction ends, nobody else changes it.
async fn not_billed(tx: &mut PgConnection, tenant: TenantId) -> Result<(), ChangeError> {
    let is_billed = sqlx::query_scalar!(
        r#"SELECT stripe_subscription IS NOT NULL AS "is_billed!" FROM control.subscription
           WHERE tenant_id = $1 FOR UPDATE"#,
        tenant.0
    )
    .fetch_optional(tx)
    .await?;
    match is_billed {
        None => Err(ChangeError::NoTenant),
        Some(true) => Err(ChangeError::Billed),
        Some(false) => Ok(()),
    }
}
