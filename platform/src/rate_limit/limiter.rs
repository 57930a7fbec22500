//! The limiter of requests: in memory, or in Redis where there are several servers.

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::{
    Outcome, RateLimiter, Subject,
    alarm::Alarm,
    meter,
    refusals::Refusals,
    shared::{Shared, SharedError},
};

/// Subjects that are counted at the same time in memory.
const CAPACITY: usize = 200_000;

/// Where is counted.
#[derive(Clone, Default)]
pub struct LimiterSettings {
    /// Redis; none: the memory of this server.
    pub redis_url: Option<String>,
    /// How long a request waits for Redis before it is let through uncounted.
    pub redis_timeout: Duration,
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
    Memory(RateLimiter<String>),
    Shared(Shared),
}

impl Limiter {
    /// One that counts there.
    ///
    /// # Errors
    /// [`LimiterError`].
    pub fn new(settings: &LimiterSettings) -> Result<Self, LimiterError> {
        let counts = match &settings.redis_url {
            Some(url) => Counts::Shared(Shared::new(url, settings.redis_timeout).map_err(LimiterError)?),
            None => Counts::Memory(RateLimiter::new(CAPACITY)),
        };
        Ok(Self { counts, alarm: Alarm::default(), refusals: Refusals::default() })
    }

    /// Counts one time for each subject of a group, such as a workspace, or for none where one has no room. Where it cannot
    /// be counted, nothing is said, and the request is let through.
    pub async fn take(&self, group: &str, subjects: &[Subject], now: OffsetDateTime) -> Outcome {
        let verdicts = match &self.counts {
            Counts::Memory(limiter) => {
                let named = |subject: &Subject| (format!("{group}:{}:{}", subject.scope, subject.who), subject.quota);
                limiter.take_all(&subjects.iter().map(named).collect::<Vec<_>>(), now)
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
