//! Usage that is paid for: each day told once, and late events as what is more.

use rowhouse_platform::billing::outbox::Round;
use serde_json::json;
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::{
    app_with, live,
    stand_in::{StandIn, ok},
    upkeep,
};
use crate::app::{TestApp, TestTenant};

async fn used(app: &TestApp, tenant: &TestTenant, at: OffsetDateTime, meter: &str, account: u128, quantity: i64) {
    sqlx::query("INSERT INTO pooled.usage_day VALUES ($1, $2, $3, $4, $5, $5, $6, 1)")
        .bind(tenant.home.id().0)
        .bind(at)
        .bind(meter)
        .bind(Uuid::from_u128(account))
        .bind(Uuid::nil())
        .bind(quantity)
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
}

#[tokio::test]
async fn people_are_told_once_a_day() {
    let stripe = StandIn::start().await;
    let app = app_with(&stripe.url, &[("ROWHOUSE_BILLING__STRIPE_METERS", "active_seat=rowhouse_people")]).await;
    let acme = app.tenant("acme").await;
    live(&app, &acme, 4).await;
    let upkeep = upkeep(&app);
    app.clock.advance(Duration::hours(48));
    // Of one of them eight hours, of the other three.
    used(&app, &acme, datetime!(2026-06-02 0:00 UTC), "active_seat", 1, 8).await;
    used(&app, &acme, datetime!(2026-06-02 0:00 UTC), "active_seat", 2, 3).await;
    for expected in [1, 0] {
        assert_eq!(upkeep.bill_usage().await.unwrap(), expected);
    }
    stripe.says(ok(json!({ "object": "billing.meter_event" })));
    upkeep.outbox.round(&upkeep.billing).await.unwrap();
    assert_eq!(stripe.asked()[0].form["payload[value]"].as_str(), "2");
}

#[tokio::test]
async fn a_day_is_told_once_and_late_events_as_what_is_more() {
    let stripe = StandIn::start().await;
    let app = app_with(&stripe.url, &[("ROWHOUSE_BILLING__STRIPE_METERS", "mail=rowhouse_mail")]).await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    live(&app, &acme, 4).await;
    let upkeep = upkeep(&app);
    app.clock.advance(Duration::hours(48));
    // Before the first whole day of the subscription; of two people; of a meter that is not paid for; of no subscriber.
    used(&app, &acme, datetime!(2026-06-01 0:00 UTC), "mail", 1, 1000).await;
    used(&app, &acme, datetime!(2026-06-02 0:00 UTC), "mail", 1, 10).await;
    used(&app, &acme, datetime!(2026-06-02 0:00 UTC), "mail", 2, 5).await;
    used(&app, &acme, datetime!(2026-06-02 0:00 UTC), "ticket", 1, 7).await;
    used(&app, &acme, datetime!(2026-06-03 0:00 UTC), "mail", 1, 99).await;
    used(&app, &globex, datetime!(2026-06-02 0:00 UTC), "mail", 1, 20).await;
    for expected in [1, 0] {
        assert_eq!(upkeep.bill_usage().await.unwrap(), expected);
    }
    stripe.says(ok(json!({ "object": "billing.meter_event" })));
    let done = Round { done: 1, ..Round::default() };
    assert_eq!(upkeep.outbox.round(&upkeep.billing).await.unwrap(), done);

    used(&app, &acme, datetime!(2026-06-02 0:00 UTC), "mail", 3, 2).await;
    assert_eq!(upkeep.bill_usage().await.unwrap(), 1);
    stripe.says(ok(json!({ "object": "billing.meter_event" })));
    assert_eq!(upkeep.outbox.round(&upkeep.billing).await.unwrap(), done);

    let asked = stripe.asked();
    let values: Vec<_> = asked.iter().map(|asked| asked.form["payload[value]"].as_str()).collect();
    assert_eq!(values, ["15", "2"]);
    assert_eq!(asked[0].form["event_name"], "rowhouse_mail");
    assert_eq!(asked[0].form["payload[stripe_customer_id]"], "cus_TKq4v8Zy2mAcme");
    assert_ne!(asked[0].form["identifier"], asked[1].form["identifier"]);
}
