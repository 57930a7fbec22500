//! `POST /api/v1/token`, as RFC 6749 says it.

use axum::http::Method;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

use super::{APEX, TestKey, json, make_key, me, usual_key};
use crate::app::{Answer, TestApp};

async fn post(app: &TestApp, host: &str, authorization: Option<&str>, fields: &[(&str, &str)]) -> Answer {
    let mut request = app.ask(Method::POST, "/api/v1/token").header("host", host);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    request.form(fields).send().await
}

fn basic(key: &TestKey) -> String {
    format!("Basic {}", BASE64.encode(format!("{}:{}", key.id, key.token)))
}

fn assert_error(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    assert_eq!(json(answer)["error"], error, "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
}

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

#[tokio::test]
async fn a_key_is_exchanged_in_both_ways_at_every_address() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    for host in [acme.host.as_str(), APEX] {
        let by_header = post(&app, host, Some(&basic(&key)), &[GRANT]).await;
        let by_form = post(&app, host, None, &[GRANT, ("client_id", &key.id), ("client_secret", &key.token)]).await;
        for answer in [by_header, by_form] {
            assert_eq!(answer.status, 200, "{}", answer.body);
            let body = json(&answer);
            assert_eq!((&body["token_type"], &body["expires_in"]), (&"Bearer".into(), &600.into()));
            assert_eq!(body["scope"], "ticket.read ticket.write");
            assert_eq!(answer.headers["cache-control"], "no-store");
            let token = body["access_token"].as_str().unwrap();
            assert_eq!(me(&app, host, token).await.status, 200);
        }
    }
}

#[tokio::test]
async fn a_token_may_be_for_less() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    let answer = post(&app, &acme.host, Some(&basic(&key)), &[GRANT, ("scope", "ticket.read")]).await;
    assert_eq!(json(&answer)["scope"], "ticket.read");
    let token = json(&answer)["access_token"].as_str().unwrap().to_owned();
    assert_eq!(json(&me(&app, &acme.host, &token).await)["permissions"], serde_json::json!(["ticket.read"]));
    for more in ["ticket.read member.read", "role.manage", "api.use", "nonsense", "TICKET.READ", " "] {
        let answer = post(&app, &acme.host, Some(&basic(&key)), &[GRANT, ("scope", more)]).await;
        assert_error(&answer, 400, "invalid_scope");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_as_the_standard_says_it() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let key = usual_key(&app, &acme).await;
    let second = make_key(&app, &acme, &acme.owner_cookie, &["ticket.read"], "30").await;
    let of_other = usual_key(&app, &globex).await;
    let host = acme.host.as_str();
    let good = basic(&key);
    assert_error(&post(&app, host, Some(&good), &[]).await, 400, "invalid_request");
    assert_error(&post(&app, host, Some(&good), &[GRANT, GRANT]).await, 400, "invalid_request");
    let both = [GRANT, ("client_id", key.id.as_str()), ("client_secret", key.token.as_str())];
    assert_error(&post(&app, host, Some(&good), &both).await, 400, "invalid_request");
    for grant in ["password", "authorization_code", "refresh_token"] {
        assert_error(&post(&app, host, Some(&good), &[("grant_type", grant)]).await, 400, "unsupported_grant_type");
    }
    let json_body = app.ask(Method::POST, "/api/v1/token").header("host", host).header("authorization", &good);
    assert_error(&json_body.body("application/json", b"{}".to_vec()).send().await, 400, "invalid_request");

    let mixed = TestKey { id: second.id.clone(), token: key.token.clone() };
    let last = if key.token.ends_with('0') { '8' } else { '0' };
    let wrong = TestKey { id: key.id.clone(), token: format!("{}{last}", &key.token[..key.token.len() - 1]) };
    let no_key = TestKey { id: "somebody".to_owned(), token: key.token.clone() };
    for client in [&mixed, &wrong, &no_key, &of_other] {
        let answer = post(&app, host, Some(&basic(client)), &[GRANT]).await;
        assert_error(&answer, 401, "invalid_client");
        assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Basic "));
    }
    assert_error(&post(&app, host, None, &[GRANT]).await, 401, "invalid_client");
    assert_error(&post(&app, host, Some(&format!("Bearer {}", key.token)), &[GRANT]).await, 401, "invalid_client");
    let header = app.ask(Method::POST, "/api/v1/token").header("host", host).header("x-tenant-id", "globex");
    assert_error(&header.header("authorization", &good).form(&[GRANT]).send().await, 401, "invalid_client");
    assert_error(&post(&app, "nowhere.app.test:3000", Some(&good), &[GRANT]).await, 401, "invalid_client");
    let get = app.get(host, "/api/v1/token").send().await;
    super::assert_problem(&get, 405, "method-not-allowed");
}
