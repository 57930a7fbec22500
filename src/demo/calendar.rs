//! When things happen: working hours, a growing company, a quiet turn of the year.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use time::{Date, Duration, Month, OffsetDateTime, Time, Weekday};

/// How many days back the first ticket may lie.
pub(super) const DAYS: i64 = 365;
/// No ticket is younger than this: a list that ends in the present second looks staged.
const YOUNGEST: Duration = Duration::minutes(4);
const OPENS: Time = time::macros::time!(7:30);
const CLOSES: Time = time::macros::time!(17:45);
/// How many of 1,000 tickets arrive in each hour of a day, in UTC.
const BY_HOUR: [u32; 24] = [0, 0, 0, 0, 1, 8, 30, 72, 121, 134, 118, 92, 58, 88, 102, 78, 48, 22, 9, 5, 3, 1, 0, 0];

/// `count` creation times before `now`, in no order.
pub(super) fn arrivals(rng: &mut ChaCha8Rng, now: OffsetDateTime, count: usize) -> Vec<OffsetDateTime> {
    let weights: Vec<u32> = (0..=DAYS).map(|ago| day_weight(now.date() - Duration::days(ago), ago)).collect();
    let mut times = Vec::with_capacity(count);
    while times.len() < count {
        let day = now.date() - Duration::days(days_ago(pick(rng, &weights)));
        let hour = pick(rng, &BY_HOUR);
        let at = moment(rng, day, hour);
        if at <= now - YOUNGEST && at > now - Duration::days(DAYS) {
            times.push(at);
        }
    }
    times
}

/// `count` creation times in the hours after something broke on a morning `ago` days before `now`.
pub(super) fn burst(rng: &mut ChaCha8Rng, now: OffsetDateTime, ago: i64, count: usize) -> Vec<OffsetDateTime> {
    let day = working_day(now.date() - Duration::days(ago), true);
    let start = moment(rng, day, 8);
    let mut minutes = 0;
    (0..count)
        .map(|index| {
            // The first reports come within minutes of one another, the last ones trickle in.
            minutes += rng.random_range(1..=6 + i64::try_from(index).unwrap_or(0) * 3);
            start + Duration::minutes(minutes) + Duration::seconds(rng.random_range(0..60))
        })
        .filter(|at| *at <= now - YOUNGEST)
        .collect()
}

/// The day itself, or the nearest working day after it (before it, if `back`).
pub(super) fn working_day(mut day: Date, back: bool) -> Date {
    while is_weekend(day) {
        day += Duration::days(if back { -1 } else { 1 });
    }
    day
}

/// `delay` later, counting only working hours.
pub(super) fn after(at: OffsetDateTime, delay: Duration) -> OffsetDateTime {
    let (mut at, mut left) = (at, delay);
    loop {
        if is_weekend(at.date()) || at.time() >= CLOSES {
            at = (at.date() + Duration::days(1)).with_time(OPENS).assume_utc();
            continue;
        }
        let opening = at.date().with_time(OPENS).assume_utc();
        at = at.max(opening);
        let today = at.date().with_time(CLOSES).assume_utc() - at;
        if left <= today {
            return at + left;
        }
        left -= today;
        at += today;
    }
}

/// A duration between `low` and `high` minutes, in which short ones are as likely as long ones on a logarithmic scale.
pub(super) fn delay(rng: &mut ChaCha8Rng, low: u32, high: u32) -> Duration {
    // Doubling instead of a logarithm: floating-point functions differ between platforms.
    let mut bound = u64::from(low.max(1)) * 60;
    let end = u64::from(high) * 60;
    let mut steps = 0_u32;
    while bound << (steps + 1) < end {
        steps += 1;
    }
    bound <<= rng.random_range(0..=steps);
    let seconds = rng.random_range(bound..=(bound * 2).min(end.max(bound)));
    Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// An index drawn in proportion to its weight.
pub(super) fn pick(rng: &mut ChaCha8Rng, weights: &[u32]) -> usize {
    let mut left = rng.random_range(0..weights.iter().sum::<u32>().max(1));
    weights
        .iter()
        .position(|&weight| {
            let found = left < weight;
            left = left.saturating_sub(weight);
            found
        })
        .unwrap_or(0)
}

fn days_ago(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(DAYS)
}

fn moment(rng: &mut ChaCha8Rng, day: Date, hour: usize) -> OffsetDateTime {
    let seconds = i64::try_from(hour).unwrap_or(0) * 3600 + rng.random_range(0..3600);
    day.midnight().assume_utc() + Duration::seconds(seconds)
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// How many tickets a day brings, relative to the others.
fn day_weight(day: Date, ago: i64) -> u32 {
    // Two and a half times as many at the end of the year as at its beginning.
    let growth = 100 + u32::try_from(DAYS - ago).unwrap_or(0) * 150 / 365;
    let weekday = match day.weekday() {
        Weekday::Monday => 125,
        Weekday::Tuesday => 110,
        Weekday::Wednesday | Weekday::Thursday => 100,
        Weekday::Friday => 82,
        Weekday::Saturday => 7,
        Weekday::Sunday => 3,
    };
    let season = match (day.month(), day.day()) {
        (Month::December, 24..) | (Month::January, 1) => 12,
        (Month::January, 2..=5) => 60,
        (Month::July, 15..) | (Month::August, ..=20) => 78,
        _ => 100,
    };
    // Weeks differ; a fixed pattern of 4 to 6 weeks keeps this a function of the date alone.
    let week = 88 + u32::from(day.iso_week()) * 37 % 25;
    growth * weekday / 100 * season / 100 * week / 10
}
