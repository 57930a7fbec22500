//! Second factors as people meet them: at sign-in, on their security pages, and where the workspace asks for them.

use axum::http::{StatusCode, header};
use rowhouse_platform::identity::recovery_codes;
use sqlx::Row as _;
use time::Duration;
use totp_rs::{Builder, Secret, Totp};

use super::{code, set_up};
use crate::app::{Answer, PASSWORD, TestApp, TestTenant};

const STEP: &str = "/sign-in/second-factor";
const SETUP: &str = "/account/security/totp";

/// Shows the owner's password and answers what came back.
async fn show_password(app: &TestApp, tenant: &TestTenant, next: &str) -> Answer {
    let email = format!("owner@{}.test", tenant.slug);
    let form = [("email", email.as_str()), ("password", PASSWORD), ("next", next)];
    app.post(&tenant.host, "/sign-in").form(&form).send().await
}

/// The cookie of a sign-in that is half done.
async fn challenge(app: &TestApp, tenant: &TestTenant) -> String {
    let answer = show_password(app, tenant, "").await;
    assert!(answer.cookie("__Host-session").is_none(), "a password alone is no session");
    answer.cookie("__Host-challenge").unwrap()
}

async fn answer_with(app: &TestApp, tenant: &TestTenant, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    app.post(&tenant.host, STEP).cookie(cookie).form(fields).send().await
}

/// The actions in the tenant's log, oldest first.
async fn log_of(app: &TestApp, tenant: &TestTenant) -> Vec<String> {
    sqlx::query(
        "SELECT action FROM pooled.audit_event WHERE tenant_id = $1 AND action <> 'workspace.created' ORDER BY seq",
    )
    .bind(tenant.home.id().0)
    .fetch_all(&mut app.db.admin().await)
    .await
    .unwrap()
    .iter()
    .map(|row| row.get("action"))
    .collect()
}

async fn texts_of_mail(app: &TestApp) -> Vec<String> {
    let rows = sqlx::query("SELECT to_jsonb(m)::text AS mail FROM control.mail m ORDER BY created_at, ctid")
        .fetch_all(&mut app.db.admin().await)
        .await
        .unwrap();
    rows.iter().map(|row| row.get("mail")).collect()
}

/// The workspace asks for a second factor since the day its people joined.
async fn require(app: &TestApp, tenant: &TestTenant, grace_days: i32) {
    sqlx::query(
        "INSERT INTO pooled.sign_in_policy VALUES
             ($1, '{password}', '2026-06-01 12:00Z', $2, 10, 2, NULL, NULL, '{}', '{}', '2026-06-01 12:00Z', false, NULL)
         ON CONFLICT (tenant_id) DO UPDATE SET mfa_grace_days = $2",
    )
    .bind(tenant.home.id().0)
    .bind(grace_days)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
}

/// The app that holds the secret on the page.
fn authenticator_of(page: &str) -> Totp {
    let groups = page.split("id=\"secret-key\"").nth(1).unwrap().split(['>', '<']).nth(1).unwrap();
    let secret = Secret::try_from_base32(groups.replace(' ', "")).unwrap();
    Builder::new().with_secret(secret).build().unwrap()
}

