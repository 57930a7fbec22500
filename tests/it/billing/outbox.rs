//! What Stripe is told: once, however often it takes.

use axum::http::StatusCode;
use rowhouse_platform::billing::outbox::Round;
use serde_json::{Value, json};
use time::Duration;
use uuid::Uuid;

use super::{
    app, deliver, live, recorded,
    stand_in::{StandIn, error, ok, refused},
    subscription, upkeep,
};
use crate::app::{TestApp, TestTenant};

/// The subscription of the recorded events, as Stripe answers with it.
fn answered(tenant: &TestTenant, change: impl FnOnce(&mut Value)) -> Value {
    let event: Value = serde_json::from_str(&recorded(tenant)[11]).unwrap();
    let mut object = event["data"]["object"].clone();
    change(&mut object);
    object
}

async fn round(app: &TestApp) -> Round {
    let upkeep = upkeep(app);
    let round = upkeep.outbox.round(&upkeep.billing).await.unwrap();
    app.services.directory.forget_all();
    round
}

async fn ask(app: &TestApp, tenant: &TestTenant, path: &str, form: &[(&str, &str)]) {
    let answer = app.post(&tenant.host, path).cookie(&tenant.owner_cookie).form(form).send().await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/admin/plan"), "{}", answer.body);
    app.clock.advance(Duration::seconds(1));
}

/// A tenant that subscribed and pays for three seats.
async fn subscribed(stripe: &StandIn) -> (TestApp, TestTenant) {
    let app = app(&stripe.url).await;
    let acme = app.tenant("acme").await;
    live(&app, &acme, 12).await;
    (app, acme)
}

const DONE: Round = Round { done: 1, postponed: 0, given_up: 0 };
const POSTPONED: Round = Round { done: 0, postponed: 1, given_up: 0 };
const GIVEN_UP: Round = Round { done: 0, postponed: 0, given_up: 1 };

#[tokio::test]
async fn seats_are_told_under_one_key_until_stripe_answers() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    ask(&app, &acme, "/admin/plan/seats", &[("seats", "7")]).await;
    let page = app.get(&acme.host, "/admin/plan").cookie(&acme.owner_cookie).send().await;
    assert!(page.body.contains("On its way: 7 seats"), "{}", page.body);

    stripe.says(error(503, "down"));
    assert_eq!(round(&app).await, POSTPONED);
    assert_eq!(round(&app).await, Round::default(), "not before its time");
    app.clock.advance(Duration::seconds(5));
    stripe.says(ok(answered(&acme, |object| object["items"]["data"][0]["quantity"] = json!(7))));
    assert_eq!(round(&app).await, DONE);
    assert_eq!(round(&app).await, Round::default(), "once");

    let asked = stripe.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked[0].key.is_some() && asked[0].key == asked[1].key);
    assert_eq!(asked[1].what, "POST /v1/subscriptions/sub_1SQacmeH2eZvKYlo2C8n5r7T");
    assert_eq!(asked[1].authorization, "Bearer sk_test_12345");
    assert_eq!(asked[1].form["items[0][id]"], "si_TKq5d1acmeItem");
    assert_eq!(asked[1].form["items[0][quantity]"], "7");
    assert_eq!(subscription(&app, &acme).await["seats"], 7, "by Stripe's answer, before its event");
}

#[tokio::test]
async fn an_answer_that_stripe_kept_is_not_taken_for_how_things_are_now() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    ask(&app, &acme, "/admin/plan/seats", &[("seats", "7")]).await;
    // Stripe did it, and its answer was lost. Since then somebody changed it at Stripe.
    stripe.says(error(502, "bad gateway"));
    assert_eq!(round(&app).await, POSTPONED);
    app.clock.advance(Duration::seconds(5));
    let five = &recorded(&acme)[13];
    assert!(deliver(&app, five).await.body.contains("applied"));
    let seven = answered(&acme, |object| object["items"]["data"][0]["quantity"] = json!(7));
    stripe.says(ok(seven).with("idempotent-replayed", "true"));
    assert_eq!(round(&app).await, DONE);
    assert_eq!(subscription(&app, &acme).await["seats"], 5);
}

