//! Passkeys: what an authenticator in software may do and may not.

mod authenticator;

use authenticator::{Key, Lies, assert, assert_as_is, attest, create, encode};
use axum::http::{StatusCode, header};
use futures_util::future::join_all;
use rowhouse_platform::{id::AccountId, identity::challenge, identity::policy::Method};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use time::Duration;

use crate::app::{Answer, TestApp, TestTenant};

const ADD: &str = "/account/passkeys";
const SIGN_IN: &str = "/sign-in/passkey";
const SECOND_FACTOR: &str = "/sign-in/second-factor/passkey";
const CONFIRM: &str = "/confirm/passkey";

/// A ceremony that began: where, what the server said, and the browser's cookies.
struct Ceremony {
    host: String,
    path: &'static str,
    id: Value,
    options: Value,
    cookies: String,
}

fn origin(host: &str) -> String {
    format!("http://{host}")
}

async fn post(app: &TestApp, host: &str, path: &str, cookies: &str, body: &Value) -> Answer {
    app.post(host, path).cookie(cookies).body("application/json", body.to_string().into_bytes()).send().await
}

async fn begin(app: &TestApp, host: &str, path: &'static str, cookies: &str) -> Ceremony {
    let answer = post(app, host, &format!("{path}/begin"), cookies, &json!({})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    let set = answer.cookie("__Host-ceremony").unwrap();
    let cookies = if cookies == set { set } else { format!("{cookies}; {set}") };
    let (id, options) = (said["ceremony"].clone(), said["options"].clone());
    Ceremony { host: host.to_owned(), path, id, options, cookies }
}

impl Ceremony {
    fn create(&self, lies: &Lies) -> (Key, Value) {
        create(&self.options, &origin(&self.host), lies)
    }

    fn assert(&self, key: &mut Key, lies: &Lies) -> Value {
        assert(key, &self.options, &origin(&self.host), lies)
    }

    async fn finish(&self, app: &TestApp, credential: &Value) -> Answer {
        let body = json!({ "ceremony": self.id, "credential": credential, "name": "Laptop", "next": "/tickets?q=a" });
        post(app, &self.host, &format!("{}/finish", self.path), &self.cookies, &body).await
    }
}

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    said["location"].as_str().unwrap().to_owned()
}

/// The words of a refusal, which has status 422.
fn refusal(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert!(answer.cookie("__Host-session").is_none());
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    said["message"].as_str().unwrap().to_owned()
}

const USED_UP: &str = "This took too long, or was answered already. Try again.";
const UNPROVED: &str = "The passkey could not be checked. Try again.";
const UNKNOWN: &str =
    "This workspace does not know that passkey. It may have been removed, or belong to another workspace.";
const OTHER_PERSON: &str = "That passkey belongs to another person. Use one of your own.";

/// Adds a key for whoever has the cookie.
async fn add(app: &TestApp, tenant: &TestTenant, cookie: &str) -> Key {
    let ceremony = begin(app, &tenant.host, ADD, cookie).await;
    let (key, answer) = ceremony.create(&Lies::default());
    assert_eq!(location(&ceremony.finish(app, &answer).await), "/account/security#passkeys");
    key
}

async fn sign_in(app: &TestApp, tenant: &TestTenant, key: &mut Key) -> Answer {
    let ceremony = begin(app, &tenant.host, SIGN_IN, "").await;
    let answer = ceremony.assert(key, &Lies::default());
    ceremony.finish(app, &answer).await
}

/// The ids of a tenant's keys, the oldest first, as pages name them.
async fn ids(app: &TestApp, tenant: &TestTenant) -> Vec<String> {
    let sql = format!("SELECT id FROM pooled.passkey WHERE tenant_id = '{}' ORDER BY id", tenant.home.id().0);
    let ids: Vec<uuid::Uuid> =
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut app.db.admin().await).await.unwrap();
    ids.into_iter().map(|id| rowhouse_platform::identity::passkey::PasskeyId(id).to_string()).collect()
}

async fn run(app: &TestApp, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut app.db.admin().await).await.unwrap();
}

