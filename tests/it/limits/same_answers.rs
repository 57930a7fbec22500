//! Memory and Redis give the same answers to the same questions, whatever these are.

use std::time::Duration as Time;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rowhouse_platform::{
    ambient::Ambient,
    rate_limit::{Limiter, LimiterSettings, Outcome, Quota, Subject},
};
use time::{Duration, macros::datetime};

use crate::database::redis_url;

/// One of them.
fn one<T: Copy>(random: &mut ChaCha8Rng, of: &[T]) -> T {
    of[random.random_range(0..of.len())]
}

fn quota(random: &mut ChaCha8Rng) -> Quota {
    Quota {
        most: one(random, &[1, 3, 10, 100, 10_000, 1_000_000]),
        burst: one(random, &[0, 1, 5, 20, 2_000_000]),
        window: one(random, &[Duration::seconds(1), Duration::seconds(10), Duration::minutes(1), Duration::days(1)]),
    }
}

fn in_redis(redis_clock: bool) -> LimiterSettings {
    LimiterSettings { redis_url: Some(redis_url()), redis_timeout: Time::from_secs(5), redis_clock }
}

#[tokio::test]
async fn memory_and_redis_say_the_same() {
    let memory = Limiter::new(&LimiterSettings::default()).unwrap();
    let redis = Limiter::new(&in_redis(false)).unwrap();
    // Keys stay in Redis: each run has its own.
    let run = Ambient::system().uuid().simple().to_string();
    let mut refused = 0;
    for seed in 0..60 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut subject = |scope: &'static str| {
            let quota = quota(&mut random);
            Subject { scope, who: "one".to_owned(), quota }
        };
        let subjects = [subject("key"), subject("workspace")];
        let group = format!("{run}-{seed}");
        let mut now = datetime!(2026-06-01 12:00 UTC) + Duration::milliseconds(random.random_range(0..1_000_000));
        for turn in 0..100 {
            // Time stands still, passes, leaps, and now and then goes back.
            let steps = [0, 0, 1, 7, 50, 999, 5000, 30_000, 60_001, -20, -3000, -150_000];
            now += Duration::milliseconds(one(&mut random, &steps));
            let of = &subjects[..one(&mut random, &[1, 2, 2])];
            let (here, there) = (memory.take(&group, of, now).await, redis.take(&group, of, now).await);
            assert_eq!(here, there, "seed {seed}, turn {turn}, {now}, {of:?}");
            assert_eq!(here.verdicts.len(), of.len());
            refused += usize::from(here.is_refused());
        }
    }
    assert!((500..5500).contains(&refused), "{refused} of 6000 refused: the questions are one-sided");
}

#[tokio::test]
async fn a_clock_that_was_ahead_and_is_put_right_keeps_nobody_out() {
    let subject = [Subject { scope: "key", who: "one".to_owned(), quota: Quota::per_minute(5) }];
    let right = Ambient::system().now();
    for (settings, place) in [(LimiterSettings::default(), "memory"), (in_redis(false), "Redis")] {
        let limiter = Limiter::new(&settings).unwrap();
        // How many of ten are let through, after five that were counted so far ahead.
        let through = async |ahead: Duration| {
            let group = Ambient::system().uuid().simple().to_string();
            for _ in 0..5 {
                assert!(!limiter.take(&group, &subject, right + ahead).await.is_refused());
            }
            let mut through = 0;
            for _ in 0..10 {
                through += usize::from(!limiter.take(&group, &subject, right).await.is_refused());
            }
            through
        };
        assert_eq!(through(Duration::minutes(1)).await, 0, "{place}: a little, and nothing is given away");
        assert_eq!(through(Duration::days(1)).await, 5, "{place}: far, and it begins anew");
    }
}

#[tokio::test]
async fn servers_whose_clocks_differ_count_in_the_same_windows() {
    let subject = [Subject {
        scope: "key",
        who: "one".to_owned(),
        quota: Quota { most: 1, burst: 0, window: Duration::days(1) },
    }];
    let now = Ambient::system().now();
    for (redis_clock, refused) in [(true, [false, true, true]), (false, [false, false, false])] {
        let (first, second) = (in_redis(redis_clock), in_redis(redis_clock));
        let (first, second) = (Limiter::new(&first).unwrap(), Limiter::new(&second).unwrap());
        let group = Ambient::system().uuid().simple().to_string();
        // The second one's clock is four days ahead: by these, each finds that the other counted at a wrong time.
        let outcomes = [
            first.take(&group, &subject, now).await,
            second.take(&group, &subject, now + Duration::days(4)).await,
            first.take(&group, &subject, now).await,
        ];
        assert_eq!(outcomes.each_ref().map(Outcome::is_refused), refused);
        assert!(outcomes.iter().all(|outcome| outcome.verdicts.len() == 1));
    }
}
