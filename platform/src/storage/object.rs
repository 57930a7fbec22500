//! The row of each file: that it is coming, that it is there, that nothing refers to it any more.

use time::OffsetDateTime;
use uuid::Uuid;

use super::Received;
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    plan::{self, PlanError},
    typed_id,
};

typed_id!(
    /// A file.
    ObjectId,
    "obj"
);

/// How much a tenant stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Bytes of all its files.
    pub bytes: i64,
    /// How many there are.
    pub objects: i64,
}

/// Notes that a file is coming. The transaction is committed before its first byte is stored.
///
/// # Errors
/// [`DbError`].
pub async fn announce(tx: &mut TenantTx, ambient: &Ambient, purpose: &str) -> Result<ObjectId, DbError> {
    let id = ObjectId(ambient.uuid());
    sqlx::query!(
        "INSERT INTO stored_object (tenant_id, id, purpose, state, bytes, created_at, changed_at)
         VALUES ($1, $2, $3, 'pending', 0, $4, $4)",
        tx.tenant_id(),
        id.0,
        purpose,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(id)
}

/// What became of files that were received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// They are there.
    Kept,
    /// One of them took so long that it was given up; the caller drops the transaction.
    GivenUp,
    /// The plan has no room for them; the caller drops the transaction.
    NoRoom(PlanError),
}

/// Notes that files are there, and counts them, where the plan has room for all of them.
///
/// # Errors
/// [`DbError`].
pub async fn keep(tx: &mut TenantTx, ambient: &Ambient, files: &[Received]) -> Result<Kept, DbError> {
    let bytes = files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.bytes));
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    if let Err(refused) = plan::count::room_for_bytes(tx, bytes).await? {
        return Ok(Kept::NoRoom(refused));
    }
    for received in files {
        let done = sqlx::query!(
            "UPDATE stored_object SET state = 'stored', bytes = $3, sha256 = $4, content_type = $5, changed_at = $6
             WHERE tenant_id = $1 AND id = $2 AND state = 'pending'",
            tx.tenant_id(),
            received.id.0,
            i64::try_from(received.bytes).unwrap_or(i64::MAX),
            received.sha256.as_slice(),
            received.kind.content_type(),
            ambient.now()
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(Kept::GivenUp);
        }
    }
    Ok(Kept::Kept)
}

/// Notes that nothing refers to a file any more, and counts it no longer. The upkeep removes it.
///
/// # Errors
/// [`DbError`].
pub async fn let_go(tx: &mut TenantTx, ambient: &Ambient, id: ObjectId) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE stored_object SET state = 'deleted', changed_at = $3
         WHERE tenant_id = $1 AND id = $2 AND state = 'stored'",
        tx.tenant_id(),
        id.0,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Removes the rows of files that are gone and were never stored, or deleted.
///
/// # Errors
/// [`DbError`].
pub async fn forget(tx: &mut TenantTx, ids: &[ObjectId]) -> Result<(), DbError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        "DELETE FROM stored_object WHERE tenant_id = $1 AND id = ANY($2) AND state <> 'stored'",
        tx.tenant_id(),
        &ids
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// How much the tenant stores now.
///
/// # Errors
/// [`DbError`].
pub async fn usage(tx: &mut TenantTx) -> Result<Usage, DbError> {
    let usage = sqlx::query_as!(Usage, "SELECT bytes, objects FROM storage_use WHERE tenant_id = $1", tx.tenant_id())
        .fetch_optional(tx)
        .await?;
    Ok(usage.unwrap_or_default())
}

/// Gives up what has been coming for too long: from now on it cannot be kept. Answers what is to be removed, so many at
/// most.
pub(super) async fn take_due(tx: &mut TenantTx, until: OffsetDateTime, most: i64) -> Result<Vec<ObjectId>, DbError> {
    sqlx::query!(
        "UPDATE stored_object SET state = 'deleted' WHERE tenant_id = $1 AND state = 'pending' AND changed_at <= $2",
        tx.tenant_id(),
        until
    )
    .execute(&mut *tx)
    .await?;
    let due = sqlx::query_scalar!(
        "SELECT id FROM stored_object WHERE tenant_id = $1 AND state = 'deleted' AND changed_at <= $2
         ORDER BY changed_at, id LIMIT $3",
        tx.tenant_id(),
        until,
        most
    )
    .fetch_all(tx)
    .await?;
    Ok(due.into_iter().map(ObjectId).collect())
}

/// Removes all rows of the tenant, whose files the caller removes.
///
/// # Errors
/// [`DbError`].
pub async fn remove_all(tx: &mut TenantTx) -> Result<(), DbError> {
    let tenant = tx.tenant_id();
    sqlx::query!("DELETE FROM stored_object WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM storage_use WHERE tenant_id = $1", tenant).execute(tx).await?;
    Ok(())
}
