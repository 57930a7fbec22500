//! Retention: the oldest records go when their time is over, and the chain says so itself.

use serde::{Deserialize, Serialize};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::{Act, Action, Keeper, Scribe, keeper::Chain};
use crate::{db::DbError, hex};

/// Records removed in one transaction: so long nobody else of the tenant can write one.
const AT_ONCE: i32 = 10_000;

/// What the record of a pruning says: where the chain begins since. Because it is part of the chain, nobody can move the
/// beginning without the key.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Beginning {
    /// The oldest record that is kept.
    pub(super) first_record: i64,
    /// The mac of the one before it, in hexadecimal.
    pub(super) anchor: String,
}

impl Keeper {
    /// Removes the records of a tenant that are past their time: `default_days`, or what the control plane says of the
    /// tenant. 0 keeps them for ever. Answers how many went.
    ///
    /// # Errors
    /// [`DbError`]; also where the chain is broken at the place it would be cut.
    pub async fn prune(&mut self, chain: &Chain, default_days: u32) -> Result<u64, DbError> {
        let default_days = i32::try_from(default_days).unwrap_or(i32::MAX);
        let mut removed = 0;
        loop {
            let mut tx = self.connection.begin().await?;
            let done = cut(&mut tx, &self.scribe, chain.tenant_id, default_days).await;
            // Said and not left to the drop: that would keep the head locked until the connection is used again.
            match done {
                Ok(0) => {
                    tx.rollback().await?;
                    return Ok(removed);
                }
                Ok(count) => {
                    tx.commit().await?;
                    removed += count.unsigned_abs();
                }
                Err(error) => {
                    // The first error is the one to tell.
                    let _ = tx.rollback().await;
                    return Err(error);
                }
            }
        }
    }
}

/// Cuts off the oldest records that are past their time, a limited number of them, and says so in the chain.
async fn cut(tx: &mut PgConnection, scribe: &Scribe, tenant_id: Uuid, default_days: i32) -> Result<i64, DbError> {
    let cut = sqlx::query!(
        r#"SELECT removed AS "removed!", first_seq AS "first_seq!", anchor AS "anchor!", seq AS "seq!", mac AS "mac!"
           FROM control.prune_audit($1, $2, $3, $4)"#,
        tenant_id,
        scribe.ambient().now(),
        default_days,
        AT_ONCE
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(cut) = cut else { return Ok(0) };
    let after = Beginning { first_record: cut.first_seq, anchor: hex::encode(&cut.anchor) };
    let before = serde_json::json!({ "first_record": cut.first_seq - cut.removed });
    let act = Act::by_system(Action::AuditPruned).change(before, after).because(words(cut.removed));
    let mut record = scribe.draft(tenant_id, act);
    record.seq = cut.seq + 1;
    record.seal(scribe.keys(), &cut.mac);
    sqlx::query!(
        "SELECT control.record_audit_pruned($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        record.tenant_id,
        record.seq,
        record.id,
        record.at,
        record.before,
        record.after,
        record.reason,
        record.mac,
        record.key_id
    )
    .execute(tx)
    .await?;
    Ok(cut.removed)
}

fn words(removed: i64) -> String {
    match removed {
        1 => "1 record was past its time.".to_owned(),
        _ => format!("{removed} records were past their time."),
    }
}