/// The recovery codes on the page.
fn codes_of(page: &str) -> Vec<String> {
    let block = page.split("<pre").nth(1).unwrap().split('>').nth(1).unwrap().split('<').next().unwrap();
    block.lines().map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn a_password_alone_lets_nobody_in() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let authenticator = set_up(&app, &acme, acme.owner).await;
    app.clock.advance(Duration::seconds(30));

    let half = show_password(&app, &acme, "/tickets?q=fire").await;
    assert_eq!(half.status, StatusCode::SEE_OTHER);
    assert_eq!(half.location(), "/sign-in/second-factor?next=%2Ftickets%3Fq%3Dfire");
    assert!(half.cookie("__Host-session").is_none());
    let cookie = half.cookie("__Host-challenge").unwrap();
    // What it is good for: nothing but the next step.
    let as_session = cookie.replace("challenge", "session");
    assert_eq!(app.get(&acme.host, "/tickets").cookie(&as_session).send().await.status, StatusCode::SEE_OTHER);

    let page = app.get(&acme.host, half.location()).cookie(&cookie).send().await;
    assert_eq!(page.status, StatusCode::OK);
    for part in ["autocomplete=\"one-time-code\"", "inputmode=\"numeric\"", "with=recovery&amp;next=%2Ftickets"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let recovery = app.get(&acme.host, "/sign-in/second-factor?with=recovery").cookie(&cookie).send().await;
    assert!(recovery.body.contains("Recovery code"), "{}", recovery.body);

    let wrong = answer_with(&app, &acme, &cookie, &[("code", "000000"), ("next", "/tickets?q=fire")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("That code is not right") && wrong.body.contains("value=\"/tickets?q=fire\""));
    let empty = answer_with(&app, &acme, &cookie, &[("code", " ")]).await;
    assert!(empty.status == StatusCode::UNPROCESSABLE_ENTITY && empty.body.contains("Enter the code."));

    let typed = code(&app, &authenticator);
    let elsewhere = answer_with(&app, &globex, &cookie, &[("code", &typed)]).await;
    assert!(elsewhere.location().starts_with("/sign-in"), "another tenant's");
    let right = answer_with(&app, &acme, &cookie, &[("code", &typed), ("next", "/tickets?q=fire")]).await;
    assert_eq!((right.status, right.location()), (StatusCode::SEE_OTHER, "/tickets?q=fire"), "{}", right.body);
    assert_eq!(right.cookie("__Host-challenge").unwrap(), "__Host-challenge=");
    let session = right.cookie("__Host-session").unwrap();
    assert_eq!(app.get(&acme.host, "/tickets").cookie(&session).send().await.status, StatusCode::OK);

    let again = answer_with(&app, &acme, &cookie, &[("code", &typed)]).await;
    assert_eq!((again.location(), again.cookie("__Host-session")), ("/sign-in", None), "met once");
    assert_eq!(log_of(&app, &acme).await, ["sign_in.refused", "sign_in.succeeded"]);
}

#[tokio::test]
async fn who_has_no_app_is_let_in_as_before_and_a_challenge_ends_in_time() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    assert!(show_password(&app, &acme, "").await.cookie("__Host-session").is_some());
    assert_eq!(app.get(&acme.host, STEP).send().await.location(), "/sign-in");
    let authenticator = set_up(&app, &acme, acme.owner).await;
    let cookie = challenge(&app, &acme).await;
    app.clock.advance(Duration::minutes(11));
    assert_eq!(app.get(&acme.host, STEP).cookie(&cookie).send().await.location(), "/sign-in");
    let late = answer_with(&app, &acme, &cookie, &[("code", &code(&app, &authenticator))]).await;
    assert_eq!((late.location(), late.cookie("__Host-session")), ("/sign-in", None));
}

#[tokio::test]
async fn guesses_end_and_lock_nobody_out() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let authenticator = set_up(&app, &acme, acme.owner).await;
    let mut tx = app.services.database.begin(&acme.home).await.unwrap();
    let codes = recovery_codes::renew(&mut tx, &app.services.ambient, acme.owner).await.unwrap();
    tx.commit().await.unwrap();
    app.clock.advance(Duration::seconds(30));

    // Five for each time the password is shown, twenty in all.
    for _ in 0..4 {
        let cookie = challenge(&app, &acme).await;
        for _ in 0..5 {
            let wrong = answer_with(&app, &acme, &cookie, &[("code", "000000")]).await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let right = answer_with(&app, &acme, &cookie, &[("code", &code(&app, &authenticator))]).await;
        assert_eq!((right.location(), right.cookie("__Host-session")), ("/sign-in", None), "too many for this one");
    }
    let cookie = challenge(&app, &acme).await;
    let throttled = answer_with(&app, &acme, &cookie, &[("code", &code(&app, &authenticator))]).await;
    assert_eq!(throttled.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(throttled.headers.contains_key(header::RETRY_AFTER), "{throttled:?}");
    assert!(throttled.body.contains("A recovery code works now"), "{}", throttled.body);
    // Whoever knows the password and guesses does not lock out its owner.
    let form = [("code", &*codes[3].to_string()), ("with", "recovery")];
    let recovered = answer_with(&app, &acme, &cookie, &form).await;
    assert!(recovered.cookie("__Host-session").is_some(), "{}", recovered.body);
    assert!(log_of(&app, &acme).await.ends_with(&["recovery_code.used".into(), "sign_in.succeeded".into()]));
    assert!(texts_of_mail(&app).await.iter().any(|mail| mail.contains("A recovery code was used; 9 are left")));

    let cookie = challenge(&app, &acme).await;
    let again = answer_with(&app, &acme, &cookie, &form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "used");
    assert!(again.body.contains("none of your recovery codes"), "{}", again.body);
    app.clock.advance(Duration::minutes(16));
    let cookie = challenge(&app, &acme).await;
    let right = answer_with(&app, &acme, &cookie, &[("code", &code(&app, &authenticator))]).await;
    assert!(right.cookie("__Host-session").is_some(), "the pause is over");
}

#[tokio::test]
async fn an_app_is_set_up_replaced_and_removed() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let get = |path: &'static str| app.get(&acme.host, path).cookie(&acme.owner_cookie).send();
    let post = async |path: &str, form: &[(&str, &str)]| {
        app.post(&acme.host, path).cookie(&acme.owner_cookie).form(form).send().await
    };
    assert!(get("/account/security").await.body.contains("Not set up."));
    assert_eq!(get("/account/security/totp/remove").await.location(), "/account/security");
    assert_eq!(get("/account/security/recovery-codes").await.location(), "/account/security");
    assert!(get(SETUP).await.body.contains("Show the QR code"));
    assert_eq!(post(SETUP, &[("intent", "start")]).await.location(), SETUP);
    let shown = get(SETUP).await;
    assert!(shown.body.contains("class=\"qr-code\"") && shown.body.contains("otpauth://totp/Company%20acme:owner%40"));
    let first = authenticator_of(&shown.body);
    assert_eq!(get(SETUP).await.body.matches("secret-key\"").count(), shown.body.matches("secret-key\"").count());

    let wrong = post(SETUP, &[("intent", "confirm"), ("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("That is not the code of this app") && wrong.body.contains("qr-code"));
    assert!(get("/account/security").await.body.contains("Not set up."));
    let done = post(SETUP, &[("intent", "confirm"), ("code", &code(&app, &first))]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert_eq!(done.headers[header::CACHE_CONTROL], "private, no-store");
    let codes = codes_of(&done.body);
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.len() == 19), "{codes:?}");
    let home = get("/account/security").await.body;
    assert!(
        home.contains("Set up since 1 June 2026") && home.contains("10 of 10 are left") && !home.contains(&codes[0])
    );
    // Sending the form once more shows nothing again.
    let again = post(SETUP, &[("intent", "confirm"), ("code", &code(&app, &first))]).await;
    assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.body.contains("That took too long"));

    // Another phone: the codes stay.
    post(SETUP, &[("intent", "start")]).await;
    let second = authenticator_of(&get(SETUP).await.body);
    post(SETUP, &[("intent", "cancel")]).await;
    let cancelled = post(SETUP, &[("intent", "confirm"), ("code", &code(&app, &second))]).await;
    assert_eq!(cancelled.status, StatusCode::UNPROCESSABLE_ENTITY);
    post(SETUP, &[("intent", "start")]).await;
    let third = authenticator_of(&get(SETUP).await.body);
    let replaced = post(SETUP, &[("intent", "confirm"), ("code", &code(&app, &third))]).await;
    assert_eq!(replaced.location(), "/account/security");

    assert!(get("/account/security/recovery-codes").await.body.contains("You have 10 of 10 codes left"));
    let renewed = codes_of(&post("/account/security/recovery-codes", &[]).await.body);
    assert!(renewed.len() == 10 && !codes.contains(&renewed[0]));

    assert!(get("/account/security/totp/remove").await.body.contains("Remove the app"));
    assert_eq!(post("/account/security/totp/remove", &[]).await.location(), "/account/security");
    assert!(get("/account/security").await.body.contains("Not set up."));
    assert!(show_password(&app, &acme, "").await.cookie("__Host-session").is_some());
    let log = log_of(&app, &acme).await;
    let expected = ["totp.enabled", "totp.enabled", "recovery_codes.renewed", "totp.disabled", "sign_in.succeeded"];
    assert_eq!(log, expected);
    let mails = texts_of_mail(&app).await;
    for what in ["An authenticator app was added", "took the place of yours", "New recovery codes", "app was removed"] {
        assert!(mails.iter().any(|mail| mail.contains(what) && mail.contains("owner@acme.test")), "{what}: {mails:?}");
    }
    let everything = format!("{mails:?}");
    assert!(!codes.iter().chain(&renewed).any(|code| everything.contains(code)));
}

#[tokio::test]
async fn a_password_alone_takes_no_second_factor_away() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    // A session that began before the app was set up elsewhere.
    let authenticator = set_up(&app, &acme, acme.owner).await;
    app.clock.advance(Duration::seconds(30));
    for path in [SETUP, "/account/security/totp/remove", "/account/security/recovery-codes"] {
        for answer in [
            app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await,
            app.post(&acme.host, path).cookie(&acme.owner_cookie).form(&[("intent", "start")]).send().await,
        ] {
            assert!(answer.location().starts_with("/account/second-factor?next=%2Faccount%2Fsecurity"), "{answer:?}");
        }
    }
    assert!(show_password(&app, &acme, "").await.cookie("__Host-challenge").is_some(), "it is still there");
    let form = [("code", &*code(&app, &authenticator)), ("next", SETUP)];
    let shown = app.post(&acme.host, "/account/second-factor").cookie(&acme.owner_cookie).form(&form).send().await;
    assert_eq!(shown.location(), SETUP, "{}", shown.body);
    assert_eq!(app.get(&acme.host, SETUP).cookie(&acme.owner_cookie).send().await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_workspace_that_asks_for_a_second_factor_gets_it_from_the_next_request_on() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let get = |path: &'static str, cookie: &str| app.get(&acme.host, path).cookie(cookie).send();
    let (one, other) = (acme.owner_cookie.as_str(), acme.stale_cookie.as_str());
    assert_eq!(get("/tickets", one).await.status, StatusCode::OK);
    require(&app, &acme, 7).await;
    let reminded = get("/tickets", one).await;
    assert!(reminded.body.contains("From 8 June 2026 on, this workspace asks for a second factor"));
    require(&app, &acme, 0).await;

    // Pages, forms and server functions, the next moment.
    let page = get("/tickets?q=a", one).await;
    assert_eq!(page.location(), "/account/second-factor?next=%2Ftickets%3Fq%3Da");
    let form = [("title", "Printer"), ("description", ""), ("priority", "normal")];
    let sent = app.post(&acme.host, "/tickets/new").cookie(one).form(&form).send().await;
    assert!(sent.location().starts_with("/account/second-factor"), "{sent:?}");
    let called = app.post(&acme.host, "/api/fn/desk/search").header("accept", "application/json").cookie(one);
    assert_eq!(called.form(&[("q", "a")]).send().await.status, StatusCode::UNAUTHORIZED);
    assert!(get("/account/security", one).await.location().starts_with("/account/second-factor"));

    // The way in: set one up.
    let owed = get("/account/second-factor", one).await;
    assert!(owed.body.contains("asks everybody for a second factor") && owed.body.contains(SETUP), "{}", owed.body);
    app.post(&acme.host, SETUP).cookie(one).form(&[("intent", "start")]).send().await;
    let shown = get(SETUP, one).await;
    assert!(!shown.body.contains("sidebar"), "nothing else is open yet");
    let authenticator = authenticator_of(&shown.body);
    let form = [("intent", "confirm"), ("code", &*code(&app, &authenticator))];
    let done = app.post(&acme.host, SETUP).cookie(one).form(&form).send().await;
    assert_eq!(codes_of(&done.body).len(), 10);
    assert_eq!(get("/tickets", one).await.status, StatusCode::OK);
    let kept = app.post(&acme.host, "/account/security/totp/remove").cookie(one).form(&[]).send().await;
    assert_eq!(kept.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(kept.body.contains("So this one has to stay"), "{}", kept.body);

    // Another session of the same person shows it.
    app.clock.advance(Duration::seconds(30));
    let asked = get("/account/second-factor", other).await;
    assert!(asked.body.contains("one-time-code"), "{}", asked.body);
    let form = [("code", "000000"), ("next", "/tickets")];
    let wrong = app.post(&acme.host, "/account/second-factor").cookie(other).form(&form).send().await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(get("/tickets", other).await.status, StatusCode::SEE_OTHER);
    let form = [("code", &*code(&app, &authenticator)), ("next", "/tickets")];
    let right = app.post(&acme.host, "/account/second-factor").cookie(other).form(&form).send().await;
    assert_eq!(right.location(), "/tickets");
    assert_eq!(get("/tickets", other).await.status, StatusCode::OK);
    let log = log_of(&app, &acme).await;
    assert_eq!(log, ["totp.enabled", "step_up.refused", "step_up.passed"]);
}
