//! The tenant's sign-in policy: saved through its form, kept on pages, server functions and old sessions alike.

use axum::http::StatusCode;
use time::Duration;

use crate::app::{Answer, PASSWORD, TestApp, TestTenant};

const FORM: &[(&str, &str)] = &[
    ("password", "on"),
    ("passkey", "on"),
    ("mfa_grace_days", "7"),
    ("password_min_length", "10"),
    ("password_min_score", "2"),
    ("idle_minutes", ""),
    ("lifetime_hours", ""),
    ("networks", ""),
    ("invitation_domains", ""),
];

/// Saves the form with some fields changed; a field set to "-" is left out, as a box that is not ticked.
async fn save(app: &TestApp, tenant: &TestTenant, changes: &[(&str, &str)]) -> Answer {
    let mut form: Vec<_> = FORM.to_vec();
    for change in changes {
        form.retain(|(name, _)| name != &change.0);
        if change.1 != "-" {
            form.push(*change);
        }
    }
    app.post(&tenant.host, "/admin/security").cookie(&tenant.owner_cookie).form(&form).send().await
}

async fn open(app: &TestApp, tenant: &TestTenant, cookie: &str) -> Answer {
    app.get(&tenant.host, "/tickets").cookie(cookie).send().await
}

async fn sign_in(app: &TestApp, tenant: &TestTenant) -> Answer {
    let email = format!("member@{}.test", tenant.slug);
    let form = [("email", email.as_str()), ("password", PASSWORD)];
    app.post(&tenant.host, "/sign-in").form(&form).send().await
}

/// A session of the owner that began in another way.
async fn began_by(app: &TestApp, tenant: &TestTenant, method: &str) {
    let sql = "UPDATE pooled.session SET method = $2 WHERE token_hash = sha256(convert_to($1, 'UTF8'))";
    let token = tenant.owner_cookie.split_once('=').unwrap().1;
    sqlx::query(sql).bind(token).bind(method).execute(&mut app.db.admin().await).await.unwrap();
}

#[tokio::test]
async fn networks_hold_from_the_next_request_on() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let answer = save(&app, &acme, &[("networks", "198.51.100.0/24")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("you would lock yourself out"), "{}", answer.body);
    assert!(answer.body.contains("198.51.100.0/24"), "what was typed stays");
    assert_eq!(open(&app, &acme, &acme.member_cookie).await.status, StatusCode::OK);

    // Requests of these tests come from 0.0.0.0, as nobody's peer address is known.
    assert_eq!(save(&app, &acme, &[("networks", "0.0.0.0")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(open(&app, &acme, &acme.member_cookie).await.status, StatusCode::OK);
    let elsewhere = "UPDATE pooled.sign_in_policy SET allowed_networks = '{198.51.100.0/24}'";
    sqlx::raw_sql(elsewhere).execute(&mut app.db.admin().await).await.unwrap();
    let answer = open(&app, &acme, &acme.member_cookie).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("Not from this network") && answer.body.contains("0.0.0.0"), "{}", answer.body);
    let call = app.post(&acme.host, "/api/fn/desk/search").header("accept", "application/json").form(&[("q", "x")]);
    assert_eq!(call.cookie(&acme.member_cookie).send().await.status, StatusCode::FORBIDDEN);
    let answer = sign_in(&app, &acme).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.cookie("__Host-session").is_none());
}

#[tokio::test]
async fn a_method_switched_off_ends_what_began_with_it() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let answer = save(&app, &acme, &[("password", "-")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("signed in this way yourself"), "{}", answer.body);
    let answer = save(&app, &acme, &[("password", "-"), ("passkey", "-")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);

    began_by(&app, &acme, "passkey").await;
    assert_eq!(save(&app, &acme, &[("password", "-")]).await.status, StatusCode::SEE_OTHER);
    let answer = open(&app, &acme, &acme.member_cookie).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/sign-in?next=%2Ftickets");
    assert_eq!(sign_in(&app, &acme).await.status, StatusCode::FORBIDDEN);
    assert_eq!(open(&app, &acme, &acme.owner_cookie).await.status, StatusCode::OK);
    // Another tenant has its own policy.
    let globex = app.tenant("globex").await;
    assert_eq!(sign_in(&app, &globex).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn sessions_live_as_long_as_the_tenant_says() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let answer = save(&app, &acme, &[("idle_minutes", "3"), ("lifetime_hours", "100000")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("is a whole number from 5 to 720"), "{}", answer.body);
    assert_eq!(
        save(&app, &acme, &[("idle_minutes", "10"), ("lifetime_hours", "1")]).await.status,
        StatusCode::SEE_OTHER
    );
    for _ in 0..6 {
        app.clock.advance(Duration::minutes(9));
        assert_eq!(open(&app, &acme, &acme.member_cookie).await.status, StatusCode::OK);
    }
    app.clock.advance(Duration::minutes(9));
    assert_eq!(open(&app, &acme, &acme.member_cookie).await.status, StatusCode::SEE_OTHER, "an hour is over");
    let cookie = sign_in(&app, &acme).await.cookie("__Host-session").unwrap();
    app.clock.advance(Duration::minutes(11));
    assert_eq!(open(&app, &acme, &cookie).await.status, StatusCode::SEE_OTHER, "idle for too long");
}

#[tokio::test]
async fn a_required_second_factor_is_asked_for_after_the_grace() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    assert_eq!(save(&app, &acme, &[("mfa", "on"), ("mfa_grace_days", "1")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(open(&app, &acme, &acme.member_cookie).await.status, StatusCode::OK);
    assert_eq!(save(&app, &acme, &[("mfa", "on"), ("mfa_grace_days", "0")]).await.status, StatusCode::SEE_OTHER);
    let answer = open(&app, &acme, &acme.member_cookie).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/account/second-factor?next=%2Ftickets");
    let call = app.post(&acme.host, "/api/fn/desk/search").header("accept", "application/json").form(&[("q", "x")]);
    assert_eq!(call.cookie(&acme.member_cookie).send().await.status, StatusCode::UNAUTHORIZED);
    // Signing out and in again is no way round it.
    let cookie = sign_in(&app, &acme).await.cookie("__Host-session").unwrap();
    assert_eq!(open(&app, &acme, &cookie).await.location(), "/account/second-factor?next=%2Ftickets");
}

#[tokio::test]
async fn every_change_is_recorded_with_before_and_after() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    save(&app, &acme, &[("password_min_length", "12")]).await;
    // Saving the same again changes nothing.
    save(&app, &acme, &[("password_min_length", "12")]).await;
    let row: (i64, String, String) = sqlx::query_as(
        "SELECT count(*) OVER (), before::jsonb->>'password_min_length', after::jsonb->>'password_min_length'
         FROM pooled.audit_event WHERE action = 'policy.changed'",
    )
    .fetch_one(&mut app.db.admin().await)
    .await
    .unwrap();
    assert_eq!(row, (1, "10".to_owned(), "12".to_owned()));
}
