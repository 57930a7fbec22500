//! How long to wait before something is tried again that failed.

use time::Duration;

/// The pause after so many attempts: `first`, and twice as long after each further one, up to `longest`.
pub(crate) fn pause(first: Duration, longest: Duration, attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0);
    first.saturating_mul(2_i32.saturating_pow(doublings)).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let after = |attempts| pause(Duration::seconds(5), Duration::hours(1), attempts).whole_seconds();
        assert_eq!([0, 1, 2, 3, 10, 11, i32::MAX, i32::MIN].map(after), [5, 5, 10, 20, 2560, 3600, 3600, 5]);
    }
}
