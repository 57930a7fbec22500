//! What is held against an answer: host, origin, challenge, person, signature and counter.

use axum::http::StatusCode;
use rowhouse_platform::id::AccountId;
use serde_json::Value;
use serde_json::json;

use super::{
    ADD, Ceremony, OTHER_PERSON, SIGN_IN, UNKNOWN, UNPROVED, USED_UP, add,
    authenticator::{Lies, assert, attest, create},
    begin, ids, location, origin, post, refusal, sign_in,
};
use crate::app::TestApp;

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
