//! What a key is worth beside a password, and what the workspace makes of it.

use axum::http::StatusCode;
use rowhouse_platform::identity::challenge;
use rowhouse_platform::identity::policy::Method;
use serde_json::json;

use super::{
    CONFIRM, OTHER_PERSON, SECOND_FACTOR, SIGN_IN, UNKNOWN, add, authenticator::Lies, begin, location, post, refusal,
    run, sign_in,
};
use crate::app::TestApp;

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
             ('{tenant}', '{{passkey}}', now() - interval '1 year', 0, 10, 2, NULL, NULL, '{{}}', '{{}}', now(), false, NULL);
         UPDATE pooled.account SET password_hash = NULL, created_at = now() - interval '1 year' WHERE tenant_id = '{tenant}'"
    ))
    .await;
    assert_eq!(app.get(&acme.host, "/tickets").cookie(&cookie).send().await.status, StatusCode::OK);
    assert_eq!(location(&sign_in(&app, &acme, &mut key).await), "/tickets?q=a", "without a password too");
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
        let token = challenge::begin(&mut tx, &services.ambient, account, Method::Password, None).await.unwrap();
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
             '{{}}', '{{}}', now(), false, NULL);
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
             ('{tenant}', '{{password}}', NULL, 7, 10, 2, NULL, NULL, '{{}}', '{{}}', now(), false, NULL)"
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