#[tokio::test]
async fn a_key_alone_signs_in_and_is_both_factors() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut key = add(&app, &acme, &acme.owner_cookie).await;
    assert_eq!(key.host, "acme.app.test", "the relying party is the tenant's own host");
    assert_eq!(key.user, acme.owner.0.as_bytes());

    let answer = sign_in(&app, &acme, &mut key).await;
    assert_eq!(location(&answer), "/tickets?q=a");
    let cookie = answer.cookie("__Host-session").unwrap();
    let page = app.get(&acme.host, "/tickets").cookie(&cookie).send().await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Olga of acme"));

    // A workspace that requires a second factor asks this session for none.
    let tenant = acme.home.id().0;
    run(&app, format!(
        "INSERT INTO pooled.sign_in_policy VALUES
             ('{tenant}', '{{passkey}}', now() - interval '1 year', 0, 10, 2, NULL, NULL, '{{}}', '{{}}', now());
         UPDATE pooled.account SET password_hash = NULL, created_at = now() - interval '1 year' WHERE tenant_id = '{tenant}'"
    ))
    .await;
    assert_eq!(app.get(&acme.host, "/tickets").cookie(&cookie).send().await.status, StatusCode::OK);
    assert_eq!(location(&sign_in(&app, &acme, &mut key).await), "/tickets?q=a", "without a password too");
}

#[tokio::test]
async fn the_browser_is_told_what_it_needs() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = add(&app, &acme, &acme.owner_cookie).await;
    let again = begin(&app, &acme.host, ADD, &acme.owner_cookie).await.options;
    assert_eq!(again["excludeCredentials"], json!([{ "type": "public-key", "id": encode(&key.id) }]));
    assert_eq!(again["rp"], json!({ "name": "Company acme", "id": "acme.app.test" }));
    assert_eq!(again["user"]["name"], "owner@acme.test");
    assert_eq!(again["attestation"], "none");

    let anybody = begin(&app, &acme.host, SIGN_IN, "").await.options;
    assert_eq!(anybody["allowCredentials"], json!([]));
    assert_eq!((&anybody["rpId"], &anybody["userVerification"]), (&json!("acme.app.test"), &json!("required")));

    let owner = begin(&app, &acme.host, CONFIRM, &acme.owner_cookie).await.options;
    assert_eq!(owner["allowCredentials"], again["excludeCredentials"]);
    let none = post(&app, &acme.host, "/confirm/passkey/begin", &acme.member_cookie, &json!({})).await;
    assert_eq!(refusal(&none), "You have no passkey for this address.");

    let answer = post(&app, &acme.host, "/sign-in/passkey/begin", "", &json!({})).await;
    let set = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        set.starts_with("__Host-ceremony=") && set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600")
    );
}

#[tokio::test]
async fn a_ceremony_is_answered_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ceremony = begin(&app, &acme.host, ADD, &acme.owner_cookie).await;
    let (mut key, answer) = ceremony.create(&Lies::default());
    location(&ceremony.finish(&app, &answer).await);
    assert_eq!(refusal(&ceremony.finish(&app, &answer).await), USED_UP);
    assert_eq!(ids(&app, &acme).await.len(), 1);

    // The same answer, eight times at once: one is taken. With a key that does not count, the counter is no help.
    let ceremony = begin(&app, &acme.host, SIGN_IN, "").await;
    key.counter = 0;
    let answer = assert_as_is(&key, &ceremony.options, &origin(&acme.host), &Lies::default());
    let answers = join_all((0..8).map(|_| ceremony.finish(&app, &answer))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.body.contains(USED_UP)).count(), 7);

    // A wrong answer uses it up as well.
    let ceremony = begin(&app, &acme.host, SIGN_IN, "").await;
    let wrong = assert_as_is(&key, &ceremony.options, &origin(&acme.host), &Lies { tampered: true, ..Lies::default() });
    assert_eq!(refusal(&ceremony.finish(&app, &wrong).await), UNPROVED);
    let right = assert_as_is(&key, &ceremony.options, &origin(&acme.host), &Lies::default());
    assert_eq!(refusal(&ceremony.finish(&app, &right).await), USED_UP);
}

#[tokio::test]
async fn a_ceremony_ends_by_itself_and_is_swept_up() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut key = add(&app, &acme, &acme.owner_cookie).await;
    let (slow, slower) = (begin(&app, &acme.host, SIGN_IN, "").await, begin(&app, &acme.host, SIGN_IN, "").await);
    app.clock.advance(Duration::seconds(299));
    let answer = slow.assert(&mut key, &Lies::default());
    location(&slow.finish(&app, &answer).await);
    app.clock.advance(Duration::seconds(1));
    let answer = slower.assert(&mut key, &Lies::default());
    assert_eq!(refusal(&slower.finish(&app, &answer).await), USED_UP);

    for _ in 0..3 {
        begin(&app, &acme.host, SIGN_IN, "").await;
    }
    app.clock.advance(Duration::minutes(5));
    begin(&app, &acme.host, SIGN_IN, "").await;
    let sql = "SELECT count(*) FROM pooled.passkey_ceremony";
    let left: i64 = sqlx::query_scalar(sql).fetch_one(&mut app.db.admin().await).await.unwrap();
    assert_eq!(left, 1);
}

