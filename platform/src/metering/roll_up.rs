//! Adding up: from events to hours and days.
//!
//! What is new is told by the transactions that wrote it and by no clock. All transactions before the oldest that still
//! runs have ended, so the events that they wrote are all there, and no other comes to them: each such window of
//! transactions is added once, in the transaction that moves the cursor past it. An event that came late is in a later
//! window and is added to its own hour.

use time::{Duration, OffsetDateTime};

use super::{MONTHS_KEPT, month_of};
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
};

/// Adds up what is new. Answers of how many hours, keys and people together there was something new.
///
/// # Errors
/// [`DbError`]; nothing was added then.
pub async fn roll_up(tx: &mut TenantTx, ambient: &Ambient) -> Result<u64, DbError> {
    let now = ambient.now();
    let cursor = lock(tx, now).await?;
    // In a database that was restored elsewhere, transactions have other numbers: see `control.renumber_usage`.
    if cursor.is_ahead {
        return rebuild(tx, ambient).await;
    }
    // Longer ago than any event is kept.
    let always = now - Duration::days(36_500);
    let added = add(tx, &cursor.seen, &cursor.next, always).await?;
    advance(tx, &cursor.next, now).await?;
    Ok(added)
}

/// Adds up anew everything of which there still are events.
///
/// # Errors
/// [`DbError`]; everything is as it was then.
pub async fn rebuild(tx: &mut TenantTx, ambient: &Ambient) -> Result<u64, DbError> {
    let now = ambient.now();
    let cursor = lock(tx, now).await?;
    // Those of an older month may be gone.
    let since = month_of(now, MONTHS_KEPT - 1);
    sqlx::query!("DELETE FROM usage_hour WHERE tenant_id = $1 AND at >= $2", tx.tenant_id(), since)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("DELETE FROM usage_day WHERE tenant_id = $1 AND at >= $2", tx.tenant_id(), since)
        .execute(&mut *tx)
        .await?;
    let added = add(tx, "0", &cursor.next, since).await?;
    advance(tx, &cursor.next, now).await?;
    Ok(added)
}

struct Cursor {
    /// Every transaction before this one is added up.
    seen: String,
    /// Every transaction before this one has ended.
    next: String,
    /// Whether there has been no such transaction yet.
    is_ahead: bool,
}

/// Keeps other servers from adding up the same. Numbers of transactions have no type in Rust, and stay text.
async fn lock(tx: &mut TenantTx, now: OffsetDateTime) -> Result<Cursor, DbError> {
    sqlx::query!(
        "INSERT INTO usage_cursor (tenant_id, seen, at) VALUES ($1, '0'::xid8, $2) ON CONFLICT (tenant_id) DO NOTHING",
        tx.tenant_id(),
        now
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("SELECT at FROM usage_cursor WHERE tenant_id = $1 FOR UPDATE", tx.tenant_id())
        .fetch_one(&mut *tx)
        .await?;
    // A statement of its own: what another server did while the lock was waited for is seen.
    let row = sqlx::query!(
        r#"SELECT seen::text AS "seen!", pg_snapshot_xmin(pg_current_snapshot())::text AS "next!",
                  seen > pg_snapshot_xmax(pg_current_snapshot()) AS "is_ahead!"
           FROM usage_cursor WHERE tenant_id = $1"#,
        tx.tenant_id()
    )
    .fetch_one(tx)
    .await?;
    Ok(Cursor { seen: row.seen, next: row.next, is_ahead: row.is_ahead })
}

async fn advance(tx: &mut TenantTx, next: &str, now: OffsetDateTime) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE usage_cursor SET seen = $2::text::xid8, at = $3 WHERE tenant_id = $1",
        tx.tenant_id(),
        next,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Adds the events of a window of transactions to their hours and days.
async fn add(tx: &mut TenantTx, seen: &str, next: &str, since: OffsetDateTime) -> Result<u64, DbError> {
    sqlx::query!(
        "INSERT INTO usage_day AS d (tenant_id, at, meter, account_id, api_key_id, project_id, quantity, events)
         SELECT $1, date_trunc('day', e.at, 'UTC'), e.meter,
                coalesce(e.account_id, '00000000-0000-0000-0000-000000000000'::uuid),
                coalesce(e.api_key_id, '00000000-0000-0000-0000-000000000000'::uuid),
                coalesce(e.project_id, '00000000-0000-0000-0000-000000000000'::uuid),
                sum(e.quantity)::bigint, count(*)
         FROM usage_event e
         WHERE e.tenant_id = $1 AND e.recorded_in >= $2::text::xid8 AND e.recorded_in < $3::text::xid8 AND e.at >= $4
         GROUP BY 2, 3, 4, 5, 6
         ON CONFLICT (tenant_id, at, meter, account_id, api_key_id, project_id) DO UPDATE
             SET quantity = d.quantity + EXCLUDED.quantity, events = d.events + EXCLUDED.events",
        tx.tenant_id(),
        seen,
        next,
        since
    )
    .execute(&mut *tx)
    .await?;
    let added = sqlx::query!(
        "INSERT INTO usage_hour AS h (tenant_id, at, meter, account_id, api_key_id, project_id, quantity, events)
         SELECT $1, date_trunc('hour', e.at, 'UTC'), e.meter,
                coalesce(e.account_id, '00000000-0000-0000-0000-000000000000'::uuid),
                coalesce(e.api_key_id, '00000000-0000-0000-0000-000000000000'::uuid),
                coalesce(e.project_id, '00000000-0000-0000-0000-000000000000'::uuid),
                sum(e.quantity)::bigint, count(*)
         FROM usage_event e
         WHERE e.tenant_id = $1 AND e.recorded_in >= $2::text::xid8 AND e.recorded_in < $3::text::xid8 AND e.at >= $4
         GROUP BY 2, 3, 4, 5, 6
         ON CONFLICT (tenant_id, at, meter, account_id, api_key_id, project_id) DO UPDATE
             SET quantity = h.quantity + EXCLUDED.quantity, events = h.events + EXCLUDED.events",
        tx.tenant_id(),
        seen,
        next,
        since
    )
    .execute(tx)
    .await?;
    Ok(added.rows_affected())
}
