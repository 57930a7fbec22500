//! Taking the tickets of an import out again, but for those that people have worked on since.

use rowhouse_platform::{
    access::{Permission, Permit},
    db::{DbError, TenantTx},
};
use uuid::Uuid;

use super::{ImportId, store::Import};

/// Tickets looked at in one transaction.
const AT_ONCE: i64 = 500;
/// So many of those that stay are named.
const NAMED: i64 = 100;

/// Looks at the next tickets. `true`: there are no more.
pub(super) async fn batch(tx: &mut TenantTx, import: &mut Import) -> Result<bool, DbError> {
    let ids = sqlx::query_scalar!(
        "SELECT id FROM ticket WHERE tenant_id = $1 AND import_id = $2 AND ($3::uuid IS NULL OR id > $3)
         ORDER BY id LIMIT $4 FOR UPDATE",
        tx.tenant_id(),
        import.id.0,
        import.undone_to as Option<Uuid>,
        AT_ONCE
    )
    .fetch_all(&mut *tx)
    .await?;
    let Some(last) = ids.last() else { return Ok(true) };
    // Every change raises the version; what does not is looked for.
    let gone = sqlx::query!(
        "DELETE FROM ticket t
         WHERE t.tenant_id = $1 AND t.id = ANY($2) AND t.version = 1
           AND NOT EXISTS (SELECT FROM ticket_comment c WHERE c.tenant_id = $1 AND c.ticket_id = t.id)
           AND NOT EXISTS (SELECT FROM attachment f WHERE f.tenant_id = $1 AND f.ticket_id = t.id)
           AND NOT EXISTS (SELECT FROM ticket_link l WHERE l.tenant_id = $1 AND l.from_id = t.id)
           AND NOT EXISTS (SELECT FROM ticket_link l WHERE l.tenant_id = $1 AND l.to_id = t.id)",
        tx.tenant_id(),
        &ids
    )
    .execute(tx)
    .await?;
    import.removed += i64::try_from(gone.rows_affected()).unwrap_or(i64::MAX);
    import.undone_to = Some(*last);
    Ok(i64::try_from(ids.len()).unwrap_or(i64::MAX) < AT_ONCE)
}

/// The numbers of the first tickets that an import made and that are still there.
///
/// # Errors
/// [`DbError`].
pub async fn left<P: Permission>(permit: &mut Permit<P>, id: ImportId) -> Result<Vec<i64>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT number FROM ticket WHERE tenant_id = $1 AND import_id = $2 ORDER BY id LIMIT $3",
        permit.tenant_id(),
        id.0,
        NAMED
    )
    .fetch_all(&mut **permit)
    .await?)
}