#[tokio::test]
async fn a_ceremony_belongs_to_one_browser_purpose_and_person() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut key = add(&app, &acme, &acme.owner_cookie).await;

    for cookies in ["", "__Host-ceremony=ff", "__Host-ceremony="] {
        let ceremony = Ceremony { cookies: cookies.to_owned(), ..begin(&app, &acme.host, SIGN_IN, "").await };
        let answer = ceremony.assert(&mut key, &Lies::default());
        assert_eq!(refusal(&ceremony.finish(&app, &answer).await), USED_UP, "{cookies}");
    }
    let other = begin(&app, &acme.host, SIGN_IN, "").await;
    let stolen = Ceremony { cookies: other.cookies, ..begin(&app, &acme.host, SIGN_IN, "").await };
    let answer = stolen.assert(&mut key, &Lies::default());
    assert_eq!(refusal(&stolen.finish(&app, &answer).await), USED_UP);

    // Begun to sign in, answered to confirm; begun by the owner, answered by the member.
    let ceremony = begin(&app, &acme.host, SIGN_IN, &acme.owner_cookie).await;
    let ceremony = Ceremony { path: CONFIRM, ..ceremony };
    let answer = ceremony.assert(&mut key, &Lies::default());
    assert_eq!(refusal(&ceremony.finish(&app, &answer).await), USED_UP);
    let ceremony = begin(&app, &acme.host, CONFIRM, &acme.owner_cookie).await;
    let cookies = ceremony.cookies.replace(&acme.owner_cookie, &acme.member_cookie);
    let ceremony = Ceremony { cookies, ..ceremony };
    let answer = ceremony.assert(&mut key, &Lies::default());
    assert_eq!(refusal(&ceremony.finish(&app, &answer).await), USED_UP);

    // Two tabs of one browser do not end each other's.
    let first = begin(&app, &acme.host, SIGN_IN, "").await;
    let second = begin(&app, &acme.host, SIGN_IN, first.cookies.trim_start_matches("; ")).await;
    for tab in [first, second] {
        let answer = tab.assert(&mut key, &Lies::default());
        location(&tab.finish(&app, &answer).await);
    }
}

#[tokio::test]
async fn a_key_of_one_tenant_opens_no_other() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let mut key = add(&app, &acme, &acme.owner_cookie).await;

    let ceremony = begin(&app, &globex.host, SIGN_IN, "").await;
    assert_eq!(ceremony.options["rpId"], "globex.app.test", "browsers offer no key of another host");
    let answer = ceremony.assert(&mut key, &Lies::default());
    assert_eq!(refusal(&ceremony.finish(&app, &answer).await), UNKNOWN);
    // The key's holder lies about the host, or names an account of this tenant.
    for user in [acme.owner, globex.owner] {
        let ceremony = begin(&app, &globex.host, SIGN_IN, "").await;
        let host = Some("globex.app.test".to_owned());
        let lies = Lies { host, user: Some(user.0.as_bytes().to_vec()), ..Lies::default() };
        let answer = ceremony.assert(&mut key, &lies);
        assert_eq!(refusal(&ceremony.finish(&app, &answer).await), UNKNOWN);
    }
    // A ceremony of acme is none at globex.
    let ceremony = begin(&app, &acme.host, SIGN_IN, "").await;
    let answer = ceremony.assert(&mut key, &Lies::default());
    let moved = Ceremony { host: globex.host.clone(), ..ceremony };
    assert_eq!(refusal(&moved.finish(&app, &answer).await), USED_UP);

    // Tenants of other hosts may know the same key: each for itself.
    let ceremony = begin(&app, &globex.host, ADD, &globex.owner_cookie).await;
    let mut same = key.clone();
    "globex.app.test".clone_into(&mut same.host);
    let answer = attest(&same, &ceremony.options, &origin(&globex.host), &Lies::default());
    location(&ceremony.finish(&app, &answer).await);
    assert_eq!((ids(&app, &acme).await.len(), ids(&app, &globex).await.len()), (1, 1));
}

