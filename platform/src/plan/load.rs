//! From the control plane's rows to what a tenant may use.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use sqlx::PgExecutor;
use time::OffsetDateTime;

use super::{
    Entitlements, Feature, Interval, Limit, Overridden, Override, PlanKeyError, Price, SubscriptionState, UnknownWord,
};
use crate::db::{DbError, TenantTx};

/// Why what is kept about a tenant's plan cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The tenant has no subscription: its row was deleted by hand.
    #[error("the tenant has no subscription")]
    NoSubscription,
    /// A plan with a name that is none.
    #[error(transparent)]
    Plan(#[from] PlanKeyError),
    /// A word of a newer version of the program.
    #[error(transparent)]
    Word(#[from] UnknownWord),
}

impl From<LoadError> for DbError {
    fn from(error: LoadError) -> Self {
        Self::Sql(sqlx::Error::Decode(Box::new(error)))
    }
}

/// What the transaction's tenant may use.
///
/// # Errors
/// [`DbError`], also where what is kept cannot be used: nobody is served by a guess.
pub async fn load(tx: &mut TenantTx) -> Result<Entitlements, DbError> {
    load_by(tx).await
}

/// The same in any transaction that is set to a tenant.
pub(crate) async fn load_by<'e>(by: impl PgExecutor<'e>) -> Result<Entitlements, DbError> {
    let row = sqlx::query!(
        r#"SELECT plan_key AS "plan_key!", plan_name AS "plan_name!", plan_version AS "plan_version!",
                  price_cents AS "price_cents!", currency AS "currency!", per_seat AS "per_seat!",
                  billed_every AS "billed_every!", limits AS "limits!", features AS "features!", state AS "state!", seats,
                  trial_ends_at, period_start, period_end, cancel_at_period_end AS "cancel_at_period_end!",
                  past_due_since, read_only_at, suspended_at, is_billed AS "is_billed!", overrides AS "overrides!"
           FROM control.own_subscription()"#
    )
    .fetch_optional(by)
    .await?
    .ok_or(LoadError::NoSubscription)?;
    let mut entitlements = Entitlements {
        plan: row.plan_key.parse().map_err(LoadError::from)?,
        plan_name: row.plan_name,
        version: row.plan_version,
        price: price(row.price_cents, row.currency, row.per_seat, &row.billed_every)?,
        state: SubscriptionState::parse(&row.state).map_err(LoadError::from)?,
        limits: limits(&row.limits),
        features: features(&row.features),
        seats: row.seats,
        trial_ends_at: row.trial_ends_at,
        period_start: row.period_start,
        period_end: row.period_end,
        cancel_at_period_end: row.cancel_at_period_end,
        past_due_since: row.past_due_since,
        read_only_at: row.read_only_at,
        suspended_at: row.suspended_at,
        is_billed: row.is_billed,
        overrides: overrides(row.overrides)?,
    };
    entitlements.apply_overrides();
    Ok(entitlements)
}

/// What a version of a plan costs, as it is kept.
pub(super) fn price(cents: i32, currency: String, per_seat: bool, billed_every: &str) -> Result<Price, LoadError> {
    Ok(Price { cents, currency, per_seat, interval: Interval::parse(billed_every)? })
}

/// The limits that this version of the program knows. A word it does not know is of a newer one.
pub(super) fn limits(kept: &serde_json::Value) -> BTreeMap<Limit, i64> {
    let known = Limit::ALL.into_iter();
    known.filter_map(|limit| Some((limit, kept.get(limit.word())?.as_i64()?))).collect()
}

/// The features that this version of the program knows.
pub(super) fn features(kept: &[String]) -> BTreeSet<Feature> {
    kept.iter().filter_map(|word| Feature::parse(word).ok()).collect()
}

#[derive(Deserialize)]
struct KeptOverride {
    key: String,
    value: serde_json::Value,
    ends_at: Option<i64>,
}

fn overrides(kept: serde_json::Value) -> Result<Vec<Override>, DbError> {
    let kept: Vec<KeptOverride> = serde_json::from_value(kept).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    let read = kept.into_iter().filter_map(|kept| {
        let what = match &kept.value {
            serde_json::Value::Bool(given) => Overridden::Feature(Feature::parse(&kept.key).ok()?, *given),
            serde_json::Value::Null => Overridden::Limit(Limit::parse(&kept.key).ok()?, None),
            value => Overridden::Limit(Limit::parse(&kept.key).ok()?, Some(value.as_i64()?)),
        };
        let ends_at = kept.ends_at.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
        Some(Override { what, ends_at })
    });
    Ok(read.collect())
}

