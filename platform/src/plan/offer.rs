//! The price list, and what became of one's own subscription.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;
use uuid::Uuid;

use super::{Feature, Limit, LoadError, PlanKey, Price, load};
use crate::db::{DbError, TenantTx};

/// A version of a plan that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its id.
    pub id: Uuid,
    /// The plan.
    pub plan: PlanKey,
    /// What the plan is called.
    pub name: String,
    /// Where it stands among the others: a larger plan has a larger number.
    pub position: i32,
    /// Which version.
    pub version: i32,
    /// What it costs.
    pub price: Price,
    /// For how many days it can be tried.
    pub trial_days: i32,
    /// What it limits; what is not in it has no limit.
    pub limits: BTreeMap<Limit, i64>,
    /// What it includes.
    pub features: BTreeSet<Feature>,
    /// Whether it can be paid by oneself.
    pub can_be_paid: bool,
}

/// What can be chosen, from the smallest plan to the largest.
///
/// # Errors
/// [`DbError`].
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Offer>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id!", plan_key AS "plan_key!", plan_name AS "plan_name!", plan_position AS "plan_position!",
                  plan_version AS "plan_version!", price_cents AS "price_cents!", currency AS "currency!",
                  per_seat AS "per_seat!", billed_every AS "billed_every!", trial_days AS "trial_days!",
                  limits AS "limits!", features AS "features!", can_be_paid AS "can_be_paid!"
           FROM control.plans_on_offer()"#
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Offer {
                id: row.id,
                plan: row.plan_key.parse().map_err(LoadError::from)?,
                name: row.plan_name,
                position: row.plan_position,
                version: row.plan_version,
                price: load::price(row.price_cents, row.currency, row.per_seat, &row.billed_every)?,
                trial_days: row.trial_days,
                limits: load::limits(&row.limits),
                features: load::features(&row.features),
                can_be_paid: row.can_be_paid,
            })
        })
        .collect()
}

/// Something that was changed about a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// When.
    pub at: OffsetDateTime,
    /// What: a column, or `plan`.
    pub field: String,
    /// What it was.
    pub before: Option<String>,
    /// What it became.
    pub after: Option<String>,
}

/// What was changed lately about the subscription of the transaction's tenant, the newest first.
///
/// # Errors
/// [`DbError`].
pub async fn history(tx: &mut TenantTx, most: i32) -> Result<Vec<Changed>, DbError> {
    Ok(sqlx::query_as!(
        Changed,
        r#"SELECT at AS "at!", field AS "field!", before, after FROM control.own_subscription_changes($1)"#,
        most
    )
    .fetch_all(tx)
    .await?)
}