#[tokio::test]
async fn keys_work_on_the_host_they_were_made_on_alone() {
    let settings = [("ROWHOUSE_TENANCY__PATH_PREFIX", "true")];
    let app = TestApp::start_with(crate::database::Way::Direct, &settings).await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let mut key = add(&app, &acme, &acme.owner_cookie).await;
    let apex = "app.test:3000";

    // The same tenant at the apex: another host, which asks for no key of the first, and a cookie of the tenant's own.
    let answer = post(&app, apex, "/t/acme/sign-in/passkey/begin", "", &json!({})).await;
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(said["options"]["rpId"], "app.test");
    let ceremony = answer.cookie("__Host-ceremony-acme").unwrap();
    let credential = assert(&mut key, &said["options"], &origin(apex), &Lies::default());
    let body = json!({ "ceremony": said["ceremony"], "credential": credential });
    let answer = post(&app, apex, "/t/acme/sign-in/passkey/finish", &ceremony, &body).await;
    assert_eq!(refusal(&answer), UNKNOWN);
    let session = acme.owner_cookie.replace("__Host-session", "__Host-session-acme");
    let answer = post(&app, apex, "/t/acme/confirm/passkey/begin", &session, &json!({})).await;
    assert_eq!(refusal(&answer), "You have no passkey for this address.");

    // A key made at the apex serves its own tenant there, and none beside it.
    let answer = post(&app, apex, "/t/acme/account/passkeys/begin", &session, &json!({})).await;
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(said["options"]["excludeCredentials"], json!([]), "the key of the other host is no hindrance");
    let (mut key, credential) = create(&said["options"], &origin(apex), &Lies::default());
    let cookies = format!("{session}; {}", answer.cookie("__Host-ceremony-acme").unwrap());
    let body = json!({ "ceremony": said["ceremony"], "credential": credential });
    let answer = post(&app, apex, "/t/acme/account/passkeys/finish", &cookies, &body).await;
    assert_eq!(location(&answer), "/t/acme/account/security#passkeys");
    for (slug, outcome) in [("globex", StatusCode::UNPROCESSABLE_ENTITY), ("acme", StatusCode::OK)] {
        let answer = post(&app, apex, &format!("/t/{slug}/sign-in/passkey/begin"), "", &json!({})).await;
        let said: Value = serde_json::from_str(&answer.body).unwrap();
        let credential = assert(&mut key, &said["options"], &origin(apex), &Lies::default());
        let body = json!({ "ceremony": said["ceremony"], "credential": credential });
        let cookies = answer.cookie(&format!("__Host-ceremony-{slug}")).unwrap();
        let answer = post(&app, apex, &format!("/t/{slug}/sign-in/passkey/finish"), &cookies, &body).await;
        assert_eq!(answer.status, outcome, "{slug}: {}", answer.body);
    }
    assert_eq!(ids(&app, &globex).await.len(), 0);
}

#[tokio::test]
async fn answers_that_lie_are_refused() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut key = add(&app, &acme, &acme.owner_cookie).await;
    let earlier = begin(&app, &acme.host, SIGN_IN, "").await.options["challenge"].as_str().unwrap().to_owned();
    let text = |text: &str| Some(text.to_owned());
    let lies = [
        ("another site's page", Lies { origin: text("http://globex.app.test:3000"), ..Lies::default() }),
        ("the apex's page", Lies { origin: text("http://app.test:3000"), ..Lies::default() }),
        ("another port", Lies { origin: text("http://acme.app.test:3001"), ..Lies::default() }),
        ("another scheme", Lies { origin: text("https://acme.app.test:3000"), ..Lies::default() }),
        ("another host's hash", Lies { host: text("app.test"), ..Lies::default() }),
        ("another challenge", Lies { challenge: Some(earlier), ..Lies::default() }),
        ("another purpose", Lies { kind: Some("webauthn.payment"), ..Lies::default() }),
        ("nobody verified", Lies { unverified: true, ..Lies::default() }),
        ("changed on the way", Lies { tampered: true, ..Lies::default() }),
        ("nobody's key", Lies { no_user: true, ..Lies::default() }),
    ];
    for (what, lies) in lies {
        let ceremony = begin(&app, &acme.host, SIGN_IN, "").await;
        let answer = ceremony.assert(&mut key, &lies);
        assert_eq!(refusal(&ceremony.finish(&app, &answer).await), UNPROVED, "sign-in: {what}");
        if matches!(what, "changed on the way" | "nobody's key") {
            // Without attestation nothing is signed, and a key has no user yet.
            continue;
        }
        let ceremony = begin(&app, &acme.host, ADD, &acme.owner_cookie).await;
        let (_, answer) = ceremony.create(&lies);
        assert_eq!(refusal(&ceremony.finish(&app, &answer).await), UNPROVED, "adding: {what}");
    }
    let ceremony = begin(&app, &acme.host, SIGN_IN, "").await;
    let somebody = Lies { user: Some(AccountId(app.services.ambient.uuid()).0.as_bytes().to_vec()), ..Lies::default() };
    let answer = ceremony.assert(&mut key, &somebody);
    assert_eq!(refusal(&ceremony.finish(&app, &answer).await), OTHER_PERSON);

    for nonsense in [json!(null), json!({}), json!("x"), json!({ "id": "a", "rawId": "!", "type": "public-key" })] {
        for (path, cookie) in [(SIGN_IN, ""), (ADD, acme.owner_cookie.as_str())] {
            let ceremony = begin(&app, &acme.host, path, cookie).await;
            assert_eq!(refusal(&ceremony.finish(&app, &nonsense).await), UNPROVED);
        }
    }
    assert_eq!(ids(&app, &acme).await.len(), 1);
    assert_eq!(location(&sign_in(&app, &acme, &mut key).await), "/tickets?q=a", "the key itself is good still");
}

