//! What the webhook takes, and what it refuses.

use axum::http::StatusCode;
use rowhouse_platform::billing::signature;
use time::Duration;

use super::{NOBODY, SECRET, app, app_with, deliver, post, recorded, upkeep};
use crate::app::TestApp;

async fn stored(app: &TestApp) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM control.stripe_event");
    count.fetch_one(&mut app.db.admin().await).await.unwrap()
}

#[tokio::test]
async fn what_is_said_of_strangers_is_forgotten_after_a_month() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    let globex = app.tenant("globex").await;
    let lived = recorded(&acme);
    // The same of another customer, whose workspace is deleted then.
    let other: Vec<_> =
        recorded(&globex).iter().map(|event| event.replace("acme", "gone").replace("Acme", "Gone")).collect();
    let take = async |events: &[String]| {
        // What is about no customer comes last.
        for event in events.iter().filter(|event| !event.contains("payout")) {
            assert_eq!(deliver(&app, event).await.status, StatusCode::OK, "{event}");
        }
    };
    let subscriptions = async || {
        let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM control.stripe_subscription");
        count.fetch_one(&mut app.db.admin().await).await.unwrap()
    };
    take(&lived).await;
    let kept = stored(&app).await;
    take(&other).await;
    assert_eq!((stored(&app).await, subscriptions().await), (2 * kept, 2));
    sqlx::query("DELETE FROM control.tenant WHERE id = $1")
        .bind(globex.home.id().0)
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
    assert_eq!((stored(&app).await, subscriptions().await), (kept, 1));
    // Stripe has more to say of it.
    take(&other).await;
    let payout = lived.iter().find(|event| event.contains("payout")).unwrap();
    assert_eq!(deliver(&app, payout).await.status, StatusCode::OK);
    assert_eq!((stored(&app).await, subscriptions().await), (2 * kept + 1, 2));

    let upkeep = upkeep(&app);
    app.clock.advance(Duration::days(29));
    assert_eq!(upkeep.forget_strangers().await.unwrap(), 0, "whose it is may still be said");
    app.clock.advance(Duration::days(2));
    assert_eq!(upkeep.forget_strangers().await.unwrap(), kept + 1);
    assert_eq!(upkeep.forget_strangers().await.unwrap(), 0);
    assert_eq!((stored(&app).await, subscriptions().await), (kept, 1));
    let of_others: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM control.invoice i WHERE NOT EXISTS (SELECT FROM control.stripe_customer c
                                                                  WHERE c.id = i.stripe_customer)",
    )
    .fetch_one(&mut app.db.admin().await)
    .await
    .unwrap();
    assert_eq!(of_others, 0);
}

