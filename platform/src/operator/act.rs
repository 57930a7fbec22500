//! What operators do to tenants. Each act is the one that commands do too, in the transaction of its record.

use time::OffsetDateTime;

use super::OfTenant;
use crate::{
    ambient::Ambient,
    db::DbError,
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
    change_state(of, "active", Some(reason)).await
}

/// Lets a suspended tenant go on.
///
/// # Errors
/// [`StateError`].
pub async fn resume(of: &mut OfTenant) -> Result<(), StateError> {
    change_state(of, "suspended", None).await
}

/// A tenant that its owner closed, or that somebody else suspended meanwhile, stays as it is.
async fn change_state(of: &mut OfTenant, from: &str, reason: Option<&str>) -> Result<(), StateError> {
    let state = state(of).await?;
    if state != from {
        return Err(StateError::Otherwise(state));
    }
    let slug = of.slug().to_owned();
    tenancy::set_suspended(of.connection(), &slug, reason).await?;
    Ok(())
}

/// Nobody else changes it until the transaction ends.
async fn state(of: &mut OfTenant) -> Result<String, DbError> {
    let tenant = of.id().0;
    Ok(sqlx::query_scalar!("SELECT state FROM control.tenant WHERE id = $1 FOR UPDATE", tenant)
        .fetch_one(of.connection())
        .await?)
}

/// Says to the history of plans who changes what follows, and why.
async fn ascribe(of: &mut OfTenant, reason: &str) -> Result<By, DbError> {
    // An address may be longer than the history's column; the audit log has all of it.
    let actor = of.operator().email.chars().take(ACTOR_LENGTH).collect();
    let by = By { actor, reason: reason.to_owned(), billing_event: None };
    change::ascribe(of.connection(), &by).await?;
    Ok(by)
}