#[tokio::test]
async fn a_counter_that_does_not_go_up_is_refused() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut key = add(&app, &acme, &acme.owner_cookie).await;
    let mut copy = key.clone();
    for _ in 0..3 {
        location(&sign_in(&app, &acme, &mut key).await);
    }
    for _ in 0..3 {
        let answer = sign_in(&app, &acme, &mut copy).await;
        assert!(refusal(&answer).starts_with("This passkey seems to exist twice"), "{}", answer.body);
    }
    location(&sign_in(&app, &acme, &mut key).await);

    let sql = "SELECT count(*) FROM pooled.audit_event WHERE action = 'sign_in.refused' AND reason LIKE '%counter%'";
    let written: i64 = sqlx::query_scalar(sql).fetch_one(&mut app.db.admin().await).await.unwrap();
    assert_eq!(written, 1, "and it is written down, once in a while");
}

#[tokio::test]
async fn whether_there_is_a_copy_is_followed() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ceremony = begin(&app, &acme.host, ADD, &acme.owner_cookie).await;
    let (mut key, _) = ceremony.create(&Lies::default());
    key.is_copied = true;
    let answer = attest(&key, &ceremony.options, &origin(&acme.host), &Lies::default());
    location(&ceremony.finish(&app, &answer).await);
    let backed_up = async || -> bool {
        let sql = "SELECT backed_up FROM pooled.passkey";
        sqlx::query_scalar(sql).fetch_one(&mut app.db.admin().await).await.unwrap()
    };
    assert!(backed_up().await);
    location(&sign_in(&app, &acme, &mut key).await);
    assert!(backed_up().await);
    key.is_copied = false;
    // It says now that it may never be copied: that is another key, or no honest one.
    assert_eq!(refusal(&sign_in(&app, &acme, &mut key).await), UNPROVED);
}

#[tokio::test]
async fn adding_takes_somebody_who_showed_who_they_are() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ceremony = begin(&app, &acme.host, ADD, &acme.owner_cookie).await;
    let (_, answer) = ceremony.create(&Lies::default());
    // The ceremony outlives neither the session nor its freshness.
    for (cookie, leads_to) in [("", "/sign-in"), (acme.stale_cookie.as_str(), "/confirm")] {
        let begun = post(&app, &acme.host, "/account/passkeys/begin", cookie, &json!({})).await;
        assert!(begun.location().starts_with(leads_to), "{cookie}: {}", begun.location());
        let cookies = ceremony.cookies.replace(&acme.owner_cookie, cookie);
        let moved =
            Ceremony { cookies, host: ceremony.host.clone(), path: ADD, id: ceremony.id.clone(), options: Value::Null };
        assert!(moved.finish(&app, &answer).await.location().starts_with(leads_to));
    }
    let cookies = ceremony.cookies.replace(&acme.owner_cookie, &acme.member_cookie);
    assert_eq!(refusal(&Ceremony { cookies, ..ceremony }.finish(&app, &answer).await), USED_UP);
    assert_eq!(ids(&app, &acme).await.len(), 0);
}

#[tokio::test]
async fn a_key_is_nobodys_second() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = add(&app, &acme, &acme.owner_cookie).await;
    let ceremony = begin(&app, &acme.host, ADD, &acme.member_cookie).await;
    let answer = attest(&key, &ceremony.options, &origin(&acme.host), &Lies::default());
    assert_eq!(refusal(&ceremony.finish(&app, &answer).await), "This passkey is on your account already.");

    let tenant = acme.home.id().0;
    run(&app, format!(
        "INSERT INTO pooled.passkey
         SELECT tenant_id, gen_random_uuid(), account_id, convert_to(n::text, 'UTF8'), rp_id, name, credential, false, now()
         FROM pooled.passkey, generate_series(1, 19) n WHERE tenant_id = '{tenant}'"
    ))
    .await;
    let full = post(&app, &acme.host, "/account/passkeys/begin", &acme.owner_cookie, &json!({})).await;
    assert!(refusal(&full).starts_with("You have as many passkeys as"), "{}", full.body);
}

