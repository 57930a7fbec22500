//! A new password, by mail and by the one before.

use axum::http::{StatusCode, header};
use time::Duration;

use super::{FRESH, allow, ask_reset, is_signed_in, mailed, mails, recorded, reset, sign_in, token};
use crate::{
    app::{PASSWORD, TestApp},
    second_factor::set_up,
};

#[tokio::test]
async fn a_reset_gives_a_new_password_once_and_signs_out_everywhere() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    assert_eq!(ask_reset(&app, &acme, " OWNER@acme.test ").await.location(), "/reset-password/sent");
    let first = mailed(&app, "owner@acme.test", "Choose a new password", "/reset-password/new").await;
    ask_reset(&app, &acme, "owner@acme.test").await;
    let second = mailed(&app, "owner@acme.test", "Choose a new password", "/reset-password/new").await;

    let page = app.get(&acme.host, &first).send().await;
    assert_eq!(page.headers[header::REFERRER_POLICY], "strict-origin");
    assert!(page.body.contains("owner@acme.test"), "{}", page.body);
    for (weak, message) in
        [("short", "Use at least 10"), ("owner@acme.test", "Do not use"), ("qwertyuiop", "easy to guess")]
    {
        let refused = reset(&app, &acme, token(&first), weak).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(message), "{}", refused.body);
    }
    assert_eq!(reset(&app, &globex, token(&first), FRESH).await.status, StatusCode::GONE, "another tenant's");
    assert!(is_signed_in(&app, &acme, &acme.owner_cookie).await);

    let done = reset(&app, &acme, token(&first), FRESH).await;
    assert_eq!(done.location(), "/sign-in", "{}", done.body);
    assert!(done.cookie("__Host-session").is_none(), "nobody is signed in by it");
    assert!(!is_signed_in(&app, &acme, &acme.owner_cookie).await);
    assert!(is_signed_in(&app, &acme, &acme.member_cookie).await, "others stay");
    for used in [&first, &second] {
        assert_eq!(app.get(&acme.host, used).send().await.status, StatusCode::GONE);
        assert_eq!(reset(&app, &acme, token(used), "another one entirely").await.status, StatusCode::GONE);
    }
    assert_eq!(sign_in(&app, &acme, "owner@acme.test", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(sign_in(&app, &acme, "owner@acme.test", FRESH).await.location(), "/tickets");
    assert_eq!(mails(&app, "owner@acme.test", "Your password for").await.len(), 1);
    assert_eq!(recorded(&app, &acme, "password.reset_requested").await, 2);
    assert_eq!(recorded(&app, &acme, "password.reset").await, 1);
}

#[tokio::test]
async fn a_reset_link_used_twice_at_once_works_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    ask_reset(&app, &acme, "owner@acme.test").await;
    let link = mailed(&app, "owner@acme.test", "Choose a new password", "/reset-password/new").await;
    let passwords = ["seven purple bicycles", "eleven green umbrellas", "forty wooden elephants"];
    let all = passwords.iter().map(|password| reset(&app, &acme, token(&link), password));
    let answers = futures_util::future::join_all(all).await;
    let done = answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
    assert_eq!(done, 1, "{answers:?}");
    assert!(answers.iter().all(|answer| matches!(answer.status, StatusCode::SEE_OTHER | StatusCode::GONE)));
}

#[tokio::test]
async fn a_reset_link_lives_an_hour_and_leaves_the_second_factor() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    set_up(&app, &acme, acme.owner).await;
    ask_reset(&app, &acme, "owner@acme.test").await;
    let link = mailed(&app, "owner@acme.test", "Choose a new password", "/reset-password/new").await;
    app.clock.advance(Duration::hours(1));
    assert_eq!(reset(&app, &acme, token(&link), FRESH).await.status, StatusCode::GONE);

    ask_reset(&app, &acme, "owner@acme.test").await;
    let link = mailed(&app, "owner@acme.test", "Choose a new password", "/reset-password/new").await;
    reset(&app, &acme, token(&link), FRESH).await;
    let half = sign_in(&app, &acme, "owner@acme.test", FRESH).await;
    assert_eq!(half.location(), "/sign-in/second-factor");
    assert!(half.cookie("__Host-session").is_none());
}

#[tokio::test]
async fn where_there_are_no_passwords_none_is_reset() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    ask_reset(&app, &acme, "owner@acme.test").await;
    let link = mailed(&app, "owner@acme.test", "Choose a new password", "/reset-password/new").await;
    allow(&app, &acme, &["magic_link"]).await;
    for answer in [
        app.get(&acme.host, "/reset-password").send().await,
        ask_reset(&app, &acme, "owner@acme.test").await,
        app.get(&acme.host, &link).send().await,
        reset(&app, &acme, token(&link), FRESH).await,
    ] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.body.contains("There are no passwords here"));
    }
    let page = app.get(&acme.host, "/sign-in").send().await;
    assert!(!page.body.contains("type=\"password\"") && !page.body.contains("Forgot your password?"));
    assert!(page.body.contains("Email me a link"));
}

#[tokio::test]
async fn a_tenants_rules_for_passwords_hold_wherever_one_is_chosen() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    allow(&app, &acme, &["password"]).await;
    let mut admin = app.db.admin().await;
    sqlx::query("UPDATE pooled.sign_in_policy SET password_min_length = 30").execute(&mut admin).await.unwrap();
    ask_reset(&app, &acme, "owner@acme.test").await;
    let link = mailed(&app, "owner@acme.test", "Choose a new password", "/reset-password/new").await;
    let form = [("current", PASSWORD), ("password", FRESH)];
    for answer in [
        reset(&app, &acme, token(&link), FRESH).await,
        app.post(&acme.host, "/account/password").cookie(&acme.owner_cookie).form(&form).send().await,
    ] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("Use at least 30 characters"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let change = async |current: &str| {
        let form = [("current", current), ("password", FRESH)];
        app.post(&acme.host, "/account/password").cookie(&acme.owner_cookie).form(&form).send().await
    };
    for _ in 0..4 {
        assert_eq!(change("not my password").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(recorded(&app, &acme, "step_up.refused").await, 4);
    let done = change(PASSWORD).await;
    assert_eq!(done.location(), "/account/security", "{}", done.body);
    assert!(is_signed_in(&app, &acme, &acme.owner_cookie).await, "this session stays");
    assert!(!is_signed_in(&app, &acme, &acme.stale_cookie).await, "the others end");
    assert_eq!(sign_in(&app, &acme, "owner@acme.test", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(sign_in(&app, &acme, "owner@acme.test", FRESH).await.location(), "/tickets");
    assert_eq!(mails(&app, "owner@acme.test", "Your password for").await.len(), 1);
    assert_eq!(recorded(&app, &acme, "password.changed").await, 1);
}
