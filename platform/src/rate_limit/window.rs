//! The arithmetic of a sliding window with a burst: whole numbers of milliseconds, so that Redis' Lua gets the same answers.
//!
//! Time is cut into windows. The count of the window before is weighed by how much of it the sliding window still covers, so
//! that two bursts at the border of two windows are not let through, and a counter is two numbers.
//!
//! What was left unused in the window before may be used on top of the quota in this one, up to the burst; and what was used
//! on top there is missing here. So over any two windows together nobody gets more than two quotas, however they time their
//! requests.

use time::{Duration, OffsetDateTime};

/// So many in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many; at least one.
    pub most: u32,
    /// How many more for somebody who left as many unused in the window before; less than `most`.
    pub burst: u32,
    /// In how much time; at least a second.
    pub window: Duration,
}

impl Quota {
    /// So many a minute, without a burst.
    pub const fn per_minute(most: u32) -> Self {
        Self { most, burst: 0, window: Duration::minutes(1) }
    }

    /// The same with a burst.
    #[must_use]
    pub const fn with_burst(self, burst: u32) -> Self {
        Self { burst, ..self }
    }

    /// The window, in milliseconds.
    pub(super) fn length(self) -> i64 {
        i64::try_from(self.window.whole_milliseconds()).unwrap_or(i64::MAX).clamp(1000, MOST_LENGTH)
    }

    /// How many this window has room for after one in which so many were counted.
    fn room(self, before: i64) -> i64 {
        let (most, burst) = self.whole();
        most + (most - before).clamp(-burst, burst)
    }

    /// Quota and burst, within their bounds: there is always room for one.
    pub(super) fn whole(self) -> (i64, i64) {
        let most = i64::from(self.most.max(1));
        (most, i64::from(self.burst).min(most - 1))
    }
}

/// The longest window: a day. Products of counts and lengths then fit into the whole numbers of Lua, which end at 2⁵³.
const MOST_LENGTH: i64 = 24 * 60 * 60 * 1000;

/// What is said to one who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What holds for them.
    pub quota: Quota,
    /// Whether this time was one too many.
    pub is_refused: bool,
    /// How many count now, this time among them where it was counted.
    pub used: u32,
    /// How many more are let through now.
    pub remaining: u32,
    /// When refused: how long until one is let through again. Else: until the window is over. Whole seconds, at least one.
    pub reset: Duration,
}

impl Verdict {
    /// [`reset`](Self::reset) in seconds.
    pub fn seconds(&self) -> u32 {
        u32::try_from(self.reset.whole_seconds()).unwrap_or(u32::MAX).max(1)
    }
}

/// What was counted of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Number of the window since 1970.
    pub window: i64,
    /// How many in the window before.
    pub before: i64,
    /// How many in this one.
    pub now: i64,
}

impl Counted {
    /// Nothing yet.
    pub fn nothing(window: i64) -> Self {
        Self { window, before: 0, now: 0 }
    }

    /// As it is in a later window. A clock that was put back a little counts on in the window it came from. One that is
    /// put back further was wrong: what it counted would keep somebody out until it is that time again.
    fn slid(self, window: i64) -> Self {
        match window - self.window {
            -1..=0 => self,
            1 => Self { window, before: self.now, now: 0 },
            _ => Self::nothing(window),
        }
    }
}

/// A time, in windows.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Number of the window since 1970.
    pub window: i64,
    /// Milliseconds of it that are left.
    left: i64,
    /// Milliseconds that it has.
    length: i64,
}

impl Moment {
    /// `now`, in the windows of a quota.
    pub fn of(quota: Quota, now: OffsetDateTime) -> Self {
        Self::of_milliseconds(quota, milliseconds(now))
    }

    /// So many milliseconds after 1970 began, in the windows of a quota.
    pub(super) fn of_milliseconds(quota: Quota, time: i64) -> Self {
        Self::at(quota.length(), time)
    }

    fn at(length: i64, now: i64) -> Self {
        Self { window: now.div_euclid(length), left: length - now.rem_euclid(length), length }
    }

    /// The same subject's count at this time.
    pub fn slide(&self, counted: Counted) -> Counted {
        counted.slid(self.window)
    }

    /// What is said to somebody of whom so much was counted, before this time is.
    pub fn judge(&self, counted: Counted, quota: Quota) -> Verdict {
        let remaining = self.remaining(counted, quota);
        let is_refused = remaining == 0;
        let reset = if is_refused { self.wait(counted, quota) } else { seconds(self.left) };
        Verdict { quota, is_refused, used: self.used(counted), remaining, reset: Duration::seconds(reset) }
    }

