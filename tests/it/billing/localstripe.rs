//! Against a Stripe that others wrote, in a program of its own: `localstripe`, installed by `cargo xtask test`.

use std::{
    net::{Ipv6Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use axum::http::{HeaderMap, Request, StatusCode};
use rowhouse_platform::{
    billing::sync,
    fetch::{FetchSettings, Fetcher},
};
use serde_json::{Value, json};

use super::{SECRET, app, deliver, subscription, upkeep};
use crate::app::{TestApp, TestTenant};

struct LocalStripe {
    child: Child,
    url: String,
    fetcher: Fetcher,
}

fn program() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::var_os("ROWHOUSE_TEST_PYTHON").map_or_else(|| root.join(".rowhouse/python"), PathBuf::from);
    folder.join("bin/localstripe")
}

impl LocalStripe {
    async fn start() -> Self {
        // It listens on all addresses of the machine, on the port that it is told.
        let port = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).unwrap().local_addr().unwrap().port();
        let child = Command::new(program())
            .args(["--from-scratch", "--port", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("localstripe is needed, which `cargo xtask test` installs");
        let fetcher = Fetcher::new(&FetchSettings::new(true)).unwrap();
        let this = Self { child, url: format!("http://127.0.0.1:{port}"), fetcher };
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return this;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("localstripe did not start");
    }

    /// What a person does on Stripe's pages, by its API.
    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        self.ask("POST", path, form).await
    }

    async fn get(&self, path: &str) -> Value {
        self.ask("GET", path, &[]).await
    }

    async fn ask(&self, method: &str, path: &str, form: &[(&str, &str)]) -> Value {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("authorization", "Bearer sk_test_12345")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.into_bytes())
            .unwrap();
        let answer = self.fetcher.send(request).await.unwrap();
        assert!(answer.status().is_success(), "{method} {path}: {}", String::from_utf8_lossy(answer.body()));
        // Some answers of its own have no body.
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }
}

