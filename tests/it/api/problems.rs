//! Every error of the API is a problem, and says where it is.

use axum::{
    extract::{Path, RawQuery},
    http::Method,
    response::Response,
};
use rowhouse_app::{
    api::{Api, ETag, IfMatch, Input, Json, Listed, Paging, Problem},
    desk::permission::ReadTickets,
};
use serde::Deserialize;
use serde_json::json;

use super::{ask, assert_problem, json as body_of, pages, usual_key};
use crate::{
    app::TestApp,
    database::{TestDatabase, Way},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    title: String,
    parts: Vec<u8>,
}

async fn put(api: Api<ReadTickets>, if_match: IfMatch, Input(thing): Input<Thing>) -> Result<Response, Problem> {
    if_match.required()?;
    if_match.check(&ETag::version(7))?;
    api.answer((ETag::version(8), Json(json!({ "title": thing.title, "parts": thing.parts.len() })))).await
}

/// A list that takes other parameters beside.
async fn list(api: Api<ReadTickets>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let paging = Paging::among(query.as_deref().unwrap_or_default())?;
    let (limit, after) = (paging.limit()?, paging.after::<i64>()?.unwrap_or(0));
    let items: Vec<i64> = (after + 1..=5).take(usize::try_from(limit + 1).unwrap_or(0)).collect();
    let page = Listed::of(items, limit, |last| *last).answer(api.call());
    api.answer(page).await
}

async fn fail(_: Api<ReadTickets>, Path(how): Path<String>) -> Result<Response, Problem> {
    assert!(how != "panic", "a secret detail");
    Err(Problem::internal("a secret detail"))
}

async fn app() -> TestApp {
    let routes = rowhouse::api::routes()
        .put("/api/v1/test/thing", put)
        .get("/api/v1/test/things", list)
        .get("/api/v1/test/fail/{how}", fail);
    TestApp::with(TestDatabase::new().await, Way::Direct, &[], pages(), routes)
}

#[tokio::test]
async fn what_is_not_there_or_not_so_is_a_problem() {
    let app = app().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    for path in ["/api/v1", "/api/v1/", "/api/v1/nonsense", "/api/v1/me/", "/api/v1//me"] {
        assert_problem(&ask(&app, Method::GET, &acme.host, path, &key.token).send().await, 404, "not-found");
    }
    let wrong = ask(&app, Method::DELETE, &acme.host, "/api/v1/me", &key.token).send().await;
    assert_problem(&wrong, 405, "method-not-allowed");
    assert_eq!(wrong.headers["allow"], "GET,HEAD");
    for how in ["error", "panic"] {
        let broken = ask(&app, Method::GET, &acme.host, &format!("/api/v1/test/fail/{how}"), &key.token).send().await;
        assert_problem(&broken, 500, "internal");
        assert!(!broken.body.contains("secret"), "{}", broken.body);
    }
    // A host that nobody can read is no page either.
    let twice = ask(&app, Method::GET, &acme.host, "/api/v1/me", &key.token).header("host", "b.test").send().await;
    assert_problem(&twice, 400, "bad-request");
    let kind = app.get(super::APEX, "/api/v1/problems/not-found").send().await;
    assert_eq!((kind.status.as_u16(), &body_of(&kind)["status"]), (200, &json!(404)));
    assert_problem(&app.get(super::APEX, "/api/v1/problems/nonsense").send().await, 404, "not-found");
}