#[tokio::test]
async fn what_stripe_did_not_sign_now_is_refused() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    let event = &recorded(&acme)[1];
    let now = app.services.ambient.now();
    let good = signature::sign(SECRET, event.as_bytes(), now);
    for (header, body, why) in [
        (String::new(), event.clone(), "missing or cannot be read"),
        ("t=1,v1=00".to_owned(), event.clone(), "missing or cannot be read"),
        (signature::sign("whsec_guessed", event.as_bytes(), now), event.clone(), "does not fit"),
        (good.clone(), event.replace("\"quantity\": 3", "\"quantity\": 9"), "does not fit"),
        (signature::sign(SECRET, event.as_bytes(), now - Duration::seconds(301)), event.clone(), "of another time"),
        (signature::sign(SECRET, event.as_bytes(), now + Duration::seconds(301)), event.clone(), "of another time"),
    ] {
        let answer = post(&app, &header, &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{why}");
        assert!(answer.body.contains(why), "{}", answer.body);
    }
    assert_eq!(stored(&app).await, 0);
    assert!(post(&app, &good, event).await.body.contains("applied"));
    // The same delivery again, and an hour later a copy of it.
    assert!(post(&app, &good, event).await.body.contains("known"));
    app.clock.advance(Duration::hours(1));
    assert_eq!(post(&app, &good, event).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(stored(&app).await, 1);
}

#[tokio::test]
async fn events_of_others_are_refused() {
    let app = app_with(NOBODY, &[("ROWHOUSE_BILLING__STRIPE_ACCOUNT", "acct_own")]).await;
    let acme = app.tenant("acme").await;
    let event = &recorded(&acme)[1];
    let of = |account: &str| {
        event.replacen("\"object\": \"event\"", &format!("\"object\": \"event\", \"account\": \"{account}\""), 1)
    };
    let other = deliver(&app, &of("acct_other")).await;
    assert_eq!(other.status, StatusCode::BAD_REQUEST);
    assert!(other.body.contains("another account"), "{}", other.body);
    let real = deliver(&app, &event.replace("\"livemode\": false", "\"livemode\": true")).await;
    assert_eq!(real.status, StatusCode::BAD_REQUEST);
    assert_eq!(stored(&app).await, 0);
    assert_eq!(deliver(&app, &of("acct_own")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_not_known_is_kept_and_nothing_comes_of_it() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    for event in [
        recorded(&acme)[12].clone(),
        recorded(&acme)[12].replace("payout.created", "moon.landed").replace("evt_1SQacme13", "evt_x"),
    ] {
        let answer = deliver(&app, &event).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.body.contains("ignored"), "{}", answer.body);
        assert!(deliver(&app, &event).await.body.contains("known"));
    }
    assert_eq!(stored(&app).await, 2);
    assert_eq!(super::subscription(&app, &acme).await["state"], "manual");
    for bad in ["", "{}", "[]", "null", "\u{0}", &recorded(&acme)[1].replace("\"evt_", "\"\\u0000")] {
        assert_eq!(deliver(&app, bad).await.status, StatusCode::BAD_REQUEST, "{bad:?}");
    }
    assert_eq!(stored(&app).await, 2);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_kept_with_a_note_and_answered() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    super::live(&app, &acme, 6).await;
    let before = super::subscription(&app, &acme).await;
    let all = recorded(&acme);
    let strange = [
        // A word that no invoice had so far, a customer with a sign that PostgreSQL keeps in no text, and a time that is none.
        all[5].replace("\"status\": \"draft\"", "\"status\": \"lost\"").replace("evt_", "evt_lost"),
        all[13].replace("\"cus_", "\"\\u0000").replace("evt_", "evt_nul"),
        all[13].replace("\"trial_end\": 1781524803", "\"trial_end\": -1").replace("evt_", "evt_never"),
    ];
    for event in &strange {
        for outcome in ["ignored", "known"] {
            let answer = deliver(&app, event).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            assert!(answer.body.contains(outcome), "{}", answer.body);
        }
    }
    let kept: Vec<(String, Option<String>, Option<String>)> = sqlx::query_as(
        "SELECT outcome, note, stripe_customer FROM control.stripe_event WHERE note IS NOT NULL ORDER BY id",
    )
    .fetch_all(&mut app.db.admin().await)
    .await
    .unwrap();
    assert_eq!(kept.len(), 3);
    assert!(kept.iter().all(|(outcome, ..)| outcome == "ignored"), "{kept:?}");
    assert!(kept[0].1.as_ref().unwrap().contains("an invoice is lost"), "{kept:?}");
    assert_eq!(kept[0].2.as_deref(), Some("cus_TKq4v8Zy2mAcme"), "the operator finds it beside the tenant's others");
    assert_eq!(super::subscription(&app, &acme).await, before);
}

#[tokio::test]
async fn a_tenant_that_does_not_exist_gets_nothing_and_takes_nothing() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    let before = super::subscription(&app, &acme).await;
    let own = acme.home.id().0.to_string();
    for event in recorded(&acme) {
        for stranger in ["01900000-0000-7000-8000-0000000000ff", "acme", "'; DROP TABLE control.tenant; --"] {
            let id = format!("evt_{}", app.services.ambient.uuid().simple());
            let mut strange: serde_json::Value = serde_json::from_str(&event.replace(&own, stranger)).unwrap();
            strange["id"] = id.into();
            let answer = deliver(&app, &strange.to_string()).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            assert!(!answer.body.contains("applied"), "{}", answer.body);
        }
    }
    assert_eq!(super::subscription(&app, &acme).await, before);
    let customers = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM control.stripe_customer");
    assert_eq!(customers.fetch_one(&mut app.db.admin().await).await.unwrap(), 0);
}

#[tokio::test]
async fn one_tenants_events_are_nothing_to_another() {
    let app = app(NOBODY).await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let before = super::subscription(&app, &globex).await;
    super::live(&app, &acme, 10).await;
    assert_eq!(super::subscription(&app, &globex).await, before);
    let page = app.get(&globex.host, "/admin/plan").cookie(&globex.owner_cookie).send().await;
    assert!(!page.body.contains("TKQ4V8ZY-0002"), "{}", page.body);
    // Nor on a tenant's host.
    let there = app.post(&acme.host, "/stripe/webhook").body("application/json", b"{}".to_vec()).send().await;
    assert_eq!(there.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_a_key_there_is_no_webhook_and_no_payment() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    assert_eq!(deliver(&app, &recorded(&acme)[1]).await.status, StatusCode::NOT_FOUND);
    let page = app.get(&acme.host, "/admin/plan").cookie(&acme.owner_cookie).send().await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("/admin/plan/checkout") && !page.body.contains("Invoices"), "{}", page.body);
    let form = [("version", "01900000-0000-7000-8000-000000000002")];
    let answer = app.post(&acme.host, "/admin/plan/checkout").cookie(&acme.owner_cookie).form(&form).send().await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