#[tokio::test]
async fn a_key_is_the_second_factor_after_the_first() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut key = add(&app, &acme, &acme.owner_cookie).await;
    let mut members = add(&app, &acme, &acme.member_cookie).await;
    let services = &app.services;
    let half = async |account| {
        let mut tx = services.database.begin(&acme.home).await.unwrap();
        let token = challenge::begin(&mut tx, &services.ambient, account, Method::Password).await.unwrap();
        tx.commit().await.unwrap();
        format!("__Host-challenge={token}")
    };
    let without = post(&app, &acme.host, "/sign-in/second-factor/passkey/begin", "", &json!({})).await;
    assert!(without.location().starts_with("/sign-in"), "{}", without.location());

    let cookie = half(acme.owner).await;
    let ask = app.get(&acme.host, "/sign-in/second-factor").cookie(&cookie).send().await;
    assert!(ask.body.contains(r#"data-begin="/sign-in/second-factor/passkey/begin""#), "{}", ask.body);
    let ceremony = begin(&app, &acme.host, SECOND_FACTOR, &cookie).await;
    let answer = ceremony.assert(&mut members, &Lies::default());
    assert_eq!(refusal(&ceremony.finish(&app, &answer).await), OTHER_PERSON);
    let ceremony = begin(&app, &acme.host, SECOND_FACTOR, &cookie).await;
    // Some holders do not say whose key it is where they were asked for it by its id.
    let answer = ceremony.assert(&mut key, &Lies { no_user: true, ..Lies::default() });
    let done = ceremony.finish(&app, &answer).await;
    assert_eq!(location(&done), "/tickets?q=a");
    let session = done.cookie("__Host-session").unwrap();
    assert_eq!(done.cookie("__Host-challenge").as_deref(), Some("__Host-challenge="));
    assert_eq!(app.get(&acme.host, "/tickets").cookie(&session).send().await.status, StatusCode::OK);
    let sql = "SELECT method FROM pooled.session
               WHERE token_hash = sha256(convert_to($1, 'UTF8')) AND second_factor_at IS NOT NULL";
    let token = session.split_once('=').unwrap().1;
    let first: String = sqlx::query_scalar(sql).bind(token).fetch_one(&mut app.db.admin().await).await.unwrap();
    assert_eq!(first, "password");
    let again = post(&app, &acme.host, "/sign-in/second-factor/passkey/begin", &cookie, &json!({})).await;
    assert!(again.location().starts_with("/sign-in"), "the half is used up");

    // Wrong answers are counted; after five the password is asked for again.
    let cookie = half(acme.owner).await;
    for _ in 0..5 {
        let ceremony = begin(&app, &acme.host, SECOND_FACTOR, &cookie).await;
        refusal(&ceremony.finish(&app, &json!({})).await);
    }
    let over = post(&app, &acme.host, "/sign-in/second-factor/passkey/begin", &cookie, &json!({})).await;
    assert!(over.location().starts_with("/sign-in"));
}

#[tokio::test]
async fn a_key_confirms_who_somebody_is() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut key = add(&app, &acme, &acme.owner_cookie).await;
    let mut members = add(&app, &acme, &acme.member_cookie).await;
    let page = async || app.get(&acme.host, "/account/passkeys/new").cookie(&acme.stale_cookie).send().await;
    assert!(page().await.location().starts_with("/confirm?next=%2Faccount%2Fpasskeys%2Fnew"));

    let ceremony = begin(&app, &acme.host, CONFIRM, &acme.stale_cookie).await;
    let answer = ceremony.assert(&mut members, &Lies::default());
    assert_eq!(refusal(&ceremony.finish(&app, &answer).await), OTHER_PERSON);
    assert_eq!(page().await.status, StatusCode::SEE_OTHER);
    let ceremony = begin(&app, &acme.host, CONFIRM, &acme.stale_cookie).await;
    let answer = ceremony.assert(&mut key, &Lies::default());
    assert_eq!(location(&ceremony.finish(&app, &answer).await), "/tickets?q=a");
    let fresh = page().await;
    assert_eq!(fresh.status, StatusCode::OK);
    assert!(fresh.body.contains("passkey.js") && fresh.body.contains(r#"data-passkey="create""#));
}

#[tokio::test]
async fn the_first_second_factor_is_made_on_the_way_in_and_no_further_one() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let tenant = acme.home.id().0;
    run(&app, format!(
        "INSERT INTO pooled.sign_in_policy VALUES ('{tenant}', '{{password,passkey}}', '2026-01-01', 0, 10, 2, NULL, NULL,
             '{{}}', '{{}}', now());
         UPDATE pooled.account SET created_at = '2026-01-01' WHERE tenant_id = '{tenant}'"
    ))
    .await;
    let tickets = async |cookie: &str| app.get(&acme.host, "/tickets").cookie(cookie).send().await;
    assert!(tickets(&acme.owner_cookie).await.location().starts_with("/account/second-factor"));
    let mut key = add(&app, &acme, &acme.owner_cookie).await;
    assert_eq!(tickets(&acme.owner_cookie).await.status, StatusCode::OK, "it was shown by being made");

    // Another session of the same person, with the password alone.
    run(&app, "UPDATE pooled.session SET authenticated_at = '2026-06-01 12:00Z'".to_owned()).await;
    let another = post(&app, &acme.host, "/account/passkeys/begin", &acme.stale_cookie, &json!({})).await;
    assert!(another.location().starts_with("/account/second-factor"), "{}", another.body);
    let totp = app.get(&acme.host, "/account/security/totp").cookie(&acme.stale_cookie).send().await;
    assert!(totp.location().starts_with("/account/second-factor"), "nor one of another kind");
    let ask = app.get(&acme.host, "/account/second-factor?next=/tickets").cookie(&acme.stale_cookie).send().await;
    assert!(
        ask.body.contains(r#"data-begin="/confirm/passkey/begin""#) && ask.body.contains("passkey.js"),
        "{}",
        ask.body
    );
    let ceremony = begin(&app, &acme.host, CONFIRM, &acme.stale_cookie).await;
    let answer = ceremony.assert(&mut key, &Lies::default());
    location(&ceremony.finish(&app, &answer).await);
    assert_eq!(tickets(&acme.stale_cookie).await.status, StatusCode::OK);
}

#[tokio::test]
async fn keys_get_names_and_ends() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let mut key = add(&app, &acme, &acme.owner_cookie).await;
    let page = format!("/account/passkeys/{}", ids(&app, &acme).await[0]);
    let remove = format!("{page}/remove");
    let shown = app.get(&acme.host, &page).cookie(&acme.owner_cookie).send().await;
    assert!(shown.status == StatusCode::OK && shown.body.contains("Laptop"), "{}", shown.body);

    // Other people, of this tenant and another, find nothing; neither does an id that is none.
    for (host, cookie) in [(&acme.host, &acme.member_cookie), (&globex.host, &globex.owner_cookie)] {
        for path in [&page, &remove] {
            assert_eq!(app.get(host, path).cookie(cookie).send().await.status, StatusCode::NOT_FOUND);
            let form = [("name", "Mine")];
            assert_eq!(app.post(host, path).cookie(cookie).form(&form).send().await.status, StatusCode::NOT_FOUND);
        }
    }
    let nothing = app.get(&acme.host, "/account/passkeys/pky_1").cookie(&acme.owner_cookie).send().await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);

    let rename =
        async |name: &str| app.post(&acme.host, &page).cookie(&acme.owner_cookie).form(&[("name", name)]).send().await;
    for bad in ["", " ", &"x".repeat(61)] {
        assert_eq!(rename(bad).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
    assert_eq!(rename(" Work <laptop> ").await.location(), "/account/security#passkeys");
    let shown = app.get(&acme.host, &page).cookie(&acme.owner_cookie).send().await;
    assert!(shown.body.contains("Work &lt;laptop&gt;"), "{}", shown.body);

    let list = app.get(&acme.host, "/account/security").cookie(&acme.owner_cookie).send().await;
    assert!(list.body.contains("Work &lt;laptop&gt;") && list.body.contains(&page), "{}", list.body);
    let others = app.get(&acme.host, "/account/security").cookie(&acme.member_cookie).send().await;
    assert!(others.body.contains("You have no passkey yet.") && !others.body.contains("laptop"), "{}", others.body);

    let stale = app.post(&acme.host, &remove).cookie(&acme.stale_cookie).form(&[]).send().await;
    assert!(stale.location().starts_with("/confirm"));
    let gone = app.post(&acme.host, &remove).cookie(&acme.owner_cookie).form(&[]).send().await;
    assert_eq!(gone.location(), "/account/security#passkeys");
    assert_eq!(refusal(&sign_in(&app, &acme, &mut key).await), UNKNOWN);
    assert_eq!(app.get(&acme.host, &page).cookie(&acme.owner_cookie).send().await.status, StatusCode::NOT_FOUND);

    let sql = "SELECT action FROM pooled.audit_event WHERE action LIKE 'passkey.%' ORDER BY seq";
    let acts: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut app.db.admin().await).await.unwrap();
    assert_eq!(acts, ["passkey.added", "passkey.renamed", "passkey.removed"]);
}

