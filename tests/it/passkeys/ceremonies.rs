//! What a ceremony is good for: once, for a while, for one browser and one purpose.

use axum::http::StatusCode;
use axum::http::header;
use futures_util::future::join_all;
use serde_json::Value;
use serde_json::json;
use time::Duration;

use super::{
    ADD, CONFIRM, Ceremony, SIGN_IN, UNPROVED, USED_UP, add,
    authenticator::{Lies, assert_as_is},
    begin, ids, location, origin, post, refusal,
};
use crate::app::TestApp;

#[tokio::test]
async fn a_ceremony_is_answered_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ceremony = begin(&app, &acme.host, ADD, &acme.owner_cookie).await;
    let (mut key, answer) = ceremony.create(&Lies::default());
    location(&ceremony.finish(&app, &answer).await);
    assert_eq!(refusal(&ceremony.finish(&app, &answer).await), USED_UP);
    assert_eq!(ids(&app, &acme).await.len(), 1);

    // The same answer, eight times at once: one is taken. With a key that does not count, the counter is no help.
    let ceremony = begin(&app, &acme.host, SIGN_IN, "").await;
    key.counter = 0;
    let answer = assert_as_is(&key, &ceremony.options, &origin(&acme.host), &Lies::default());
    let answers = join_all((0..8).map(|_| ceremony.finish(&app, &answer))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.body.contains(USED_UP)).count(), 7);

    // A wrong answer uses it up as well.
    let ceremony = begin(&app, &acme.host, SIGN_IN, "").await;
    let wrong = assert_as_is(&key, &ceremony.options, &origin(&acme.host), &Lies { tampered: true, ..Lies::default() });
    assert_eq!(refusal(&ceremony.finish(&app, &wrong).await), UNPROVED);
    let right = assert_as_is(&key, &ceremony.options, &origin(&acme.host), &Lies::default());
    assert_eq!(refusal(&ceremony.finish(&app, &right).await), USED_UP);
}

#[tokio::test]
async fn a_ceremony_ends_by_itself_and_is_swept_up() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut key = add(&app, &acme, &acme.owner_cookie).await;
    let (slow, slower) = (begin(&app, &acme.host, SIGN_IN, "").await, begin(&app, &acme.host, SIGN_IN, "").await);
    app.clock.advance(Duration::seconds(299));
    let answer = slow.assert(&mut key, &Lies::default());
    location(&slow.finish(&app, &answer).await);
    app.clock.advance(Duration::seconds(1));
    let answer = slower.assert(&mut key, &Lies::default());
    assert_eq!(refusal(&slower.finish(&app, &answer).await), USED_UP);

    for _ in 0..3 {
        begin(&app, &acme.host, SIGN_IN, "").await;
    }
    app.clock.advance(Duration::minutes(5));
    begin(&app, &acme.host, SIGN_IN, "").await;
    let sql = "SELECT count(*) FROM pooled.passkey_ceremony";
    let left: i64 = sqlx::query_scalar(sql).fetch_one(&mut app.db.admin().await).await.unwrap();
    assert_eq!(left, 1);
}

#[tokio::test]
async fn a_ceremony_belongs_to_one_browser_purpose_and_person() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut key = add(&app, &acme, &acme.owner_cookie).await;

    for cookies in ["", "__Host-ceremony=ff", "__Host-ceremony="] {
        let ceremony = Ceremony { cookies: cookies.to_owned(), ..begin(&app, &acme.host, SIGN_IN, "").await };
        let answer = ceremony.assert(&mut key, &Lies::default());
        assert_eq!(refusal(&ceremony.finish(&app, &answer).await), USED_UP, "{cookies}");
    }
    let other = begin(&app, &acme.host, SIGN_IN, "").await;
    let stolen = Ceremony { cookies: other.cookies, ..begin(&app, &acme.host, SIGN_IN, "").await };
    let answer = stolen.assert(&mut key, &Lies::default());
    assert_eq!(refusal(&stolen.finish(&app, &answer).await), USED_UP);

    // Begun to sign in, answered to confirm; begun by the owner, answered by the member.
    let ceremony = begin(&app, &acme.host, SIGN_IN, &acme.owner_cookie).await;
    let ceremony = Ceremony { path: CONFIRM, ..ceremony };
    let answer = ceremony.assert(&mut key, &Lies::default());
    assert_eq!(refusal(&ceremony.finish(&app, &answer).await), USED_UP);
    let ceremony = begin(&app, &acme.host, CONFIRM, &acme.owner_cookie).await;
    let cookies = ceremony.cookies.replace(&acme.owner_cookie, &acme.member_cookie);
    let ceremony = Ceremony { cookies, ..ceremony };
    let answer = ceremony.assert(&mut key, &Lies::default());
    assert_eq!(refusal(&ceremony.finish(&app, &answer).await), USED_UP);

    // Two tabs of one browser do not end each other's.
    let first = begin(&app, &acme.host, SIGN_IN, "").await;
    let second = begin(&app, &acme.host, SIGN_IN, first.cookies.trim_start_matches("; ")).await;
    for tab in [first, second] {
        let answer = tab.assert(&mut key, &Lies::default());
        location(&tab.finish(&app, &answer).await);
    }
}

#[tokio::test]
async fn endpoints_take_small_json_from_their_own_pages() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = "/sign-in/passkey/finish";
    let form = app.post(&acme.host, path).form(&[("ceremony", "x")]).send().await;
    assert_eq!(form.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{}", form.body);
    let text = app.post(&acme.host, path).body("application/json", b"{".to_vec()).send().await;
    assert_eq!(text.status, StatusCode::BAD_REQUEST);
    let large = json!({ "ceremony": "x".repeat(40_000), "credential": {} });
    assert_eq!(post(&app, &acme.host, path, "", &large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    for answer in [form, text] {
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
        assert!(serde_json::from_str::<Value>(&answer.body).unwrap()["message"].is_string());
    }
    let foreign = app
        .post(&acme.host, "/sign-in/passkey/begin")
        .without("origin")
        .header("origin", "http://globex.app.test:3000")
        .body("application/json", b"{}".to_vec())
        .send()
        .await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn beginnings_are_limited() {
    let limits = [("ROWHOUSE_SIGN_IN__ATTEMPTS_PER_ADDRESS", "1")];
    let app = TestApp::start_with(crate::database::Way::Direct, &limits).await;
    let acme = app.tenant("acme").await;
    for _ in 0..20 {
        begin(&app, &acme.host, SIGN_IN, "").await;
    }
    let limited = post(&app, &acme.host, "/sign-in/passkey/begin", "", &json!({})).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS, "{}", limited.body);
    assert!(limited.body.contains("Too many attempts"));
}
