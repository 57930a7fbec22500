//! Time and randomness, as values that are handed in: the system's in the server, fixed ones in tests.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use rand::{RngCore, TryRngCore, rngs::OsRng};
use time::OffsetDateTime;
use uuid::{NoContext, Timestamp, Uuid};

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now, in UTC.
    fn now(&self) -> OffsetDateTime;

    /// Whether it is held, and so shows another time than the clocks of other programs.
    fn is_held(&self) -> bool {
        false
    }
}

/// Gives unpredictable bytes.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `bytes` with bytes that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}

/// The system's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the system's time is read")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

/// The operating system's generator of random bytes.
#[derive(Debug, Clone, Copy)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::expect_used, reason = "without randomness no token may be made: to stop is right")]
        OsRng.try_fill_bytes(bytes).expect("the operating system gives random bytes");
    }
}

/// A clock that stands until it is moved, for tests.
#[derive(Debug)]
pub struct FixedClock(Mutex<OffsetDateTime>);

impl FixedClock {
    /// A clock that shows `now`.
    pub fn new(now: OffsetDateTime) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock by `by`; a negative duration moves it back.
    pub fn advance(&self, by: time::Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_held(&self) -> bool {
        true
    }
}

impl Clock for Arc<FixedClock> {
    fn now(&self) -> OffsetDateTime {
        self.as_ref().now()
    }

    fn is_held(&self) -> bool {
        true
    }
}

/// Bytes from a seeded generator, for tests and demonstration data.
pub struct SeededEntropy<R>(pub Mutex<R>);

impl<R: RngCore + Send + 'static> Entropy for SeededEntropy<R> {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}

/// What a piece of code may take from its surroundings. Cheap to clone.
#[derive(Clone)]
pub struct Ambient {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Ambient {
    /// The system's clock and randomness.
    pub fn system() -> Self {
        Self::new(SystemClock, SystemEntropy)
    }

    /// The given clock and randomness.
    pub fn new(clock: impl Clock, entropy: impl Entropy) -> Self {
        Self { clock: Arc::new(clock), entropy: Arc::new(entropy) }
    }

    /// Now, in UTC, cut to the microseconds that PostgreSQL keeps.
    pub fn now(&self) -> OffsetDateTime {
        let now = self.clock.now();
        now.replace_microsecond(now.microsecond()).unwrap_or(now)
    }

    /// Whether the clock is held, and so shows another time than the clocks of other programs.
    pub fn is_held(&self) -> bool {
        self.clock.is_held()
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// A new `UUIDv7` (RFC 9562, section 5.7) of the present time.
    pub fn uuid(&self) -> Uuid {
        self.uuid_at(self.now())
    }

    /// A new `UUIDv7` of the given time: ids of rows brought from elsewhere sort by their own time.
    pub fn uuid_at(&self, at: OffsetDateTime) -> Uuid {
        let seconds = u64::try_from(at.unix_timestamp()).unwrap_or(0);
        let v7 = Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, at.nanosecond()));
        let mut bytes = *v7.as_bytes();
        let random = self.bytes::<10>();
        // The first six bytes are the time; the version and variant bits stay.
        bytes[6] = (bytes[6] & 0xf0) | (random[0] & 0x0f);
        bytes[7] = random[1];
        bytes[8] = (bytes[8] & 0xc0) | (random[2] & 0x3f);
        bytes[9..].copy_from_slice(&random[3..]);
        Uuid::from_bytes(bytes)
    }
}

impl fmt::Debug for Ambient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ambient")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn ids_sort_by_their_time() {
        let ambient = Ambient::system();
        let earlier = ambient.uuid_at(datetime!(2026-01-01 0:00 UTC));
        let later = ambient.uuid_at(datetime!(2026-01-01 0:00:01 UTC));
        assert!(earlier < later);
        assert_eq!(earlier.get_version_num(), 7);
        assert_ne!(earlier, ambient.uuid_at(datetime!(2026-01-01 0:00 UTC)));
    }
}
