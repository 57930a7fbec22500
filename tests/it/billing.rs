//! Billing: Stripe's events in any order, the walls of the webhook, what is owed, what Stripe is told, and the pages.

mod events;
mod localstripe;
mod looks;
mod outbox;
mod owing;
mod pages;
mod proof;
mod stand_in;
mod usage;
mod webhook;

use std::path::Path;

use axum::http::{Method, StatusCode};
use rowhouse::services::billing_upkeep;
use rowhouse_platform::billing::{signature, upkeep::Upkeep};
use serde_json::Value;

use crate::{
    app::{Answer, TestApp, TestTenant},
    database::Way,
};

/// What the tests' webhook is signed with.
pub const SECRET: &str = "whsec_of_the_tests";
/// Nobody listens there.
pub const NOBODY: &str = "http://127.0.0.1:9";

/// A server with billing, whose Stripe is at this address.
pub async fn app(api: &str) -> TestApp {
    app_with(api, &[]).await
}

pub async fn app_with(api: &str, more: &[(&str, &str)]) -> TestApp {
    let mut settings = vec![
        ("ROWHOUSE_BILLING__STRIPE_SECRET_KEY", "sk_test_12345"),
        ("ROWHOUSE_BILLING__STRIPE_WEBHOOK_SECRET", SECRET),
        ("ROWHOUSE_BILLING__STRIPE_API", api),
    ];
    settings.extend(more);
    let app = TestApp::start_with(Way::Direct, &settings).await;
    // What the plans cost at Stripe; and new workspaces begin with the smallest, as they do outside of tests.
    sqlx::raw_sql(
        "UPDATE control.plan_version SET stripe_price = 'price_' || plan_key || '_' || version WHERE price_cents > 0;
         UPDATE control.plan SET is_initial = false;
         UPDATE control.plan SET is_initial = true WHERE key = 'free'",
    )
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    app
}

/// What a server does about billing by itself.
pub fn upkeep(app: &TestApp) -> Upkeep {
    let operator = app.db.url(Way::Direct, "rowhouse_operator");
    billing_upkeep(&app.services, &operator).unwrap().unwrap()
}

/// Delivers an event as Stripe does.
pub async fn deliver(app: &TestApp, event: &str) -> Answer {
    let header = signature::sign(SECRET, event.as_bytes(), app.services.ambient.now());
    let answer = post(app, &header, event).await;
    app.services.directory.forget_all();
    answer
}

/// Posts to the webhook with a header of one's own.
pub async fn post(app: &TestApp, signature: &str, body: &str) -> Answer {
    app.ask(Method::POST, "/stripe/webhook")
        .header("host", "app.test:3000")
        .header("stripe-signature", signature)
        .body("application/json", body.into())
        .send()
        .await
}

/// The recorded life of a subscription of this tenant, in the order in which it happened.
pub fn recorded(tenant: &TestTenant) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/billing/events");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let id = tenant.home.id().0.to_string();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap().replace("{tenant}", &id)).collect()
}

/// Delivers the first of them, each of which is taken.
pub async fn live(app: &TestApp, tenant: &TestTenant, events: usize) {
    for event in &recorded(tenant)[..events] {
        let answer = deliver(app, event).await;
        assert_eq!(answer.status, StatusCode::OK, "{}\n{event}", answer.body);
    }
}

/// The tenant's subscription, but for what says how often it was written.
pub async fn subscription(app: &TestApp, tenant: &TestTenant) -> Value {
    sqlx::query_scalar(
        "SELECT (to_jsonb(s) - '{version,updated_at,plan_version_id,audit_days_before,audit_smaller_at}'::text[])
             || jsonb_build_object('plan', v.plan_key)
         FROM control.subscription s JOIN control.plan_version v ON v.id = s.plan_version_id WHERE s.tenant_id = $1",
    )
    .bind(tenant.home.id().0)
    .fetch_one(&mut app.db.admin().await)
    .await
    .unwrap()
}
