//! Counting what only reads: many acts in one transaction.
//!
//! An act that changes something is counted in its own transaction, which is written to the log anyway. One that only reads
//! has nothing that its event could be undone with; in its own transaction, the event would make a write of every read.
//! So those of a tenant that come while others are being written wait for these, and are then written together. Whoever
//! counts hears of it when its event is committed, and answers only then: what was answered was counted.
//!
//! One that comes alone has nobody to be written with. It [says so](UnderWay::is_alone), and its event is cheapest in the
//! transaction that it has open.

use std::{
    collections::{HashMap, hash_map::Entry},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use super::{
    Usage,
    emit::{emit, emit_new},
};
use crate::{
    ambient::Ambient,
    db::{Database, DbError},
    id::TenantId,
    tenancy::TenantHome,
};

/// How many acts of each tenant are under way.
type Present = Arc<Mutex<HashMap<TenantId, u32>>>;

/// Those that wait, by tenant. A tenant is in it while somebody writes for it.
type Queue = Arc<Mutex<HashMap<TenantId, Vec<Waiting>>>>;

struct Waiting {
    usage: Usage,
    /// Hears whether it was written.
    done: oneshot::Sender<bool>,
}

/// Counts together what comes at the same time. Cheap to clone; one a server.
#[derive(Clone)]
pub struct Together {
    database: Database,
    ambient: Ambient,
    queue: Queue,
    present: Present,
}

/// An act that is under way, until this is dropped.
#[derive(Debug)]
pub struct UnderWay {
    present: Present,
    tenant: TenantId,
}

impl UnderWay {
    /// Whether no other act of the tenant is.
    pub fn is_alone(&self) -> bool {
        lock(&self.present).get(&self.tenant).is_none_or(|acts| *acts <= 1)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Entry::Occupied(mut acts) = lock(&self.present).entry(self.tenant) {
            match acts.get().saturating_sub(1) {
                0 => drop(acts.remove()),
                left => *acts.get_mut() = left,
            }
        }
    }
}

impl Together {
    /// Nothing waits yet.
    pub fn new(database: Database, ambient: Ambient) -> Self {
        Self { database, ambient, queue: Queue::default(), present: Present::default() }
    }

    /// An act of this tenant begins, that may be counted.
    pub fn begin(&self, tenant: TenantId) -> UnderWay {
        *lock(&self.present).entry(tenant).or_default() += 1;
        UnderWay { present: Arc::clone(&self.present), tenant }
    }

    /// Counts an act. It is counted, for good, when this answers.
    ///
    /// # Errors
    /// [`DbError`]; whether it was counted is then only known where PostgreSQL said so.
    pub async fn count(&self, home: &TenantHome, usage: Usage) -> Result<(), DbError> {
        // Of one moment, so that an event whose commit nobody heard of is found when it is written again.
        let usage = Usage { key: usage.key.clone().done_at(self.ambient.now()), ..usage };
        let (done, heard) = oneshot::channel();
        let waiting = Waiting { usage: usage.clone(), done };
        let is_first = match lock(&self.queue).entry(home.id()) {
            Entry::Occupied(mut others) => {
                others.get_mut().push(waiting);
                false
            }
            Entry::Vacant(nobody) => {
                nobody.insert(vec![waiting]);
                true
            }
        };
        if is_first {
            // A task, for a request may be given up, and others wait for this.
            tokio::spawn(self.clone().write(home.clone()));
        }
        if heard.await == Ok(true) {
            return Ok(());
        }
        // Together it failed: alone, its own error is told.
        let mut tx = self.database.begin(home).await?;
        emit(&mut tx, &self.ambient, usage).await?;
        tx.commit().await
    }

    /// Writes for a tenant until nothing waits.
    async fn write(self, home: TenantHome) {
        let mut turn = Turn { queue: Arc::clone(&self.queue), tenant: home.id(), is_over: false };
        while let Some(batch) = turn.next() {
            let (all, heard): (Vec<Usage>, Vec<_>) = batch.into_iter().map(|one| (one.usage, one.done)).unzip();
            let written = self.write_all(&home, &all).await;
            if let Err(error) = &written {
                tracing::warn!(%error, tenant = %home.id(), "usage could not be counted together");
            }
            for done in heard {
                // Who does not listen any more was given up.
                let _ = done.send(written.is_ok());
            }
        }
    }

    async fn write_all(&self, home: &TenantHome, all: &[Usage]) -> Result<(), DbError> {
        let mut tx = self.database.begin(home).await?;
        emit_new(&mut tx, &self.ambient, all).await?;
        tx.commit().await
    }
}

/// The turn of whoever writes for a tenant. It ends when nothing waits; where the writer breaks, those who wait hear it.
struct Turn {
    queue: Queue,
    tenant: TenantId,
    is_over: bool,
}

impl Turn {
    fn next(&mut self) -> Option<Vec<Waiting>> {
        let mut queue = lock(&self.queue);
        let batch = queue.get_mut(&self.tenant).map(mem::take).filter(|batch| !batch.is_empty());
        if batch.is_none() {
            queue.remove(&self.tenant);
            self.is_over = true;
        }
        batch
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.is_over {
            lock(&self.queue).remove(&self.tenant);
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change is whole by itself, so what a panic left is good.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::metering::{Meter, UsageKey};

    fn waiting() -> (Waiting, oneshot::Receiver<bool>) {
        let (done, heard) = oneshot::channel();
        (Waiting { usage: Usage::one(Meter::ApiCall, UsageKey::once("a")), done }, heard)
    }

    #[test]
    fn who_is_alone_knows_it() {
        let present = Present::default();
        let begin = |tenant| {
            *lock(&present).entry(tenant).or_default() += 1;
            UnderWay { present: Arc::clone(&present), tenant }
        };
        let (acme, globex) = (TenantId(Uuid::nil()), TenantId(Uuid::max()));
        let (first, other) = (begin(acme), begin(globex));
        assert!(first.is_alone() && other.is_alone());
        let second = begin(acme);
        assert!(!first.is_alone() && !second.is_alone() && other.is_alone());
        drop(first);
        assert!(second.is_alone());
        drop((second, other));
        assert!(lock(&present).is_empty());
    }

    #[test]
    fn a_turn_ends_when_nothing_waits() {
        let (queue, tenant) = (Queue::default(), TenantId(Uuid::nil()));
        lock(&queue).insert(tenant, vec![waiting().0]);
        let mut turn = Turn { queue: Arc::clone(&queue), tenant, is_over: false };
        assert_eq!(turn.next().map(|batch| batch.len()), Some(1));
        lock(&queue).get_mut(&tenant).unwrap().extend([waiting().0, waiting().0]);
        assert_eq!(turn.next().map(|batch| batch.len()), Some(2));
        assert!(turn.next().is_none() && lock(&queue).is_empty());
        // Another has its turn already: this one leaves it alone.
        lock(&queue).insert(tenant, Vec::new());
        drop(turn);
        assert!(lock(&queue).contains_key(&tenant));
    }

    #[test]
    fn who_waits_for_a_writer_that_broke_hears_it() {
        let (queue, tenant) = (Queue::default(), TenantId(Uuid::nil()));
        let (one, mut heard) = waiting();
        lock(&queue).insert(tenant, vec![one]);
        drop(Turn { queue: Arc::clone(&queue), tenant, is_over: false });
        assert!(lock(&queue).is_empty());
        assert_eq!(heard.try_recv(), Err(oneshot::error::TryRecvError::Closed));
    }
}