    /// What is said after this time was counted, which there was room for.
    pub fn judge_taken(&self, counted: Counted, quota: Quota) -> Verdict {
        let remaining = self.remaining(counted, quota);
        let reset = Duration::seconds(seconds(self.left));
        Verdict { quota, is_refused: false, used: self.used(counted), remaining, reset }
    }

    fn remaining(&self, counted: Counted, quota: Quota) -> u32 {
        u32::try_from((quota.room(counted.before) - self.weighed(counted)).max(0)).unwrap_or(u32::MAX)
    }

    fn used(&self, counted: Counted) -> u32 {
        u32::try_from(self.weighed(counted)).unwrap_or(u32::MAX)
    }

    /// What the sliding window holds: rounded up, so that it is never less than what was.
    fn weighed(&self, counted: Counted) -> i64 {
        counted.now + (counted.before * self.left + self.length - 1) / self.length
    }

    /// Whole seconds until one is let through, when none is now.
    fn wait(&self, counted: Counted, quota: Quota) -> i64 {
        let Counted { before, now, .. } = counted;
        let spare = quota.room(before) - 1 - now;
        if spare >= 0 && before > 0 {
            // As soon as the part of the window before that still counts leaves room for one.
            let here = seconds(self.left - spare * self.length / before);
            let later = self.after(here);
            if later.remaining(later.slide(counted), quota) > 0 {
                return here;
            }
        }
        // In the window that follows, this one is the one before.
        let spare = quota.room(now) - 1;
        let left = if now > 0 { (spare * self.length / now).min(self.length) } else { self.length };
        let next = seconds(self.left + self.length - left);
        let later = self.after(next);
        if later.remaining(later.slide(counted), quota) > 0 {
            next
        } else {
            // Nothing of now is left two windows on.
            seconds(self.left + self.length)
        }
    }

    /// So many seconds later.
    fn after(&self, seconds: i64) -> Self {
        Self::at(self.length, self.window * self.length + (self.length - self.left) + seconds * 1000)
    }
}

/// Milliseconds since 1970.
pub(super) fn milliseconds(now: OffsetDateTime) -> i64 {
    i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// Milliseconds in whole seconds, rounded up; at least one.
fn seconds(milliseconds: i64) -> i64 {
    ((milliseconds + 999) / 1000).max(1)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const START: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

    #[test]
    fn what_was_left_unused_may_be_used_on_top_and_no_more() {
        let quota = Quota::per_minute(100).with_burst(20);
        for (before, room) in [(0, 120), (80, 120), (90, 110), (100, 100), (110, 90), (120, 80)] {
            assert_eq!(quota.room(before), room, "after {before}");
        }
        let large = Quota::per_minute(5).with_burst(100);
        assert_eq!((large.room(0), large.room(9)), (9, 1), "there is always room for one");
    }

    #[test]
    fn a_wait_ends_in_a_window_that_has_room() {
        // The burst was used up: at the border of the windows there is no room yet, though this window's count allows one.
        let quota = Quota::per_minute(10).with_burst(5);
        let moment = Moment::of(quota, START + Duration::seconds(30));
        let counted = Counted { window: moment.window, before: 0, now: 15 };
        let verdict = moment.judge(counted, quota);
        assert!(verdict.is_refused);
        let later = START + Duration::seconds(30) + verdict.reset;
        let then = Moment::of(quota, later);
        assert!(!then.judge(then.slide(counted), quota).is_refused);
        let sooner = Moment::of(quota, later - Duration::seconds(1));
        assert!(sooner.judge(sooner.slide(counted), quota).is_refused, "no longer than needed");
    }

    #[test]
    fn every_wait_is_enough_and_no_wait_is_longer_than_two_windows() {
        let window = Duration::seconds(10);
        for most in [1, 2, 3, 7, 50] {
            for burst in [0, 1, 5] {
                let quota = Quota { most, burst, window };
                for before in 0..=i64::from(most + burst) {
                    for now in 0..=quota.room(before) {
                        for over in [0, 1, 999, 4500, 9999] {
                            let at = START + Duration::milliseconds(over);
                            let moment = Moment::of(quota, at);
                            let counted = Counted { window: moment.window, before, now };
                            let verdict = moment.judge(counted, quota);
                            let case = format!("{quota:?} {counted:?} {over}: {verdict:?}");
                            assert!(verdict.seconds() >= 1 && verdict.reset <= window * 2, "{case}");
                            let later = Moment::of(quota, at + verdict.reset);
                            if verdict.is_refused {
                                assert!(!later.judge(later.slide(counted), quota).is_refused, "{case}");
                            }
                        }
                    }
                }
            }
        }
    }
}
