//! Signing in by a link or a code.

use axum::http::StatusCode;
use time::Duration;

use super::{allow, is_signed_in, mailed, mails, token};
use crate::{
    app::{TestApp, TestTenant},
    second_factor::set_up,
};

/// Asks for a link to sign in with; answers the asking browser's cookie.
pub async fn ask_link(app: &TestApp, tenant: &TestTenant, email: &str) -> String {
    let form = [("email", email), ("next", "/tickets?status=open")];
    let asked = app.post(&tenant.host, "/sign-in/link").form(&form).send().await;
    assert_eq!(asked.location(), "/sign-in/link/code?next=%2Ftickets%3Fstatus%3Dopen", "{}", asked.body);
    asked.cookie("__Host-link").unwrap()
}

/// The code in the newest mail with a link.
async fn mailed_code(app: &TestApp, to: &str, subject: &str) -> String {
    app.clock.advance(Duration::seconds(1));
    let text = mails(app, to, subject).await.pop().unwrap();
    let is_code = |line: &&str| line.len() == 7 && line.chars().all(|sign| sign.is_ascii_digit() || sign == ' ');
    text.lines().map(str::trim).find(is_code).unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

#[tokio::test]
async fn a_link_signs_in_at_once_where_it_was_asked_for_and_by_a_button_elsewhere() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    allow(&app, &acme, &["password", "magic_link"]).await;
    let browser = ask_link(&app, &acme, "owner@acme.test").await;
    let link = mailed(&app, "owner@acme.test", "Sign in to", "/sign-in/link/open").await;

    let elsewhere = app.get(&acme.host, &link).send().await;
    assert!(elsewhere.status == StatusCode::OK && elsewhere.body.contains("sign in as owner@acme.test"));
    assert!(elsewhere.cookie("__Host-session").is_none());
    let here = app.get(&acme.host, &link).cookie(&browser).send().await;
    assert_eq!(here.location(), "/tickets?status=open", "{}", here.body);
    assert!(is_signed_in(&app, &acme, &here.cookie("__Host-session").unwrap()).await);
    assert_eq!(app.get(&acme.host, &link).cookie(&browser).send().await.status, StatusCode::GONE, "used");

    ask_link(&app, &acme, "owner@acme.test").await;
    let link = mailed(&app, "owner@acme.test", "Sign in to", "/sign-in/link/open").await;
    let press = async || app.post(&acme.host, "/sign-in/link/open").form(&[("token", token(&link))]).send().await;
    let answers = futures_util::future::join_all([press(), press(), press()]).await;
    assert_eq!(answers.iter().filter(|answer| answer.cookie("__Host-session").is_some()).count(), 1, "once");
}

#[tokio::test]
async fn a_code_works_in_the_browser_that_asked() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    allow(&app, &acme, &["magic_link"]).await;
    let enter = async |browser: &str, code: &str| {
        app.post(&acme.host, "/sign-in/link/code").cookie(browser).form(&[("code", code)]).send().await
    };
    let browser = ask_link(&app, &acme, "owner@acme.test").await;
    let code = mailed_code(&app, "owner@acme.test", "Sign in to").await;
    let stranger = format!("__Host-link={}", "ab".repeat(32));
    assert_eq!(enter(&stranger, &code).await.status, StatusCode::UNPROCESSABLE_ENTITY, "another browser");
    assert_eq!(enter(&browser, "000 00").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let entered = enter(&browser, &code).await;
    assert_eq!(entered.location(), "/tickets", "{}", entered.body);
    assert!(is_signed_in(&app, &acme, &entered.cookie("__Host-session").unwrap()).await);
    assert_eq!(enter(&browser, &code).await.status, StatusCode::UNPROCESSABLE_ENTITY, "used");

    // Five guesses for a mail, also when they come at the same time.
    let browser = ask_link(&app, &acme, "owner@acme.test").await;
    let code = mailed_code(&app, "owner@acme.test", "Sign in to").await;
    futures_util::future::join_all((0..5).map(|_| enter(&browser, "no code"))).await;
    assert_eq!(enter(&browser, &code).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let link = mailed(&app, "owner@acme.test", "Sign in to", "/sign-in/link/open").await;
    assert_eq!(
        app.get(&acme.host, &link).cookie(&browser).send().await.status,
        StatusCode::SEE_OTHER,
        "the link works"
    );

    let browser = ask_link(&app, &acme, "owner@acme.test").await;
    let code = mailed_code(&app, "owner@acme.test", "Sign in to").await;
    app.clock.advance(Duration::minutes(15));
    assert_eq!(enter(&browser, &code).await.status, StatusCode::UNPROCESSABLE_ENTITY, "too old");
    // One whose address has no account sees the same page and gets nowhere.
    let nobody = ask_link(&app, &acme, "nobody@acme.test").await;
    assert_eq!(enter(&nobody, "123 456").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn links_are_only_where_the_policy_allows_them_and_are_half_of_two_factors() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let refused = app.post(&acme.host, "/sign-in/link").form(&[("email", "owner@acme.test")]).send().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!app.get(&acme.host, "/sign-in").send().await.body.contains("Email me a link"));
    assert!(mails(&app, "owner@acme.test", "").await.is_empty());

    allow(&app, &acme, &["password", "magic_link"]).await;
    let browser = ask_link(&app, &acme, "owner@acme.test").await;
    let link = mailed(&app, "owner@acme.test", "Sign in to", "/sign-in/link/open").await;
    allow(&app, &acme, &["password"]).await;
    let late = app.get(&acme.host, &link).cookie(&browser).send().await;
    assert_eq!(late.status, StatusCode::FORBIDDEN, "the policy changed meanwhile");

    allow(&app, &acme, &["password", "magic_link"]).await;
    set_up(&app, &acme, acme.owner).await;
    let browser = ask_link(&app, &acme, "owner@acme.test").await;
    let link = mailed(&app, "owner@acme.test", "Sign in to", "/sign-in/link/open").await;
    let half = app.get(&acme.host, &link).cookie(&browser).send().await;
    assert!(half.location().starts_with("/sign-in/second-factor") && half.cookie("__Host-session").is_none());
}
