//! What people prove by mail: that an address is theirs, that an account is, and who they are.

use std::time::Instant;

use axum::http::{StatusCode, header};
use sqlx::{Connection as _, PgConnection};
use time::Duration;

use crate::{
    app::{Answer, PASSWORD, TestApp, TestTenant},
    database::Way,
    second_factor::set_up,
};

/// A password that nobody had before.
const FRESH: &str = "seven purple bicycles";

/// The texts of the mails to an address whose subject begins so, the oldest first.
pub async fn mails(app: &TestApp, to: &str, subject: &str) -> Vec<String> {
    let mut admin = app.db.admin().await;
    sqlx::query_scalar(
        "SELECT body FROM control.mail WHERE recipient = $1 AND starts_with(subject, $2) ORDER BY created_at, id",
    )
    .bind(to)
    .bind(subject)
    .fetch_all(&mut admin)
    .await
    .unwrap()
}

/// The path and query of the link to `path` in a text.
pub fn link(text: &str, path: &str) -> String {
    let start = text.find(&format!("{path}?")).unwrap_or_else(|| panic!("no link to {path} in {text}"));
    text[start..].split_whitespace().next().unwrap().to_owned()
}

/// The link to `path` in the newest mail of this subject; the clock is moved on, so that mails have an order.
async fn mailed(app: &TestApp, to: &str, subject: &str, path: &str) -> String {
    app.clock.advance(Duration::seconds(1));
    link(mails(app, to, subject).await.last().expect("a mail"), path)
}

fn token(link: &str) -> &str {
    link.split_once("token=").unwrap().1.split('&').next().unwrap()
}

/// The workspace lets people in so and in no other way.
pub async fn allow(app: &TestApp, tenant: &TestTenant, methods: &[&str]) {
    sqlx::query(
        "INSERT INTO pooled.sign_in_policy VALUES ($1, $2, NULL, 7, 10, 2, NULL, NULL, '{}', '{}', now())
         ON CONFLICT (tenant_id) DO UPDATE SET methods = $2",
    )
    .bind(tenant.home.id().0)
    .bind(methods)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
}

/// How often the audit log of a tenant says so.
pub async fn recorded(app: &TestApp, tenant: &TestTenant, action: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM pooled.audit_event WHERE tenant_id = $1 AND action = $2")
        .bind(tenant.home.id().0)
        .bind(action)
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap()
}

pub async fn sign_in(app: &TestApp, tenant: &TestTenant, email: &str, password: &str) -> Answer {
    app.post(&tenant.host, "/sign-in").form(&[("email", email), ("password", password)]).send().await
}

async fn ask_reset(app: &TestApp, tenant: &TestTenant, email: &str) -> Answer {
    app.post(&tenant.host, "/reset-password").form(&[("email", email)]).send().await
}

async fn reset(app: &TestApp, tenant: &TestTenant, token: &str, password: &str) -> Answer {
    app.post(&tenant.host, "/reset-password/new").form(&[("token", token), ("password", password)]).send().await
}

async fn is_signed_in(app: &TestApp, tenant: &TestTenant, cookie: &str) -> bool {
    app.get(&tenant.host, "/tickets").cookie(cookie).send().await.status == StatusCode::OK
}

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

/// Asks for a change of address and answers the tokens of both links.
async fn ask_change(app: &TestApp, acme: &TestTenant, new: &str) -> (String, String) {
    let form = [("intent", "request"), ("email", new)];
    let asked = app.post(&acme.host, "/account/email").cookie(&acme.owner_cookie).form(&form).send().await;
    assert_eq!(asked.location(), "/account/email", "{}", asked.body);
    let old = mailed(app, "owner@acme.test", "Confirm the change", "/confirm-email-change").await;
    let new = mailed(app, new, "Confirm your new", "/confirm-email-change").await;
    (token(&old).to_owned(), token(&new).to_owned())
}

async fn answer_change(app: &TestApp, acme: &TestTenant, token: &str, intent: &str) -> Answer {
    app.post(&acme.host, "/confirm-email-change").form(&[("token", token), ("intent", intent)]).send().await
}

