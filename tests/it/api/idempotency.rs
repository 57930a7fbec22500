//! A request that is sent again is done once.

use axum::{
    Json,
    http::{Method, StatusCode},
    response::Response,
};
use rowhouse_app::{
    api::{Api, Input, Problem},
    desk::permission::WriteTickets,
};
use rowhouse_platform::identity::throttle::{self, Limit};
use serde::{Deserialize, Serialize};
use time::Duration;

use super::{TestKey, access_token, ask, assert_problem, json, make_key, pages, run, usual_key};
use crate::{
    app::{Answer, TestApp, TestTenant},
    database::{TestDatabase, Way},
};

const PATH: &str = "/api/v1/test/work";

#[derive(Debug, Serialize, Deserialize)]
struct Work {
    what: String,
    #[serde(default)]
    slowly: bool,
    #[serde(default)]
    in_vain: bool,
    #[serde(default)]
    large: usize,
}

/// Counts, so that what is done twice is seen, and answers with something new each time.
async fn work(mut api: Api<WriteTickets>, Input(work): Input<Work>) -> Result<Response, Problem> {
    let ambient = api.context().services.ambient.clone();
    let limit = Limit { attempts: 1_000_000, window: Duration::days(365) };
    throttle::count(&mut api, &ambient, &["test work"], limit).await?.ok();
    if work.slowly {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    if work.in_vain {
        return Err(Problem::field("/in_vain", "It is."));
    }
    let body = serde_json::json!({ "id": ambient.uuid(), "what": work.what, "large": "x".repeat(work.large) });
    api.answer((StatusCode::CREATED, [("location", "/api/v1/test/work/1")], Json(body))).await
}

async fn app_with_work() -> TestApp {
    let routes = rowhouse::api::routes().post(PATH, work);
    TestApp::with(TestDatabase::new().await, Way::Direct, &[], pages(), routes)
}

async fn send(app: &TestApp, tenant: &TestTenant, token: &str, name: Option<&str>, body: &str) -> Answer {
    let mut request = ask(app, Method::POST, &tenant.host, PATH, token);
    if let Some(name) = name {
        request = request.header("idempotency-key", name);
    }
    request.body("application/json", body.as_bytes().to_vec()).send().await
}

async fn done(app: &TestApp) -> i64 {
    // Others count in the same table, each a few times.
    let sql = "SELECT coalesce(max(attempts), 0)::bigint FROM pooled.throttle";
    sqlx::query_scalar(sql).fetch_one(&mut app.db.admin().await).await.unwrap()
}

async fn prepared() -> (TestApp, TestTenant, TestKey) {
    let app = app_with_work().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    run(&app, "DELETE FROM pooled.throttle".to_owned()).await;
    (app, acme, key)
}

const BODY: &str = r#"{"what": "a"}"#;

#[tokio::test]
async fn the_same_request_gets_the_same_answer() {
    let (app, acme, key) = prepared().await;
    let first = send(&app, &acme, &key.token, Some("one"), BODY).await;
    assert_eq!(first.status, 201, "{}", first.body);
    assert!(!first.headers.contains_key("idempotency-replayed"));
    let again = send(&app, &acme, &key.token, Some("one"), BODY).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.headers["location"], first.headers["location"]);
    assert_eq!(again.headers["content-type"], first.headers["content-type"]);
    assert_ne!(again.headers["x-request-id"], first.headers["x-request-id"]);
    let quoted = send(&app, &acme, &key.token, Some("\"one\""), BODY).await;
    assert_eq!(quoted.body, first.body, "in quotation marks it is the same key");
    let access = access_token(&app, &acme, &key, None).await;
    assert_eq!(send(&app, &acme, &access, Some("one"), BODY).await.body, first.body, "by an access token too");
    assert_eq!(done(&app).await, 1);

    assert_ne!(send(&app, &acme, &key.token, Some("two"), BODY).await.body, first.body);
    assert_ne!(send(&app, &acme, &key.token, None, BODY).await.body, first.body);
    assert_eq!(done(&app).await, 3);
}

