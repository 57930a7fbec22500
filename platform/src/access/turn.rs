//! Turns: roles are given by many at the same time, and changed by one while nobody gives them.
//!
//! Both touch rows of accounts, groups, invitations and links, each in an order of its own; without turns two of them
//! would wait for each other, and `PostgreSQL` would end one. A turn is the first thing that a transaction takes, and
//! lasts until it ends.

use crate::db::{DbError, TenantTx};

/// A turn of those who give roles, or put people and roles together in another way.
pub(crate) async fn to_give(tx: &mut TenantTx) -> Result<(), DbError> {
    sqlx::query!("SELECT pg_advisory_xact_lock_shared(hashtextextended('roles/' || $1::text, 0))", name(tx))
        .execute(tx)
        .await?;
    Ok(())
}

/// The turn of whoever changes or deletes a role: alone in the tenant.
pub(crate) async fn to_change(tx: &mut TenantTx) -> Result<(), DbError> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('roles/' || $1::text, 0))", name(tx))
        .execute(tx)
        .await?;
    Ok(())
}

fn name(tx: &TenantTx) -> String {
    tx.tenant_id().to_string()
}
