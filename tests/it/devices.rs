//! Where people are signed in, what a browser is known for, and showing again who one is.

use axum::http::{StatusCode, header};
use time::Duration;

use crate::{
    account_mail::{allow, mails, recorded},
    app::{Answer, PASSWORD, TestApp, TestTenant},
    database::Way,
    second_factor::{code, set_up},
};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";

/// Signs in with the cookies that a browser has.
async fn sign_in(app: &TestApp, tenant: &TestTenant, cookies: &str, password: &str) -> Answer {
    app.clock.advance(Duration::seconds(1));
    app.post(&tenant.host, "/sign-in")
        .cookie(cookies)
        .header("user-agent", FIREFOX)
        .form(&[("email", "owner@acme.test"), ("password", password)])
        .send()
        .await
}

async fn told(app: &TestApp) -> usize {
    mails(app, "owner@acme.test", "New sign-in").await.len()
}

fn device(answer: &Answer) -> String {
    answer.cookie("__Host-device").unwrap_or_else(|| panic!("{answer:?}"))
}

/// The ids of the sessions that the page can end, in the order of the page.
fn sessions(page: &str) -> Vec<String> {
    page.split("name=\"session\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_new_device_is_told_of_and_a_known_one_is_not() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let first = sign_in(&app, &acme, "", PASSWORD).await;
    assert_eq!(told(&app).await, 0, "the very first sign-in is no news");
    let set = first.headers.get_all(header::SET_COOKIE).iter().find(|set| set.as_bytes().starts_with(b"__Host-device"));
    assert!(set.unwrap().to_str().unwrap().ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=34560000"));
    let known = device(&first);
    sign_in(&app, &acme, &known, PASSWORD).await;
    assert_eq!(told(&app).await, 0);

    let other = sign_in(&app, &acme, "", PASSWORD).await;
    let mail = mails(&app, "owner@acme.test", "New sign-in").await;
    assert_eq!(mail.len(), 1);
    assert!(mail[0].contains("Firefox on Linux") && mail[0].contains("/account/devices"), "{}", mail[0]);
    sign_in(&app, &acme, &device(&other), PASSWORD).await;
    assert_eq!(told(&app).await, 1);
    // Nor is a cookie of one's own making worth anything.
    sign_in(&app, &acme, &format!("__Host-device={}", "0".repeat(64)), PASSWORD).await;
    assert_eq!(told(&app).await, 2);
    // Another person in a browser that is known to the first is new there.
    let form = [("email", "member@acme.test"), ("password", PASSWORD)];
    app.post(&acme.host, "/sign-in").form(&form).send().await;
    app.post(&acme.host, "/sign-in").cookie(&known).form(&form).send().await;
    assert_eq!(mails(&app, "member@acme.test", "New sign-in").await.len(), 1);
}

#[tokio::test]
async fn the_list_shows_devices_and_signs_them_out() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let here = sign_in(&app, &acme, "", PASSWORD).await;
    let there = sign_in(&app, &acme, "", PASSWORD).await;
    let (cookie, other) = (here.cookie("__Host-session").unwrap(), there.cookie("__Host-session").unwrap());
    let list = async || app.get(&acme.host, "/account/devices").cookie(&cookie).send().await.body;
    let status = async |cookie: &str| app.get(&acme.host, "/tickets").cookie(cookie).send().await.status;
    let page = list().await;
    assert!(page.contains("Firefox on Linux") && page.contains("This device") && page.contains("with a password"));
    // The two of the test's own making, and the one there.
    assert_eq!(sessions(&page).len(), 3, "{page}");

    let member = app.get(&acme.host, "/account/devices").cookie(&acme.member_cookie).send().await;
    assert!(!member.body.contains("Firefox"));
    let end = async |cookie: &str, id: &str| {
        app.post(&acme.host, "/account/devices").cookie(cookie).form(&[("intent", "end"), ("session", id)]).send().await
    };
    let there_id = sessions(&page)[0].clone();
    assert_eq!(end(&acme.member_cookie, &there_id).await.status, StatusCode::NOT_FOUND, "somebody else's");
    assert_eq!(status(&other).await, StatusCode::OK);
    for id in sessions(&page) {
        assert_eq!(end(&cookie, &id).await.location(), "/account/devices");
    }
    assert_eq!(end(&cookie, &there_id).await.status, StatusCode::NOT_FOUND, "ended before");
    assert_eq!((status(&other).await, status(&cookie).await), (StatusCode::SEE_OTHER, StatusCode::OK));
    assert_eq!(recorded(&app, &acme, "session.ended").await, 3);

    // The browser that was signed out is a new one the next time.
    let before = told(&app).await;
    sign_in(&app, &acme, &device(&there), PASSWORD).await;
    sign_in(&app, &acme, &device(&here), PASSWORD).await;
    assert_eq!(told(&app).await, before + 1);
}

#[tokio::test]
async fn everywhere_else_is_everywhere_but_here() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let here = sign_in(&app, &acme, "", PASSWORD).await;
    let cookies = format!("{}; {}", here.cookie("__Host-session").unwrap(), device(&here));
    let ended =
        app.post(&acme.host, "/account/devices").cookie(&cookies).form(&[("intent", "end-others")]).send().await;
    assert_eq!(ended.location(), "/account/devices");
    let status = async |cookie: &str| app.get(&acme.host, "/tickets").cookie(cookie).send().await.status;
    assert_eq!(status(&cookies).await, StatusCode::OK);
    assert_eq!(status(&acme.owner_cookie).await, StatusCode::SEE_OTHER);
    assert_eq!(status(&acme.member_cookie).await, StatusCode::OK, "other people stay");
    sign_in(&app, &acme, &device(&here), PASSWORD).await;
    assert_eq!(told(&app).await, 0, "this browser stays known");
}