/// What the limits of a tenant follow from, as it is kept.
pub(crate) struct Kept<'a> {
    pub(crate) plan: &'a str,
    /// Of the version of the plan.
    pub(crate) limits: &'a serde_json::Value,
    /// Those in force, in the shape of `control.own_subscription`.
    pub(crate) overrides: serde_json::Value,
    /// How many are paid for.
    pub(crate) seats: Option<i32>,
    pub(crate) per_seat: bool,
    pub(crate) is_billed: bool,
}

/// The limits as they hold for a tenant, where its whole [`Entitlements`] are not loaded.
pub(crate) fn limits_in_force(kept: Kept<'_>) -> Result<BTreeMap<Limit, i64>, DbError> {
    let mut own = Entitlements::unlimited(kept.plan.parse().map_err(LoadError::from)?);
    own.limits = limits(kept.limits);
    own.overrides = overrides(kept.overrides)?;
    own.seats = kept.seats;
    own.price.per_seat = kept.per_seat;
    own.is_billed = kept.is_billed;
    own.apply_overrides();
    Ok(Limit::ALL.into_iter().filter_map(|limit| Some((limit, own.limit(limit)?))).collect())
}

impl Entitlements {
    fn apply_overrides(&mut self) {
        for one in &self.overrides {
            match one.what {
                Overridden::Limit(limit, most) => {
                    match most {
                        Some(most) => self.limits.insert(limit, most),
                        None => self.limits.remove(&limit),
                    };
                    // The feature has the same word, so that it cannot be given beside the number: that includes it.
                    if limit == Limit::CustomDomains && most != Some(0) {
                        self.features.insert(Feature::CustomDomains);
                    }
                }
                Overridden::Feature(feature, true) => {
                    self.features.insert(feature);
                }
                Overridden::Feature(feature, false) => {
                    self.features.remove(&feature);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn overrides_are_stronger_than_the_plan() {
        let mut own = Entitlements::unlimited("free".parse().unwrap());
        own.limits = limits(&json!({ "seats": 5, "projects": 3, "storage_bytes": null, "rockets": 9 }));
        own.features = features(&["sso".to_owned(), "teleport".to_owned()]);
        assert_eq!((own.limits.len(), own.features.len()), (2, 1), "what is not known is left out");
        own.overrides = overrides(json!([
            { "key": "seats", "value": 50, "ends_at": 1_800_000_000 },
            { "key": "projects", "value": null, "ends_at": null },
            { "key": "sso", "value": false, "ends_at": null },
            { "key": "scim", "value": true, "ends_at": null },
            { "key": "rockets", "value": 1, "ends_at": null },
        ]))
        .unwrap();
        assert_eq!(own.overrides.len(), 4);
        own.apply_overrides();
        assert_eq!(own.limit(Limit::Seats), Some(50));
        assert_eq!(own.limit(Limit::Projects), None);
        assert!(own.has(Feature::Scim) && !own.has(Feature::Sso));
    }

    #[test]
    fn a_number_of_own_domains_includes_them() {
        let on_free = |value: serde_json::Value| {
            let mut own = Entitlements::unlimited("free".parse().unwrap());
            own.limits = limits(&json!({ "custom_domains": 0 }));
            own.features = BTreeSet::new();
            own.overrides = overrides(json!([{ "key": "custom_domains", "value": value, "ends_at": null }])).unwrap();
            own.apply_overrides();
            (own.limit(Limit::CustomDomains), own.has(Feature::CustomDomains))
        };
        assert_eq!(on_free(json!(5)), (Some(5), true));
        assert_eq!(on_free(json!(null)), (None, true));
        assert_eq!(on_free(json!(0)), (Some(0), false));
        assert_eq!(on_free(json!(true)), (Some(0), true));
    }

    #[test]
    fn limits_hold_with_overrides_and_paid_seats() {
        let of_plan = json!({ "seats": 50, "projects": 3 });
        let in_force = |overrides: serde_json::Value, is_billed| {
            let kept = Kept { plan: "team", limits: &of_plan, overrides, seats: Some(4), per_seat: true, is_billed };
            limits_in_force(kept).unwrap()
        };
        let of = |seats, projects: Option<i64>| -> BTreeMap<Limit, i64> {
            let projects = projects.map(|most| (Limit::Projects, most));
            [(Limit::Seats, seats)].into_iter().chain(projects).collect()
        };
        assert_eq!(in_force(json!([]), true), of(4, Some(3)), "as many as are paid for");
        assert_eq!(in_force(json!([]), false), of(50, Some(3)));
        let agreed = json!([{ "key": "seats", "value": 9, "ends_at": null },
            { "key": "projects", "value": null, "ends_at": null }, { "key": "sso", "value": true, "ends_at": null }]);
        assert_eq!(in_force(agreed, true), of(9, None), "agreed with the operator");
    }
}
