//! What operators do to tenants. Each act is the one that commands do too, in the transaction of its record.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    OfTenant,
    account::COMMAND,
    audit::{self, Action, By as RecordedBy, Record},
};
use crate::{
    ambient::Ambient,
    audit::Origin,
    db::DbError,
    id::TenantId,
    plan::{
        Overridden, PlanKey,
        change::{self, By, ChangeError},
        ledger::{self, Version},
    },
    tenancy,
};

/// As much of who made a change as the history of plans takes.
const ACTOR_LENGTH: usize = 200;

/// Why a tenant is not suspended, or does not go on.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It is not in the state in which this can be done.
    #[error("the workspace is {0} now: look at it again")]
    Otherwise(String),
    /// `PostgreSQL` refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// The plans that can be chosen: of each, the newest version.
///
/// # Errors
/// [`DbError`].
pub async fn plans(of: &mut OfTenant) -> Result<Vec<Version>, DbError> {
    let mut on_offer: Vec<Version> = Vec::new();
    for version in ledger::versions(of.connection()).await?.into_iter().filter(|one| one.retired_at.is_none()) {
        // They come in order: a later version of the same plan takes the place of the earlier.
        on_offer.retain(|other| other.plan != version.plan);
        on_offer.push(version);
    }
    Ok(on_offer)
}

/// Gives the tenant the newest version of a plan, agreed with it: nothing is paid here.
///
/// # Errors
/// [`ChangeError`].
pub async fn set_plan(of: &mut OfTenant, now: OffsetDateTime, plan: &PlanKey, reason: &str) -> Result<(), ChangeError> {
    ascribe(of, reason).await?;
    let tenant = of.id();
    change::set_plan(of.connection(), now, tenant, plan).await
}

/// Makes a limit or feature otherwise for the tenant than its plan says.
///
/// # Errors
/// [`ChangeError`].
pub async fn set_override(
    of: &mut OfTenant,
    ambient: &Ambient,
    what: Overridden,
    ends_at: Option<OffsetDateTime>,
    reason: &str,
) -> Result<(), ChangeError> {
    let by = ascribe(of, reason).await?;
    let tenant = of.id();
    change::set_override(of.connection(), ambient, tenant, what, ends_at, &by).await
}

/// Takes it back: what the plan says holds again.
///
/// # Errors
/// [`ChangeError`].
pub async fn end_override(of: &mut OfTenant, now: OffsetDateTime, key: &str, reason: &str) -> Result<(), ChangeError> {
    ascribe(of, reason).await?;
    let tenant = of.id();
    change::remove_override(of.connection(), now, tenant, key).await
}

/// Suspends the tenant.
///
/// # Errors
/// [`StateError`].
pub async fn suspend(of: &mut OfTenant, reason: &str) -> Result<(), StateError> {
    let (tenant, slug) = (of.id(), of.slug().to_owned());
    change_state(of.connection(), tenant, &slug, Some(reason)).await
}

/// Lets a suspended tenant go on.
///
/// # Errors
/// [`StateError`].
pub async fn resume(of: &mut OfTenant) -> Result<(), StateError> {
    let (tenant, slug) = (of.id(), of.slug().to_owned());
    change_state(of.connection(), tenant, &slug, None).await
}

/// Suspends a tenant where there is a reason, else lets it go on: for a command, and recorded as one. Answers whether
/// there is such a tenant.
///
/// # Errors
/// [`StateError`].
pub(crate) async fn set_suspended(
    tx: &mut PgConnection,
    ambient: &Ambient,
    slug: &str,
    reason: Option<&str>,
) -> Result<bool, StateError> {
    let id = sqlx::query_scalar!("SELECT id FROM control.tenant WHERE slug = $1", slug)
        .fetch_optional(&mut *tx)
        .await
        .map_err(DbError::from)?;
    let Some(tenant) = id.map(TenantId) else { return Ok(false) };
    change_state(tx, tenant, slug, reason).await?;
    let record = match reason {
        Some(reason) => Record::of(Action::TenantSuspended).because(reason),
        None => Record::of(Action::TenantResumed),
    };
    let by = RecordedBy::Name(None, COMMAND);
    audit::write(tx, ambient, &Origin::system(), by, record.about(tenant, slug)).await?;
    Ok(true)
}

/// A tenant that its owner closed, or that somebody else suspended meanwhile, stays as it is.
async fn change_state(
    tx: &mut PgConnection,
    tenant: TenantId,
    slug: &str,
    reason: Option<&str>,
) -> Result<(), StateError> {
    let from = if reason.is_some() { "active" } else { "suspended" };
    let state = state(tx, tenant).await?;
    if state != from {
        return Err(StateError::Otherwise(state));
    }
    tenancy::set_suspended(tx, slug, reason).await?;
    Ok(())
}

/// Nobody else changes it until the transaction ends.
async fn state(tx: &mut PgConnection, tenant: TenantId) -> Result<String, DbError> {
    Ok(sqlx::query_scalar!("SELECT state FROM control.tenant WHERE id = $1 FOR UPDATE", tenant.0).fetch_one(tx).await?)
}

/// Says to the history of plans who changes what follows, and why.
async fn ascribe(of: &mut OfTenant, reason: &str) -> Result<By, DbError> {
    // An address may be longer than the history's column; the audit log has all of it.
    let actor = of.operator().email.chars().take(ACTOR_LENGTH).collect();
    let by = By { actor, reason: reason.to_owned(), billing_event: None };
    change::ascribe(of.connection(), &by).await?;
    Ok(by)
}
