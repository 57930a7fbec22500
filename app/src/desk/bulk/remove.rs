//! Taking all of it out again.

use rowhouse_platform::db::{DbError, TenantTx};

/// Removes all that Desk keeps of the tenant.
///
/// # Errors
/// [`DbError`].
pub async fn remove_all(tx: &mut TenantTx) -> Result<(), DbError> {
    let tenant = tx.tenant_id();
    // What belongs to tickets, projects and labels would go with them, row by row.
    sqlx::query!("DELETE FROM ticket_words WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM ticket_event WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM ticket_link WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM ticket_watcher WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM ticket_label WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM ticket_comment WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM ticket WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM desk_import WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM label WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM project_member WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM project WHERE tenant_id = $1", tenant).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM saved_view WHERE tenant_id = $1", tenant).execute(tx).await?;
    Ok(())
}
