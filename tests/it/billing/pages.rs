//! Paying, as an owner sees it.

use axum::http::StatusCode;
use rowhouse_platform::{access::Role, plan::Limit};
use serde_json::json;

use super::{
    NOBODY, app, deliver, live, recorded,
    stand_in::{StandIn, ok},
    subscription,
};
use crate::plans::{limited, on_plan, subscription as by_hand};

/// Team, as the migration brings it.
const TEAM: &str = "01900000-0000-7000-8000-000000000002";
const BUSINESS: &str = "01900000-0000-7000-8000-000000000003";

#[tokio::test]
async fn a_plan_is_bought_on_stripes_page() {
    let stripe = StandIn::start().await;
    let app = app(&stripe.url).await;
    let acme = app.tenant("acme").await;
    let page = app.get(&acme.host, "/admin/plan").cookie(&acme.owner_cookie).send().await;
    assert!(page.body.contains("Try Team") && page.body.contains("There are no invoices yet."), "{}", page.body);
    assert!(page.body.contains("14 days on trial"), "{}", page.body);
    stripe.says(ok(json!({ "object": "customer", "id": "cus_new" })));
    let buy =
        || app.post(&acme.host, "/admin/plan/checkout").cookie(&acme.owner_cookie).form(&[("version", TEAM)]).send();
    for _ in 0..2 {
        stripe.says(ok(json!({ "object": "checkout.session", "url": "https://checkout.stripe.com/c/pay/cs_test_1" })));
        let answer = buy().await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.body.contains("https://checkout.stripe.com/c/pay/cs_test_1"), "{}", answer.body);
    }
    let asked = stripe.asked();
    assert_eq!(
        asked.iter().map(|asked| asked.what.as_str()).collect::<Vec<_>>(),
        ["POST /v1/customers", "POST /v1/checkout/sessions", "POST /v1/checkout/sessions"]
    );
    let tenant = acme.home.id().0.to_string();
    assert_eq!(asked[0].form["metadata[tenant_id]"], tenant);
    assert_eq!(asked[0].form["email"], "owner@acme.test");
    let wish = &asked[1].form;
    for (name, value) in [
        ("mode", "subscription"),
        ("customer", "cus_new"),
        ("client_reference_id", tenant.as_str()),
        ("line_items[0][price]", "price_team_1"),
        ("line_items[0][quantity]", "4"),
        ("subscription_data[metadata][plan_version]", TEAM),
        ("subscription_data[trial_period_days]", "14"),
        ("allow_promotion_codes", "true"),
        ("tax_id_collection[enabled]", "true"),
        ("success_url", "http://acme.app.test:3000/admin/plan?paid=1"),
    ] {
        assert_eq!(wish[name], value, "{name}");
    }
    assert!(!wish.contains_key("automatic_tax[enabled]"));
    assert_eq!(asked[1].key, asked[2].key, "a double click is one wish");
    // A trial is given once.
    live(&app, &acme, 16).await;
    let page = app.get(&acme.host, "/admin/plan").cookie(&acme.owner_cookie).send().await;
    assert!(page.body.contains("Choose Team") && !page.body.contains("days on trial"), "{}", page.body);
    stripe.says(ok(json!({ "object": "checkout.session", "url": "https://checkout.stripe.com/c/pay/cs_test_2" })));
    buy().await;
    assert!(!stripe.asked()[0].form.contains_key("subscription_data[trial_period_days]"));
}

