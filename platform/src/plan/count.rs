//! How much a tenant uses, counted from the tables that know it, and turns for those who use more.

use std::{collections::BTreeMap, future::Future};

use super::{Limit, PlanError};
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    members,
    storage::object,
    tenancy::domains,
};

/// What only the product can count.
pub trait ProductUse {
    /// How many projects there are that are not archived.
    fn projects(tx: &mut TenantTx) -> impl Future<Output = Result<i64, DbError>> + Send;

    /// What the projects are called that a plan with room for `most` has none for, and that can only be read.
    fn projects_over(tx: &mut TenantTx, most: i64) -> impl Future<Output = Result<Vec<String>, DbError>> + Send;
}

/// A turn at using more of something: who has it counts and adds alone in the tenant until the transaction ends. Two at a
/// time would both find the last place free.
///
/// # Errors
/// [`DbError`].
pub async fn turn(tx: &mut TenantTx, limit: Limit) -> Result<(), DbError> {
    let name = format!("plan/{}/{}", limit.word(), tx.tenant_id());
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name).execute(tx).await?;
    Ok(())
}

/// Seats that are taken: people with an active account.
///
/// # Errors
/// [`DbError`].
pub async fn seats(tx: &mut TenantTx, ambient: &Ambient) -> Result<i64, DbError> {
    Ok(members::seats(tx, ambient).await?.active)
}

/// Takes the turn at seats, and says whether one more person can come in: there is a seat, and the subscription is paid.
///
/// # Errors
/// [`DbError`].
pub async fn room_for_one(tx: &mut TenantTx, ambient: &Ambient) -> Result<Result<(), PlanError>, DbError> {
    if let Err(refused) = tx.entitlements().require_writable() {
        return Ok(Err(refused));
    }
    // Where seats are not limited, nobody waits for anybody.
    if tx.entitlements().limit(Limit::Seats).is_none() {
        return Ok(Ok(()));
    }
    turn(tx, Limit::Seats).await?;
    let taken = seats(tx, ambient).await?;
    Ok(tx.entitlements().require_room(Limit::Seats, taken, 1))
}

/// Takes the turn at seats, and says whether so many more people can be invited: those who are invited already and have
/// not come yet count too, so that nobody finds the door shut.
///
/// # Errors
/// [`DbError`].
pub async fn room_to_invite(
    tx: &mut TenantTx,
    ambient: &Ambient,
    more: usize,
) -> Result<Result<(), PlanError>, DbError> {
    if let Err(refused) = tx.entitlements().require_writable() {
        return Ok(Err(refused));
    }
    if tx.entitlements().limit(Limit::Seats).is_none() {
        return Ok(Ok(()));
    }
    turn(tx, Limit::Seats).await?;
    let people = members::seats(tx, ambient).await?;
    let more = i64::try_from(more).unwrap_or(i64::MAX);
    Ok(tx.entitlements().require_room(Limit::Seats, people.active + people.invited, more))
}

/// Bytes of files.
///
/// # Errors
/// [`DbError`].
pub async fn storage(tx: &mut TenantTx) -> Result<i64, DbError> {
    Ok(object::usage(tx).await?.bytes)
}

/// Takes the turn at storage, and says whether so many bytes fit. The caller keeps the files in the same transaction.
///
/// # Errors
/// [`DbError`].
pub async fn room_for_bytes(tx: &mut TenantTx, more: i64) -> Result<Result<(), PlanError>, DbError> {
    if tx.entitlements().limit(Limit::StorageBytes).is_none() {
        return Ok(Ok(()));
    }
    turn(tx, Limit::StorageBytes).await?;
    let used = storage(tx).await?;
    Ok(tx.entitlements().require_room(Limit::StorageBytes, used, more))
}

/// Domains, claimed and proven.
///
/// # Errors
/// [`DbError`].
pub async fn custom_domains(tx: &mut TenantTx) -> Result<i64, DbError> {
    domains::count(tx).await
}

/// What is used of everything that is counted. Requests are counted by the minute elsewhere, and days by nobody.
///
/// # Errors
/// [`DbError`].
pub async fn all<P: ProductUse>(tx: &mut TenantTx, ambient: &Ambient) -> Result<BTreeMap<Limit, i64>, DbError> {
    Ok(BTreeMap::from([
        (Limit::Seats, seats(tx, ambient).await?),
        (Limit::Projects, P::projects(tx).await?),
        (Limit::StorageBytes, storage(tx).await?),
        (Limit::CustomDomains, custom_domains(tx).await?),
    ]))
}
