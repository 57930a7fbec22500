//! `/admin/plan`: every state, every limit, and what is over.

use axum::http::StatusCode;
use rowhouse_platform::{
    access::Role,
    plan::{Limit, change},
};
use time::Duration;

use super::{dearer_team, limited, on_plan, operator, subscription};
use crate::app::{TestApp, TestTenant};

async fn plan(app: &TestApp, tenant: &TestTenant) -> String {
    let page = app.get(&tenant.host, "/admin/plan").cookie(&tenant.owner_cookie).send().await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.body
}

#[tokio::test]
async fn it_shows_what_is_used_and_what_there_is() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    on_plan(&app, &acme, "free").await;
    let page = plan(&app, &acme).await;
    for words in ["4 of 5", "1 of 3", "0 bytes of 1 GB", "Up to 100", "0 of 0", "Up to 30 days", "Almost all used"] {
        assert!(page.contains(words), "{words} in {page}");
    }
    for offer in [
        "Free of charge",
        "€8 a seat a month",
        "€16 a seat a month",
        "€32 a seat a month",
        "14 days on trial",
        "500 GB of files",
        "3,000 API requests a minute",
    ] {
        assert!(page.contains(offer), "{offer} in {page}");
    }
    assert!(page.contains("Began with Enterprise") && page.contains("Enterprise became Free"), "{page}");
    assert!(!page.contains("They asked"), "reasons are the operator’s");
    let viewer = app.get(&acme.host, "/admin/plan").cookie(acme.cookie_of(Role::Viewer)).send().await;
    assert_eq!(viewer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_history_says_what_became_of_the_subscription() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    on_plan(&app, &acme, "team").await;
    change::publish(&mut operator(&app).await, &app.services.ambient, &"team".parse().unwrap(), &dearer_team())
        .await
        .unwrap();
    on_plan(&app, &acme, "team").await;
    assert!(plan(&app, &acme).await.contains("A newer version of Team"));

    let (taken_back, ended) = ("The cancellation was taken back", "The subscription ended");
    subscription(&app, &acme, "state = 'active', stripe_subscription = 'sub_1', cancel_at_period_end = true").await;
    subscription(&app, &acme, "cancel_at_period_end = false").await;
    let page = plan(&app, &acme).await;
    assert!(page.contains(taken_back) && !page.contains(ended), "{page}");
    subscription(&app, &acme, "cancel_at_period_end = true").await;
    let over = "state = 'cancelled', stripe_subscription = NULL, cancel_at_period_end = false";
    subscription(&app, &acme, over).await;
    let page = plan(&app, &acme).await;
    assert!(page.contains("State: Active → Cancelled") && page.contains(ended), "{page}");
    assert_eq!(page.matches(taken_back).count(), 1, "not as it ended: {page}");
}