#[tokio::test]
async fn a_body_is_json_of_some_size() {
    let app = app().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    let send = |kind: &'static str, body: Vec<u8>| {
        let request = ask(&app, Method::PUT, &acme.host, "/api/v1/test/thing", &key.token);
        request.header("if-match", "\"7\"").body(kind, body).send()
    };
    let good = br#"{"title": "a", "parts": [1, 2]}"#.to_vec();
    let answer = send("application/json; charset=utf-8", good.clone()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.headers["etag"], "\"8\"");
    assert_eq!(answer.headers["cache-control"], "private, no-cache");
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""] {
        assert_problem(&send(kind, good.clone()).await, 415, "unsupported-media-type");
    }
    for broken in [&b""[..], b"{", b"nonsense", b"{\"title\": \"\xff\xfe\", \"parts\": []}", b"{\"title\": \"\x00\"}"] {
        assert_problem(&send("application/json", broken.to_vec()).await, 400, "bad-request");
    }
    for (body, pointer) in [
        (r#"{"title": 7, "parts": []}"#, "/title"),
        (r#"{"title": null, "parts": []}"#, "/title"),
        (r#"{"title": "a", "parts": {}}"#, "/parts"),
        (r#"{"title": "a", "parts": [1, "2"]}"#, "/parts/1"),
        (r#"{"title": "a", "parts": [1, 256]}"#, "/parts/1"),
        (r#"{"parts": []}"#, ""),
        ("[]", ""),
    ] {
        let problem = assert_problem(&send("application/json", body.into()).await, 422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let unknown = send("application/json", br#"{"title": "a", "parts": [], "tilte": 1}"#.to_vec()).await;
    let problem = assert_problem(&unknown, 422, "invalid");
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("tilte"), "{problem}");
    let large = format!(r#"{{"title": "{}", "parts": []}}"#, "a".repeat(10 << 20));
    assert_problem(&send("application/json", large.into()).await, 413, "too-large");
    let deep = "[".repeat(100_000);
    assert_eq!(send("application/json", deep.into()).await.status.as_u16() / 100, 4);
}

#[tokio::test]
async fn a_change_says_what_it_changes() {
    let app = app().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    let send = |if_match: Option<&'static str>| {
        let mut request = ask(&app, Method::PUT, &acme.host, "/api/v1/test/thing", &key.token);
        if let Some(value) = if_match {
            request = request.header("if-match", value);
        }
        request.body("application/json", br#"{"title": "a", "parts": []}"#.to_vec()).send()
    };
    assert_problem(&send(None).await, 428, "precondition-required");
    for stale in ["\"6\"", "W/\"7\"", "\"6\", \"8\""] {
        let answer = send(Some(stale)).await;
        assert_problem(&answer, 412, "precondition-failed");
        assert_eq!(answer.headers["etag"], "\"7\"", "the present version is said");
    }
    assert_problem(&send(Some("7")).await, 400, "bad-request");
    for good in ["\"7\"", "*", "\"1\", \"7\""] {
        assert_eq!(send(Some(good)).await.status, 200, "{good}");
    }
}

#[tokio::test]
async fn lists_lead_to_their_next_page() {
    let app = app().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    let get = |path: String| ask(&app, Method::GET, &acme.host, &path, &key.token).send();
    let mut path = "/api/v1/test/things?limit=2&q=a%26b".to_owned();
    let mut seen = Vec::new();
    loop {
        let answer = get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let page = body_of(&answer);
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item.as_i64().unwrap()));
        let Some(link) = answer.headers.get("link") else {
            assert!(page["next_cursor"].is_null());
            break;
        };
        let link = link.to_str().unwrap();
        let address = link.strip_prefix('<').unwrap().strip_suffix(r#">; rel="next""#).unwrap();
        assert!(address.contains("limit=2") && address.contains("q=a%26b"), "{address}");
        path = address.strip_prefix(&format!("http://{}", acme.host)).unwrap().to_owned();
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    for query in ["limit=0", "limit=201", "limit=x"] {
        let problem = assert_problem(&get(format!("/api/v1/test/things?{query}")).await, 422, "invalid");
        assert_eq!(problem["errors"][0]["parameter"], "limit", "{problem}");
    }
    let problem = assert_problem(&get("/api/v1/test/things?cursor=!".to_owned()).await, 404, "not-found");
    assert_eq!(problem["errors"][0]["parameter"], "cursor", "{problem}");
}

#[tokio::test]
async fn head_and_options_are_what_they_should_be() {
    let app = app().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    let head = ask(&app, Method::HEAD, &acme.host, "/api/v1/me", &key.token).send().await;
    assert_eq!((head.status.as_u16(), head.body.as_str()), (200, ""));
    assert_eq!(head.headers["content-type"], "application/json");
    let refused = app.ask(Method::HEAD, "/api/v1/me").header("host", &acme.host).send().await;
    assert_eq!((refused.status.as_u16(), refused.body.as_str()), (401, ""));
    let options = app.ask(Method::OPTIONS, "/api/v1/me").header("host", &acme.host);
    let options =
        options.header("origin", "https://evil.test").header("access-control-request-method", "GET").send().await;
    assert_eq!(options.status, 204);
    assert_eq!(options.headers["allow"], "GET,HEAD,OPTIONS");
    assert!(options.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
}
