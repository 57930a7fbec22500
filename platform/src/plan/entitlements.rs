//! What a tenant may use, and the one function that says whether there is room for more.

use std::collections::{BTreeMap, BTreeSet};

use time::{Duration, OffsetDateTime};

use super::{Feature, Interval, Limit, PlanError, PlanKey, SubscriptionState};
use crate::money;

/// How long everything works after a payment failed.
pub const READ_ONLY_AFTER: Duration = Duration::days(7);
/// After how long without a payment nothing is shown any more.
pub const SUSPENDED_AFTER: Duration = Duration::days(21);

/// What a tenant may use: its plan with what the operator made otherwise. It is loaded with the tenant and kept in memory;
/// a change of it is everywhere within a second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlements {
    /// The plan.
    pub plan: PlanKey,
    /// What the plan is called.
    pub plan_name: String,
    /// Which version of it.
    pub version: i32,
    /// What it costs.
    pub price: Price,
    /// How the subscription stands.
    pub state: SubscriptionState,
    /// What is limited, overrides included. What is not in it has no limit.
    pub limits: BTreeMap<Limit, i64>,
    /// What is included, overrides included.
    pub features: BTreeSet<Feature>,
    /// How many seats are paid for, as billing last said.
    pub seats: Option<i32>,
    /// When the trial ends, or ended.
    pub trial_ends_at: Option<OffsetDateTime>,
    /// When the period began that is paid.
    pub period_start: Option<OffsetDateTime>,
    /// When it ends.
    pub period_end: Option<OffsetDateTime>,
    /// Whether the subscription ends with it.
    pub cancel_at_period_end: bool,
    /// Since when a payment is missing.
    pub past_due_since: Option<OffsetDateTime>,
    /// Since when nothing can be changed.
    pub read_only_at: Option<OffsetDateTime>,
    /// Since when nothing is shown.
    pub suspended_at: Option<OffsetDateTime>,
    /// Whether a subscription of the payment provider stands behind it.
    pub is_billed: bool,
    /// What the operator made otherwise than the plan says.
    pub overrides: Vec<Override>,
}

/// What a plan costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// In hundredths of the currency.
    pub cents: i32,
    /// ISO 4217, in small letters.
    pub currency: String,
    /// Whether it is for each seat.
    pub per_seat: bool,
    /// How often it is paid.
    pub interval: Interval,
}

/// Something that holds for one tenant in place of what its plan says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Override {
    /// What.
    pub what: Overridden,
    /// Until when; until it is taken back, where there is none.
    pub ends_at: Option<OffsetDateTime>,
}

/// What an override is about, and what holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overridden {
    /// A limit; none: there is none.
    Limit(Limit, Option<i64>),
    /// A feature, given or taken.
    Feature(Feature, bool),
}

/// Whether there is room for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// There is.
    Within,
    /// There is, and afterwards at least four fifths of the limit are used: time to say so.
    Near {
        /// What is used afterwards.
        used: i64,
        /// The limit.
        most: i64,
    },
    /// There is not.
    Reached {
        /// What is used now.
        used: i64,
        /// The limit.
        most: i64,
    },
}

impl Price {
    /// As people read it: "€8 a seat a month".
    pub fn in_words(&self) -> String {
        if self.cents == 0 {
            return "Free of charge".to_owned();
        }
        let amount = money::price(self.cents.into(), &self.currency);
        let seat = if self.per_seat { " a seat" } else { "" };
        format!("{amount}{seat} a {}", self.interval.word())
    }
}

impl Entitlements {
    /// Everything, without a limit: for the transaction in which a tenant comes to be, before it has a plan.
    pub fn unlimited(plan: PlanKey) -> Self {
        Self {
            plan_name: plan.to_string(),
            plan,
            version: 0,
            price: Price { cents: 0, currency: "eur".to_owned(), per_seat: false, interval: Interval::Month },
            state: SubscriptionState::Manual,
            limits: BTreeMap::new(),
            features: BTreeSet::from(Feature::ALL),
            seats: None,
            trial_ends_at: None,
            period_start: None,
            period_end: None,
            cancel_at_period_end: false,
            past_due_since: None,
            read_only_at: None,
            suspended_at: None,
            is_billed: false,
            overrides: Vec::new(),
        }
    }

