//! Writing a record.

use std::sync::Arc;

use time::Duration;

use super::{Act, Actor, AuditKeys, Origin, chain::Record};
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    identity::throttle::{self, Limit},
};

/// Who writes records: knows the time, the key and where the acts come from. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Scribe {
    ambient: Ambient,
    keys: AuditKeys,
    origin: Arc<Origin>,
}

impl Scribe {
    /// A scribe for what comes from `origin`.
    pub fn new(ambient: Ambient, keys: AuditKeys, origin: Origin) -> Self {
        Self { ambient, keys, origin: Arc::new(origin) }
    }

    /// The scribe of the server itself and of commands.
    pub fn system(ambient: Ambient, keys: AuditKeys) -> Self {
        Self::new(ambient, keys, Origin::system())
    }

    /// Time and randomness.
    pub fn ambient(&self) -> &Ambient {
        &self.ambient
    }

    /// The keys.
    pub fn keys(&self) -> &AuditKeys {
        &self.keys
    }

    /// Where the acts come from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The record of an act, still without its place in the chain.
    pub(super) fn draft(&self, tenant_id: uuid::Uuid, act: Act) -> Record {
        let (kind, account, name, email) = match act.actor {
            Actor::Person { account, name, email } => {
                ("person", Some(account.0), Some(cut(&name, 120)), Some(cut(&email, 254)))
            }
            Actor::Nobody => ("nobody", None, None, None),
            Actor::System => ("system", None, None, None),
        };
        let (target_kind, target_id, target_label) = match act.target {
            Some((kind, id, label)) => (Some(kind.to_owned()), Some(cut(&id, 300)), Some(cut(&label, 300))),
            None => (None, None, None),
        };
        Record {
            tenant_id,
            seq: 0,
            id: self.ambient.uuid(),
            at: self.ambient.now(),
            action: act.action.as_str().to_owned(),
            actor_kind: kind.to_owned(),
            actor_id: account,
            actor_name: name,
            actor_email: email,
            target_kind,
            target_id,
            target_label,
            before: act.before,
            after: act.after,
            reason: reason(act.reason, act.via).map(|reason| cut(&reason, 1000)),
            address: cut(&self.origin.address, 64),
            user_agent: cut(&self.origin.user_agent, 300),
            request_id: cut(&self.origin.request_id, 64),
            mac: Vec::new(),
            key_id: String::new(),
        }
    }
}

/// Why, and with which API key.
fn reason(reason: Option<String>, via: Option<String>) -> Option<String> {
    let via = via.map(|key| format!("With the API key “{key}”."));
    match (via, reason) {
        (Some(via), Some(reason)) => Some(format!("{via} {reason}")),
        (via, reason) => via.or(reason),
    }
}

/// At most `max` characters, and none that PostgreSQL's text cannot hold.
fn cut(text: &str, max: usize) -> String {
    text.chars().filter(|sign| *sign != '\0').take(max).collect()
}

/// Records an act, in the transaction of the act: both come to be, or neither. Two round trips.
///
/// The head of the tenant's chain stays locked until the transaction ends, so that records are numbered without gaps:
/// record last, and commit.
///
/// # Errors
/// [`DbError`].
pub async fn record(tx: &mut TenantTx, scribe: &Scribe, act: Act) -> Result<(), DbError> {
    let (seq, previous) = lock_head(tx).await?;
    // Only now is the time taken: records stand in its order.
    let mut record = scribe.draft(tx.tenant_id(), act);
    record.seq = seq + 1;
    record.seal(&scribe.keys, &previous);
    insert(tx, record).await
}

/// Records an act that anybody can repeat as often as they like, once in `window` for the same `key`: a log that can be
/// filled at will hides what matters.
///
/// # Errors
/// [`DbError`].
pub async fn record_once(
    tx: &mut TenantTx,
    scribe: &Scribe,
    key: &[&str],
    window: Duration,
    act: Act,
) -> Result<(), DbError> {
    let key = [&["audit"], key].concat();
    let limit = Limit { attempts: 1, window };
    match throttle::count(tx, &scribe.ambient, &key, limit).await? {
        Ok(()) => record(tx, scribe, act).await,
        Err(_) => Ok(()),
    }
}

/// Locks the head of the chain and answers its number and mac.
async fn lock_head(tx: &mut TenantTx) -> Result<(i64, Vec<u8>), DbError> {
    let tenant_id = tx.tenant_id();
    loop {
        let head = sqlx::query!("SELECT seq, mac FROM audit_head WHERE tenant_id = $1 FOR UPDATE", tenant_id)
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(head) = head {
            return Ok((head.seq, head.mac));
        }
        // The first record of the tenant; whoever comes second waits here for the first.
        sqlx::query!("INSERT INTO audit_head (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING", tenant_id)
            .execute(&mut *tx)
            .await?;
    }
}

async fn insert(tx: &mut TenantTx, record: Record) -> Result<(), DbError> {
    sqlx::query!(
        "INSERT INTO audit_event (tenant_id, seq, id, at, action, actor_kind, actor_id, actor_name, actor_email,
             target_kind, target_id, target_label, before, after, reason, address, user_agent, request_id, mac, key_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text::json, $14::text::json, $15, $16, $17,
             $18, $19, $20)",
        tx.tenant_id(),
        record.seq,
        record.id,
        record.at,
        record.action,
        record.actor_kind,
        record.actor_id,
        record.actor_name,
        record.actor_email,
        record.target_kind,
        record.target_id,
        record.target_label,
        record.before,
        record.after,
        record.reason,
        record.address,
        record.user_agent,
        record.request_id,
        record.mac,
        record.key_id
    )
    .execute(tx)
    .await?;
    Ok(())
}