#[tokio::test]
async fn strangers_cannot_lock_a_person_out() {
    // So many attempts on an account in all; in tests all come from one address, which is not to matter here.
    let limits = [
        ("ROWHOUSE_SIGN_IN__ATTEMPTS_PER_ACCOUNT", "4"),
        ("ROWHOUSE_SIGN_IN__ATTEMPTS_PER_ACCOUNT_AND_ADDRESS", "6"),
        ("ROWHOUSE_SIGN_IN__ATTEMPTS_PER_ADDRESS", "1000"),
    ];
    let app = TestApp::start_with(Way::Direct, &limits).await;
    let acme = app.tenant("acme").await;
    let own = device(&sign_in(&app, &acme, "", PASSWORD).await);
    for _ in 0..10 {
        sign_in(&app, &acme, "", "a guess of a stranger").await;
    }
    let stranger = sign_in(&app, &acme, "", PASSWORD).await;
    assert_eq!(stranger.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(sign_in(&app, &acme, &own, PASSWORD).await.status, StatusCode::SEE_OTHER, "the person comes in");

    // The known browser has a limit of its own, so that whoever has it does not guess without end.
    for _ in 0..6 {
        assert_eq!(sign_in(&app, &acme, &own, "wrong").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(sign_in(&app, &acme, &own, PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);

    // Who has no browser that is known makes one by a new password, while the guessing goes on.
    app.post(&acme.host, "/reset-password").form(&[("email", "owner@acme.test")]).send().await;
    let mail = mails(&app, "owner@acme.test", "Choose a new password").await.pop().unwrap();
    let link = crate::account_mail::link(&mail, "/reset-password/new");
    let form = [("token", link.split_once('=').unwrap().1), ("password", "seven purple bicycles")];
    let known = device(&app.post(&acme.host, "/reset-password/new").form(&form).send().await);
    for _ in 0..10 {
        sign_in(&app, &acme, "", "a guess of a stranger").await;
    }
    assert_eq!(sign_in(&app, &acme, &known, "seven purple bicycles").await.status, StatusCode::SEE_OTHER);
}

async fn confirm(app: &TestApp, tenant: &TestTenant, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    let form = [fields, &[("next", "/account/email")]].concat();
    app.post(&tenant.host, "/confirm").cookie(cookie).form(&form).send().await
}

#[tokio::test]
async fn a_password_shown_again_opens_what_needs_it() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let asked = app.get(&acme.host, "/account/email").cookie(&acme.stale_cookie).send().await;
    assert_eq!(asked.location(), "/confirm?next=%2Faccount%2Femail");
    let page = app.get(&acme.host, asked.location()).cookie(&acme.stale_cookie).send().await;
    assert!(page.body.contains("type=\"password\"") && !page.body.contains("Email me a code"), "{}", page.body);

    let wrong = confirm(&app, &acme, &acme.stale_cookie, &[("by", "password"), ("password", "wrong")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = confirm(&app, &acme, &acme.stale_cookie, &[("by", "password"), ("password", PASSWORD)]).await;
    assert_eq!(right.location(), "/account/email", "{}", right.body);
    let open = app.get(&acme.host, "/account/email").cookie(&acme.stale_cookie).send().await;
    assert_eq!(open.status, StatusCode::OK);
    assert_eq!(recorded(&app, &acme, "step_up.refused").await, 1);
    assert_eq!(recorded(&app, &acme, "step_up.passed").await, 1);

    app.clock.advance(Duration::minutes(15));
    let again = app.get(&acme.host, "/account/email").cookie(&acme.stale_cookie).send().await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "for a quarter of an hour");
    let away = [("by", "password"), ("password", PASSWORD), ("next", "//evil.test")];
    let answer = app.post(&acme.host, "/confirm").cookie(&acme.stale_cookie).form(&away).send().await;
    assert_eq!(answer.location(), "/tickets");
}

#[tokio::test]
async fn guesses_in_one_session_leave_the_others_alone() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let wrong = [("by", "password"), ("password", "wrong")];
    for _ in 0..5 {
        let answer = confirm(&app, &acme, &acme.stale_cookie, &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let right = [("by", "password"), ("password", PASSWORD)];
    let limited = confirm(&app, &acme, &acme.stale_cookie, &right).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(limited.body.contains("Try again in 15 minutes"), "{}", limited.body);
    assert_eq!(confirm(&app, &acme, &acme.owner_cookie, &right).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_authenticator_app_confirms_too() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let authenticator = set_up(&app, &acme, acme.owner).await;
    app.clock.advance(Duration::seconds(30));
    let wrong = confirm(&app, &acme, &acme.stale_cookie, &[("by", "code"), ("code", "000000x")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let typed = code(&app, &authenticator);
    let right = confirm(&app, &acme, &acme.stale_cookie, &[("by", "code"), ("code", &typed)]).await;
    assert_eq!(right.location(), "/account/email", "{}", right.body);
}

#[tokio::test]
async fn who_has_nothing_else_confirms_by_mail() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut admin = app.db.admin().await;
    sqlx::query("UPDATE pooled.account SET password_hash = NULL").execute(&mut admin).await.unwrap();
    allow(&app, &acme, &["password", "magic_link"]).await;
    let page = app.get(&acme.host, "/confirm").cookie(&acme.stale_cookie).send().await;
    assert!(page.body.contains("Email me a code") && !page.body.contains("type=\"password\""), "{}", page.body);
    let sent = confirm(&app, &acme, &acme.stale_cookie, &[("by", "mail")]).await;
    assert_eq!(sent.location(), "/confirm?next=%2Faccount%2Femail", "{}", sent.body);
    let mail = mails(&app, "owner@acme.test", "Confirm that it is you").await.pop().unwrap();
    let code = mail.lines().map(str::trim).find(|line| line.len() == 7 && line.as_bytes()[3] == b' ').unwrap();
    let browser = format!("{}; {}", acme.stale_cookie, sent.cookie("__Host-link").unwrap());

    let by = [("by", "mailed-code"), ("code", code)];
    let elsewhere = confirm(&app, &acme, &acme.stale_cookie, &by).await;
    assert_eq!(elsewhere.status, StatusCode::UNPROCESSABLE_ENTITY, "another browser");
    let other = format!("{}; {}", acme.member_cookie, sent.cookie("__Host-link").unwrap());
    assert_eq!(
        confirm(&app, &acme, &other, &[("by", "mailed-code"), ("code", "1")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let sign_in = app.post(&acme.host, "/sign-in/link/code").cookie(&browser).form(&[("code", code)]).send().await;
    assert_eq!(sign_in.status, StatusCode::UNPROCESSABLE_ENTITY, "it is no code to sign in with");
    let done = confirm(&app, &acme, &browser, &by).await;
    assert_eq!(done.location(), "/account/email", "{}", done.body);
    // With something to show, mail alone is not enough.
    sqlx::query("UPDATE pooled.account SET password_hash = 'x'").execute(&mut admin).await.unwrap();
    assert_eq!(confirm(&app, &acme, &browser, &[("by", "mail")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}
