//! The keys that tokens are signed with: published, changed, sealed.

use rowhouse_platform::access_token::{self, Rotation};
use rowhouse_platform::secrets::SecretKeys;
use serde_json::Value;
use time::Duration;

use super::{APEX, access_token, json, make_key, me, usual_key};
use crate::app::{SECRET_KEY, TestApp};

async fn published(app: &TestApp) -> Vec<String> {
    let answer = app.get(APEX, "/.well-known/jwks.json").send().await;
    assert_eq!(answer.headers["content-type"], "application/jwk-set+json");
    assert!(!answer.body.contains("\"d\""), "the private half stays here");
    let keys = json(&answer);
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn signed_with(token: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_stays_for_its_tokens() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = make_key(&app, &acme, &acme.owner_cookie, &["ticket.read"], "never").await;
    let before = access_token(&app, &acme, &key, None).await;
    let old = signed_with(&before);
    assert_eq!(published(&app).await, std::slice::from_ref(&old));
    let keys = &app.services.signing_keys;
    assert_eq!(keys.rotate(Rotation::WhenOlderThan(Duration::days(90))).await.unwrap(), None, "none is due");

    app.clock.advance(Duration::days(91));
    let new = keys.rotate(Rotation::WhenOlderThan(Duration::days(90))).await.unwrap().unwrap();
    assert_eq!(keys.rotate(Rotation::WhenOlderThan(Duration::days(90))).await.unwrap(), None, "one is enough");
    assert_eq!(published(&app).await, [new.clone(), old.clone()]);
    assert_eq!(signed_with(&access_token(&app, &acme, &key, None).await), old, "others may not know the new one yet");
    app.clock.advance(Duration::minutes(9));
    let last = access_token(&app, &acme, &key, None).await;
    assert_eq!(signed_with(&last), old);
    app.clock.advance(Duration::minutes(2));
    let first = access_token(&app, &acme, &key, None).await;
    assert_eq!(signed_with(&first), new);
    for token in [&last, &first] {
        assert_eq!(me(&app, &acme.host, token).await.status, 200);
    }
    app.clock.advance(Duration::hours(1));
    assert_eq!(published(&app).await, [new]);
}

#[tokio::test]
async fn a_key_that_is_known_to_somebody_ends_at_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    let before = access_token(&app, &acme, &key, None).await;
    let new = app.services.signing_keys.rotate(Rotation::AtOnce).await.unwrap().unwrap();
    assert_eq!(me(&app, &acme.host, &before).await.status, 401);
    let after = access_token(&app, &acme, &key, None).await;
    assert_eq!(signed_with(&after), new);
    assert_eq!(me(&app, &acme.host, &after).await.status, 200);
    assert_eq!(me(&app, &acme.host, &key.token).await.status, 200, "the API key itself is another matter");
}

#[tokio::test]
async fn several_servers_make_one_key() {
    let app = TestApp::start().await;
    let rotations = (0..8).map(|_| app.services.signing_keys.rotate(Rotation::WhenOlderThan(Duration::days(1))));
    let made = futures_util::future::join_all(rotations).await;
    assert_eq!(made.iter().filter(|made| made.as_ref().unwrap().is_some()).count(), 1);
    assert_eq!(published(&app).await.len(), 1);
}

#[tokio::test]
async fn the_private_half_is_sealed_and_goes_with_the_master_key() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = usual_key(&app, &acme).await;
    access_token(&app, &acme, &key, None).await;
    let sealed = || async {
        let sql = "SELECT private_key FROM control.signing_key";
        sqlx::query_scalar::<_, Vec<u8>>(sql).fetch_one(&mut app.db.admin().await).await.unwrap()
    };
    let has = |bytes: &[u8], id: &[u8]| bytes.windows(id.len()).any(|window| window == id);
    assert!(has(&sealed().await, b"test"), "sealed with the key “test”");
    let services = &app.services;
    let next = format!("next:{}", SECRET_KEY.trim_start_matches("test:"));
    let keys = SecretKeys::parse([next.as_str(), SECRET_KEY]).unwrap();
    assert_eq!(access_token::reseal(&services.database, &services.ambient, &keys).await.unwrap(), 1);
    assert!(has(&sealed().await, b"next"));
    assert_eq!(access_token::reseal(&services.database, &services.ambient, &keys).await.unwrap(), 0);
    let serving = "SELECT private_key FROM control.signing_key";
    let error = sqlx::query(serving).execute(&mut app.db.serving(crate::database::Way::Direct).await).await;
    assert!(error.unwrap_err().to_string().contains("permission denied"));
}