#[tokio::test]
async fn the_last_way_in_stays() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let tenant = acme.home.id().0;
    add(&app, &acme, &acme.owner_cookie).await;
    add(&app, &acme, &acme.owner_cookie).await;
    run(&app, format!("UPDATE pooled.account SET password_hash = NULL WHERE tenant_id = '{tenant}'")).await;
    let keys = ids(&app, &acme).await;
    // Both at the same time: one goes, the other stays.
    let removals = keys.iter().map(|key| {
        let path = format!("/account/passkeys/{key}/remove");
        let ask = app.post(&acme.host, &path).cookie(&acme.owner_cookie).form(&[]);
        ask.send()
    });
    let mut outcomes: Vec<_> = join_all(removals).await.iter().map(|answer| answer.status).collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, [StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY]);
    assert_eq!(ids(&app, &acme).await.len(), 1);
}

#[tokio::test]
async fn what_the_workspace_does_not_allow_is_refused() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut key = add(&app, &acme, &acme.owner_cookie).await;
    let form = app.get(&acme.host, "/sign-in").send().await.body;
    assert!(form.contains("Sign in with a passkey") && form.contains(r#"autocomplete="username webauthn""#));
    let ceremony = begin(&app, &acme.host, SIGN_IN, "").await;
    let session = sign_in(&app, &acme, &mut key).await.cookie("__Host-session").unwrap();
    let tenant = acme.home.id().0;
    run(
        &app,
        format!(
            "INSERT INTO pooled.sign_in_policy VALUES
             ('{tenant}', '{{password}}', NULL, 7, 10, 2, NULL, NULL, '{{}}', '{{}}', now())"
        ),
    )
    .await;
    let answer = ceremony.assert(&mut key, &Lies::default());
    for refused in
        [post(&app, &acme.host, "/sign-in/passkey/begin", "", &json!({})).await, ceremony.finish(&app, &answer).await]
    {
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
        assert!(refused.body.contains("does not let people in with passkeys"));
        assert!(refused.cookie("__Host-session").is_none());
    }
    assert!(!app.get(&acme.host, "/sign-in").send().await.body.contains("passkey"));
    assert!(app.get(&acme.host, "/tickets").cookie(&session).send().await.location().starts_with("/sign-in"));
    let new = app.get(&acme.host, "/account/passkeys/new").cookie(&acme.owner_cookie).send().await;
    assert_eq!(new.status, StatusCode::NOT_FOUND);
    let begun = post(&app, &acme.host, "/account/passkeys/begin", &acme.owner_cookie, &json!({})).await;
    assert_eq!(begun.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn people_who_may_not_sign_in_may_not_with_a_key() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut key = add(&app, &acme, &acme.member_cookie).await;
    run(&app, "UPDATE pooled.account SET state = 'deactivated' WHERE role = 'agent'".to_owned()).await;
    assert_eq!(refusal(&sign_in(&app, &acme, &mut key).await), UNKNOWN);
}

#[tokio::test]
async fn endpoints_take_small_json_from_their_own_pages() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = "/sign-in/passkey/finish";
    let form = app.post(&acme.host, path).form(&[("ceremony", "x")]).send().await;
    assert_eq!(form.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{}", form.body);
    let text = app.post(&acme.host, path).body("application/json", b"{".to_vec()).send().await;
    assert_eq!(text.status, StatusCode::BAD_REQUEST);
    let large = json!({ "ceremony": "x".repeat(40_000), "credential": {} });
    assert_eq!(post(&app, &acme.host, path, "", &large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    for answer in [form, text] {
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
        assert!(serde_json::from_str::<Value>(&answer.body).unwrap()["message"].is_string());
    }
    let foreign = app
        .post(&acme.host, "/sign-in/passkey/begin")
        .without("origin")
        .header("origin", "http://globex.app.test:3000")
        .body("application/json", b"{}".to_vec())
        .send()
        .await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn beginnings_are_limited() {
    let limits = [("ROWHOUSE_SIGN_IN__ATTEMPTS_PER_ADDRESS", "1")];
    let app = TestApp::start_with(crate::database::Way::Direct, &limits).await;
    let acme = app.tenant("acme").await;
    for _ in 0..20 {
        begin(&app, &acme.host, SIGN_IN, "").await;
    }
    let limited = post(&app, &acme.host, "/sign-in/passkey/begin", "", &json!({})).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS, "{}", limited.body);
    assert!(limited.body.contains("Too many attempts"));
}
