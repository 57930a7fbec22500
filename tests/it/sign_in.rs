//! Signing in and out, and what sessions are worth where.

use std::time::Instant;

use axum::http::{StatusCode, header};
use time::Duration;

use crate::app::{Answer, PASSWORD, TestApp, TestTenant};

async fn sign_in(app: &TestApp, tenant: &TestTenant, email: &str, password: &str) -> Answer {
    app.post(&tenant.host, "/sign-in").form(&[("email", email), ("password", password)]).send().await
}

#[tokio::test]
async fn the_right_password_opens_the_house() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let answer = sign_in(&app, &acme, " OWNER@acme.test ", PASSWORD).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/tickets"));
    let set = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(set.starts_with("__Host-session=") && set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{set}");
    let cookie = answer.cookie("__Host-session").unwrap();
    let page = app.get(&acme.host, "/tickets").cookie(&cookie).send().await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Olga of acme"));
    assert_eq!(page.headers[header::CACHE_CONTROL], "private, no-store");
}

#[tokio::test]
async fn after_signing_in_one_is_where_one_wanted_to_be() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let out = app.get(&acme.host, "/tickets?status=open").send().await;
    assert_eq!(out.location(), "/sign-in?next=%2Ftickets%3Fstatus%3Dopen");
    for (next, location) in [
        ("/tickets?status=open", "/tickets?status=open"),
        ("//evil.test", "/tickets"),
        ("https://evil.test", "/tickets"),
    ] {
        let form = [("email", "owner@acme.test"), ("password", PASSWORD), ("next", next)];
        assert_eq!(app.post(&acme.host, "/sign-in").form(&form).send().await.location(), location);
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer_in_the_same_time() {
    let app = TestApp::start_with(
        crate::database::Way::Direct,
        &[
            ("ROWHOUSE_SIGN_IN__ATTEMPTS_PER_ACCOUNT_AND_ADDRESS", "1000"),
            ("ROWHOUSE_SIGN_IN__ATTEMPTS_PER_ACCOUNT", "1000"),
            ("ROWHOUSE_SIGN_IN__ATTEMPTS_PER_ADDRESS", "1000"),
        ],
    )
    .await;
    let acme = app.tenant("acme").await;
    let mut times = [Vec::new(), Vec::new()];
    let mut bodies = [String::new(), String::new()];
    for _ in 0..15 {
        for (index, email) in ["owner@acme.test", "nobody@acme.test"].into_iter().enumerate() {
            let started = Instant::now();
            let answer = sign_in(&app, &acme, email, "not the password").await;
            times[index].push(started.elapsed());
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(!answer.headers.contains_key(header::SET_COOKIE));
            bodies[index] = normal(&answer, email);
        }
    }
    assert_eq!(bodies[0], bodies[1]);
    // The quickest of each: whatever else the machine does only makes the others slower.
    let quickest = |times: &[std::time::Duration]| times.iter().min().unwrap().as_secs_f64();
    let (known, unknown) = (quickest(&times[0]), quickest(&times[1]));
    assert!((known / unknown - 1.0).abs() < 0.5, "known {known} s, unknown {unknown} s");
}

/// A page without what differs from answer to answer.
fn normal(answer: &Answer, email: &str) -> String {
    let nonce = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    let nonce = nonce.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    answer.body.replace(nonce, "").replace(email, "")
}

#[tokio::test]
async fn attempts_are_limited_and_the_page_says_for_how_long() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for _ in 0..5 {
        assert_eq!(
            sign_in(&app, &acme, "owner@acme.test", "wrong password").await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    let limited = sign_in(&app, &acme, "owner@acme.test", PASSWORD).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(limited.body.contains("Too many attempts") && limited.body.contains("15 minutes"), "{}", limited.body);
    assert_eq!(limited.headers[header::RETRY_AFTER], "900");
    assert!(!limited.headers.contains_key(header::SET_COOKIE));
    let unknown = sign_in(&app, &acme, "nobody@acme.test", "wrong password").await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY, "another account is not affected");

    app.clock.advance(Duration::minutes(16));
    assert_eq!(sign_in(&app, &acme, "owner@acme.test", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn people_who_sign_in_do_not_use_up_the_limits_of_their_office() {
    let limits = [("ROWHOUSE_SIGN_IN__ATTEMPTS_PER_ADDRESS", "3"), ("ROWHOUSE_SIGN_IN__ATTEMPTS_PER_ACCOUNT", "3")];
    let app = TestApp::start_with(crate::database::Way::Direct, &limits).await;
    let acme = app.tenant("acme").await;
    for _ in 0..6 {
        assert_eq!(sign_in(&app, &acme, "owner@acme.test", PASSWORD).await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn guesses_at_the_same_time_are_counted_too() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let answers =
        futures_util::future::join_all((0..12).map(|_| sign_in(&app, &acme, "owner@acme.test", "wrong password")))
            .await;
    let answered = answers.iter().filter(|answer| answer.status == StatusCode::UNPROCESSABLE_ENTITY).count();
    assert_eq!(answered, 5);
}

#[tokio::test]
async fn the_same_address_in_two_tenants_is_two_accounts() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    assert_eq!(sign_in(&app, &globex, "owner@acme.test", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let mut tx = app.services.database.begin(&globex.home).await.unwrap();
    let new = rowhouse_platform::identity::account::NewAccount {
        name: "Guest".to_owned(),
        email: rowhouse_platform::identity::EmailAddress::parse("owner@acme.test").unwrap(),
        role: rowhouse_platform::access::AssignedRole::BuiltIn(rowhouse_platform::access::Role::Agent),
        email_verified: true,
        password_hash: Some(
            app.services.passwords.hash(&app.services.ambient, "another password".to_owned()).await.unwrap(),
        ),
    };
    rowhouse_platform::identity::account::insert(&mut tx, &app.services.ambient, new).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(sign_in(&app, &globex, "owner@acme.test", "another password").await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        sign_in(&app, &acme, "owner@acme.test", "another password").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn a_cookie_of_one_tenant_is_worthless_at_another() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let ticket = app.ticket(&globex, "Theirs").await;
    for path in ["/tickets", "/admin/branding", &ticket] {
        let page = app.get(&globex.host, path).cookie(&acme.owner_cookie).send().await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
        assert!(page.location().starts_with("/sign-in"));
    }
    let form = [("intent", "comment"), ("body", "intruder")];
    app.post(&globex.host, &ticket).cookie(&acme.owner_cookie).form(&form).send().await;
    let page = app.get(&globex.host, &ticket).cookie(&globex.owner_cookie).send().await;
    assert!(!page.body.contains("intruder"));
}

#[tokio::test]
async fn signing_out_ends_the_session_for_good() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let out = app.post(&acme.host, "/sign-out").cookie(&acme.owner_cookie).send().await;
    assert_eq!(out.location(), "/sign-in");
    assert_eq!(out.cookie("__Host-session").unwrap(), "__Host-session=");
    assert_eq!(app.get(&acme.host, "/tickets").cookie(&acme.owner_cookie).send().await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.get(&acme.host, "/tickets").cookie(&acme.member_cookie).send().await.status, StatusCode::OK);
}

#[tokio::test]
async fn sessions_end_by_idleness_and_by_age() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let status = async |cookie: &str| app.get(&acme.host, "/tickets").cookie(cookie).send().await.status;
    // Twelve hours without a request end it; a request every six keep it, for two weeks.
    for _ in 0..(14 * 4 - 1) {
        app.clock.advance(Duration::hours(6));
        assert_eq!(status(&acme.owner_cookie).await, StatusCode::OK);
    }
    assert_eq!(status(&acme.member_cookie).await, StatusCode::SEE_OTHER, "idle");
    app.clock.advance(Duration::hours(7));
    assert_eq!(status(&acme.owner_cookie).await, StatusCode::SEE_OTHER, "old");
}

#[tokio::test]
async fn nonsense_for_cookies_is_no_session() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let good = acme.owner_cookie.strip_prefix("__Host-session=").unwrap();
    for cookie in [
        "__Host-session=",
        "__Host-session='; DROP TABLE session",
        "session=x",
        &format!("__Host-session={good}0"),
        &format!("__Host-session={}", good.to_uppercase()),
        &format!("{0}; {0}", acme.owner_cookie),
    ] {
        assert_eq!(
            app.get(&acme.host, "/tickets").cookie(cookie).send().await.status,
            StatusCode::SEE_OTHER,
            "{cookie}"
        );
    }
}

#[tokio::test]
async fn the_database_holds_neither_passwords_nor_tokens() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut admin = app.db.admin().await;
    let dump: String = sqlx::query_scalar(
        "SELECT (SELECT string_agg(a::text, '') FROM pooled.account a) || (SELECT string_agg(s::text, '') FROM pooled.session s)",
    )
    .fetch_one(&mut admin)
    .await
    .unwrap();
    assert!(dump.contains("$argon2id$"));
    assert!(!dump.contains(PASSWORD));
    assert!(!dump.contains(acme.owner_cookie.strip_prefix("__Host-session=").unwrap()));
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let form = [("title", "Forged"), ("description", ""), ("priority", "normal")];
    for (name, value) in [
        ("origin", "http://evil.test"),
        ("origin", "http://globex.app.test:3000"),
        ("origin", "null"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let answer = app
            .post(&acme.host, "/tickets/new")
            .without("origin")
            .header(name, value)
            .cookie(&acme.owner_cookie)
            .form(&form)
            .send()
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(answer.body.contains("The form came from another site"));
    }
    let list = app.get(&acme.host, "/tickets").cookie(&acme.owner_cookie).send().await;
    assert!(!list.body.contains("Forged"));
}
