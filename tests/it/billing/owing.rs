//! From a failed payment to read-only and suspended, and back.

use axum::http::StatusCode;
use rowhouse::services::owing_upkeep;
use rowhouse_platform::plan::change::{self, By};
use serde_json::json;
use time::{Duration, OffsetDateTime, macros::datetime};

use super::{NOBODY, app, deliver, live, recorded, subscription, upkeep};
use crate::{
    app::{TestApp, TestTenant},
    database::Way,
};

/// When the payment failed.
const FAILED: OffsetDateTime = datetime!(2026-06-15 13:01:20 UTC);

/// Lets it be so long after the failed payment, and the server look.
async fn after(app: &TestApp, days: i64) {
    let now = app.services.ambient.now();
    app.clock.advance(FAILED + Duration::days(days) + Duration::minutes(1) - now);
    upkeep(app).settle().await.unwrap();
    app.services.directory.forget_all();
}

async fn state(app: &TestApp, tenant: &TestTenant) -> String {
    subscription(app, tenant).await["state"].as_str().unwrap().to_owned()
}

/// What owners were told since the last time, by subject; not that they signed in, as they do here.
async fn told(app: &TestApp) -> Vec<String> {
    let mut told: Vec<String> =
        sqlx::query_scalar("DELETE FROM control.mail WHERE recipient = 'owner@acme.test' RETURNING subject")
            .fetch_all(&mut app.db.admin().await)
            .await
            .unwrap();
    told.retain(|subject| !subject.starts_with("New sign-in"));
    told
}

async fn status(app: &TestApp, tenant: &TestTenant, path: &str) -> StatusCode {
    app.get(&tenant.host, path).cookie(&app.owner_signs_in(tenant).await).send().await.status
}

#[tokio::test]
async fn who_does_not_pay_is_warned_then_read_only_then_suspended_until_they_pay() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    live(&app, &acme, 10).await;
    told(&app).await;

    after(&app, 0).await;
    assert_eq!(state(&app, &acme).await, "past_due");
    assert_eq!(told(&app).await, ["A payment for Company acme failed"]);
    let own = subscription(&app, &acme).await;
    assert_eq!(own["read_only_at"], json!("2026-06-22T13:01:20+00:00"));
    assert_eq!(own["suspended_at"], json!("2026-07-06T13:01:20+00:00"));
    let page = app.get(&acme.host, "/admin/plan").cookie(&app.owner_signs_in(&acme).await).send().await;
    for shown in ["22 June 2026", "6 July 2026", "€24.00", "TKQ4V8ZY-0002", "Payment failed"] {
        assert!(page.body.contains(shown), "{shown}\n{}", page.body);
    }
    // Looking again tells nothing twice.
    after(&app, 1).await;
    assert_eq!(told(&app).await, Vec::<String>::new());

    after(&app, 5).await;
    assert_eq!(told(&app).await, ["Company acme becomes read-only soon"]);
    after(&app, 7).await;
    assert_eq!(state(&app, &acme).await, "read_only");
    assert_eq!(told(&app).await, ["Company acme is read-only"]);
    assert_eq!(status(&app, &acme, "/tickets").await, StatusCode::OK);
    let form = [("title", "Printer"), ("description", ""), ("priority", "normal")];
    let refused =
        app.post(&acme.host, "/tickets/new").cookie(&app.owner_signs_in(&acme).await).form(&form).send().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    after(&app, 21).await;
    assert_eq!(state(&app, &acme).await, "suspended");
    assert_eq!(told(&app).await, ["Company acme is suspended"]);
    assert_eq!(status(&app, &acme, "/tickets").await, StatusCode::FORBIDDEN);
    assert_eq!(status(&app, &acme, "/admin/plan").await, StatusCode::OK, "where it is paid");

    // The payment arrives, though Stripe's word about the subscription is still on its way.
    assert_eq!(deliver(&app, &recorded(&acme)[10]).await.status, StatusCode::OK);
    assert_eq!(state(&app, &acme).await, "active");
    assert_eq!(status(&app, &acme, "/tickets").await, StatusCode::OK);
    after(&app, 22).await;
    assert_eq!(told(&app).await, ["The payment for Company acme arrived"]);
    assert_eq!(state(&app, &acme).await, "active");
}

