//! From a row of the outbox to what Stripe is asked.

use sqlx::PgPool;
use time::{Date, Duration, OffsetDateTime, Time, macros::format_description};

use super::{
    super::{
        StripeError,
        event::PLAN_VERSION,
        stripe::{Answer, Form, Stripe, form},
    },
    Claimed,
};
use crate::db::DbError;

/// How old usage may be to Stripe, less a day.
const OLDEST_USAGE: Duration = Duration::days(34);

/// What Stripe is asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Call {
    Post(String, Form),
    Delete(String),
}

/// What a tenant has at Stripe.
struct Subscribed {
    customer: Option<String>,
    subscription: Option<String>,
    item: Option<String>,
}

impl Call {
    /// The call, by how the tenant stands now; or why there is none.
    pub(super) async fn of(pool: &PgPool, row: &Claimed) -> Result<Result<Self, String>, DbError> {
        let text = |name: &str| row.body[name].as_str().unwrap_or_default().to_owned();
        match row.kind.as_str() {
            "end" => return Ok(Ok(Self::Delete(format!("/v1/subscriptions/{}", text("subscription"))))),
            "usage" => return Ok(Ok(usage(row))),
            _ => {}
        }
        let Some(tenant) = row.tenant_id else { return Ok(Err("the tenant is gone".to_owned())) };
        let own = sqlx::query_as!(
            Subscribed,
            r#"SELECT s.stripe_customer AS "customer?", s.stripe_subscription AS "subscription?", b.item AS "item?"
               FROM control.subscription s LEFT JOIN control.stripe_subscription b ON b.id = s.stripe_subscription
               WHERE s.tenant_id = $1"#,
            tenant
        )
        .fetch_optional(pool)
        .await?;
        let Some(own) = own else { return Ok(Err("the tenant is gone".to_owned())) };
        if row.kind == "tax_id" {
            let Some(customer) = own.customer else { return Ok(Err("there is no customer yet".to_owned())) };
            let wish = form([("type", &text("type")), ("value", &text("value"))]);
            return Ok(Ok(Self::Post(format!("/v1/customers/{customer}/tax_ids"), wish)));
        }
        let (Some(subscription), Some(item)) = (own.subscription, own.item) else {
            return Ok(Err("there is no subscription any more".to_owned()));
        };
        let seats = row.body["seats"].as_i64().map(|seats| seats.to_string());
        // Stripe's own default for a change of quantity or price is to prorate it.
        let wish = match row.kind.as_str() {
            "seats" => form([("items[0][id]", &item), ("items[0][quantity]", seats.as_deref().unwrap_or("1"))]),
            "plan" => {
                let mut wish = form([
                    ("items[0][id]", &item),
                    ("items[0][price]", &text("price")),
                    (&format!("metadata[{PLAN_VERSION}]"), &text("version")),
                ]);
                // Unless the end was wished for afterwards.
                if row.body["keeps_end"] != true {
                    wish.push(("cancel_at_period_end".to_owned(), "false".to_owned()));
                }
                if let Some(seats) = seats {
                    wish.push(("items[0][quantity]".to_owned(), seats));
                }
                wish
            }
            "cancel" => form([("cancel_at_period_end", "true")]),
            _ => form([("cancel_at_period_end", "false")]),
        };
        Ok(Ok(Self::Post(format!("/v1/subscriptions/{subscription}"), wish)))
    }

    pub(super) async fn send(&self, stripe: &Stripe, key: &str) -> Result<Answer, StripeError> {
        match self {
            Self::Post(path, wish) => stripe.post(path, wish, key).await,
            Self::Delete(path) => match stripe.delete(path, key).await {
                // It ended before.
                Err(StripeError::Refused { status: 404, .. }) => stripe.get(path).await.or_else(|error| match error {
                    StripeError::Refused { status: 404, .. } => {
                        Ok(Answer { body: serde_json::Value::Null, said_at: None })
                    }
                    other => Err(other),
                }),
                other => other,
            },
        }
    }
}

/// Usage of a day counts at its end, or at that of the subscription where that is before it. Its identifier is the row's:
/// Stripe counts it once, whatever the key.
fn usage(row: &Claimed) -> Call {
    let text = |name: &str| row.body[name].as_str().unwrap_or_default();
    let day = Date::parse(text("day"), format_description!("[year]-[month]-[day]")).ok();
    let end =
        day.and_then(Date::next_day).map(|next| next.with_time(Time::MIDNIGHT).assume_utc() - Duration::seconds(1));
    let ended = row.body["ended"].as_i64().and_then(|ended| OffsetDateTime::from_unix_timestamp(ended).ok());
    let last = ended.map(|ended| ended - Duration::seconds(1));
    let end = end.map(|end| last.map_or(end, |last| end.min(last)));
    let at = end.unwrap_or(row.created_at).clamp(row.created_at - OLDEST_USAGE, row.created_at);
    let wish = form([
        ("event_name", text("event_name")),
        ("payload[stripe_customer_id]", text("customer")),
        ("payload[value]", &row.body["value"].as_i64().unwrap_or(0).to_string()),
        ("identifier", &row.id.to_string()),
        ("timestamp", &at.unix_timestamp().to_string()),
    ]);
    Call::Post("/v1/billing/meter_events".to_owned(), wish)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn usage_is_told_for_the_end_of_its_day() {
        let mut row = Claimed {
            id: Uuid::nil(),
            tenant_id: None,
            kind: "usage".to_owned(),
            body: json!({ "event_name": "mail", "customer": "cus_1", "value": 12, "day": "2026-06-01", "meter": "mail" }),
            created_at: datetime!(2026-06-02 3:00 UTC),
            attempts: 1,
            generation: 0,
            uncertain_since: None,
        };
        let at = |row: &Claimed| match usage(row) {
            Call::Post(_, wish) => wish.into_iter().find(|(name, _)| name == "timestamp").unwrap().1,
            Call::Delete(_) => String::new(),
        };
        assert_eq!(at(&row), datetime!(2026-06-01 23:59:59 UTC).unix_timestamp().to_string());
        row.created_at = datetime!(2026-09-01 0:00 UTC);
        assert_eq!(at(&row), datetime!(2026-07-29 0:00 UTC).unix_timestamp().to_string(), "as old as Stripe takes");
        row.created_at = datetime!(2026-06-01 13:31 UTC);
        row.body["ended"] = datetime!(2026-06-01 13:00 UTC).unix_timestamp().into();
        let last = datetime!(2026-06-01 12:59:59 UTC).unix_timestamp().to_string();
        assert_eq!(at(&row), last, "before the subscription ended");
    }
}