#[tokio::test]
async fn a_key_that_stands_for_how_things_were_is_changed() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    ask(&app, &acme, "/admin/plan/seats", &[("seats", "7")]).await;
    let message = "Keys for idempotent requests can only be used with the same parameters they were first used with.";
    stripe.says(refused("idempotency_error", message));
    assert_eq!(round(&app).await, POSTPONED);
    app.clock.advance(Duration::seconds(5));
    stripe.says(ok(answered(&acme, |object| object["items"]["data"][0]["quantity"] = json!(7))));
    assert_eq!(round(&app).await, DONE);
    let asked = stripe.asked();
    assert_ne!(asked[0].key, asked[1].key);
}

#[tokio::test]
async fn an_error_that_stripe_keeps_under_a_key_takes_another_key() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    ask(&app, &acme, "/admin/plan/cancel", &[]).await;
    stripe.says(error(500, "broken").with("idempotent-replayed", "true"));
    assert_eq!(round(&app).await, POSTPONED);
    app.clock.advance(Duration::seconds(5));
    stripe.says(ok(answered(&acme, |object| object["cancel_at_period_end"] = json!(true))));
    assert_eq!(round(&app).await, DONE);
    let asked = stripe.asked();
    assert_ne!(asked[0].key, asked[1].key);
    assert_eq!(asked[1].form["cancel_at_period_end"], "true");
    assert_eq!(subscription(&app, &acme).await["cancel_at_period_end"], true);
    // And back.
    ask(&app, &acme, "/admin/plan/resume", &[]).await;
    stripe.says(ok(answered(&acme, |_| ())));
    app.clock.advance(Duration::seconds(5));
    assert_eq!(round(&app).await, DONE);
    assert_eq!(stripe.asked()[0].form["cancel_at_period_end"], "false");
}

#[tokio::test]
async fn what_stripe_refuses_is_said_and_can_be_told_again() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    ask(&app, &acme, "/admin/plan/tax-id", &[("kind", "eu_vat"), ("value", "DE1")]).await;
    stripe.says(error(400, "Invalid value for eu_vat."));
    assert_eq!(round(&app).await, GIVEN_UP);
    let page = app.get(&acme.host, "/admin/plan").cookie(&acme.owner_cookie).send().await;
    assert!(page.body.contains("Not done: the tax id DE1") && page.body.contains("Invalid value"), "{}", page.body);
    let outbox = upkeep(&app).outbox;
    let row = outbox.open_rows().await.unwrap().remove(0);
    assert!(outbox.retry(row.id).await.unwrap());
    assert!(!outbox.retry(row.id).await.unwrap() && !outbox.retry(Uuid::nil()).await.unwrap());
    stripe.says(ok(json!({ "object": "tax_id", "id": "txi_1" })));
    assert_eq!(round(&app).await, DONE);
    let asked = stripe.asked();
    assert_ne!(asked[0].key, asked[1].key);
    assert_eq!(asked[1].what, "POST /v1/customers/cus_TKq4v8Zy2mAcme/tax_ids");
}

#[tokio::test]
async fn a_wrong_key_and_a_busy_stripe_are_waited_for() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    ask(&app, &acme, "/admin/plan/seats", &[("seats", "5")]).await;
    stripe.says(error(429, "slowly").with("retry-after", "60"));
    assert_eq!(round(&app).await, POSTPONED);
    app.clock.advance(Duration::seconds(59));
    assert_eq!(round(&app).await, Round::default());
    app.clock.advance(Duration::seconds(1));
    stripe.says(error(401, "Invalid API Key"));
    assert_eq!(round(&app).await, POSTPONED);
    app.clock.advance(Duration::hours(1));
    stripe.says(ok(answered(&acme, |_| ())));
    assert_eq!(round(&app).await, DONE);
}

#[tokio::test]
async fn a_clock_that_went_back_keeps_nothing_waiting() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    ask(&app, &acme, "/admin/plan/seats", &[("seats", "5")]).await;
    app.clock.advance(Duration::days(1));
    stripe.says(error(503, "down"));
    assert_eq!(round(&app).await, POSTPONED);
    app.clock.advance(-Duration::days(1));
    stripe.says(ok(answered(&acme, |_| ())));
    assert_eq!(round(&app).await, DONE);
}

