//! That an address is the person's; and what holds for every mail: nobody learns of accounts, no mailbox is flooded.

use std::time::Instant;

use axum::http::{StatusCode, header};
use sqlx::{Connection as _, PgConnection};
use time::Duration;

use super::{FRESH, allow, ask_reset, change::ask_change, magic_link::ask_link, mailed, mails, token};
use crate::{app::TestApp, database::Way};

#[tokio::test]
async fn a_new_owner_proves_their_address() {
    let app = TestApp::start().await;
    let form = [
        ("workspace", "Umbrella"),
        ("slug", "umbrella"),
        ("name", "Ada"),
        ("email", "ada@umbrella.test"),
        ("password", FRESH),
    ];
    let answer = app.post("app.test:3000", "/sign-up").form(&form).send().await;
    let host = "umbrella.app.test:3000";
    let arrival =
        answer.location().strip_prefix("http://umbrella.app.test:3000").unwrap_or_else(|| panic!("{answer:?}"));
    let cookie = app.get(host, arrival).send().await.cookie("__Host-session").unwrap();
    let banner = "Confirm your email address";
    assert!(app.get(host, "/tickets").cookie(&cookie).send().await.body.contains(banner));

    let link = mailed(&app, "ada@umbrella.test", "Confirm your email", "/verify-email").await;
    // A scanner follows the link, and nothing happens.
    for _ in 0..2 {
        let page = app.get(host, &link).send().await;
        assert_eq!(
            (page.status, page.headers[header::REFERRER_POLICY].to_str().unwrap()),
            (StatusCode::OK, "strict-origin")
        );
        assert!(page.body.contains("ada@umbrella.test"));
    }
    assert!(app.get(host, "/tickets").cookie(&cookie).send().await.body.contains(banner));
    let again = app.post(host, "/account/verify-email/send").cookie(&cookie).form(&[]).send().await;
    assert_eq!(again.location(), "/account/security");
    let second = mailed(&app, "ada@umbrella.test", "Confirm your email", "/verify-email").await;
    assert_ne!(link, second);

    let press = async |token: &str| app.post(host, "/verify-email").form(&[("token", token)]).send().await;
    assert_eq!(press(token(&link)).await.location(), "/tickets");
    assert!(!app.get(host, "/tickets").cookie(&cookie).send().await.body.contains(banner));
    assert_eq!(press(token(&link)).await.status, StatusCode::GONE, "used");
    assert_eq!(press(token(&second)).await.status, StatusCode::GONE, "not needed any more");
}

#[tokio::test]
async fn a_link_to_prove_an_address_is_too_old_after_a_day() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut admin = app.db.admin().await;
    sqlx::query("UPDATE pooled.account SET email_verified_at = NULL").execute(&mut admin).await.unwrap();
    app.post(&acme.host, "/account/verify-email/send").cookie(&acme.owner_cookie).form(&[]).send().await;
    let link = mailed(&app, "owner@acme.test", "Confirm your email", "/verify-email").await;
    app.clock.advance(Duration::hours(24));
    assert_eq!(app.get(&acme.host, &link).send().await.status, StatusCode::GONE);
    let late = app.post(&acme.host, "/verify-email").form(&[("token", token(&link))]).send().await;
    assert_eq!(late.status, StatusCode::GONE);
}

#[tokio::test]
async fn nobody_learns_which_addresses_have_accounts() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    allow(&app, &acme, &["password", "magic_link"]).await;
    for path in ["/reset-password", "/sign-in/link"] {
        let mut seen = Vec::new();
        for email in ["owner@acme.test", "nobody@acme.test"] {
            let started = Instant::now();
            let answer = app.post(&acme.host, path).form(&[("email", email)]).send().await;
            assert!(started.elapsed().as_millis() >= 300, "the answer waits for an even time");
            let names: Vec<String> = answer
                .headers
                .get_all(header::SET_COOKIE)
                .iter()
                .map(|cookie| cookie.to_str().unwrap().split('=').next().unwrap().to_owned())
                .collect();
            seen.push((answer.status, answer.location().to_owned(), answer.body.clone(), names));
        }
        assert_eq!(seen[0], seen[1], "{path}");
    }
    assert!(mails(&app, "nobody@acme.test", "").await.is_empty());
}

#[tokio::test]
async fn no_mailbox_is_flooded() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for email in ["owner@acme.test", "nobody@acme.test"] {
        for _ in 0..5 {
            assert_eq!(ask_reset(&app, &acme, email).await.status, StatusCode::SEE_OTHER);
        }
        let limited = ask_reset(&app, &acme, email).await;
        assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS, "{email}");
    }
    assert_eq!(mails(&app, "owner@acme.test", "Choose a new password").await.len(), 5);
    app.clock.advance(Duration::hours(1));
    assert_eq!(ask_reset(&app, &acme, "owner@acme.test").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn tokens_are_kept_as_hashes() {
    let app = TestApp::start_with(Way::Direct, &[]).await;
    let acme = app.tenant("acme").await;
    allow(&app, &acme, &["password", "magic_link"]).await;
    ask_reset(&app, &acme, "owner@acme.test").await;
    let reset_link = mailed(&app, "owner@acme.test", "Choose a new password", "/reset-password/new").await;
    let browser = ask_link(&app, &acme, "owner@acme.test").await;
    let sign_in_link = mailed(&app, "owner@acme.test", "Sign in to", "/sign-in/link/open").await;
    let (old, _) = ask_change(&app, &acme, "olga@elsewhere.test").await;
    let mut admin: PgConnection = app.db.admin().await;
    let dump: String = sqlx::query_scalar(
        "SELECT concat((SELECT string_agg(t::text, '') FROM pooled.mailed_token t),
             (SELECT string_agg(l::text, '') FROM pooled.magic_link l),
             (SELECT string_agg(c::text, '') FROM pooled.email_change c),
             (SELECT string_agg(a::text, '') FROM pooled.audit_event a))",
    )
    .fetch_one(&mut admin)
    .await
    .unwrap();
    admin.close().await.unwrap();
    assert!(dump.contains("olga@elsewhere.test"));
    for secret in [token(&reset_link), token(&sign_in_link), &old, browser.split_once('=').unwrap().1] {
        assert!(!dump.contains(secret));
    }
}
