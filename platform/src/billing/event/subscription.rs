//! What a subscription says of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{EventError, PLAN_VERSION, Reference, identifier, line, moment, moment_or_none, unreadable, word};

/// How a subscription stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubscriptionFacts {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub customer: String,
    /// Stripe's word for how it stands.
    pub status: String,
    /// Which of several events of one second is later: a creation before updates before a deletion.
    pub rank: u8,
    /// The item that has the quantity.
    pub item: Option<String>,
    /// Its price.
    pub price: Option<String>,
    /// How many seats are paid for.
    pub quantity: Option<i32>,
    /// When it was made.
    pub started: i64,
    /// When the period began that is paid.
    pub period_start: Option<i64>,
    /// When it ends.
    pub period_end: Option<i64>,
    /// When the trial ends, or ended.
    pub trial_end: Option<i64>,
    /// Whether it ends with the period.
    pub cancel_at_period_end: bool,
    /// When it ended.
    pub ended: Option<i64>,
    /// What the coupon is called, where the discount is given whole.
    pub discount: Option<String>,
    /// The discount's id.
    pub discount_id: Option<String>,
    /// What it is paid with; where it says nothing, what its customer pays with.
    pub payment_method: Option<String>,
    /// The version of a plan that was chosen, as the checkout wrote it down.
    pub plan_version: Option<String>,
}

#[derive(Deserialize)]
struct Raw {
    id: String,
    customer: Reference,
    status: String,
    #[serde(default)]
    items: Items,
    created: Option<i64>,
    start_date: Option<i64>,
    current_period_start: Option<i64>,
    current_period_end: Option<i64>,
    trial_end: Option<i64>,
    cancel_at: Option<i64>,
    #[serde(default)]
    cancel_at_period_end: bool,
    ended_at: Option<i64>,
    quantity: Option<i64>,
    discount: Option<Value>,
    discounts: Option<Vec<Value>>,
    default_payment_method: Option<Reference>,
    default_source: Option<Reference>,
    metadata: Option<BTreeMap<String, String>>,
}

#[derive(Default, Deserialize)]
struct Items {
    #[serde(default)]
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    id: Option<String>,
    quantity: Option<i64>,
    current_period_start: Option<i64>,
    current_period_end: Option<i64>,
    price: Option<Price>,
    plan: Option<Plan>,
}

#[derive(Deserialize)]
struct Price {
    id: String,
    recurring: Option<Recurring>,
}

#[derive(Deserialize)]
struct Recurring {
    usage_type: Option<String>,
}

#[derive(Deserialize)]
struct Plan {
    id: String,
    usage_type: Option<String>,
}

impl Item {
    /// Whether it is paid by use: such an item has no quantity.
    fn is_metered(&self) -> bool {
        let by_price = self.price.as_ref().and_then(|price| price.recurring.as_ref()?.usage_type.as_deref());
        let by_plan = self.plan.as_ref().and_then(|plan| plan.usage_type.as_deref());
        by_price.or(by_plan) == Some("metered")
    }

    fn price(&self) -> Option<&str> {
        let of_price = self.price.as_ref().map(|price| price.id.as_str());
        of_price.or(self.plan.as_ref().map(|plan| plan.id.as_str()))
    }
}

pub(super) fn read(object: &Value, kind: &str) -> Result<SubscriptionFacts, EventError> {
    let raw = Raw::deserialize(object).map_err(unreadable)?;
    let item = raw.items.data.iter().find(|item| !item.is_metered()).or(raw.items.data.first());
    let period_end = moment_or_none(item.and_then(|item| item.current_period_end).or(raw.current_period_end))?;
    let ends_with_period = raw.cancel_at.is_some_and(|at| period_end.is_some_and(|end| at <= end));
    let discounts: Vec<&Value> = raw.discount.iter().chain(raw.discounts.iter().flatten()).collect();
    let method = raw.default_payment_method.as_ref().or(raw.default_source.as_ref());
    let quantity = item.and_then(|item| item.quantity).or(raw.quantity);
    Ok(SubscriptionFacts {
        id: identifier(&raw.id, "subscription")?,
        customer: identifier(raw.customer.id(), "customer")?,
        status: word(&raw.status, 40)?,
        rank: match kind {
            "customer.subscription.created" => 1,
            "customer.subscription.deleted" => 3,
            _ => 2,
        },
        item: item.and_then(|item| item.id.as_deref()).map(|id| line(id, 255)),
        price: item.and_then(Item::price).map(|id| line(id, 255)),
        quantity: quantity.map(|quantity| i32::try_from(quantity.max(0)).unwrap_or(i32::MAX)),
        started: moment(raw.created.or(raw.start_date).unwrap_or(0))?,
        period_start: moment_or_none(item.and_then(|item| item.current_period_start).or(raw.current_period_start))?,
        period_end,
        trial_end: moment_or_none(raw.trial_end)?,
        cancel_at_period_end: raw.cancel_at_period_end || ends_with_period,
        ended: moment_or_none(raw.ended_at)?,
        discount: discounts.iter().find_map(|discount| coupon(discount)),
        discount_id: discounts
            .iter()
            .find_map(|discount| discount.as_str().or(discount["id"].as_str()))
            .and_then(id_of),
        payment_method: method.map(|method| identifier(method.id(), "payment method")).transpose()?,
        plan_version: raw.metadata.and_then(|mut metadata| metadata.remove(PLAN_VERSION)).map(|id| line(&id, 40)),
    })
}

fn id_of(id: &str) -> Option<String> {
    Some(line(id, 255)).filter(|id| !id.is_empty())
}

/// What a discount's coupon is called, where it is given whole.
fn coupon(discount: &Value) -> Option<String> {
    let coupon = discount.get("coupon").or_else(|| discount.get("source")?.get("coupon"))?;
    // A name without a letter is none, and the database takes none.
    let names = [coupon["name"].as_str(), coupon["id"].as_str(), coupon.as_str()];
    names.into_iter().flatten().map(|name| line(name, 120)).find(|name| !name.is_empty())
}