#[tokio::test]
async fn the_newest_wish_counts() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    ask(&app, &acme, "/admin/plan/seats", &[("seats", "5")]).await;
    ask(&app, &acme, "/admin/plan/seats", &[("seats", "6")]).await;
    ask(&app, &acme, "/admin/plan/cancel", &[]).await;
    ask(&app, &acme, "/admin/plan/resume", &[]).await;
    for _ in 0..2 {
        stripe.says(ok(answered(&acme, |_| ())));
    }
    assert_eq!(round(&app).await, Round { done: 2, ..Round::default() });
    let asked = stripe.asked();
    assert_eq!(asked[0].form["items[0][quantity]"], "6");
    assert_eq!(asked[1].form["cancel_at_period_end"], "false");
}

#[tokio::test]
async fn what_failed_at_first_is_not_told_after_a_newer_wish() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    ask(&app, &acme, "/admin/plan/cancel", &[]).await;
    ask(&app, &acme, "/admin/plan/seats", &[("seats", "9")]).await;
    for _ in 0..2 {
        stripe.says(error(503, "down"));
    }
    assert_eq!(round(&app).await, Round { postponed: 2, ..Round::default() });
    ask(&app, &acme, "/admin/plan/resume", &[]).await;
    ask(&app, &acme, "/admin/plan/seats", &[("seats", "6")]).await;
    for _ in 0..2 {
        stripe.says(ok(answered(&acme, |_| ())));
    }
    app.clock.advance(Duration::hours(1));
    assert_eq!(round(&app).await, Round { done: 2, ..Round::default() });
    app.clock.advance(Duration::hours(1));
    assert_eq!(round(&app).await, Round::default(), "the older wishes gave way");
    let asked = stripe.asked();
    assert_eq!(asked[2].form["cancel_at_period_end"], "false");
    assert_eq!(asked[3].form["items[0][quantity]"], "6");
    let page = app.get(&acme.host, "/admin/plan").cookie(&acme.owner_cookie).send().await;
    assert!(!page.body.contains("Not done:"), "{}", page.body);
}

#[tokio::test]
async fn a_change_of_plan_that_is_told_again_undoes_no_later_wish() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    let business: Uuid =
        sqlx::query_scalar("SELECT id FROM control.plan_version WHERE plan_key = 'business' AND version = 1")
            .fetch_one(&mut app.db.admin().await)
            .await
            .unwrap();
    ask(&app, &acme, "/admin/plan/change", &[("version", &business.to_string())]).await;
    stripe.says(error(503, "down"));
    assert_eq!(round(&app).await, POSTPONED);
    ask(&app, &acme, "/admin/plan/seats", &[("seats", "8")]).await;
    ask(&app, &acme, "/admin/plan/cancel", &[]).await;
    for _ in 0..3 {
        stripe.says(ok(answered(&acme, |_| ())));
    }
    app.clock.advance(Duration::hours(1));
    assert_eq!(round(&app).await, Round { done: 3, ..Round::default() });
    let asked = stripe.asked();
    assert_eq!(asked[1].form["items[0][price]"], "price_business_1");
    assert_eq!(asked[1].form["items[0][quantity]"], "8");
    assert!(!asked[1].form.contains_key("cancel_at_period_end"), "{:?}", asked[1].form);
    assert_eq!(asked[3].form["cancel_at_period_end"], "true");
}

#[tokio::test]
async fn a_tenant_that_goes_ends_what_it_pays_for() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    sqlx::query("UPDATE control.tenant SET state = 'closing', closes_at = now() - interval '1 day' WHERE id = $1")
        .bind(acme.home.id().0)
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
    let gone: Option<String> = sqlx::query_scalar("SELECT control.delete_closed_tenant(now())")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    assert_eq!(gone.as_deref(), Some("acme"));
    let left: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM control.invoice) + (SELECT count(*) FROM control.stripe_subscription)
             + (SELECT count(*) FROM control.stripe_event WHERE stripe_customer IS NOT NULL)",
    )
    .fetch_one(&mut app.db.admin().await)
    .await
    .unwrap();
    assert_eq!(left, 0);
    // The row is of the database's own time.
    sqlx::query("UPDATE control.billing_outbox SET created_at = $1, next_attempt_at = $1")
        .bind(app.services.ambient.now())
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
    stripe.says(ok(json!({ "object": "subscription", "id": "sub_1SQacmeH2eZvKYlo2C8n5r7T", "status": "canceled" })));
    assert_eq!(round(&app).await, DONE);
    assert_eq!(stripe.asked()[0].what, "DELETE /v1/subscriptions/sub_1SQacmeH2eZvKYlo2C8n5r7T");
}
