//! Says that the limiter fails, and does not say it with every request.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::meter;

/// How long it is silent after each line.
const APART: Duration = Duration::from_secs(30);

/// Counts requests that were let through uncounted.
#[derive(Debug, Default)]
pub(super) struct Alarm(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    said: Option<Instant>,
    since: u64,
}

impl Alarm {
    /// One more was let through, because of this.
    pub(super) fn raise(&self, why: &str) {
        meter::uncounted();
        if let Some(requests) = self.due(Instant::now()) {
            tracing::error!(why, requests, "ALARM: requests are let through without being counted");
        }
    }

    /// How many were let through since it was last said, where it is to be said again.
    fn due(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.since += 1;
        if state.said.is_some_and(|said| now.saturating_duration_since(said) < APART) {
            return None;
        }
        state.said = Some(now);
        Some(std::mem::take(&mut state.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_at_once_and_then_now_and_again() {
        let (alarm, began) = (Alarm::default(), Instant::now());
        assert_eq!(alarm.due(began), Some(1));
        assert_eq!(alarm.due(began + Duration::from_secs(1)), None);
        assert_eq!(alarm.due(began + Duration::from_secs(29)), None);
        assert_eq!(alarm.due(began + APART), Some(3));
    }
}
