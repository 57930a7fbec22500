//! However Stripe delivers what happened, the same comes of it.

use std::{
    io,
    sync::{Arc, Mutex},
};

use rand::{Rng as _, SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;
use rowhouse_platform::plan::{
    Interval, Limit, Price,
    change::{self, NewVersion},
};
use serde_json::{Value, json};
use time::Duration;

use super::{NOBODY, app, deliver, recorded, subscription};
use crate::app::{TestApp, TestTenant};

/// Everything that billing knows.
async fn state(app: &TestApp, tenant: &TestTenant) -> Value {
    let rest: Value = sqlx::query_scalar(
        "SELECT jsonb_build_object(
             'subscriptions', (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.id) FROM control.stripe_subscription s),
             'invoices', (SELECT jsonb_agg(to_jsonb(i) ORDER BY i.id) FROM control.invoice i),
             'customers', (SELECT jsonb_agg(to_jsonb(c) ORDER BY c.id) FROM control.stripe_customer c),
             'events', (SELECT jsonb_agg(jsonb_build_object('id', e.id, 'outcome', e.outcome, 'note', e.note) ORDER BY e.id)
                        FROM control.stripe_event e))",
    )
    .fetch_one(&mut app.db.admin().await)
    .await
    .unwrap();
    json!({ "subscription": subscription(app, tenant).await, "rest": rest })
}

/// As before anything happened.
async fn wipe(app: &TestApp) {
    sqlx::raw_sql(
        "DELETE FROM control.stripe_customer; DELETE FROM control.stripe_event; DELETE FROM control.stripe_subscription;
         DELETE FROM control.invoice;
         UPDATE control.subscription SET plan_version_id = control.initial_plan_version(), state = 'manual', seats = NULL,
             trial_ends_at = NULL, period_start = NULL, period_end = NULL, cancel_at_period_end = false,
             past_due_since = NULL, read_only_at = NULL, suspended_at = NULL, stripe_customer = NULL,
             stripe_subscription = NULL;",
    )
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
}

async fn play(app: &TestApp, tenant: &TestTenant, events: &[&String]) -> Value {
    wipe(app).await;
    for event in events {
        let answer = deliver(app, event).await;
        assert!(answer.status.is_success(), "{}\n{event}", answer.body);
    }
    state(app, tenant).await
}

#[tokio::test]
async fn any_order_and_any_doubles_end_in_the_same_state() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    app.clock.advance(Duration::days(16));
    let all = recorded(&acme);
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let mut states = Vec::new();
    // Of every beginning of its life, since at its end all that came before is over.
    for known in 1..=all.len() {
        let in_order: Vec<&String> = all[..known].iter().collect();
        let expected = play(&app, &acme, &in_order).await;
        for _ in 0..4 {
            let mut shuffled = in_order.clone();
            for _ in 0..known {
                shuffled.push(in_order[random.random_range(0..known)]);
            }
            shuffled.shuffle(&mut random);
            assert_eq!(play(&app, &acme, &shuffled).await, expected, "of the first {known} events");
        }
        let own = &expected["subscription"];
        states.push(format!("{} {} {}", own["plan"].as_str().unwrap(), own["state"].as_str().unwrap(), own["seats"]));
    }
    assert_eq!(
        states,
        [
            "free manual null",
            "team trialing 3",
            "team trialing 3",
            "team trialing 3",
            "team trialing 3",
            "team trialing 3",
            "team active 3",
            // The payment fails on 15 June; the server's clock shows 17 June.
            "team past_due 3",
            "team past_due 3",
            "team past_due 3",
            "team active 3",
            "team active 3",
            "team active 3",
            "team active 5",
            "team active 5",
            "free cancelled null",
        ]
    );
}

/// The same in a later life, with another subscription and other invoices.
fn later(event: &str, seconds: i64) -> String {
    fn shift(value: &mut Value, seconds: i64) {
        match value {
            Value::Number(number) => {
                // Moments of the life, and no other number.
                if let Some(moment) = number.as_i64().filter(|moment| (1_780_000_000..1_790_000_000).contains(moment)) {
                    *value = json!(moment + seconds);
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| shift(value, seconds)),
            Value::Object(fields) => fields.values_mut().for_each(|value| shift(value, seconds)),
            _ => {}
        }
    }
    let mut event: Value =
        serde_json::from_str(&event.replace("_1SQacme", "_2SQacme").replace("8ZY-000", "8ZY-100")).unwrap();
    shift(&mut event, seconds);
    event.to_string()
}

#[tokio::test]
async fn who_comes_back_has_what_they_came_back_to_in_any_order() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    // The server's clock is weeks behind what it is told of.
    let first = recorded(&acme);
    let second: Vec<String> =
        [1, 6, 7, 8, 13].into_iter().map(|place: usize| later(&first[place], 60 * 86_400)).collect();
    let in_order: Vec<&String> = first.iter().chain(&second).collect();
    let expected = play(&app, &acme, &in_order).await;
    let own = &expected["subscription"];
    assert_eq!((&own["plan"], &own["seats"]), (&json!("team"), &json!(5)));
    assert_eq!(own["stripe_subscription"], "sub_2SQacmeH2eZvKYlo2C8n5r7T");
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for _ in 0..12 {
        let mut shuffled = in_order.clone();
        for _ in 0..in_order.len() {
            shuffled.push(in_order[random.random_range(0..in_order.len())]);
        }
        shuffled.shuffle(&mut random);
        assert_eq!(play(&app, &acme, &shuffled).await, expected);
    }
}

