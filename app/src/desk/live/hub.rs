//! Who listens on this server.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rowhouse_platform::{ambient::Ambient, db::Database, id::AccountId, tenancy::TenantHome};
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

use super::{
    news::{Place, Snapshot},
    poll,
};

/// The most connections of a person, of a tenant, and of the server.
const OF_PERSON: usize = 8;
const OF_TENANT: usize = 500;
const OF_SERVER: usize = 5000;
/// Changes that a listener may be behind; one that is further is told to read its page again.
const BEHIND: usize = 256;

/// Something that happened to a ticket, as far as who listens is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub place: Place,
    pub ticket: String,
    pub project: Uuid,
    pub actor: Option<(AccountId, String)>,
    pub kind: String,
}

/// What listeners are told.
pub(super) enum News {
    /// One thing happened.
    Changed(Change),
    /// Too much happened to be told one by one.
    Much,
}

/// The listeners of this server. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    feeds: Mutex<HashMap<Uuid, Feed>>,
    closing: watch::Sender<bool>,
}

struct Feed {
    sender: broadcast::Sender<Arc<News>>,
    people: HashMap<AccountId, usize>,
}

impl Feed {
    fn count(&self) -> usize {
        self.people.values().sum()
    }
}

impl Default for Live {
    fn default() -> Self {
        Self(Arc::new(Inner { feeds: Mutex::default(), closing: watch::Sender::new(false) }))
    }
}

impl Live {
    /// Ends all listening, for good: the server stops.
    pub fn close(&self) {
        self.0.closing.send_replace(true);
    }

    /// Somebody listens from now on, and hears of what `seen`, which was just taken, does not show. `None`: they, the tenant
    /// or the server have too many already, or it stops.
    pub(super) fn join(
        &self,
        database: &Database,
        ambient: &Ambient,
        home: &TenantHome,
        account: AccountId,
        seen: Snapshot,
    ) -> Option<Listener> {
        let tenant = home.id().0;
        let mut feeds = self.feeds();
        if *self.0.closing.borrow() || feeds.values().map(Feed::count).sum::<usize>() >= OF_SERVER {
            return None;
        }
        let is_new = !feeds.contains_key(&tenant);
        let feed = feeds
            .entry(tenant)
            .or_insert_with(|| Feed { sender: broadcast::Sender::new(BEHIND), people: HashMap::new() });
        if feed.count() >= OF_TENANT || feed.people.get(&account).is_some_and(|count| *count >= OF_PERSON) {
            return None;
        }
        *feed.people.entry(account).or_default() += 1;
        let changes = feed.sender.subscribe();
        if is_new {
            // Ends by itself, a moment after the last listener.
            tokio::spawn(poll::run(self.clone(), database.clone(), ambient.clone(), home.clone(), seen));
        }
        drop(feeds);
        Some(Listener { live: self.clone(), tenant, account, changes, closing: self.0.closing.subscribe() })
    }

    /// Where the changes of a tenant go. `None`: nobody listens any more, and the next who does starts afresh.
    pub(super) fn sender(&self, tenant: Uuid) -> Option<broadcast::Sender<Arc<News>>> {
        let mut feeds = self.feeds();
        let sender = feeds.get(&tenant).filter(|feed| feed.count() > 0).map(|feed| feed.sender.clone());
        if sender.is_none() || *self.0.closing.borrow() {
            feeds.remove(&tenant);
            return None;
        }
        sender
    }

    fn leave(&self, tenant: Uuid, account: AccountId) {
        if let Some(feed) = self.feeds().get_mut(&tenant)
            && let Some(count) = feed.people.get_mut(&account)
        {
            *count -= 1;
            if *count == 0 {
                feed.people.remove(&account);
            }
        }
    }

    fn feeds(&self) -> MutexGuard<'_, HashMap<Uuid, Feed>> {
        self.0.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who listens, until it is dropped.
pub(super) struct Listener {
    live: Live,
    tenant: Uuid,
    account: AccountId,
    pub changes: broadcast::Receiver<Arc<News>>,
    pub closing: watch::Receiver<bool>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.live.leave(self.tenant, self.account);
    }
}
