//! What Stripe is asked, where what it said leaves something open.

use axum::http::StatusCode;
use rowhouse_platform::billing::sync;
use serde_json::{Value, json};
use time::Duration;

use super::{
    app, deliver, live, recorded,
    stand_in::{StandIn, error, missing, ok, refused},
    subscription, upkeep,
};
use crate::app::{TestApp, TestTenant};

const SUBSCRIPTION: &str = "sub_1SQacmeH2eZvKYlo2C8n5r7T";
const CUSTOMER: &str = "cus_TKq4v8Zy2mAcme";
/// Later than what a stand-in says now.
const LATER: i64 = 4_000_000_000;

/// The object of a recorded event.
fn object(tenant: &TestTenant, place: usize) -> Value {
    let event: Value = serde_json::from_str(&recorded(tenant)[place]).unwrap();
    event["data"]["object"].clone()
}

fn visa(exp_year: i32) -> Value {
    json!({ "id": "pm_1SQacmeCard", "object": "payment_method", "customer": CUSTOMER, "type": "card",
        "card": { "brand": "visa", "last4": "4242", "exp_month": 4, "exp_year": exp_year } })
}

async fn ask(app: &TestApp) -> usize {
    let taken = upkeep(app).ask_stripe().await.unwrap();
    app.services.directory.forget_all();
    taken
}

async fn happened(app: &TestApp, id: &str, kind: &str, created: i64, object: &Value) {
    let event = json!({ "id": id, "object": "event", "type": kind, "created": created, "livemode": false,
        "data": { "object": object } });
    let answer = deliver(app, &event.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.body.contains("applied"), "{}", answer.body);
}

/// The page of the plan has this on it.
async fn assert_shown(app: &TestApp, tenant: &TestTenant, words: &str) {
    let page = app.get(&tenant.host, "/admin/plan").cookie(&tenant.owner_cookie).send().await;
    assert!(page.body.contains(words), "{words}\n{}", page.body);
}

/// A tenant that subscribed, and whose card Stripe was asked about.
async fn subscribed(stripe: &StandIn) -> (TestApp, TestTenant) {
    let app = app(&stripe.url).await;
    let acme = app.tenant("acme").await;
    live(&app, &acme, 12).await;
    assert_shown(&app, &acme, "A payment method is on file").await;
    assert_eq!(ask(&app).await, 0, "not within the same second");
    app.clock.advance(Duration::seconds(2));
    stripe.says(error(503, "down"));
    assert_eq!(ask(&app).await, 0);
    app.clock.advance(Duration::seconds(5));
    stripe.says(ok(visa(2028)));
    assert_eq!(ask(&app).await, 1);
    assert_eq!(ask(&app).await, 0, "once");
    let asked: Vec<String> = stripe.asked().into_iter().map(|asked| asked.what).collect();
    assert_eq!(asked, ["GET /v1/payment_methods/pm_1SQacmeCard", "GET /v1/payment_methods/pm_1SQacmeCard"]);
    (app, acme)
}

#[tokio::test]
async fn the_page_shows_what_pays_and_asks_nothing() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    assert_shown(&app, &acme, "Payment method: Visa ending in 4242, expires 04/2028").await;
    happened(&app, "evt_renewed", "payment_method.automatically_updated", LATER, &visa(2031)).await;
    assert_shown(&app, &acme, "Payment method: Visa ending in 4242, expires 04/2031").await;
    // The subscription names none any more, and its customer has none.
    let mut bare = object(&acme, 11);
    bare["default_payment_method"] = Value::Null;
    happened(&app, "evt_bare", "customer.subscription.updated", LATER, &bare).await;
    assert_shown(&app, &acme, "No payment method is on file.").await;
    let customer = json!({ "id": CUSTOMER, "object": "customer", "metadata": { "tenant_id": acme.home.id().0.to_string() },
        "invoice_settings": { "default_payment_method": "pm_1SQacmeCard" } });
    happened(&app, "evt_default", "customer.updated", LATER, &customer).await;
    assert_shown(&app, &acme, "Visa ending in 4242").await;
    let mut nobodys = visa(2031);
    nobodys["customer"] = Value::Null;
    let gone = json!({ "id": "evt_gone", "object": "event", "type": "payment_method.detached", "created": LATER + 1,
        "livemode": false, "data": { "object": nobodys, "previous_attributes": { "customer": CUSTOMER } } });
    assert_eq!(deliver(&app, &gone.to_string()).await.status, StatusCode::OK);
    assert_shown(&app, &acme, "No payment method is on file.").await;
    assert!(stripe.asked().is_empty());
}