#[tokio::test]
async fn events_that_come_at_once_lose_nothing() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    let all = recorded(&acme);
    let expected = play(&app, &acme, &all.iter().collect::<Vec<_>>()).await;
    wipe(&app).await;
    let twice = all.iter().chain(&all);
    let answers = futures_util::future::join_all(twice.map(|event| deliver(&app, event))).await;
    // Some find no connection free: Stripe delivers those again.
    for (answer, event) in answers.iter().zip(all.iter().chain(&all)) {
        if !answer.status.is_success() {
            assert!(deliver(&app, event).await.status.is_success());
        }
    }
    assert_eq!(state(&app, &acme).await, expected);
}

#[tokio::test]
async fn what_is_not_known_yet_waits_for_who_says_whose_it_is() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    let all = recorded(&acme);
    let id = acme.home.id().0.to_string();
    // The subscription does not say whose it is; the checkout does.
    let nameless = all[1].replace(&format!("\"tenant_id\": \"{id}\""), "");
    assert!(deliver(&app, &nameless).await.body.contains("waiting"));
    assert_eq!(subscription(&app, &acme).await["state"], "manual");
    assert!(deliver(&app, &all[3]).await.body.contains("applied"));
    assert_eq!(subscription(&app, &acme).await["state"], "trialing");
    let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM control.stripe_event WHERE outcome = 'waiting'")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    assert_eq!(waiting, 0);
}

#[tokio::test]
async fn a_price_that_no_plan_has_is_noted_and_takes_nothing() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    let all = recorded(&acme);
    super::live(&app, &acme, 7).await;
    let strange = all[13].replace("price_team_1", "price_of_old");
    assert!(deliver(&app, &strange).await.status.is_success());
    let own = subscription(&app, &acme).await;
    assert_eq!((&own["plan"], &own["seats"]), (&json!("team"), &json!(5)));
    let note: Option<String> = sqlx::query_scalar("SELECT note FROM control.stripe_event WHERE note IS NOT NULL")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    assert!(note.unwrap().contains("price_of_old"));
}

/// What the server logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn who_pays_a_price_that_no_plan_ever_had_is_in_the_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // What the test delivers is taken on its own thread.
    let _logging = tracing::subscriber::set_default(subscriber);
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    for event in &recorded(&acme)[..7] {
        let strange = event.replace("price_team_1", "price_of_old");
        assert!(deliver(&app, &strange).await.status.is_success());
    }
    let own = subscription(&app, &acme).await;
    assert_eq!((&own["plan"], &own["state"]), (&json!("free"), &json!("active")));
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(logged.matches("no version of a plan has the price price_of_old").count(), 1, "{logged}");
    assert!(logged.contains(&acme.home.id().0.to_string()), "{logged}");
}

#[tokio::test]
async fn who_cancelled_keeps_the_version_that_they_fell_back_to() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    let all = recorded(&acme);
    super::live(&app, &acme, all.len()).await;
    let smaller = NewVersion {
        price: Price { cents: 0, currency: "eur".to_owned(), per_seat: false, interval: Interval::Month },
        trial_days: 0,
        limits: [(Limit::Seats, 1)].into(),
        features: [].into(),
        stripe_price: None,
    };
    let (free, mut operator) = ("free".parse().unwrap(), crate::plans::operator(&app).await);
    assert_eq!(change::publish(&mut operator, &app.services.ambient, &free, &smaller).await.unwrap(), 2);
    for (event, id) in [(&all[0], "evt_1SQacme01"), (&all[15], "evt_1SQacme16")] {
        let later = event.replace(id, "evt_1SQlater").replace("customer.created", "customer.updated");
        assert!(deliver(&app, &later).await.body.contains("applied"));
        let kept: (String, i32, String) = sqlx::query_as(
            "SELECT v.plan_key, v.version, s.state FROM control.subscription s
             JOIN control.plan_version v ON v.id = s.plan_version_id",
        )
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
        assert_eq!(kept, ("free".to_owned(), 1, "cancelled".to_owned()), "{later}");
    }
}

#[tokio::test]
async fn what_the_operator_agrees_after_the_end_is_not_undone() {
    let app = app(NOBODY).await;
    let acme = app.tenant("acme").await;
    let all = recorded(&acme);
    super::live(&app, &acme, all.len()).await;
    assert_eq!(subscription(&app, &acme).await["state"], "cancelled");
    sqlx::query(
        "UPDATE control.subscription SET state = 'manual', period_end = NULL,
             plan_version_id = (SELECT id FROM control.plan_version WHERE plan_key = 'business' LIMIT 1)",
    )
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    let late = all[15].replace("evt_1SQacme16", "evt_1SQlate");
    assert!(deliver(&app, &late).await.body.contains("applied"));
    let own = subscription(&app, &acme).await;
    assert_eq!((&own["plan"], &own["state"]), (&json!("business"), &json!("manual")));
}