#[tokio::test]
async fn what_was_not_paid_is_owed_after_the_subscription_ended_too() {
    let app = app(NOBODY).await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    // Stripe tried twice and ended it; and the same where its words come the other way round.
    let ended = recorded(&acme)[15].clone();
    live(&app, &acme, 10).await;
    assert_eq!(deliver(&app, &ended).await.status, StatusCode::OK);
    let other = |event: &String| event.replace("acme", "other").replace("Acme", "Other");
    let mut others: Vec<_> = recorded(&globex)[..10].iter().map(other).collect();
    others.push(other(&recorded(&globex)[15]));
    for event in others.iter().rev() {
        assert_eq!(deliver(&app, event).await.status, StatusCode::OK, "{event}");
    }
    told(&app).await;

    for (day, expected) in [(0, "past_due"), (8, "read_only"), (22, "suspended")] {
        after(&app, day).await;
        for tenant in [&acme, &globex] {
            let own = subscription(&app, tenant).await;
            assert_eq!((own["state"].as_str(), own["plan"].as_str()), (Some(expected), Some("free")), "{own}");
            assert_eq!(own["past_due_since"], json!("2026-06-15T13:01:20+00:00"), "{own}");
        }
    }
    let heard = told(&app).await;
    assert_eq!(heard, ["A payment for Company acme failed", "Company acme is read-only", "Company acme is suspended"]);
    let page = app.get(&acme.host, "/admin/plan").cookie(&app.owner_signs_in(&acme).await).send().await;
    for shown in [
        "suspended, because a payment is missing",
        "An invoice is not paid",
        "TKQ4V8ZY-0002",
        "Choose Team",
        "Ended on",
    ] {
        assert!(page.body.contains(shown), "{shown}\n{}", page.body);
    }
    assert!(!page.body.contains("It is tried again"), "the time for that is over");

    assert_eq!(deliver(&app, &recorded(&acme)[10]).await.status, StatusCode::OK);
    let own = subscription(&app, &acme).await;
    assert_eq!((own["state"].as_str(), own["plan"].as_str()), (Some("cancelled"), Some("free")), "{own}");
    assert_eq!(status(&app, &acme, "/tickets").await, StatusCode::OK);
    // What the operator agrees on instead stays.
    let url = app.db.url(Way::Direct, "rowhouse_operator");
    let mut operator = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
    let by = By { actor: "ops@rowhouse.test".to_owned(), reason: "They asked.".to_owned(), billing_event: None };
    let mut tx = change::begin(&mut operator, &by).await.unwrap();
    let now = app.services.ambient.now();
    change::set_plan(&mut tx, now, globex.home.id(), &"business".parse().unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    after(&app, 23).await;
    assert_eq!(state(&app, &globex).await, "manual");
}

#[tokio::test]
async fn a_server_that_slept_tells_where_things_stand_and_not_all_that_was() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    live(&app, &acme, 10).await;
    told(&app).await;
    after(&app, 8).await;
    assert_eq!(told(&app).await, ["A payment for Company acme failed", "Company acme is read-only"]);
}

#[tokio::test]
async fn owners_hear_that_a_trial_ends() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    live(&app, &acme, 4).await;
    told(&app).await;
    upkeep(&app).settle().await.unwrap();
    assert_eq!(told(&app).await, Vec::<String>::new());
    app.clock.advance(Duration::days(11) + Duration::minutes(1));
    for _ in 0..2 {
        upkeep(&app).settle().await.unwrap();
    }
    assert_eq!(told(&app).await, ["The trial of Company acme ends soon"]);
}

#[tokio::test]
async fn owners_hear_of_what_was_done_by_hand_without_a_key_of_stripes() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let url = app.db.url(Way::Direct, "rowhouse_operator");
    let mut operator = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
    let by = By { actor: "ops@rowhouse.test".to_owned(), reason: "They asked.".to_owned(), billing_event: None };
    let (id, now) = (acme.home.id(), app.services.ambient.now());
    let mut tx = change::begin(&mut operator, &by).await.unwrap();
    let plan: rowhouse_platform::plan::PlanKey = "business".parse().unwrap();
    change::start_trial(&mut tx, now, id, &plan, Duration::days(14)).await.unwrap();
    tx.commit().await.unwrap();
    told(&app).await;
    let upkeep = owing_upkeep(&app.services, url);
    upkeep.round().await.unwrap();
    assert_eq!(told(&app).await, Vec::<String>::new());
    app.clock.advance(Duration::days(11) + Duration::minutes(1));
    for _ in 0..2 {
        upkeep.round().await.unwrap();
    }
    assert_eq!(told(&app).await, ["The free trial of Company acme ends soon"]);

    let now = app.services.ambient.now();
    let mut tx = change::begin(&mut operator, &by).await.unwrap();
    assert!(change::set_read_only(&mut tx, now, id, true).await.unwrap());
    tx.commit().await.unwrap();
    for _ in 0..2 {
        upkeep.round().await.unwrap();
    }
    assert_eq!(told(&app).await, ["Company acme was made read-only"]);
}
