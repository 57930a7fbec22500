//! Asks the database what happened, once a second for each tenant that somebody listens to.

use std::{collections::BTreeSet, sync::Arc, time::Duration as StdDuration};

use rowhouse_platform::{
    ambient::Ambient,
    db::{Database, DbError, TenantTx},
    id::AccountId,
    tenancy::TenantHome,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::hub::{Change, Live};
use crate::desk::ticket::TicketKey;

const EVERY: StdDuration = StdDuration::from_secs(1);
const AFTER_A_FAILURE: StdDuration = StdDuration::from_secs(5);
/// How far each look goes back. Ids are made before the transaction commits, so what appears late has an early one.
pub(super) const LOOK_BACK: Duration = Duration::seconds(15);
/// The most changes of one look.
pub(super) const AT_A_TIME: i64 = 500;

/// Sends what happens until nobody listens.
pub(super) async fn run(live: Live, database: Database, ambient: Ambient, home: TenantHome) {
    let tenant = home.id().0;
    let mut sent = BTreeSet::new();
    while let Some(sender) = live.sender(tenant) {
        match look(&database, &ambient, &home, &mut sent).await {
            Ok(changes) => {
                for change in changes {
                    // An error means that the last one has just left.
                    let _ = sender.send(Arc::new(change));
                }
                tokio::time::sleep(EVERY).await;
            }
            Err(error) => {
                tracing::warn!(%error, %tenant, "live changes could not be read; trying again in five seconds");
                tokio::time::sleep(AFTER_A_FAILURE).await;
            }
        }
    }
}

async fn look(
    database: &Database,
    ambient: &Ambient,
    home: &TenantHome,
    sent: &mut BTreeSet<Uuid>,
) -> Result<Vec<Change>, DbError> {
    let from = first_id(ambient.now() - LOOK_BACK);
    *sent = sent.split_off(&from);
    let mut tx = database.begin(home).await?;
    let known: Vec<Uuid> = sent.iter().copied().collect();
    let changes = since(&mut tx, from, &known).await?;
    tx.commit().await?;
    sent.extend(changes.iter().map(|change| change.event));
    Ok(changes)
}

/// What happened from this id on, without what is known, and without the thousands of tickets that an import makes: among
/// them, nobody would hear of anything else.
pub(super) async fn since(tx: &mut TenantTx, from: Uuid, known: &[Uuid]) -> Result<Vec<Change>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT e.id, e.kind, e.actor_id, a.name AS "actor?", t.project_id, t.number, p.key
           FROM ticket_event e
           JOIN ticket t ON t.tenant_id = e.tenant_id AND t.id = e.ticket_id
           JOIN project p ON p.tenant_id = t.tenant_id AND p.id = t.project_id
           LEFT JOIN account a ON a.tenant_id = e.tenant_id AND a.id = e.actor_id
           WHERE e.tenant_id = $1 AND e.id >= $2 AND e.id <> ALL ($3)
             AND (t.import_id IS NULL OR e.kind <> 'created')
           ORDER BY e.id LIMIT $4"#,
        tx.tenant_id(),
        from,
        known,
        AT_A_TIME
    )
    .fetch_all(tx)
    .await?;
    let changes = rows.into_iter().map(|row| Change {
        event: row.id,
        ticket: TicketKey { project: row.key, number: row.number }.to_string(),
        project: row.project_id,
        actor: row.actor_id.map(AccountId).zip(row.actor),
        kind: row.kind,
    });
    Ok(changes.collect())
}

/// The least id of that time: ids begin with their milliseconds.
pub(super) fn first_id(at: OffsetDateTime) -> Uuid {
    let milliseconds = u128::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    Uuid::from_u128(milliseconds << 80)
}

/// When an id was made.
pub(super) fn time_of(id: Uuid) -> Option<OffsetDateTime> {
    let nanoseconds = i128::try_from(id.as_u128() >> 80).ok()?.checked_mul(1_000_000)?;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn ids_tell_their_time() {
        let at = datetime!(2026-11-21 15:40:01.234 UTC);
        let id = Ambient::system().uuid_at(at);
        assert!(first_id(at) <= id && id < first_id(at + Duration::milliseconds(1)));
        assert_eq!(time_of(id), Some(at));
    }
}