async fn email_of_owner(app: &TestApp, acme: &TestTenant) -> String {
    sqlx::query_scalar("SELECT email FROM pooled.account WHERE id = $1")
        .bind(acme.owner.0)
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_account_moves_when_both_addresses_say_so() {
    for old_first in [true, false] {
        let app = TestApp::start().await;
        let acme = app.tenant("acme").await;
        ask_reset(&app, &acme, "owner@acme.test").await;
        let reset_link = mailed(&app, "owner@acme.test", "Choose a new password", "/reset-password/new").await;
        let (old, new) = ask_change(&app, &acme, "Olga@Elsewhere.test").await;
        let page = app.get(&acme.host, &format!("/confirm-email-change?token={old}")).send().await;
        assert!(page.body.contains("This was not me") && page.body.contains("Olga@Elsewhere.test"));

        let (first, second) = if old_first { (&old, &new) } else { (&new, &old) };
        let half = answer_change(&app, &acme, first, "confirm").await;
        assert!(half.body.contains("One more to go"), "{}", half.body);
        assert_eq!(answer_change(&app, &acme, first, "confirm").await.status, StatusCode::GONE, "once");
        assert_eq!(email_of_owner(&app, &acme).await, "owner@acme.test");
        let done = answer_change(&app, &acme, second, "confirm").await;
        assert!(done.body.contains("is changed"), "{}", done.body);
        assert_eq!(email_of_owner(&app, &acme).await, "Olga@Elsewhere.test");

        assert_eq!(sign_in(&app, &acme, "olga@elsewhere.test", PASSWORD).await.location(), "/tickets");
        assert_eq!(sign_in(&app, &acme, "owner@acme.test", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(mails(&app, "owner@acme.test", "Your email address").await.len(), 1);
        assert_eq!(app.get(&acme.host, &reset_link).send().await.status, StatusCode::GONE, "sent to the old address");
        assert_eq!(recorded(&app, &acme, "account.email_changed").await, 1);
    }
}

#[tokio::test]
async fn both_ends_at_once_move_it_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (old, new) = ask_change(&app, &acme, "olga@elsewhere.test").await;
    let both = [&old, &new].map(|token| answer_change(&app, &acme, token, "confirm"));
    let answers = futures_util::future::join_all(both).await;
    assert_eq!(answers.iter().filter(|answer| answer.body.contains("is changed")).count(), 1, "{answers:?}");
    assert_eq!(email_of_owner(&app, &acme).await, "olga@elsewhere.test");
}

#[tokio::test]
async fn the_old_address_can_refuse() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (old, new) = ask_change(&app, &acme, "thief@elsewhere.test").await;
    answer_change(&app, &acme, &new, "confirm").await;
    let refused = answer_change(&app, &acme, &old, "refuse").await;
    assert!(refused.body.contains("The change is cancelled"));
    for token in [&old, &new] {
        assert_eq!(answer_change(&app, &acme, token, "confirm").await.status, StatusCode::GONE);
    }
    assert_eq!(email_of_owner(&app, &acme).await, "owner@acme.test");
}

#[tokio::test]
async fn a_taken_address_is_not_told_and_not_got() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ask = async |email: &str| {
        let form = [("intent", "request"), ("email", email)];
        app.post(&acme.host, "/account/email").cookie(&acme.owner_cookie).form(&form).send().await
    };
    let own = ask(" OWNER@acme.test").await;
    assert!(own.status == StatusCode::UNPROCESSABLE_ENTITY && own.body.contains("your address already"));
    let (free, taken) = (ask("olga@elsewhere.test").await, ask("member@acme.test").await);
    assert_eq!((free.status, free.location(), &free.body), (taken.status, taken.location(), &taken.body));
    assert!(mails(&app, "member@acme.test", "").await.is_empty());

    // Free when it was asked for, taken when it is confirmed.
    let (old, new) = ask_change(&app, &acme, "next@elsewhere.test").await;
    let mut admin = app.db.admin().await;
    sqlx::query("UPDATE pooled.account SET email = 'next@elsewhere.test', email_key = 'next@elsewhere.test' WHERE email = 'viewer@acme.test'")
        .execute(&mut admin)
        .await
        .unwrap();
    answer_change(&app, &acme, &old, "confirm").await;
    assert_eq!(answer_change(&app, &acme, &new, "confirm").await.status, StatusCode::CONFLICT);
    assert_eq!(email_of_owner(&app, &acme).await, "owner@acme.test");
}

/// Asks for a link to sign in with; answers the asking browser's cookie.
async fn ask_link(app: &TestApp, tenant: &TestTenant, email: &str) -> String {
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