#[tokio::test]
async fn what_was_given_on_trial_by_hand_is_paid_for_without_another() {
    let stripe = StandIn::start().await;
    let app = app(&stripe.url).await;
    let acme = app.tenant("acme").await;
    on_plan(&app, &acme, "business").await;
    by_hand(&app, &acme, "state = 'trialing', trial_ends_at = '2026-06-15'").await;
    let page = app.get(&acme.host, "/admin/plan").cookie(&acme.owner_cookie).send().await.body;
    assert!(page.contains("Pay for Business") && page.contains("Choose Team"), "{page}");
    assert!(!page.contains("Try ") && !page.contains("days on trial"), "{page}");
    assert!(page.contains("in place of the trial"), "{page}");
    assert_eq!(page.matches("button button--primary").count(), 1, "{page}");
    for (id, version) in [("cs_1", BUSINESS), ("cs_2", TEAM)] {
        if id == "cs_1" {
            stripe.says(ok(json!({ "object": "customer", "id": "cus_new" })));
        }
        stripe.says(ok(json!({ "object": "checkout.session", "url": format!("https://checkout.stripe.com/{id}") })));
        let buy = app.post(&acme.host, "/admin/plan/checkout").cookie(&acme.owner_cookie).form(&[("version", version)]);
        assert_eq!(buy.send().await.status, StatusCode::OK);
        let asked = stripe.asked();
        let wish = &asked.last().unwrap().form;
        assert_eq!(wish["subscription_data[metadata][plan_version]"], version);
        assert!(!wish.contains_key("subscription_data[trial_period_days]"), "{asked:?}");
    }
}

#[tokio::test]
async fn what_was_made_read_only_by_hand_is_not_undone_by_a_trial() {
    let stripe = StandIn::start().await;
    let app = app(&stripe.url).await;
    let acme = app.tenant("acme").await;
    on_plan(&app, &acme, "free").await;
    by_hand(&app, &acme, "state = 'read_only', read_only_at = '2026-06-01'").await;
    let page = app.get(&acme.host, "/admin/plan").cookie(&acme.owner_cookie).send().await.body;
    assert!(page.contains("Choose Team") && page.contains("Choose Business"), "{page}");
    assert!(!page.contains("Try ") && !page.contains("days on trial"), "{page}");
    assert!(page.contains("Once a plan is paid for here, the workspace can be changed again."), "{page}");
    stripe.says(ok(json!({ "object": "customer", "id": "cus_new" })));
    stripe.says(ok(json!({ "object": "checkout.session", "url": "https://checkout.stripe.com/c/pay/cs_test_1" })));
    let buy = app.post(&acme.host, "/admin/plan/checkout").cookie(&acme.owner_cookie).form(&[("version", TEAM)]);
    assert_eq!(buy.send().await.status, StatusCode::OK);
    assert!(!stripe.asked()[1].form.contains_key("subscription_data[trial_period_days]"));
    // What is paid for can be changed.
    live(&app, &acme, 12).await;
    assert_eq!(subscription(&app, &acme).await["state"], "active");

    // Nothing can be paid for: there is no button, and it is said who can help.
    let globex = app.tenant("globex").await;
    by_hand(&app, &globex, "state = 'read_only', read_only_at = '2026-06-01'").await;
    sqlx::raw_sql("UPDATE control.plan_version SET stripe_price = NULL")
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
    let page = app.get(&globex.host, "/admin/plan").cookie(&globex.owner_cookie).send().await.body;
    assert!(page.contains("Those who run this service can let the workspace be changed again."), "{page}");
    assert!(!page.contains("/admin/plan/checkout"), "{page}");
}