    /// The limit; none where there is none. Where each seat is paid for, there are no more seats than that, unless the
    /// operator agreed on a number with the tenant.
    pub fn limit(&self, limit: Limit) -> Option<i64> {
        let planned = self.planned(limit);
        let is_agreed = || self.overrides.iter().any(|one| matches!(one.what, Overridden::Limit(Limit::Seats, _)));
        match self.paid_seats() {
            Some(paid) if limit == Limit::Seats && !is_agreed() => Some(planned.map_or(paid, |most| most.min(paid))),
            _ => planned,
        }
    }

    /// The limit that the plan sets, overrides included: as many seats can be paid for.
    pub fn planned(&self, limit: Limit) -> Option<i64> {
        self.limits.get(&limit).copied()
    }

    /// How many seats are paid for, where each of them is.
    fn paid_seats(&self) -> Option<i64> {
        self.seats.filter(|_| self.is_billed && self.price.per_seat).map(i64::from)
    }

    /// Whether `more` fit where `used` are used. With `more` 0 it says how things stand: [`Allowance::Reached`] is then
    /// what is over the limit, and what is just full is near.
    pub fn check(&self, limit: Limit, used: i64, more: i64) -> Allowance {
        let Some(most) = self.limit(limit) else { return Allowance::Within };
        let after = used.saturating_add(more.max(0));
        if after > most {
            Allowance::Reached { used, most }
        } else if most > 0 && i128::from(after) * 5 >= i128::from(most) * 4 {
            Allowance::Near { used: after, most }
        } else {
            Allowance::Within
        }
    }

    /// The same, as a refusal.
    ///
    /// # Errors
    /// [`PlanError::LimitReached`].
    pub fn require_room(&self, limit: Limit, used: i64, more: i64) -> Result<(), PlanError> {
        match self.check(limit, used, more) {
            Allowance::Within | Allowance::Near { .. } => Ok(()),
            Allowance::Reached { used, most } => Err(PlanError::LimitReached { limit, used, most }),
        }
    }

    /// Whether the plan includes it.
    pub fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// The same, as a refusal.
    ///
    /// # Errors
    /// [`PlanError::NotInPlan`].
    pub fn require(&self, feature: Feature) -> Result<(), PlanError> {
        if self.has(feature) { Ok(()) } else { Err(PlanError::NotInPlan(feature)) }
    }

    /// From when on nothing can be changed, unless the missing payment comes.
    pub fn read_only_from(&self) -> Option<OffsetDateTime> {
        self.read_only_at.or_else(|| self.past_due_since?.checked_add(READ_ONLY_AFTER))
    }

    /// From when on nothing is shown, unless the missing payment comes.
    pub fn suspended_from(&self) -> Option<OffsetDateTime> {
        self.suspended_at.or_else(|| self.past_due_since?.checked_add(SUSPENDED_AFTER))
    }

    /// Whether people may change what is in the workspace.
    pub fn may_write(&self) -> bool {
        self.state.may_write()
    }