#[tokio::test]
async fn a_smaller_plan_says_what_is_over_it() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    // The newest is one alone.
    app.clock.advance(Duration::minutes(1));
    let form = [("name", "Operations"), ("key", "OPS"), ("description", ""), ("access", "open")];
    app.post(&acme.host, "/projects/new").cookie(&acme.owner_cookie).form(&form).send().await;
    on_plan(&app, &acme, "free").await;
    limited(&app, &acme, Limit::Seats, 2).await;
    limited(&app, &acme, Limit::Projects, 1).await;
    // A megabyte is stored, and a domain claimed.
    let tenant = acme.home.id().0;
    let mut admin = app.db.admin().await;
    for sql in [
        "INSERT INTO pooled.storage_use (tenant_id, bytes, objects) VALUES ($1, 1048576, 1)
         ON CONFLICT (tenant_id) DO UPDATE SET bytes = 1048576",
        "INSERT INTO control.domain_claim (tenant_id, host, challenge, created_at)
         VALUES ($1, 'help.acme.test', repeat('a', 32), now())",
    ] {
        sqlx::query(sql).bind(tenant).execute(&mut admin).await.unwrap();
    }
    limited(&app, &acme, Limit::StorageBytes, 524_288).await;
    let page = plan(&app, &acme).await;
    assert!(page.contains("4 of 2") && page.contains("2 of 1") && page.contains("Over the limit"), "{page}");
    assert!(page.contains("More is used than the plan allows. Nothing is deleted."), "{page}");
    assert!(page.contains("because they are the newest: OPS Operations."), "{page}");
    // Each with by how much, what is refused, and what to do.
    for words in [
        "Seats: 4 of 2 used, 2 over the limit. Everybody who is here stays. Nobody else can be invited",
        "Deactivate somebody who is not here any more",
        "Projects: 2 of 1 used, 1 over the limit.",
        "No project can be made or restored. Archive a project",
        "Storage: 1 MB of 512 KB used, 512 KB over the limit. Every file can be read. No file can be attached",
        "Delete files that nobody needs",
        "Own domains: 1 of 0 used, 1 over the limit. Every domain works on. No domain can be added. Remove a domain",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(page.contains("Agreed with you."), "{page}");
    // Nobody is thrown out.
    assert_eq!(app.get(&acme.host, "/tickets").cookie(&acme.member_cookie).send().await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_state_is_told_with_its_dates() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for (columns, words) in [
        (
            "state = 'trialing', trial_ends_at = '2026-06-15'",
            vec!["The trial of Enterprise ends on", "Trial until", "Without a payment, the workspace then goes on"],
        ),
        ("stripe_subscription = 'sub_9'", vec!["The trial of Enterprise ends on", "Then the first payment is due."]),
        (
            "cancel_at_period_end = true",
            vec!["The trial of Enterprise ends on", "The subscription was cancelled: nothing is to be paid"],
        ),
        (
            "state = 'active', cancel_at_period_end = false, stripe_subscription = NULL, seats = 4, period_start = '2026-06-01', period_end = '2026-07-01'",
            vec!["Renews on", "Seats paid for"],
        ),
        ("cancel_at_period_end = true", vec!["The subscription ends on", "Ends on"]),
        (
            "cancel_at_period_end = false, state = 'past_due', past_due_since = '2026-06-01'",
            vec!["A payment failed", "becomes read-only on", "is suspended on"],
        ),
        ("state = 'read_only', read_only_at = '2026-06-08'", vec!["This workspace is read-only", "is suspended on"]),
        (
            "state = 'suspended', suspended_at = '2026-06-22'",
            vec!["This workspace is suspended, because a payment is missing"],
        ),
        ("state = 'cancelled'", vec!["The subscription was cancelled", "Ended on"]),
        ("state = 'manual'", vec!["Agreed with us"]),
    ] {
        subscription(&app, &acme, columns).await;
        let page = plan(&app, &acme).await;
        for words in words {
            assert!(page.contains(words), "{columns}: {words} in {page}");
        }
    }
}

#[tokio::test]
async fn who_manages_the_plan_is_told_elsewhere() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    on_plan(&app, &acme, "free").await;
    let get = async |path: &str, cookie: &str| app.get(&acme.host, path).cookie(cookie).send().await.body;
    let members = get("/admin/members", &acme.owner_cookie).await;
    assert!(members.contains("Seats: 4 of 5 used") && members.contains("little room left"), "{members}");
    subscription(&app, &acme, "state = 'past_due', past_due_since = '2026-06-01'").await;
    assert!(get("/tickets", &acme.owner_cookie).await.contains("A payment failed"));
    assert!(!get("/tickets", &acme.member_cookie).await.contains("A payment failed"));
    let plan = get("/admin/plan", &acme.owner_cookie).await;
    assert_eq!(plan.matches("A payment failed").count(), 1, "once, and without a link to itself: {plan}");
    assert!(!plan.contains("See the plan"), "{plan}");
    subscription(&app, &acme, "state = 'trialing', trial_ends_at = '2026-06-04T14:00:00Z'").await;
    assert!(!get("/tickets", &acme.owner_cookie).await.contains("The trial of"), "not yet");
    app.clock.advance(time::Duration::hours(3));
    assert!(get("/tickets", &acme.owner_cookie).await.contains("The trial of"));
}