#[tokio::test]
async fn of_two_updates_in_one_second_stripe_says_how_it_is() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    // To five seats, and within the same second to four: by their ids, the other way round.
    let five = recorded(&acme)[13].replace("evt_1SQacme14", "evt_2");
    let four = recorded(&acme)[13].replace("evt_1SQacme14", "evt_1").replace("\"quantity\": 5", "\"quantity\": 4");
    for event in [&five, &four] {
        assert!(deliver(&app, event).await.body.contains("applied"));
    }
    assert_eq!(subscription(&app, &acme).await["seats"], 5, "without Stripe, always the same");
    app.clock.advance(Duration::seconds(2));
    let mut now = object(&acme, 13);
    now["items"]["data"][0]["quantity"] = json!(4);
    stripe.says(ok(now));
    assert_eq!(ask(&app).await, 1);
    assert_eq!(subscription(&app, &acme).await["seats"], 4, "as it is at Stripe");
    assert_eq!(stripe.asked()[0].what, format!("GET /v1/subscriptions/{SUBSCRIPTION}?expand%5B%5D=discounts"));
    // Delivered once more, they change nothing and ask nothing.
    assert!(deliver(&app, &five).await.body.contains("known"));
    app.clock.advance(Duration::minutes(10));
    assert_eq!(ask(&app).await, 0);
    assert!(stripe.asked().is_empty());
}

#[tokio::test]
async fn a_discount_is_named_though_events_have_but_its_id() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    let mut given = object(&acme, 13);
    given["discounts"] = json!(["di_1"]);
    happened(&app, "evt_given", "customer.subscription.updated", 1_781_700_000, &given).await;
    app.clock.advance(Duration::seconds(2));
    let mut whole = given.clone();
    whole["discounts"] =
        json!([{ "id": "di_1", "object": "discount", "coupon": { "id": "co_1", "name": "A third off" } }]);
    // Who may not see coupons sees the rest, and is not asked again and again.
    stripe.says(refused("invalid_request_error", "This property cannot be expanded (discounts)."));
    stripe.says(ok(given.clone()));
    assert_eq!(ask(&app).await, 1);
    app.clock.advance(Duration::minutes(10));
    assert_eq!(ask(&app).await, 0);
    assert_eq!(stripe.asked().len(), 2);

    happened(&app, "evt_again", "customer.subscription.updated", 1_781_800_000, &given).await;
    app.clock.advance(Duration::seconds(2));
    stripe.says(ok(whole));
    assert_eq!(ask(&app).await, 1);
    assert_shown(&app, &acme, "Discount: A third off").await;
    happened(&app, "evt_later", "customer.subscription.updated", LATER, &given).await;
    assert_shown(&app, &acme, "Discount: A third off").await;
}

#[tokio::test]
async fn all_pages_of_a_list_are_fetched() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    // What is fetched later has a later id.
    app.clock.advance(Duration::seconds(1));
    let list = |object: Value, has_more: bool| ok(json!({ "object": "list", "data": [object], "has_more": has_more }));
    stripe.says(refused("invalid_request_error", "This property cannot be expanded (data.discounts)."));
    stripe.says(list(object(&acme, 13), false));
    let (mut first, mut second) = (object(&acme, 2), object(&acme, 2));
    first["id"] = json!("in_new");
    second["id"] = json!("in_old");
    stripe.says(list(first, true));
    stripe.says(list(second, false));
    stripe.says(ok(object(&acme, 0)));
    stripe.says(ok(visa(2033)));
    let upkeep = upkeep(&app);
    let applied = sync::sync(&upkeep.billing, &upkeep.outbox, &app.services.ambient, "acme").await.unwrap();
    assert_eq!(applied, 3);
    let asked: Vec<String> = stripe.asked().into_iter().map(|asked| asked.what).collect();
    let subscriptions = format!("GET /v1/subscriptions?customer={CUSTOMER}&status=all&limit=50");
    let invoices = format!("GET /v1/invoices?customer={CUSTOMER}&limit=50");
    assert_eq!(
        asked,
        [
            format!("{subscriptions}&expand%5B%5D=data.discounts"),
            subscriptions,
            invoices.clone(),
            format!("{invoices}&starting_after=in_new"),
            format!("GET /v1/customers/{CUSTOMER}"),
            "GET /v1/payment_methods/pm_1SQacmeCard".to_owned(),
        ]
    );
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM control.invoice WHERE id IN ('in_new', 'in_old')")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    assert_eq!(kept, 2);
    assert_shown(&app, &acme, "expires 04/2033").await;
}