    /// The same, as a refusal.
    ///
    /// # Errors
    /// [`PlanError::ReadOnly`], [`PlanError::Suspended`].
    pub fn require_writable(&self) -> Result<(), PlanError> {
        match self.state {
            SubscriptionState::ReadOnly => {
                Err(PlanError::ReadOnly { since: self.read_only_at, is_owing: self.past_due_since.is_some() })
            }
            SubscriptionState::Suspended => Err(PlanError::Suspended),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(limit: Limit, most: i64) -> Entitlements {
        let mut own = Entitlements::unlimited("free".parse().unwrap());
        own.limits.insert(limit, most);
        own
    }

    #[test]
    fn room_is_within_then_near_then_gone() {
        let own = with(Limit::Seats, 10);
        assert_eq!(own.check(Limit::Seats, 6, 1), Allowance::Within);
        assert_eq!(own.check(Limit::Seats, 7, 1), Allowance::Near { used: 8, most: 10 }, "from 80 % on");
        assert_eq!(own.check(Limit::Seats, 9, 1), Allowance::Near { used: 10, most: 10 }, "the last one fits");
        assert_eq!(own.check(Limit::Seats, 10, 1), Allowance::Reached { used: 10, most: 10 });
        assert_eq!(own.check(Limit::Seats, 12, 0), Allowance::Reached { used: 12, most: 10 }, "after a downgrade");
        assert_eq!(own.check(Limit::Projects, 1_000_000, 1), Allowance::Within, "not limited");
    }

    #[test]
    fn a_seat_that_is_not_paid_for_is_none() {
        let mut own = with(Limit::Seats, 10);
        own.seats = Some(4);
        assert_eq!(own.limit(Limit::Seats), Some(10), "nothing is paid by the seat");
        own.is_billed = true;
        own.price.per_seat = true;
        assert_eq!((own.limit(Limit::Seats), own.planned(Limit::Seats)), (Some(4), Some(10)));
        assert_eq!(own.limit(Limit::Projects), None, "of other things nothing is said");
        own.seats = Some(50);
        assert_eq!(own.limit(Limit::Seats), Some(10), "no more than the plan allows");
        own.limits.clear();
        assert_eq!(own.limit(Limit::Seats), Some(50), "a plan without a limit");
        own.overrides.push(Override { what: Overridden::Limit(Limit::Seats, Some(600)), ends_at: None });
        own.limits.insert(Limit::Seats, 600);
        assert_eq!(own.limit(Limit::Seats), Some(600), "agreed with the operator");
    }

    #[test]
    fn odd_numbers_open_nothing() {
        let own = with(Limit::StorageBytes, i64::MAX);
        assert_eq!(own.check(Limit::StorageBytes, 0, i64::MAX), Allowance::Near { used: i64::MAX, most: i64::MAX });
        let own = with(Limit::StorageBytes, 100);
        assert_eq!(own.check(Limit::StorageBytes, 100, i64::MAX), Allowance::Reached { used: 100, most: 100 });
        assert_eq!(own.check(Limit::StorageBytes, 101, -50), Allowance::Reached { used: 101, most: 100 });
        let none = with(Limit::CustomDomains, 0);
        assert_eq!(none.check(Limit::CustomDomains, 0, 0), Allowance::Within);
        assert_eq!(none.check(Limit::CustomDomains, 0, 1), Allowance::Reached { used: 0, most: 0 });
    }

    #[test]
    fn prices_are_read_by_people() {
        let price = |cents, currency: &str, per_seat, interval| {
            Price { cents, currency: currency.to_owned(), per_seat, interval }.in_words()
        };
        assert_eq!(price(800, "eur", true, Interval::Month), "€8 a seat a month");
        assert_eq!(price(99_905, "chf", false, Interval::Year), "999.05 CHF a year");
        assert_eq!(price(0, "eur", true, Interval::Month), "Free of charge");
    }

    #[test]
    fn a_missing_payment_has_dates() {
        let mut own = with(Limit::Seats, 1);
        assert_eq!((own.read_only_from(), own.suspended_from()), (None, None));
        own.past_due_since = Some(OffsetDateTime::UNIX_EPOCH);
        assert_eq!(own.read_only_from(), Some(OffsetDateTime::UNIX_EPOCH + READ_ONLY_AFTER));
        assert_eq!(own.suspended_from(), Some(OffsetDateTime::UNIX_EPOCH + SUSPENDED_AFTER));
    }

    #[test]
    fn what_cannot_be_written_says_since_when() {
        let since = OffsetDateTime::UNIX_EPOCH;
        let mut own = with(Limit::Seats, 1);
        assert_eq!(own.require_writable(), Ok(()));
        own.state = SubscriptionState::PastDue;
        assert!(own.may_write(), "a failed payment is no reason yet");
        own.state = SubscriptionState::ReadOnly;
        own.read_only_at = Some(since);
        assert_eq!(own.require_writable(), Err(PlanError::ReadOnly { since: Some(since), is_owing: false }));
        own.past_due_since = Some(since);
        assert_eq!(own.require_writable(), Err(PlanError::ReadOnly { since: Some(since), is_owing: true }));
    }
}
