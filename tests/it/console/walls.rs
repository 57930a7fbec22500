//! Nothing of the console answers elsewhere, nothing of tenants answers there, and records stay as they are.

use axum::http::{Method, StatusCode};
use rowhouse_app::routes::{self, Gate};

use super::{EMAIL, HOST, create, get, otto, post};
use crate::{app::TestApp, database::Way};

/// What anybody may open.
const OPEN: [&str; 7] = [
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/second-factor",
    "POST /sign-in/second-factor",
    "GET /sign-in/set-up",
    "POST /sign-in/set-up",
    "POST /sign-out",
];

#[tokio::test]
async fn every_page_but_those_of_signing_in_asks_who_it_is() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    create(&app, EMAIL).await;
    let half = super::half(&app).await.replace("__Host-challenge", "__Host-session");
    let console = routes::console();
    assert!(console.table().len() > 15);
    for route in console.table() {
        let name = format!("{} {}", route.method, route.path);
        if route.gate == Gate::Public {
            assert!(OPEN.contains(&name.as_str()), "{name} is open, and not in the list of what may be");
            continue;
        }
        assert_eq!(route.gate, Gate::Operator, "{name}");
        let path = route.path.replace("{slug}", "acme").replace("{key}", "seats");
        for cookie in ["", &acme.owner_cookie, &half] {
            let ask = if route.method == Method::GET { app.get(HOST, &path) } else { app.post(HOST, &path).form(&[]) };
            let answer = ask.cookie(cookie).send().await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name} {cookie}");
            assert!(answer.location().starts_with("/sign-in"), "{name} leads to {}", answer.location());
        }
    }
    let lines = super::recorded(&app).await;
    assert!(lines.iter().all(|line| !line.contains(".read")), "nobody read anything: {lines:?}");
}

#[tokio::test]
async fn each_host_has_its_own_pages_and_cookies() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let me = otto(&app).await;
    for path in ["/audit", "/tenants/acme", "/tenants/acme/suspend", "/tenants/acme/billing", "/sign-in/set-up"] {
        assert_eq!(get(&app, &me, "/").await.status, StatusCode::OK);
        for (host, cookie) in [(acme.host.as_str(), &acme.owner_cookie), ("app.test:3000", &me.cookie)] {
            let answer = app.get(host, path).cookie(cookie).send().await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{host}{path}");
        }
    }
    for path in [
        "/tickets",
        "/admin/members",
        "/account/profile",
        "/account/security",
        "/sign-up",
        "/find",
        "/reset-password",
        "/brand/mark.svg",
        "/api/v1/me",
        "/api/v1/token",
        "/.well-known/jwks.json",
        "/t/acme/tickets",
        "/dev/mail",
    ] {
        let answer = get(&app, &me, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let function = post(&app, &me, "/api/fn/landing/check-address", &[("address", "acme")]).await;
    assert_eq!(function.status, StatusCode::NOT_FOUND, "server functions are of other sites");
    let there = app.get(&acme.host, "/tickets").cookie(&me.cookie).send().await;
    assert_eq!(there.location(), "/sign-in?next=%2Ftickets", "an operator is nobody in a workspace");
}

#[tokio::test]
async fn changes_come_from_the_console_alone() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let me = otto(&app).await;
    for origin in ["http://acme.app.test:3000", "http://app.test:3000", "null"] {
        let form = [("reason", "x"), ("slug", "acme")];
        let ask = app.post(HOST, "/tenants/acme/suspend").without("origin").header("origin", origin);
        let answer = ask.cookie(&me.cookie).form(&form).send().await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin}");
    }
    let cookie = super::show_password(&app, EMAIL, crate::app::PASSWORD).await;
    let set = cookie.headers.get("set-cookie").unwrap().to_str().unwrap();
    for words in ["__Host-challenge=", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=600"] {
        assert!(set.contains(words), "{words} in {set}");
    }
}

#[tokio::test]
async fn the_serving_role_has_no_right_here() {
    let app = TestApp::start().await;
    otto(&app).await;
    let mut serving = app.db.serving(Way::Direct).await;
    for sql in [
        "SELECT * FROM control.operator_account",
        "SELECT * FROM control.operator_session",
        "SELECT * FROM control.operator_challenge",
        "SELECT * FROM control.operator_recovery_code",
        "SELECT * FROM control.operator_audit",
        "INSERT INTO control.operator_session (id) VALUES (gen_random_uuid())",
        "UPDATE control.operator_account SET totp_secret = NULL",
        "DELETE FROM control.operator_audit",
    ] {
        let error = sqlx::raw_sql(sql).execute(&mut serving).await.unwrap_err();
        assert!(error.to_string().contains("permission denied"), "{sql}: {error}");
    }
}

#[tokio::test]
async fn records_are_added_to_and_never_changed() {
    let app = TestApp::start().await;
    otto(&app).await;
    let before = super::recorded(&app).await;
    assert!(before.len() >= 3);
    let changes = [
        "UPDATE control.operator_audit SET operator_name = 'Nobody'",
        "DELETE FROM control.operator_audit",
        "TRUNCATE control.operator_audit",
    ];
    let mut operator = crate::plans::operator(&app).await;
    let mut admin = app.db.admin().await;
    for sql in changes {
        let error = sqlx::raw_sql(sql).execute(&mut operator).await.unwrap_err();
        assert!(error.to_string().contains("permission denied"), "{sql}: {error}");
        let error = sqlx::raw_sql(sql).execute(&mut admin).await.unwrap_err();
        assert!(error.to_string().contains("only ever added to"), "a superuser, too: {sql}: {error}");
    }
    assert_eq!(super::recorded(&app).await, before);
}
