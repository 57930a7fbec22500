//! Which workspaces' programs came near their limit of requests lately, as far as this server counted them: for the
//! pages where people look after programs. It is learned from the answers of the limiter, so it costs nothing where there
//! is room.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use rowhouse_platform::{id::TenantId, rate_limit::Outcome};
use time::{Duration, OffsetDateTime};

/// How long it is spoken of.
const LATELY: Duration = Duration::hours(1);
/// How many workspaces are remembered.
const CAPACITY: usize = 10_000;

/// How far a workspace's programs have used its limit in the last hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressure {
    /// In some minute, four fifths of it.
    Near,
    /// All of it: requests were refused.
    Refused,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    near_at: OffsetDateTime,
    refused_at: Option<OffsetDateTime>,
}

/// By workspace, when it was seen last.
#[derive(Debug, Default)]
pub(super) struct Pressures(Mutex<HashMap<TenantId, Seen>>);

impl Pressures {
    /// Notes what was said to a program of a workspace whose plan allows `most` requests a minute.
    pub(super) fn note(&self, tenant: TenantId, most: u32, outcome: &Outcome, now: OffsetDateTime) {
        let Some(pressure) = pressure(outcome, most) else { return };
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= CAPACITY && !seen.contains_key(&tenant) {
            seen.retain(|_, one| now - one.near_at < LATELY);
            if seen.len() >= CAPACITY {
                return;
            }
        }
        let one = seen.entry(tenant).or_insert(Seen { near_at: now, refused_at: None });
        one.near_at = now;
        if pressure == Pressure::Refused {
            one.refused_at = Some(now);
        }
    }

    /// How it was in the last hour; none where there was room.
    pub(super) fn lately(&self, tenant: TenantId, now: OffsetDateTime) -> Option<Pressure> {
        let seen = *self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant)?;
        let is_lately = |at: OffsetDateTime| now - at < LATELY;
        if seen.refused_at.is_some_and(is_lately) {
            Some(Pressure::Refused)
        } else if is_lately(seen.near_at) {
            Some(Pressure::Near)
        } else {
            None
        }
    }
}

/// Of a key that has less than the plan because the operator said so, a refusal says nothing about the plan.
fn pressure(outcome: &Outcome, most: u32) -> Option<Pressure> {
    let mut pressure = None;
    for (_, verdict) in &outcome.verdicts {
        if verdict.quota.most < most {
            continue;
        }
        if verdict.is_refused {
            return Some(Pressure::Refused);
        }
        // Not what is left: that has the burst in it.
        if u64::from(verdict.used) * 5 >= u64::from(most) * 4 {
            pressure = Some(Pressure::Near);
        }
    }
    pressure
}

#[cfg(test)]
mod tests {
    use rowhouse_platform::rate_limit::{Quota, Verdict};
    use uuid::Uuid;

    use super::*;

    fn said(most: u32, remaining: u32, is_refused: bool) -> Outcome {
        let (quota, used) = (Quota::per_minute(most).with_burst(most / 5), most - remaining);
        let verdict = Verdict { quota, is_refused, used, remaining: remaining + quota.burst, reset: Duration::SECOND };
        Outcome { verdicts: vec![("workspace", verdict)] }
    }

    #[test]
    fn it_is_remembered_for_an_hour() {
        let (pressures, tenant, now) = (Pressures::default(), TenantId(Uuid::nil()), OffsetDateTime::UNIX_EPOCH);
        pressures.note(tenant, 10, &said(10, 3, false), now);
        assert_eq!(pressures.lately(tenant, now), None);
        pressures.note(tenant, 10, &said(10, 2, false), now);
        assert_eq!(pressures.lately(tenant, now), Some(Pressure::Near));
        pressures.note(tenant, 10, &said(10, 0, true), now);
        let later = now + Duration::minutes(30);
        pressures.note(tenant, 10, &said(10, 1, false), later);
        assert_eq!(pressures.lately(tenant, later), Some(Pressure::Refused));
        assert_eq!(pressures.lately(tenant, now + LATELY), Some(Pressure::Near), "the refusal is over");
        assert_eq!(pressures.lately(tenant, later + LATELY), None);
        assert_eq!(pressures.lately(TenantId(Uuid::max()), now), None);
    }

    #[test]
    fn a_key_with_less_than_the_plan_says_nothing_about_it() {
        assert_eq!(pressure(&said(5, 0, true), 10), None);
        assert_eq!(pressure(&said(10, 0, true), 10), Some(Pressure::Refused));
    }
}