impl Drop for LocalStripe {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A person subscribes to Team for three seats, with a card that works.
async fn subscribe(stripe: &LocalStripe, tenant: &TestTenant) -> (String, String) {
    let tenant = tenant.home.id().0.to_string();
    let price = [("id", "price_team_1"), ("amount", "800"), ("currency", "eur"), ("interval", "month")];
    stripe.post("/v1/plans", &[price.as_slice(), &[("product[name]", "Team")]].concat()).await;
    let customer = stripe.post("/v1/customers", &[("name", "Acme"), ("metadata[tenant_id]", &tenant)]).await;
    let customer = customer["id"].as_str().unwrap().to_owned();
    let card = [("type", "card"), ("card[number]", "4242424242424242"), ("card[exp_month]", "12")];
    let card = stripe
        .post("/v1/payment_methods", &[card.as_slice(), &[("card[exp_year]", "2040"), ("card[cvc]", "123")]].concat())
        .await;
    let card = card["id"].as_str().unwrap();
    stripe.post(&format!("/v1/payment_methods/{card}/attach"), &[("customer", &customer)]).await;
    let default = [("invoice_settings[default_payment_method]", card)];
    stripe.post(&format!("/v1/customers/{customer}"), &default).await;
    let wish = [
        ("customer", customer.as_str()),
        ("items[0][plan]", "price_team_1"),
        ("items[0][quantity]", "3"),
        ("metadata[tenant_id]", &tenant),
    ];
    let subscription = stripe.post("/v1/subscriptions", &wish).await;
    (customer, subscription["id"].as_str().unwrap().to_owned())
}

/// Delivers what happened there: its events are signed here, for our clock stands.
async fn deliver_all(app: &TestApp, stripe: &LocalStripe) {
    let events = stripe.get("/v1/events?limit=100").await;
    for event in events["data"].as_array().unwrap() {
        let answer = deliver(app, &event.to_string()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}\n{event}", answer.body);
    }
}

#[tokio::test]
async fn a_subscription_lives_and_ends() {
    let stripe = LocalStripe::start().await;
    let app = app(&stripe.url).await;
    let acme = app.tenant("acme").await;
    let (customer, id) = subscribe(&stripe, &acme).await;
    deliver_all(&app, &stripe).await;
    let own = subscription(&app, &acme).await;
    assert_eq!(
        (&own["plan"], &own["state"], &own["seats"], &own["stripe_customer"]),
        (&json!("team"), &json!("active"), &json!(3), &json!(customer))
    );

    // Within one second, what was made would be as new as what was changed.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let form = [("seats", "5")];
    let asked = app.post(&acme.host, "/admin/plan/seats").cookie(&acme.owner_cookie).form(&form).send().await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
    let upkeep = upkeep(&app);
    assert_eq!(upkeep.outbox.round(&upkeep.billing).await.unwrap().done, 1);
    app.services.directory.forget_all();
    assert_eq!(subscription(&app, &acme).await["seats"], 5);
    let there = stripe.get(&format!("/v1/subscriptions/{id}")).await;
    assert_eq!(there["items"]["data"][0]["quantity"], 5);

    // And within one second, the two changes would be as new as each other.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let form = [("kind", "eu_vat"), ("value", "DE123456789")];
    app.post(&acme.host, "/admin/plan/tax-id").cookie(&acme.owner_cookie).form(&form).send().await;
    app.post(&acme.host, "/admin/plan/cancel").cookie(&acme.owner_cookie).form(&[]).send().await;
    assert_eq!(upkeep.outbox.round(&upkeep.billing).await.unwrap().done, 2);
    assert_eq!(subscription(&app, &acme).await["cancel_at_period_end"], true);
    assert_eq!(stripe.get(&format!("/v1/customers/{customer}/tax_ids")).await["data"][0]["value"], "DE123456789");

    // The events of it went astray.
    stripe.ask("DELETE", &format!("/v1/subscriptions/{id}"), &[]).await;
    let ambient = &app.services.ambient;
    let applied = sync::sync(&upkeep.billing, &upkeep.outbox, ambient, "acme").await.unwrap();
    assert!(applied >= 2, "a subscription and its invoice");
    assert_eq!(subscription(&app, &acme).await["state"], "cancelled");
    let invoices: i64 =
        sqlx::query_scalar("SELECT count(*) FROM control.invoice WHERE status = 'paid' AND total = 2400")
            .fetch_one(&mut app.db.admin().await)
            .await
            .unwrap();
    assert_eq!(invoices, 1);
}

#[tokio::test]
async fn its_own_signature_is_taken() {
    let stripe = LocalStripe::start().await;
    let app = app(&stripe.url).await;
    let acme = app.tenant("acme").await;
    // What it posts, as it came.
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hook = format!("http://{}/", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(move |headers: HeaderMap, body: String| {
        let signature = headers["stripe-signature"].to_str().unwrap().to_owned();
        let sent = sender.send((signature, body));
        async move { if sent.is_ok() { StatusCode::OK } else { StatusCode::GONE } }
    });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    stripe.post("/_config/webhooks/rowhouse", &[("url", &hook), ("secret", SECRET)]).await;
    let tenant = acme.home.id().0.to_string();
    stripe.post("/v1/customers", &[("name", "Acme"), ("metadata[tenant_id]", &tenant)]).await;
    let received = tokio::time::timeout(Duration::from_secs(15), received.recv()).await.unwrap();
    let (signature, body) = received.unwrap();
    // It signed now; our clock stands in June.
    let event: Value = serde_json::from_str(&body).unwrap();
    let signed_at = time::OffsetDateTime::from_unix_timestamp(event["created"].as_i64().unwrap()).unwrap();
    app.clock.advance(signed_at - app.services.ambient.now());
    let answer = super::post(&app, &signature, &body).await;
    assert!(answer.body.contains("applied"), "{} {}", answer.status, answer.body);
}