#[tokio::test]
async fn twenty_at_the_same_time_are_one() {
    let (app, acme, key) = prepared().await;
    let body = r#"{"what": "a", "slowly": true}"#;
    let all = (0..20).map(|_| send(&app, &acme, &key.token, Some("many"), body));
    let answers = futures_util::future::join_all(all).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    let first: Vec<_> = made.iter().filter(|answer| !answer.headers.contains_key("idempotency-replayed")).collect();
    assert_eq!(first.len(), 1);
    assert!(made.iter().all(|answer| answer.body == first[0].body));
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_problem(answer, 409, "request-in-progress");
        assert_eq!(answer.headers["retry-after"], "1");
    }
    assert_eq!(done(&app).await, 1);
    assert_eq!(send(&app, &acme, &key.token, Some("many"), body).await.body, first[0].body);
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let (app, acme, key) = prepared().await;
    send(&app, &acme, &key.token, Some("one"), BODY).await;
    let other_body = send(&app, &acme, &key.token, Some("one"), r#"{"what": "b"}"#).await;
    assert_problem(&other_body, 422, "idempotency-mismatch");
    let other_query = ask(&app, Method::POST, &acme.host, &format!("{PATH}?x=1"), &key.token);
    let other_query = other_query.header("idempotency-key", "one").body("application/json", BODY.into());
    assert_problem(&other_query.send().await, 422, "idempotency-mismatch");
    // Of another API key it is another.
    let second = make_key(&app, &acme, &acme.owner_cookie, &["ticket.write"], "30").await;
    let answer = send(&app, &acme, &second.token, Some("one"), r#"{"what": "b"}"#).await;
    assert_eq!(answer.status, 201);
    assert!(!answer.headers.contains_key("idempotency-replayed"));
    let nobodys = app.ask(Method::POST, PATH).header("host", &acme.host).header("idempotency-key", "one");
    assert_problem(&nobodys.body("application/json", BODY.into()).send().await, 401, "unauthorized");
    for bad in ["", "a b", "ä", &"a".repeat(256)] {
        assert_problem(&send(&app, &acme, &key.token, Some(bad), BODY).await, 400, "bad-request");
    }
}

#[tokio::test]
async fn what_was_not_done_is_not_kept() {
    let (app, acme, key) = prepared().await;
    let in_vain = r#"{"what": "a", "in_vain": true}"#;
    assert_problem(&send(&app, &acme, &key.token, Some("one"), in_vain).await, 422, "invalid");
    assert_eq!(done(&app).await, 0, "and nothing of it was done by half");
    assert_eq!(send(&app, &acme, &key.token, Some("one"), BODY).await.status, 201, "the key is free");
}

#[tokio::test]
async fn whoever_may_not_any_more_gets_no_old_answer() {
    let (app, acme, key) = prepared().await;
    send(&app, &acme, &key.token, Some("one"), BODY).await;
    run(&app, "UPDATE pooled.api_key SET permissions = '{ticket.read}'".to_owned()).await;
    assert_problem(&send(&app, &acme, &key.token, Some("one"), BODY).await, 403, "forbidden");
}

#[tokio::test]
async fn after_a_day_the_key_is_free() {
    let (app, acme, key) = prepared().await;
    let first = send(&app, &acme, &key.token, Some("one"), BODY).await;
    app.clock.advance(Duration::hours(24) - Duration::seconds(1));
    assert_eq!(send(&app, &acme, &key.token, Some("one"), BODY).await.body, first.body);
    app.clock.advance(Duration::seconds(1));
    assert_ne!(send(&app, &acme, &key.token, Some("one"), r#"{"what": "b"}"#).await.body, first.body);
    app.clock.advance(Duration::hours(25));
    let url = app.db.url(Way::Direct, "rowhouse_operator");
    rowhouse::services::api_key_upkeep(&app.services, url).round().await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM pooled.idempotency_key")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_given_twice() {
    let (app, acme, key) = prepared().await;
    let body = r#"{"what": "a", "large": 1100000}"#;
    assert_eq!(send(&app, &acme, &key.token, Some("one"), body).await.status, 201);
    let again = send(&app, &acme, &key.token, Some("one"), body).await;
    assert_problem(&again, 409, "conflict");
    assert!(json(&again)["detail"].as_str().unwrap().contains("was done"));
    assert_eq!(done(&app).await, 1);
}