#[tokio::test]
async fn of_several_checkouts_one_can_be_paid() {
    let stripe = StandIn::start().await;
    let app = app(&stripe.url).await;
    let acme = app.tenant("acme").await;
    let buy =
        || app.post(&acme.host, "/admin/plan/checkout").cookie(&acme.owner_cookie).form(&[("version", TEAM)]).send();
    let session =
        |id: &str| json!({ "object": "checkout.session", "id": id, "url": format!("https://stripe.test/{id}") });
    stripe.says(ok(json!({ "object": "customer", "id": "cus_new" })));
    stripe.says(ok(session("cs_2")));
    stripe.says(ok(json!({ "object": "list", "data": [session("cs_2"), session("cs_1")] })));
    stripe.says(ok(session("cs_1")));
    assert!(buy().await.body.contains("https://stripe.test/cs_2"));
    let asked = stripe.asked();
    assert_eq!(
        asked.iter().map(|asked| asked.what.as_str()).collect::<Vec<_>>(),
        [
            "POST /v1/customers",
            "POST /v1/checkout/sessions",
            "GET /v1/checkout/sessions?customer=cus_new&status=open&limit=100",
            "POST /v1/checkout/sessions/cs_1/expire"
        ]
    );

    // The same wish once more, whose page was closed for another one since.
    stripe.says(ok(session("cs_2")).with("idempotent-replayed", "true"));
    stripe.says(ok(json!({ "object": "list", "data": [] })));
    stripe.says(ok(session("cs_3")));
    assert!(buy().await.body.contains("https://stripe.test/cs_3"));
    let again = stripe.asked();
    assert!(again[0].key == asked[1].key && again[2].key != asked[1].key, "{again:?}");

    // Who cannot be told which pages are open can pay all the same.
    stripe.says(ok(session("cs_2")));
    assert!(buy().await.body.contains("https://stripe.test/cs_2"));
}

#[tokio::test]
async fn whoever_subscribed_changes_and_does_not_buy_twice() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    live(&app, &acme, 12).await;
    let page = app.get(&acme.host, "/admin/plan").cookie(&acme.owner_cookie).send().await;
    for shown in ["Change to Business", "Change seats", "Cancel the subscription", "TKQ4V8ZY-0001", "€24.00", "Paid"]
    {
        assert!(page.body.contains(shown), "{shown}\n{}", page.body);
    }
    assert!(!page.body.contains("days on trial"), "a change begins no trial");
    let again = app.post(&acme.host, "/admin/plan/checkout").cookie(&acme.owner_cookie).form(&[("version", TEAM)]);
    assert_eq!(again.send().await.status, StatusCode::BAD_REQUEST);
    for path in ["/admin/plan/seats", "/admin/plan/cancel", "/admin/plan/tax-id"] {
        let page = app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
    }
    let confirm = app.get(&acme.host, &format!("/admin/plan/change?version={BUSINESS}")).cookie(&acme.owner_cookie);
    let confirm = confirm.send().await.body;
    for shown in
        ["Plan from now on", "<dd>Business</dd>", "<dd>€16 a seat a month</dd>", "More seats are paid for than now"]
    {
        assert!(confirm.contains(shown), "{shown}\n{confirm}");
    }
    let change = app.post(&acme.host, "/admin/plan/change").cookie(&acme.owner_cookie).form(&[("version", BUSINESS)]);
    assert_eq!(change.send().await.location(), "/admin/plan");
    let body: serde_json::Value = sqlx::query_scalar("SELECT body FROM control.billing_outbox WHERE kind = 'plan'")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    assert_eq!((&body["price"], &body["seats"]), (&json!("price_business_1"), &json!(4)), "as many as are used");
}

#[tokio::test]
async fn a_smaller_plan_is_paid_for_no_more_seats_than_it_has() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    live(&app, &acme, 11).await;
    let many = recorded(&acme)[11].replace("price_team_1", "price_business_1");
    let many = many.replace("\"quantity\": 3", "\"quantity\": 120");
    assert_eq!(deliver(&app, &many).await.status, StatusCode::OK);
    let path = format!("/admin/plan/change?version={TEAM}");
    let page = || app.get(&acme.host, &path).cookie(&acme.owner_cookie).send();
    let asked = async || -> serde_json::Value {
        let change = app.post(&acme.host, "/admin/plan/change").cookie(&acme.owner_cookie).form(&[("version", TEAM)]);
        assert_eq!(change.send().await.location(), "/admin/plan");
        sqlx::query_scalar(
            "SELECT body -> 'seats' FROM control.billing_outbox
             WHERE kind = 'plan' AND failed_at IS NULL",
        )
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap()
    };
    let shown = page().await.body;
    assert!(shown.contains("<dd>50</dd>") && shown.contains("<dd>4</dd>"), "{shown}");
    assert!(shown.contains("Fewer seats are paid for than now"), "{shown}");
    assert_eq!(asked().await, json!(50));
    // What was agreed with the operator holds on every plan.
    limited(&app, &acme, Limit::Seats, 200).await;
    let shown = page().await.body;
    assert!(shown.contains("<dd>120</dd>") && !shown.contains("seats are paid for than now"), "{shown}");
    assert_eq!(asked().await, json!(120));
}

