//! How often a key may ask, and how often an address may guess.

use axum::http::Method;
use time::Duration;

use super::{access_token, ask, assert_problem, me, usual_key};
use crate::{app::TestApp, database::Way};

#[tokio::test]
async fn a_key_may_ask_so_often_and_is_told_how_often_still() {
    let settings = [("ROWHOUSE_API__REQUESTS_PER_MINUTE", "5"), ("ROWHOUSE_LIMITS__ENABLED", "true")];
    let app = TestApp::start_with(Way::Direct, &settings).await;
    let acme = app.tenant("acme").await;
    let (key, other) = (usual_key(&app, &acme).await, usual_key(&app, &acme).await);
    let access = access_token(&app, &acme, &key, None).await;
    // Five and a burst of one, of which the access token took one.
    for left in (0..5).rev() {
        let token = if left % 2 == 0 { &key.token } else { &access };
        let answer = me(&app, &acme.host, token).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.headers["ratelimit-policy"], r#""key";q=5;w=60, "workspace";q=10000;w=60"#);
        let said = answer.headers["ratelimit"].to_str().unwrap();
        assert!(said.starts_with(&format!(r#""key";r={left};t="#)), "{said}");
    }
    let refused = me(&app, &acme.host, &key.token).await;
    let problem = assert_problem(&refused, 429, "too-many-requests");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.starts_with("This key may send 5 requests a minute, and it has. Wait "), "{detail}");
    assert!(!detail.contains("plan"), "the plan would have let it: {detail}");
    assert!(refused.headers["ratelimit"].to_str().unwrap().starts_with(r#""key";r=0;t="#));
    let wait: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=120).contains(&wait));
    assert_eq!(me(&app, &acme.host, &other.token).await.status, 200, "another key is counted apart");
    app.clock.advance(Duration::seconds(wait));
    assert_eq!(me(&app, &acme.host, &key.token).await.status, 200, "after the time that was said");
}

#[tokio::test]
async fn an_address_guesses_so_often() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    // Of the right form, so the database has to be asked.
    let gone = usual_key(&app, &acme).await;
    super::run(&app, format!("UPDATE pooled.api_key SET revoked_at = now() WHERE prefix = '{}'", &gone.token[31..39]))
        .await;
    for _ in 0..60 {
        assert_problem(&me(&app, &acme.host, &gone.token).await, 401, "unauthorized");
    }
    for token in [&gone.token, &key.token] {
        let answer = me(&app, &acme.host, token).await;
        assert_problem(&answer, 429, "too-many-requests");
        assert!(answer.headers.contains_key("retry-after"));
    }
    let form = [("grant_type", "client_credentials"), ("client_id", &key.id), ("client_secret", &key.token)];
    let token = app.ask(Method::POST, "/api/v1/token").header("host", &acme.host).form(&form).send().await;
    assert_problem(&token, 429, "too-many-requests");
    // What is no key at all costs nothing, and counts for nothing.
    assert_problem(&ask(&app, Method::GET, &acme.host, "/api/v1/me", "nonsense").send().await, 401, "unauthorized");
    app.clock.advance(Duration::minutes(20));
    assert_eq!(me(&app, &acme.host, &key.token).await.status, 200);
}