#[tokio::test]
async fn what_was_said_long_ago_is_asked_anew() {
    let stripe = StandIn::start().await;
    let (app, acme) = subscribed(&stripe).await;
    // Both as they were said a week ago, by the clock that stands in June.
    sqlx::raw_sql(
        "UPDATE control.stripe_payer SET seen_at = '2026-05-01'; UPDATE control.stripe_payment_method SET seen_at = '2026-05-01'",
    )
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    app.clock.advance(Duration::seconds(1));
    upkeep(&app).refresh().await.unwrap();
    stripe.says(ok(object(&acme, 0)));
    stripe.says(ok(visa(2035)));
    assert_eq!(ask(&app).await, 2);
    let asked: Vec<String> = stripe.asked().into_iter().map(|asked| asked.what).collect();
    assert_eq!(asked, [format!("GET /v1/customers/{CUSTOMER}"), "GET /v1/payment_methods/pm_1SQacmeCard".to_owned()]);
    assert_shown(&app, &acme, "expires 04/2035").await;
    upkeep(&app).refresh().await.unwrap();
    assert_eq!(ask(&app).await, 0);
}

/// The upkeep looks what is to be asked anew, and asks, three times.
async fn time_passes(app: &TestApp) {
    for _ in 0..3 {
        app.clock.advance(Duration::minutes(2));
        upkeep(app).refresh().await.unwrap();
        assert_eq!(ask(app).await, 0);
    }
}

#[tokio::test]
async fn what_is_gone_is_not_asked_for_until_an_event_names_it() {
    let stripe = StandIn::start().await;
    let app = app(&stripe.url).await;
    let acme = app.tenant("acme").await;
    let asked = || stripe.asked().into_iter().map(|asked| asked.what).collect::<Vec<_>>();
    let (customer, card) = (format!("GET /v1/customers/{CUSTOMER}"), "GET /v1/payment_methods/pm_1SQacmeCard");
    live(&app, &acme, 12).await;
    app.clock.advance(Duration::seconds(2));
    // Somebody on the way says no, and then Stripe does.
    stripe.says(error(404, "no such page"));
    assert_eq!(ask(&app).await, 0);
    stripe.says(missing());
    time_passes(&app).await;
    assert_eq!(asked(), [card, card]);
    happened(&app, "evt_named", "customer.subscription.updated", 1_781_700_000, &object(&acme, 13)).await;
    app.clock.advance(Duration::seconds(2));
    stripe.says(ok(visa(2028)));
    assert_eq!(ask(&app).await, 1);
    assert_eq!(asked(), [card]);
    assert_shown(&app, &acme, "Visa ending in 4242, expires 04/2028").await;

    // The same of what was there before.
    sqlx::raw_sql(
        "UPDATE control.stripe_payer SET seen_at = '2026-05-01'; UPDATE control.stripe_payment_method SET seen_at = '2026-05-01'",
    )
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    stripe.says(missing());
    stripe.says(missing());
    time_passes(&app).await;
    assert_eq!(asked(), [customer.as_str(), card]);
    happened(&app, "evt_again", "customer.subscription.updated", 1_781_800_000, &object(&acme, 13)).await;
    upkeep(&app).refresh().await.unwrap();
    stripe.says(ok(object(&acme, 0)));
    stripe.says(ok(visa(2035)));
    assert_eq!(ask(&app).await, 2);
    assert_eq!(asked(), [customer.as_str(), card]);
    assert_shown(&app, &acme, "expires 04/2035").await;
}