#[tokio::test]
async fn one_workspace_does_not_use_up_stripes_patience() {
    let stripe = StandIn::start().await;
    let app = app(&stripe.url).await;
    let acme = app.tenant("acme").await;
    live(&app, &acme, 12).await;
    let portal = || app.post(&acme.host, "/admin/plan/portal").cookie(&acme.owner_cookie).form(&[]).send();
    for _ in 0..30 {
        stripe.says(ok(json!({ "object": "billing_portal.session", "url": "https://billing.stripe.test/p" })));
        assert_eq!(portal().await.status, StatusCode::OK);
    }
    assert_eq!(portal().await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(stripe.asked().len(), 30);
    app.clock.advance(time::Duration::minutes(11));
    stripe.says(ok(json!({ "object": "billing_portal.session", "url": "https://billing.stripe.test/p" })));
    assert_eq!(portal().await.status, StatusCode::OK);
}

#[tokio::test]
async fn bad_wishes_are_refused() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    let post = |path: &'static str, form: &'static [(&'static str, &'static str)]| {
        app.post(&acme.host, path).cookie(&acme.owner_cookie).form(form).send()
    };
    // No such plan, one that costs nothing, and no subscription to change.
    for version in ["", "x", "01900000-0000-7000-8000-0000000000ff", "01900000-0000-7000-8000-000000000001"] {
        let buy = app.post(&acme.host, "/admin/plan/checkout").cookie(&acme.owner_cookie).form(&[("version", version)]);
        assert_eq!(buy.send().await.status, StatusCode::NOT_FOUND, "{version}");
    }
    for path in ["/admin/plan/cancel", "/admin/plan/resume", "/admin/plan/seats", "/admin/plan/change"] {
        assert_eq!(post(path, &[("seats", "5"), ("version", TEAM)]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    live(&app, &acme, 12).await;
    // Three are paid for, and four in use.
    let page = app.get(&acme.host, "/admin/plan/seats").cookie(&acme.owner_cookie).send().await.body;
    assert!(page.contains("value=\"4\" min=\"4\" max=\"50\""), "{page}");
    assert!(page.contains("In use: 4. Choose from 4 to 50."), "{page}");
    for seats in ["", "3", "-1", "51", "many", "99999999999"] {
        let answer = app.post(&acme.host, "/admin/plan/seats").cookie(&acme.owner_cookie).form(&[("seats", seats)]);
        assert_eq!(answer.send().await.status, StatusCode::UNPROCESSABLE_ENTITY, "{seats}");
    }
    assert_eq!(
        post("/admin/plan/tax-id", &[("kind", "xx"), ("value", "1")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    for path in ["/admin/plan/cancel", "/admin/plan/portal"] {
        let agent = app.post(&acme.host, path).cookie(acme.cookie_of(Role::Agent)).form(&[]).send().await;
        assert_eq!(agent.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn while_stripe_is_away_everything_else_works() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    let buy = app.post(&acme.host, "/admin/plan/checkout").cookie(&acme.owner_cookie).form(&[("version", TEAM)]);
    let answer = buy.send().await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/admin/plan"));
    assert_eq!(answer.cookie("__Host-flash").as_deref(), Some("__Host-flash=payment-page-away"));
    for path in ["/admin/plan", "/tickets"] {
        assert_eq!(app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await.status, StatusCode::OK);
    }
}
