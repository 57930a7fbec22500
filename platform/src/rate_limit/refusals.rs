//! Who was refused a moment ago: a flood is then refused from memory, before its session or key is looked up.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use time::{Duration, OffsetDateTime};

use super::Outcome;

/// How long a refusal is believed. A plan that changes is heeded within this time.
const KEEP: Duration = Duration::seconds(1);
/// How many are remembered.
const CAPACITY: usize = 10_000;

/// By the digest of their credential, which is not kept itself.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<HashMap<[u8; 32], (OffsetDateTime, Outcome)>>);

impl Refusals {
    pub(super) fn find(&self, credential: &[u8; 32], now: OffsetDateTime) -> Option<Outcome> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, outcome) = kept.get(credential)?;
        let age = now - *since;
        if age < KEEP && !age.is_negative() {
            return Some(outcome.clone());
        }
        kept.remove(credential);
        None
    }

    pub(super) fn add(&self, credential: [u8; 32], outcome: Outcome, now: OffsetDateTime) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= CAPACITY {
            kept.retain(|_, (since, _)| now - *since < KEEP);
            if kept.len() >= CAPACITY {
                kept.clear();
            }
        }
        kept.insert(credential, (now, outcome));
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn it_is_believed_for_a_second_and_not_by_a_clock_that_went_back() {
        let (refusals, now) = (Refusals::default(), datetime!(2026-06-01 12:00 UTC));
        refusals.add([1; 32], Outcome::default(), now);
        assert!(refusals.find(&[1; 32], now).is_some());
        assert!(refusals.find(&[2; 32], now).is_none());
        assert!(refusals.find(&[1; 32], now + Duration::milliseconds(999)).is_some());
        assert!(refusals.find(&[1; 32], now + KEEP).is_none());
        refusals.add([1; 32], Outcome::default(), now);
        assert!(refusals.find(&[1; 32], now - Duration::seconds(5)).is_none());
    }

    #[test]
    fn memory_is_bounded() {
        let (refusals, now) = (Refusals::default(), datetime!(2026-06-01 12:00 UTC));
        for number in 0..u16::try_from(CAPACITY + 500).unwrap() {
            let mut digest = [0; 32];
            digest[..2].copy_from_slice(&number.to_be_bytes());
            refusals.add(digest, Outcome::default(), now);
        }
        assert!(refusals.0.lock().unwrap().len() <= CAPACITY);
    }
}
