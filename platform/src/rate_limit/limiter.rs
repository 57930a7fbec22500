//! The limiter of requests: in memory, or in Redis where there are several servers.

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::{
    ADDRESS, Outcome, RateLimiter, Subject,
    alarm::Alarm,
    meter,
    refusals::Refusals,
    shared::{Shared, SharedError},
};

/// Addresses, and other subjects, that are counted at the same time in memory.
const CAPACITY: usize = 200_000;

/// Where is counted.
#[derive(Clone, Default)]
pub struct LimiterSettings {
    /// Redis; none: the memory of this server.
    pub redis_url: Option<String>,
    /// How long a request waits for Redis before it is let through uncounted.
    pub redis_timeout: Duration,
    /// Whether Redis' own clock tells the time, and not the one that is handed in: that of servers differs from one to the
    /// other. Not where the clock is held.
    pub redis_clock: bool,
}

/// The address of Redis cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("limits.redis_url: {0}")]
pub struct LimiterError(redis::RedisError);

/// Requests cannot be counted where they should be.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Uncounted(SharedError);

/// Counts requests.
#[derive(Debug)]
pub struct Limiter {
    counts: Counts,
    alarm: Alarm,
    refusals: Refusals,
}

#[derive(Debug)]
enum Counts {
    Memory(Box<Memory>),
    Shared(Box<Shared>),
}

/// Addresses are counted apart from all others: where there are too many, some are forgotten, and a stranger can have as many
/// as they like. Nobody gets a key's or a workspace's quota anew by that.
#[derive(Debug)]
struct Memory {
    addresses: RateLimiter<String>,
    others: RateLimiter<String>,
}

impl Memory {
    fn new(capacity: usize) -> Self {
        Self { addresses: RateLimiter::new(capacity), others: RateLimiter::new(capacity) }
    }

    fn of(&self, subjects: &[Subject]) -> &RateLimiter<String> {
        if subjects.iter().any(|subject| subject.scope == ADDRESS) { &self.addresses } else { &self.others }
    }
}

impl Limiter {
    /// One that counts there.
    ///
    /// # Errors
    /// [`LimiterError`].
    pub fn new(settings: &LimiterSettings) -> Result<Self, LimiterError> {
        let counts = match &settings.redis_url {
            Some(url) => {
                let shared = Shared::new(url, settings.redis_timeout, settings.redis_clock).map_err(LimiterError)?;
                Counts::Shared(Box::new(shared))
            }
            None => Counts::Memory(Box::new(Memory::new(CAPACITY))),
        };
        Ok(Self { counts, alarm: Alarm::default(), refusals: Refusals::default() })
    }

    /// Counts one time for each subject of a group, such as a workspace, or for none where one has no room. Where it cannot
    /// be counted, nothing is said, and the request is let through.
    pub async fn take(&self, group: &str, subjects: &[Subject], now: OffsetDateTime) -> Outcome {
        let verdicts = match &self.counts {
            Counts::Memory(memory) => {
                let named = |subject: &Subject| (format!("{group}:{}:{}", subject.scope, subject.who), subject.quota);
                memory.of(subjects).take_all(&subjects.iter().map(named).collect::<Vec<_>>(), now)
            }
            Counts::Shared(shared) => match shared.take(group, subjects, now).await {
                Ok(verdicts) => verdicts,
                Err(error) => {
                    self.alarm.raise(&error.to_string());
                    return Outcome::default();
                }
            },
        };
        let outcome = Outcome { verdicts: subjects.iter().map(|subject| subject.scope).zip(verdicts).collect() };
        if let Some(scope) = outcome.refused_by() {
            meter::refused(scope);
        }
        outcome
    }

    /// Whether requests can be counted: asks Redis, where they are counted there.
    ///
    /// # Errors
    /// [`Uncounted`].
    pub async fn probe(&self, now: OffsetDateTime) -> Result<(), Uncounted> {
        match &self.counts {
            Counts::Memory(_) => Ok(()),
            Counts::Shared(shared) => shared.take("probe", &[], now).await.map(drop).map_err(Uncounted),
        }
    }

    /// What was said to whoever showed this credential, where they were refused a moment ago: then nothing need be asked
    /// of the database to refuse them again.
    pub fn refused_before(&self, credential: &str, now: OffsetDateTime) -> Option<Outcome> {
        let outcome = self.refusals.find(&digest(credential), now)?;
        meter::refused(outcome.refused_by()?);
        Some(outcome)
    }

    /// Remembers for a moment that whoever showed this credential, which is a good one, was refused.
    pub fn remember(&self, credential: &str, outcome: &Outcome, now: OffsetDateTime) {
        if outcome.is_refused() {
            self.refusals.add(digest(credential), outcome.clone(), now);
        }
    }
}

fn digest(credential: &str) -> [u8; 32] {
    Sha256::digest(credential.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::rate_limit::Quota;

    #[tokio::test]
    async fn strangers_do_not_make_it_forget_who_used_up_their_quota() {
        let counts = Counts::Memory(Box::new(Memory::new(10)));
        let limiter = Limiter { counts, alarm: Alarm::default(), refusals: Refusals::default() };
        let now = datetime!(2026-06-01 12:00 UTC);
        let subject = |scope, who: String| [Subject { scope, who, quota: Quota::per_minute(1) }];
        assert!(!limiter.take("acme", &subject("key", "a".to_owned()), now).await.is_refused());
        for number in 0..100 {
            assert!(!limiter.take("acme", &subject(ADDRESS, number.to_string()), now).await.is_refused());
        }
        assert!(limiter.take("acme", &subject("key", "a".to_owned()), now).await.is_refused());
    }
}
