//! `rowhouse usage reconcile`, from what was used to the invoice.

use axum::http::StatusCode;
use rowhouse_platform::{billing::outbox::Round, metering::Meter};
use serde_json::json;
use time::{
    Duration, OffsetDateTime,
    macros::{date, datetime},
};

use super::{
    app_with, deliver, live,
    stand_in::{StandIn, ok, refused},
    upkeep,
};
use crate::{
    app::{TestApp, TestTenant},
    metering::{differences, event_of, report},
};

async fn app(stripe: &StandIn) -> TestApp {
    app_with(&stripe.url, &[("ROWHOUSE_BILLING__STRIPE_METERS", "export=rowhouse_exports=price_exports")]).await
}

/// Lets it be this moment.
fn at(app: &TestApp, moment: OffsetDateTime) {
    app.clock.advance(moment - app.services.ambient.now());
}

async fn used(app: &TestApp, tenant: &TestTenant, key: &str, at: OffsetDateTime, quantity: i64) {
    event_of(app, tenant, Meter::Export, key, at, quantity).await;
}

const NONE: [&str; 0] = [];
const DONE: Round = Round { done: 1, postponed: 0, given_up: 0 };

#[tokio::test]
async fn each_step_to_the_invoice_is_proven() {
    let stripe = StandIn::start().await;
    let app = app(&stripe).await;
    let acme = app.tenant("acme").await;
    live(&app, &acme, 4).await;
    let upkeep = upkeep(&app);
    let days = (date!(2026 - 06 - 01), date!(2026 - 06 - 04));
    // Before the first whole day, and on it.
    used(&app, &acme, "a", datetime!(2026-06-01 13:00 UTC), 90).await;
    used(&app, &acme, "b", datetime!(2026-06-02 10:00 UTC), 15).await;
    at(&app, datetime!(2026-06-03 3:30 UTC));
    assert_eq!(differences(&app, &acme, days).await, NONE, "it is not time yet");
    at(&app, datetime!(2026-06-03 4:30 UTC));
    assert_eq!(differences(&app, &acme, days).await, ["2026-06-02 export: used 15, billed 0"]);

    assert_eq!(upkeep.bill_usage().await.unwrap(), 1);
    assert_eq!(differences(&app, &acme, days).await, NONE, "it is on its way");
    app.clock.advance(Duration::hours(25));
    let lost = ["2026-06-02 export: billed 15, Stripe took 0"];
    assert_eq!(differences(&app, &acme, days).await, lost, "for too long");
    stripe.says(refused("invalid_request_error", "No active meter found for this event name"));
    assert_eq!(upkeep.outbox.round(&upkeep.billing).await.unwrap(), Round { given_up: 1, ..Round::default() });
    assert_eq!(differences(&app, &acme, days).await, lost, "for good");
    let row = upkeep.outbox.open_rows().await.unwrap().remove(0);
    assert!(upkeep.outbox.retry(row.id).await.unwrap());
    stripe.says(ok(json!({ "object": "billing.meter_event" })));
    assert_eq!(upkeep.outbox.round(&upkeep.billing).await.unwrap(), DONE);
    let good = report(&app, &acme, days).await;
    assert_eq!((good.differences.len(), good.billed, good.invoiced), (0, 1, 0));

    // The invoice of a time that ended on the fourth. Stripe finalizes it with too little, and then it is as it should be.
    let period = json!({ "start": datetime!(2026-06-02 0:00 UTC).unix_timestamp(),
        "end": datetime!(2026-06-04 0:00 UTC).unix_timestamp() });
    for (event, status, quantity) in [("evt_open", "open", 14), ("evt_paid", "paid", 15)] {
        let lines = json!([
            { "price": { "id": "price_team_1" }, "quantity": 3, "period": period },
            { "pricing": { "price_details": { "price": "price_exports" } }, "quantity": quantity, "period": period },
        ]);
        let object = json!({ "id": "in_exports", "object": "invoice", "customer": "cus_TKq4v8Zy2mAcme",
            "status": status, "currency": "eur", "created": 1_780_704_000, "lines": { "data": lines, "has_more": false } });
        let event = json!({ "id": event, "object": "event", "type": "invoice.updated", "created": 1_780_704_000,
            "livemode": false, "data": { "object": object } });
        assert_eq!(deliver(&app, &event.to_string()).await.status, StatusCode::OK);
        let report = report(&app, &acme, days).await;
        let named: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
        if quantity == 14 {
            assert_eq!(named, ["2026-06-04 export: Stripe took for the time until then 15, invoiced 14"]);
        } else {
            assert_eq!((named.len(), report.invoiced), (0, 1));
        }
    }
}

#[tokio::test]
async fn the_last_days_are_billed_until_the_end_of_the_subscription() {
    let stripe = StandIn::start().await;
    let app = app(&stripe).await;
    let acme = app.tenant("acme").await;
    let days = (date!(2026 - 07 - 14), date!(2026 - 07 - 15));
    // It ends on 15 July at 12:00:03.
    at(&app, datetime!(2026-07-15 12:10 UTC));
    used(&app, &acme, "a", datetime!(2026-07-14 10:00 UTC), 5).await;
    used(&app, &acme, "b", datetime!(2026-07-15 12:00:02 UTC), 7).await;
    used(&app, &acme, "c", datetime!(2026-07-15 12:00:03 UTC), 100).await;
    live(&app, &acme, 16).await;
    assert_eq!(super::subscription(&app, &acme).await["state"], "cancelled");
    let upkeep = upkeep(&app);
    assert_eq!(differences(&app, &acme, days).await, ["2026-07-14 export: used 5, billed 0"]);

    assert_eq!(upkeep.bill_usage().await.unwrap(), 2, "at once: Stripe makes its last invoice");
    for _ in 0..2 {
        stripe.says(ok(json!({ "object": "billing.meter_event" })));
    }
    assert_eq!(upkeep.outbox.round(&upkeep.billing).await.unwrap(), Round { done: 2, ..Round::default() });
    let mut told: Vec<(String, String)> = stripe
        .asked()
        .iter()
        .map(|asked| (asked.form["payload[value]"].clone(), asked.form["timestamp"].clone()))
        .collect();
    told.sort();
    let moment = |at: OffsetDateTime| at.unix_timestamp().to_string();
    let expected = [
        ("5".to_owned(), moment(datetime!(2026-07-14 23:59:59 UTC))),
        ("7".to_owned(), moment(datetime!(2026-07-15 12:00:02 UTC))),
    ];
    assert_eq!(told, expected);
    app.clock.advance(Duration::days(1));
    assert_eq!(upkeep.bill_usage().await.unwrap(), 0, "what came after the end is nobody's to pay");
    assert_eq!(differences(&app, &acme, days).await, NONE);

    used(&app, &acme, "late", datetime!(2026-07-15 9:00 UTC), 1).await;
    assert_eq!(differences(&app, &acme, days).await, ["2026-07-15 export: used 8, billed 7"]);
    assert_eq!(upkeep.bill_usage().await.unwrap(), 1);
    stripe.says(ok(json!({ "object": "billing.meter_event" })));
    assert_eq!(upkeep.outbox.round(&upkeep.billing).await.unwrap(), DONE);
    assert_eq!(stripe.asked()[0].form["payload[value]"], "1");
    assert_eq!(differences(&app, &acme, days).await, NONE);
}
