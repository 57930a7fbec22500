//! Steps 3 and 4: what has been tested, and what switching means.

use axum::http::StatusCode;
use rowhouse_platform::{
    access::Role,
    sso::{ConnectionState, connection},
};
use time::Duration;

use super::world::{
    add, audit, certificate, connection_at, id_of, message_at, metadata, note_test, see, send, send_metadata,
    switch_on, version_on,
};
use crate::app::{TestApp, TestTenant};

/// A connection that knows its provider.
async fn complete(app: &TestApp, tenant: &TestTenant) -> String {
    let path = add(app, tenant, "generic", "saml", "Ours").await;
    let xml = metadata("https://idp.example", &[certificate("One")]);
    let answer = send_metadata(app, tenant, &path, &[("metadata_xml", &xml)], None).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    path
}

const OPTIONS: [(&str, &str); 4] =
    [("intent", "saml"), ("request_binding", "redirect"), ("name_id_format", "persistent"), ("signs_requests", "on")];

#[tokio::test]
async fn a_connection_is_switched_on_after_a_test_with_its_settings() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let draft = add(&app, &acme, "generic", "saml", "Ours").await;
    assert!(see(&app, &acme, &draft).await.body.contains("Step 2 is not complete yet."));
    let path = complete(&app, &acme).await;
    let switch = format!("{path}/switch");

    let page = see(&app, &acme, &path).await.body;
    let test = format!("/sso/{}/start?purpose=test", id_of(&path));
    assert!(page.contains(&test) && page.contains("No test has passed yet."));
    assert!(page.contains("It can be switched on once a test has passed"));
    let early = send(&app, &acme, &switch, &[("intent", "on")]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.body.contains("href=\"#switch\""));

    note_test(&app, &acme, &path).await;
    app.clock.advance(Duration::seconds(1));
    let changed = send(&app, &acme, &path, &OPTIONS).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
    assert!(see(&app, &acme, &path).await.body.contains("before the settings were last changed"));
    assert_eq!(send(&app, &acme, &switch, &[("intent", "on")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    note_test(&app, &acme, &path).await;
    assert!(see(&app, &acme, &path).await.body.contains("with the settings as they are now"));
    let on = switch_on(&app, &acme, &path).await;
    assert_eq!(on.location(), format!("{path}#switch"), "{}", on.body);
    let now = connection_at(&app, &acme, &path).await.unwrap();
    assert!(now.is_on() && now.vouched_by_owner);
    assert!(see(&app, &acme, &path).await.body.contains("http://acme.app.test:3000/sign-in?idp_hint=ours-2"));

    let page = see(&app, &acme, &switch).await.body;
    assert!(page.contains("Nobody has signed in by it so far.") && page.contains("Switch Ours off"));
    let off = send(&app, &acme, &switch, &[("intent", "off")]).await;
    assert_eq!(off.status, StatusCode::SEE_OTHER);
    let now = connection_at(&app, &acme, &path).await.unwrap();
    assert_eq!((now.state, now.vouched_by_owner), (ConnectionState::Off, false));
    let log = audit(&app, &acme).await;
    assert!(log.contains("sso_connection.switched_on") && log.contains("sso_connection.switched_off"));
}

#[tokio::test]
async fn who_is_no_owner_vouches_for_none() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = complete(&app, &acme).await;
    let switch = format!("{path}/switch");
    note_test(&app, &acme, &path).await;
    let admin = acme.cookie_of(Role::Admin);
    let page = app.get(&acme.host, &path).cookie(admin).send().await.body;
    assert!(page.contains("Until an owner switches it on, owners can sign in by it only once"));
    let version = connection_at(&app, &acme, &path).await.unwrap().version().to_string();
    let form = [("intent", "on"), ("version", version.as_str())];
    let on = app.post(&acme.host, &switch).cookie(admin).form(&form).send().await;
    assert_eq!(on.status, StatusCode::SEE_OTHER, "{}", on.body);
    assert!(!connection_at(&app, &acme, &path).await.unwrap().vouched_by_owner);

    assert!(see(&app, &acme, &path).await.body.contains("Let owners sign in by it"));
    switch_on(&app, &acme, &path).await;
    assert!(connection_at(&app, &acme, &path).await.unwrap().vouched_by_owner);

    app.clock.advance(Duration::seconds(1));
    let changed = app.post(&acme.host, &path).cookie(admin).form(&OPTIONS).send().await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
    let now = connection_at(&app, &acme, &path).await.unwrap();
    assert!(now.is_on() && !now.vouched_by_owner && !now.is_tested());
}

#[tokio::test]
async fn nobody_switches_on_what_they_did_not_see() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = complete(&app, &acme).await;
    let switch = format!("{path}/switch");
    note_test(&app, &acme, &path).await;
    let seen = version_on(&see(&app, &acme, &path).await);
    let tested = connection_at(&app, &acme, &path).await.unwrap();

    // Meanwhile somebody else enters another provider and tries that; in the same moment, even.
    let form =
        [("intent", "provider"), ("entity_id", "https://evil.example"), ("sign_on_redirect", "https://evil.example/")];
    let admin = acme.cookie_of(Role::Admin);
    let changed = app.post(&acme.host, &path).cookie(admin).form(&form).send().await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
    assert!(!connection_at(&app, &acme, &path).await.unwrap().is_tested(), "what was tested is no more");
    let mut tx = app.services.database.begin(&acme.home).await.unwrap();
    assert!(!connection::note_passed_test(&mut tx, &app.services.ambient, &tested).await.unwrap(), "of other settings");
    tx.commit().await.unwrap();
    note_test(&app, &acme, &path).await;

    for form in [&[("intent", "on"), ("version", seen.as_str())][..], &[("intent", "on")]] {
        let stale = send(&app, &acme, &switch, form).await;
        assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(stale.body.contains("The settings were changed meanwhile."), "{}", stale.body);
        assert!(stale.body.contains("https://evil.example") && version_on(&stale) != seen, "as they are now");
        let now = connection_at(&app, &acme, &path).await.unwrap();
        assert!(!now.is_on() && !now.vouched_by_owner);
    }
    assert_eq!(switch_on(&app, &acme, &path).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_lets_people_in_is_changed_by_who_shows_credentials() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = complete(&app, &acme).await;
    let switch = format!("{path}/switch");
    note_test(&app, &acme, &path).await;
    let stale =
        |path: &str, form: &[(&str, &str)]| app.post(&acme.host, path).cookie(&acme.stale_cookie).form(form).send();

    // A draft lets nobody in: an admin who took an hour at the provider goes on.
    assert_eq!(stale(&path, &OPTIONS).await.status, StatusCode::SEE_OTHER);
    note_test(&app, &acme, &path).await;
    assert!(stale(&switch, &[("intent", "on")]).await.location().starts_with("/confirm"));
    let link = format!("{path}/links/new");
    assert!(stale(&link, &[("recipient", "x"), ("days", "1")]).await.location().starts_with("/confirm"));
    switch_on(&app, &acme, &path).await;

    let form =
        [("intent", "provider"), ("entity_id", "https://evil.example"), ("sign_on_redirect", "https://evil.example/")];
    let refused = stale(&path, &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Confirm that it is you"));
    assert!(refused.body.contains("value=\"https://evil.example\""), "what was typed stays");
    let xml = metadata("https://evil.example", &[certificate("Evil")]);
    let (kind, body) = super::world::multipart(&[("metadata_xml", &xml), ("other_provider", "yes")], None);
    let metadata = format!("{path}/metadata");
    let refused = app.post(&acme.host, &metadata).cookie(&acme.stale_cookie).body(kind, body).send().await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let protocol = connection_at(&app, &acme, &path).await.unwrap().protocol;
    assert!(!serde_json::to_string(&protocol).unwrap().contains("evil"));
}

#[tokio::test]
async fn the_last_connection_stays_while_single_sign_on_is_required() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = complete(&app, &acme).await;
    note_test(&app, &acme, &path).await;
    switch_on(&app, &acme, &path).await;
    sqlx::query(
        "INSERT INTO pooled.sign_in_policy VALUES
             ($1, '{password}', NULL, 7, 10, 2, NULL, NULL, '{}', '{}', now(), true, $2)",
    )
    .bind(acme.home.id().0)
    .bind(acme.owner.0)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    // The owner is the one who may come in otherwise.
    let cookie = &acme.owner_cookie;
    let page = app.get(&acme.host, &format!("{path}/switch")).cookie(cookie).send().await;
    assert!(page.body.contains("no other connection is on"), "{} {}", page.status, page.body);
    let off = send(&app, &acme, &format!("{path}/switch"), &[("intent", "off")]).await;
    assert_eq!(off.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", off.body);
    let gone = send(&app, &acme, &format!("{path}/delete"), &[("name", "Ours")]).await;
    assert_eq!(gone.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(message_at(&gone, "name").contains("the only connection that is on"));
    assert!(connection_at(&app, &acme, &path).await.unwrap().is_on());
}
