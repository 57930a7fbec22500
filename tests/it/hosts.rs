//! Host → tenant, from outside.

use axum::http::{Method, StatusCode, header};
use sqlx::AssertSqlSafe;

use crate::app::TestApp;

#[tokio::test]
async fn every_spelling_of_a_host_finds_its_tenant() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    for host in [
        "acme.app.test",
        "acme.app.test:3000",
        "ACME.App.Test",
        "acme.app.test.",
        "acme.app.test.:80",
        "acme.app.test:65535",
    ] {
        let page = app.get(host, "/sign-in").send().await;
        assert_eq!(page.status, StatusCode::OK, "{host}");
        assert!(page.body.contains("Sign in to Company acme"), "{host}");
    }
    let page = app.ask(Method::GET, "http://acme.app.test:3000/sign-in").send().await;
    assert_eq!(page.status, StatusCode::OK, "an absolute target names the host");
}

#[tokio::test]
async fn unknown_and_reserved_hosts_say_so() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    for host in [
        "nobody.app.test",
        "www.app.test",
        "api.app.test",
        "a.acme.app.test",
        "acme.other.test",
        "xn--acm-cla.app.test",
        "10.0.0.1",
        "[::1]:3000",
        "intranet",
    ] {
        let page = app.get(host, "/").send().await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{host}");
        assert!(page.body.contains("There is no workspace here"), "{host}");
        assert!(page.headers.contains_key("x-request-id"));
    }
}

#[tokio::test]
async fn hosts_that_cannot_be_read_are_bad_requests() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    for host in [
        "",
        "acme.app.test:0",
        "acme.app.test:99999",
        "acme.app.test:http",
        "acme app.test",
        "user@acme.app.test",
        "acme..app.test",
        "acme.app.test,globex.app.test",
        "acme.app.test/x",
        "[::1",
    ] {
        let page = app.get(host, "/").send().await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{host:?}");
    }
    let none = app.ask(Method::GET, "/").send().await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST);
    assert!(none.body.contains("no Host header"));
    let twice = app.get("acme.app.test", "/").header("host", "globex.app.test").send().await;
    assert_eq!(twice.status, StatusCode::BAD_REQUEST);
    let same_twice = app.get("acme.app.test", "/").header("host", "acme.app.test").send().await;
    assert_eq!(same_twice.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn forwarded_hosts_of_strangers_are_ignored() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let page = app.get("app.test", "/").header("x-forwarded-host", "acme.app.test").send().await;
    assert!(page.body.contains("Create a workspace"), "the apex answers");
}

#[tokio::test]
async fn forwarded_hosts_of_trusted_proxies_count() {
    // Requests of these tests come from 0.0.0.0, which stands for the proxy here.
    let settings = [("ROWHOUSE_SERVER__TRUSTED_PROXIES", "0.0.0.0/32")];
    let app = TestApp::start_with(crate::database::Way::Direct, &settings).await;
    app.tenant("acme").await;
    let page = app.get("inner:8080", "/sign-in").header("x-forwarded-host", "acme.app.test").send().await;
    assert!(page.body.contains("Sign in to Company acme"));
}

#[tokio::test]
async fn only_verified_domains_lead_to_their_tenant() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut admin = app.db.admin().await;
    let add = format!("INSERT INTO control.domain (host, tenant_id) VALUES ('help.acme.test', '{}')", acme.home.id().0);
    sqlx::raw_sql(AssertSqlSafe(add)).execute(&mut admin).await.unwrap();
    assert_eq!(app.get("help.acme.test", "/sign-in").send().await.status, StatusCode::NOT_FOUND);

    sqlx::raw_sql("UPDATE control.domain SET verified_at = now()").execute(&mut admin).await.unwrap();
    app.services.directory.forget_all();
    let page = app.get("HELP.acme.test:443", "/sign-in").send().await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Sign in to Company acme"));
    let page = app.get("help.acme.test", "/tickets").cookie(&acme.owner_cookie).send().await;
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test]
async fn a_tenant_is_reached_by_path() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let page = app.get("app.test:3000", "/t/acme/sign-in").send().await;
    assert!(page.body.contains("Sign in to Company acme"));
    assert!(page.body.contains("action=\"/t/acme/sign-in\""), "{}", page.body);

    let token = acme.owner_cookie.replace("__Host-session=", "");
    let own = format!("__Host-session-acme={token}");
    let page = app.get("app.test:3000", "/t/acme/tickets").cookie(&own).send().await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("href=\"/t/acme/tickets/new\""));
    let out = app.get("app.test:3000", "/t/acme/tickets").send().await;
    assert_eq!(out.location(), "/t/acme/sign-in?next=%2Ftickets");

    for path in ["/t/nobody/tickets", "/t/", "/t/ACME/tickets", "/t/console/", "/t/acme%2f/tickets"] {
        assert_eq!(app.get("app.test:3000", path).send().await.status, StatusCode::NOT_FOUND, "{path}");
    }
    app.tenant("globex").await;
    for pair in [own.clone(), format!("__Host-session-globex={token}"), format!("__Host-session={token}")] {
        let page = app.get("app.test:3000", "/t/globex/tickets").cookie(&pair).send().await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{pair} is worth nothing at another tenant");
    }
}

#[tokio::test]
async fn suspended_tenants_show_their_own_page_and_nothing_else() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ticket = app.ticket(&acme, "Secret plan").await;
    let mut operator =
        rowhouse_platform::db::Admin::connect(&app.db.url(crate::database::Way::Direct, "rowhouse_operator"))
            .await
            .unwrap();
    operator.set_suspended(&app.services.ambient, "acme", Some("unpaid")).await.unwrap();
    app.services.directory.forget_all();
    for path in ["/", "/tickets", &ticket, "/sign-in", "/admin/branding", "/nonsense"] {
        let page = app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(page.body.contains("This workspace is suspended") && page.body.contains("Company acme"), "{path}");
        assert!(!page.body.contains("unpaid") && !page.body.contains("Secret plan"), "{path}");
    }
    let form = [("email", "owner@acme.test"), ("password", crate::app::PASSWORD)];
    let refused = app.post(&acme.host, "/sign-in").form(&form).send().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!refused.headers.contains_key(header::SET_COOKIE));
    operator.set_suspended(&app.services.ambient, "acme", None).await.unwrap();
    app.services.directory.forget_all();
    assert_eq!(app.get(&acme.host, "/tickets").cookie(&acme.owner_cookie).send().await.status, StatusCode::OK);
}

#[tokio::test]
async fn unknown_hosts_do_not_fill_the_memory() {
    let settings = [("ROWHOUSE_TENANCY__NEGATIVE_CAPACITY", "50")];
    let app = TestApp::start_with(crate::database::Way::Direct, &settings).await;
    for number in 0..400 {
        app.get(&format!("nobody{number}.app.test"), "/").send().await;
    }
    assert!(app.services.directory.unknown_count().await <= 50);
}
