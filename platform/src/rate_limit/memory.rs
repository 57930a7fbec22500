//! Counted in the memory of one server.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use time::OffsetDateTime;

use super::window::{Counted, Moment, Quota, Verdict};

/// Counts, for each `K`.
#[derive(Debug)]
pub struct RateLimiter<K> {
    counts: Mutex<HashMap<K, Count>>,
    capacity: usize,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    counted: Counted,
    /// When it was counted last, in milliseconds since 1970.
    last: i64,
    /// When nothing of it counts any more, in milliseconds since 1970.
    stale: i64,
}

impl<K: Hash + Eq + Clone> RateLimiter<K> {
    /// One that remembers so many, at most; those who were counted longest ago are forgotten for those who come later.
    pub fn new(capacity: usize) -> Self {
        Self { counts: Mutex::default(), capacity: capacity.max(1) }
    }

    /// Counts one time, unless it is one too many.
    pub fn take(&self, who: K, quota: Quota, now: OffsetDateTime) -> Verdict {
        let verdicts = self.take_all(&[(who, quota)], now);
        verdicts.first().copied().unwrap_or_else(|| Moment::of(quota, now).judge(Counted::nothing(0), quota))
    }

    /// Counts one time for each of them, unless it is one too many for one of them: then for none.
    pub fn take_all(&self, subjects: &[(K, Quota)], now: OffsetDateTime) -> Vec<Verdict> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let found: Vec<_> = subjects
            .iter()
            .map(|(who, quota)| {
                let moment = Moment::of(*quota, now);
                let counted = counts.get(who).map_or(Counted::nothing(moment.window), |count| count.counted);
                (moment, moment.slide(counted))
            })
            .collect();
        let judged: Vec<Verdict> =
            found.iter().zip(subjects).map(|((moment, counted), (_, quota))| moment.judge(*counted, *quota)).collect();
        if judged.iter().any(|verdict| verdict.is_refused) {
            return judged;
        }
        let time = super::window::milliseconds(now);
        found
            .into_iter()
            .zip(subjects)
            .map(|((moment, counted), (who, quota))| {
                let counted = Counted { now: counted.now + 1, ..counted };
                let stale = (counted.window + 2) * quota.length();
                make_room(&mut counts, who, self.capacity, time);
                counts.insert(who.clone(), Count { counted, last: time, stale });
                moment.judge_taken(counted, *quota)
            })
            .collect()
    }

    /// What [`take`](Self::take) would say, without counting.
    pub fn look(&self, who: &K, quota: Quota, now: OffsetDateTime) -> Verdict {
        let moment = Moment::of(quota, now);
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = counts.get(who).map_or(Counted::nothing(moment.window), |count| count.counted);
        moment.judge(moment.slide(counted), quota)
    }
}

/// Forgets those whose time is over where there is no room for another; where all still count, those who were counted
/// longest ago. A tenth of them at once, so that not everybody who comes has all looked through.
fn make_room<K: Hash + Eq>(counts: &mut HashMap<K, Count>, who: &K, capacity: usize, now: i64) {
    if counts.len() < capacity || counts.contains_key(who) {
        return;
    }
    counts.retain(|_, count| count.stale > now);
    if counts.len() < capacity {
        return;
    }
    let many = (counts.len() / 10).max(1);
    let mut times: Vec<i64> = counts.values().map(|count| count.last).collect();
    let (_, border, _) = times.select_nth_unstable(many - 1);
    let border = *border;
    let mut forgotten = 0;
    counts.retain(|_, count| {
        let is_old = forgotten < many && count.last <= border;
        forgotten += usize::from(is_old);
        !is_old
    });
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    const QUOTA: Quota = Quota::per_minute(10);
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
        for (pause, burst) in [(0, 0), (7, 3), (31, 0), (59, 10)] {
            let quota = QUOTA.with_burst(burst);
            let limiter = RateLimiter::new(10);
            let mut now = START + Duration::seconds(pause);
            for _ in 0..100 {
                let verdict = limiter.take("a", quota, now);
                if verdict.is_refused {
                    assert!(limiter.look(&"a", quota, now).is_refused);
                    now += verdict.reset;
                    assert!(!limiter.look(&"a", quota, now).is_refused, "{now}");
                }
            }
        }
    }

    #[test]
    fn over_many_windows_nobody_gets_more_than_the_quota() {
        let quota = QUOTA.with_burst(5);
        let limiter = RateLimiter::new(10);
        let through = (0..600).map(|second| START + Duration::seconds(second)).filter(|now| {
            let verdict = limiter.take("a", quota, *now);
            !verdict.is_refused
        });
        let through = through.count();
        assert!((80..=100).contains(&through), "{through} in ten minutes");
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_away() {
        let limiter = RateLimiter::new(10);
        for _ in 0..10 {
            limiter.take("a", QUOTA, START + Duration::minutes(1));
        }
        assert!(limiter.take("a", QUOTA, START).is_refused);
    }

    #[test]
    fn a_clock_that_was_far_ahead_keeps_nobody_out() {
        let limiter = RateLimiter::new(10);
        for _ in 0..10 {
            limiter.take("a", QUOTA, START + Duration::days(1));
        }
        let through = (0..20).filter(|_| !limiter.take("a", QUOTA, START).is_refused).count();
        assert_eq!(through, 10, "it begins anew, and is counted");
    }

    #[test]
    fn it_counts_for_all_or_for_none() {
        let limiter = RateLimiter::new(10);
        let few = Quota::per_minute(2);
        for _ in 0..2 {
            assert!(limiter.take_all(&[("key", few), ("workspace", QUOTA)], START).iter().all(|one| !one.is_refused));
        }
        let refused = limiter.take_all(&[("key", few), ("workspace", QUOTA)], START);
        assert_eq!([refused[0].is_refused, refused[1].is_refused], [true, false]);
        assert_eq!(limiter.look(&"workspace", QUOTA, START).remaining, 8, "what was refused did not count");
    }

    #[test]
    fn where_there_is_no_room_the_oldest_are_forgotten() {
        let limiter = RateLimiter::new(10);
        let once = Quota::per_minute(1);
        for who in 0..=10 {
            assert!(!limiter.take(who, once, START + Duration::seconds(who)).is_refused);
        }
        let now = START + Duration::seconds(11);
        assert!(!limiter.look(&0, once, now).is_refused, "the first");
        assert!((1..=10).all(|who| limiter.look(&who, once, now).is_refused), "all others");
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
