//! How often somebody may ask, counted in memory: a sliding window for each of them.
//!
//! Each server counts by itself. The count of the window before is weighed by how much of it the sliding window still
//! covers, so that two bursts at the border of two windows are not let through, and a counter costs two numbers.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use time::{Duration, OffsetDateTime};

/// So many in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many; at least one.
    pub most: u32,
    /// In how much time; at least a second.
    pub window: Duration,
}

/// What is said to one who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What holds for them.
    pub quota: Quota,
    /// Whether this time was one too many.
    pub is_refused: bool,
    /// How many more are let through now.
    pub remaining: u32,
    /// When refused: how long until one is let through again. Else: until the whole quota is there again. At least a
    /// second.
    pub reset: Duration,
}

impl Verdict {
    /// [`reset`](Self::reset) in whole seconds, rounded up.
    pub fn seconds(&self) -> u32 {
        u32::try_from((self.reset.whole_milliseconds() + 999) / 1000).unwrap_or(u32::MAX).max(1)
    }
}

#[derive(Debug, Clone, Copy)]
struct Count {
    /// Number of the window since 1970.
    window: i64,
    before: u32,
    now: u32,
}

/// Counts, for each `K`.
#[derive(Debug)]
pub struct RateLimiter<K> {
    counts: Mutex<HashMap<K, Count>>,
    capacity: usize,
}

impl<K: Hash + Eq> RateLimiter<K> {
    /// One that remembers so many, at most; those who came first are forgotten for those who come later.
    pub fn new(capacity: usize) -> Self {
        Self { counts: Mutex::default(), capacity }
    }

    /// Counts one time, unless it is one too many.
    pub fn take(&self, who: K, quota: Quota, now: OffsetDateTime) -> Verdict {
        let moment = Moment::of(quota, now);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= self.capacity && !counts.contains_key(&who) {
            counts.retain(|_, count| count.window + 1 >= moment.window);
            if counts.len() >= self.capacity {
                counts.clear();
            }
        }
        let count = counts.entry(who).or_insert(Count { window: moment.window, before: 0, now: 0 });
        *count = moment.slide(*count);
        let verdict = moment.judge(*count, quota);
        if verdict.is_refused {
            return verdict;
        }
        count.now += 1;
        Verdict { remaining: verdict.remaining - 1, ..verdict }
    }

    /// What [`take`](Self::take) would say, without counting.
    pub fn look(&self, who: &K, quota: Quota, now: OffsetDateTime) -> Verdict {
        let moment = Moment::of(quota, now);
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(who).copied().unwrap_or(Count { window: moment.window, before: 0, now: 0 });
        moment.judge(moment.slide(count), quota)
    }
}

/// A time, in windows.
struct Moment {
    window: i64,
    /// Milliseconds of it that are over.
    over: i64,
    /// Milliseconds that it has.
    length: i64,
}

impl Moment {
    fn of(quota: Quota, now: OffsetDateTime) -> Self {
        let length = i64::try_from(quota.window.whole_milliseconds()).unwrap_or(i64::MAX).max(1000);
        let now = i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX);
        Self { window: now.div_euclid(length), over: now.rem_euclid(length), length }
    }

    fn slide(&self, count: Count) -> Count {
        match self.window - count.window {
            // A clock that was put back counts on in the window it came from.
            i64::MIN..=0 => count,
            1 => Count { window: self.window, before: count.now, now: 0 },
            _ => Count { window: self.window, before: 0, now: 0 },
        }
    }

    fn judge(&self, count: Count, quota: Quota) -> Verdict {
        let most = i64::from(quota.most.max(1));
        let (before, now) = (i64::from(count.before), i64::from(count.now));
        let left = self.length - self.over;
        // Rounded up, so that what is weighed is never less than what was.
        let weighed = now + (before * left + self.length - 1) / self.length;
        let remaining = u32::try_from((most - weighed).max(0)).unwrap_or(0);
        let is_refused = remaining == 0;
        let wait = if !is_refused {
            left
        } else if now < most {
            // Until the part of the window before that still counts leaves room for one.
            left - (most - 1 - now) * self.length / before.max(1)
        } else {
            // Until the window is over, and then as above, with this window as the one before.
            left + self.length - (most - 1) * self.length / now.max(1)
        };
        let reset = Duration::milliseconds(wait.max(0)).max(Duration::seconds(1));
        Verdict { quota, is_refused, remaining, reset }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const QUOTA: Quota = Quota { most: 10, window: Duration::minutes(1) };
    const START: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

    #[test]
    fn so_many_and_no_more() {
        let limiter = RateLimiter::new(10);
        for left in (0..10).rev() {
            let verdict = limiter.take("a", QUOTA, START);
            assert!(!verdict.is_refused);
            assert_eq!(verdict.remaining, left);
        }
        let refused = limiter.take("a", QUOTA, START);
        assert!(refused.is_refused && refused.reset >= Duration::minutes(1), "{refused:?}");
        assert!(!limiter.take("b", QUOTA, START).is_refused, "others are counted apart");
        assert!(!limiter.take("a", QUOTA, START + refused.reset).is_refused, "after the time that was said");
    }

    #[test]
    fn the_border_of_two_windows_is_no_way_around() {
        let limiter = RateLimiter::new(10);
        let end = START + Duration::seconds(59);
        let first = (0..20).filter(|_| !limiter.take("a", QUOTA, end).is_refused).count();
        let second = (0..20).filter(|_| !limiter.take("a", QUOTA, end + Duration::seconds(2)).is_refused).count();
        assert_eq!((first, second), (10, 0));
        let half = (0..20).filter(|_| !limiter.take("a", QUOTA, START + Duration::seconds(90)).is_refused).count();
        assert_eq!(half, 5, "half of the window before still counts");
    }

    #[test]
    fn whoever_waits_as_long_as_is_said_is_let_through() {
        for pause in [0, 7, 31, 59] {
            let limiter = RateLimiter::new(10);
            let mut now = START + Duration::seconds(pause);
            for _ in 0..100 {
                let verdict = limiter.take("a", QUOTA, now);
                if verdict.is_refused {
                    assert!(limiter.look(&"a", QUOTA, now).is_refused);
                    now += verdict.reset;
                    assert!(!limiter.look(&"a", QUOTA, now).is_refused, "{now}");
                }
            }
        }
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = RateLimiter::new(100);
        for who in 0..10_000 {
            limiter.take(who, QUOTA, START);
        }
        assert!(limiter.counts.lock().unwrap().len() <= 100);
    }
}
