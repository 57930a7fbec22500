//! What every answer has: headers, static files, health, error pages.

use axum::http::{Method, StatusCode, header};
use rowhouse_app::{
    error::PageError,
    routes::{self, Gate},
};

use crate::{
    app::TestApp,
    database::{TestDatabase, Way},
};

#[tokio::test]
async fn pages_carry_the_headers_that_protect_them() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut nonces = std::collections::HashSet::new();
    for _ in 0..3 {
        let page = app.get(&acme.host, "/tickets").cookie(&acme.owner_cookie).send().await;
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        assert!(page.body.contains(&format!("nonce=\"{nonce}\"")));
        for tag in ["<script", "<style"] {
            for element in page.body.split(tag).skip(1) {
                assert!(element.split('>').next().unwrap().contains(&nonce), "{tag} without the nonce");
            }
        }
        assert!(!page.body.contains(" style=\"") && !page.body.contains(" onclick"));
        nonces.insert(nonce);
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
        assert_eq!(page.headers["x-frame-options"], "DENY");
        assert_eq!(page.headers["referrer-policy"], "same-origin");
        assert!(page.headers[header::CACHE_CONTROL].to_str().unwrap().contains("private"));
        assert!(page.headers.contains_key("x-request-id"));
    }
    assert_eq!(nonces.len(), 3, "a nonce is used once");
}

#[tokio::test]
async fn static_files_are_kept_for_good_and_nothing_else_is_served() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let css = app.get("acme.app.test", "/pkg/test.css").send().await;
    assert_eq!((css.status, css.body.as_str()), (StatusCode::OK, "body{}"));
    assert_eq!(css.headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(css.headers[header::VARY], "accept-encoding", "a cache must not give packed ones to everybody");
    std::fs::write(app.site_root.join("pkg/test.css.br"), "packed").unwrap();
    let packed = app.get("acme.app.test", "/pkg/test.css").header("accept-encoding", "br").send().await;
    assert_eq!(packed.body, "packed");
    assert_eq!(packed.headers[header::CONTENT_ENCODING], "br");
    assert_eq!(packed.headers[header::VARY], "accept-encoding");
    std::fs::write(app.site_root.join("pkg/letters.woff2"), [b'a'; 4000]).unwrap();
    let font = app.get("acme.app.test", "/pkg/letters.woff2").header("accept-encoding", "br, gzip").send().await;
    assert_eq!((font.status, font.bytes.len()), (StatusCode::OK, 4000));
    assert!(!font.headers.contains_key(header::CONTENT_ENCODING), "fonts are packed already");
    for path in [
        "/pkg/",
        "/pkg/missing.css",
        "/pkg/../manifest.json",
        "/pkg/%2e%2e/manifest.json",
        "/pkg/..%2fmanifest.json",
        "/manifest.json",
        "/pkg/%00",
    ] {
        let answer = app.get("acme.app.test", path).send().await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        assert!(!answer.body.contains("\"output_name\""), "{path}");
    }
}

#[tokio::test]
async fn health_is_told_on_any_host() {
    let app = TestApp::start().await;
    for host in ["app.test", "nobody.app.test", "10.0.0.1"] {
        assert_eq!(app.get(host, "/healthz").send().await.status, StatusCode::OK);
        assert_eq!(app.get(host, "/readyz").send().await.status, StatusCode::OK);
    }
    assert_eq!(app.ask(Method::GET, "/healthz").send().await.status, StatusCode::OK, "without a host too");
    app.services.database.close().await;
    assert_eq!(app.get("app.test", "/healthz").send().await.status, StatusCode::OK);
    assert_eq!(app.get("app.test", "/readyz").send().await.status, StatusCode::SERVICE_UNAVAILABLE);
    let page = app.get("acme.app.test", "/tickets").send().await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.body.contains("Not available at the moment"));
}

async fn panics() -> Result<String, PageError> {
    panic!("the secret of the handler")
}

async fn breaks() -> Result<String, PageError> {
    Err(PageError::internal("relation \"pooled.secret\" does not exist"))
}

async fn hangs() -> Result<String, PageError> {
    std::future::pending().await
}

#[tokio::test]
async fn errors_say_nothing_of_the_inside_and_carry_the_requests_id() {
    let site = routes::tenant().get("/panics", Gate::Public, panics).get("/breaks", Gate::Public, breaks).get(
        "/hangs",
        Gate::Public,
        hangs,
    );
    let settings = [("ROWHOUSE_SERVER__REQUEST_TIMEOUT_SECONDS", "1")];
    let app = TestApp::on(TestDatabase::new().await, Way::Direct, &settings, site);
    let acme = app.tenant("acme").await;
    for (path, status) in [("/panics", 500), ("/breaks", 500), ("/hangs", 503)] {
        let page = app.get(&acme.host, path).send().await;
        assert_eq!(page.status.as_u16(), status, "{path}");
        assert!(!page.body.contains("secret"), "{path}");
        let id = page.headers["x-request-id"].to_str().unwrap();
        assert!(page.body.contains(id) && page.body.contains("Company acme"), "{path}");
    }
}

#[tokio::test]
async fn methods_that_a_page_does_not_take_are_named() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let answer =
            app.ask(method.clone(), "/tickets").header("host", &acme.host).cookie(&acme.owner_cookie).send().await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert!(answer.headers[header::ALLOW].to_str().unwrap().contains("GET"));
    }
    let answer = app.get(&acme.host, "/api/fn/desk/search").cookie(&acme.owner_cookie).send().await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    for path in ["/tickets/%ff", "/tickets/x/y", "/tickets/tkt_"] {
        let answer = app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await;
        assert!(answer.status == StatusCode::NOT_FOUND || answer.status == StatusCode::BAD_REQUEST, "{path}");
        assert!(answer.body.contains("Company acme"), "{path}: {}", answer.body);
    }
}
