//! What a server does for the audit logs by itself: prunes them once a day, and notes their heads in its own log.
//!
//! A head in a log that is kept elsewhere is an anchor: whoever owns the database and cuts off the newest records, head
//! and all, is found out by `rowhouse audit verify --expect-head`.

use std::{collections::HashMap, time::Duration};

use time::OffsetDateTime;
use uuid::Uuid;

use super::{AuditKeys, Keeper};
use crate::{ambient::Ambient, db::DbError};

/// How often heads are noted.
const NOTE_EVERY: Duration = Duration::from_hours(1);
/// How often records past their time are looked for.
const PRUNE_EVERY: time::Duration = time::Duration::days(1);

/// What the upkeep needs to know.
#[derive(Debug, Clone)]
pub struct UpkeepSettings {
    /// The operator's address of the database.
    pub operator_url: String,
    /// How long records are kept where the tenant's plan does not say, in days; 0: for ever.
    pub retention_days: u32,
}

/// Keeps the audit logs. Runs until it is dropped. Several servers may: they wait for each other's locks and then find
/// nothing left to do.
pub async fn keep(settings: UpkeepSettings, ambient: Ambient, keys: AuditKeys) {
    let mut state = State::default();
    loop {
        if let Err(error) = round(&settings, &ambient, &keys, &mut state).await {
            tracing::warn!(%error, "the audit logs could not be looked after; trying again in an hour");
        }
        tokio::time::sleep(NOTE_EVERY).await;
    }
}

#[derive(Default)]
struct State {
    pruned_at: Option<OffsetDateTime>,
    noted: HashMap<Uuid, i64>,
}

async fn round(
    settings: &UpkeepSettings,
    ambient: &Ambient,
    keys: &AuditKeys,
    state: &mut State,
) -> Result<(), DbError> {
    let mut keeper = Keeper::connect(&settings.operator_url, ambient.clone(), keys.clone()).await?;
    let now = ambient.now();
    if state.pruned_at.is_none_or(|at| at + PRUNE_EVERY <= now) {
        for (chain, _) in keeper.heads().await? {
            match keeper.prune(&chain, settings.retention_days).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(tenant = %chain.name(), removed, "audit records past their time removed"),
                // One broken log must not keep the others from being pruned.
                Err(error) => tracing::warn!(tenant = %chain.name(), %error, "an audit log could not be pruned"),
            }
        }
        state.pruned_at = Some(now);
    }
    for (chain, head) in keeper.heads().await? {
        if state.noted.insert(chain.tenant_id, head.seq) != Some(head.seq) {
            tracing::info!(tenant = %chain.name(), %head, "audit head");
        }
    }
    keeper.close().await
}
