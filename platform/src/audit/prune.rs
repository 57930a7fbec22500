//! Retention: the oldest records go when their time is over, and the chain says so itself.

use serde::{Deserialize, Serialize};
use sqlx::Connection as _;

use super::{Act, Action, Keeper, chain::hex, keeper::Chain};
use crate::db::DbError;

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
            let now = self.scribe.ambient().now();
            let mut tx = self.connection.begin().await?;
            let cut = sqlx::query!(
                r#"SELECT removed AS "removed!", first_seq AS "first_seq!", anchor AS "anchor!", seq AS "seq!", mac AS "mac!"
                   FROM control.prune_audit($1, $2, $3, $4)"#,
                chain.tenant_id,
                now,
                default_days,
                AT_ONCE
            )
            .fetch_optional(&mut *tx)
            .await?;
            let Some(cut) = cut else { return Ok(removed) };
            let after = Beginning { first_record: cut.first_seq, anchor: hex(&cut.anchor) };
            let before = serde_json::json!({ "first_record": cut.first_seq - cut.removed });
            let act = Act::by_system(Action::AuditPruned).change(before, after).because(words(cut.removed));
            let mut record = self.scribe.draft(chain.tenant_id, act);
            record.seq = cut.seq + 1;
            record.seal(self.scribe.keys(), &cut.mac);
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
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            removed += cut.removed.unsigned_abs();
        }
    }
}

fn words(removed: i64) -> String {
    match removed {
        1 => "1 record was past its time.".to_owned(),
        _ => format!("{removed} records were past their time."),
    }
}
