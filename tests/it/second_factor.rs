//! Authenticator apps and recovery codes, as they are kept and checked.

mod pages;

use rowhouse_platform::{
    ambient::Ambient,
    id::AccountId,
    identity::{
        recovery_codes,
        totp::{self, Label},
    },
    secrets::SecretKeys,
};
use time::Duration;
use totp_rs::Totp;

use crate::app::{TestApp, TestTenant};

const LABEL: Label<'_> = Label { issuer: "Acme", account: "owner@acme.test" };

/// Sets up an app for an account, and returns what the app then holds.
pub async fn set_up(app: &TestApp, tenant: &TestTenant, account: AccountId) -> Totp {
    let services = &app.services;
    let (ambient, keys) = (&services.ambient, &services.secrets);
    let mut tx = services.database.begin(&tenant.home).await.unwrap();
    totp::enrol(&mut tx, ambient, keys, account).await.unwrap();
    let shown = totp::pending(&mut tx, ambient, keys, account, LABEL).await.unwrap().unwrap();
    let authenticator = Totp::from_url(&shown.uri).unwrap();
    assert!(totp::confirm(&mut tx, ambient, keys, account, &code(app, &authenticator)).await.unwrap());
    tx.commit().await.unwrap();
    authenticator
}

/// The code that the app shows now.
pub fn code(app: &TestApp, authenticator: &Totp) -> String {
    let seconds = app.services.ambient.now().unix_timestamp();
    authenticator.generate(u64::try_from(seconds).unwrap()).to_string()
}

async fn verify(app: &TestApp, tenant: &TestTenant, account: AccountId, code: &str) -> bool {
    let services = &app.services;
    let mut tx = services.database.begin(&tenant.home).await.unwrap();
    let verdict = totp::verify(&mut tx, &services.ambient, &services.secrets, account, code).await.unwrap();
    tx.commit().await.unwrap();
    verdict
}

#[tokio::test]
async fn an_app_counts_once_it_has_shown_a_code() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let services = &app.services;
    let (ambient, keys) = (&services.ambient, &services.secrets);
    let mut tx = services.database.begin(&acme.home).await.unwrap();
    totp::enrol(&mut tx, ambient, keys, acme.owner).await.unwrap();
    let shown = totp::pending(&mut tx, ambient, keys, acme.owner, LABEL).await.unwrap().unwrap();
    assert_eq!(shown.groups.split(' ').map(str::len).collect::<Vec<_>>(), [4; 8], "160 bits in base 32");
    let authenticator = Totp::from_url(&shown.uri).unwrap();
    let right = code(&app, &authenticator);
    assert!(!totp::verify(&mut tx, ambient, keys, acme.owner, &right).await.unwrap(), "not confirmed");
    assert!(!totp::confirm(&mut tx, ambient, keys, acme.owner, "000000").await.unwrap());
    assert_eq!(totp::confirmed_at(&mut tx, acme.owner).await.unwrap(), None);

    // A secret that was shown long ago waits no more.
    app.clock.advance(Duration::minutes(61));
    assert!(totp::pending(&mut tx, ambient, keys, acme.owner, LABEL).await.unwrap().is_none());
    assert!(!totp::confirm(&mut tx, ambient, keys, acme.owner, &code(&app, &authenticator)).await.unwrap());
    tx.commit().await.unwrap();

    let first = set_up(&app, &acme, acme.owner).await;
    let mut tx = services.database.begin(&acme.home).await.unwrap();
    assert_eq!(totp::confirmed_at(&mut tx, acme.owner).await.unwrap(), Some(ambient.now()));
    // While another is set up, the first goes on.
    totp::enrol(&mut tx, ambient, keys, acme.owner).await.unwrap();
    tx.commit().await.unwrap();
    app.clock.advance(Duration::seconds(30));
    assert!(verify(&app, &acme, acme.owner, &code(&app, &first)).await);
    let second = set_up(&app, &acme, acme.owner).await;
    app.clock.advance(Duration::seconds(30));
    assert!(!verify(&app, &acme, acme.owner, &code(&app, &first)).await, "replaced");
    assert!(verify(&app, &acme, acme.owner, &code(&app, &second)).await);

    let mut tx = services.database.begin(&acme.home).await.unwrap();
    assert!(totp::remove(&mut tx, acme.owner).await.unwrap());
    assert!(!totp::remove(&mut tx, acme.owner).await.unwrap());
    tx.commit().await.unwrap();
    app.clock.advance(Duration::seconds(30));
    assert!(!verify(&app, &acme, acme.owner, &code(&app, &second)).await, "removed");
}

#[tokio::test]
async fn a_code_is_good_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let authenticator = set_up(&app, &acme, acme.owner).await;
    let used = code(&app, &authenticator);
    assert!(!verify(&app, &acme, acme.owner, &used).await, "it confirmed the app");

    app.clock.advance(Duration::seconds(30));
    let next = code(&app, &authenticator);
    let (one, two) = tokio::join!(verify(&app, &acme, acme.owner, &next), verify(&app, &acme, acme.owner, &next));
    assert!(one != two, "one of two at the same time");
    assert!(!verify(&app, &acme, acme.owner, &next).await);
    // Nor does an earlier one come back, though its time is within the tolerance.
    app.clock.advance(Duration::seconds(60));
    let (latest, earlier) = (code(&app, &authenticator), {
        let seconds = app.services.ambient.now().unix_timestamp() - 30;
        authenticator.generate(u64::try_from(seconds).unwrap()).to_string()
    });
    assert!(verify(&app, &acme, acme.owner, &latest).await);
    assert!(!verify(&app, &acme, acme.owner, &earlier).await);
}

#[tokio::test]
async fn a_recovery_code_is_good_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let globex = app.tenant("globex").await;
    let services = &app.services;
    let mut tx = services.database.begin(&acme.home).await.unwrap();
    let earlier = recovery_codes::renew(&mut tx, &services.ambient, acme.owner).await.unwrap();
    let codes = recovery_codes::renew(&mut tx, &services.ambient, acme.owner).await.unwrap();
    tx.commit().await.unwrap();
    let redeem = async |tenant: &TestTenant, code: String| {
        let mut tx = services.database.begin(&tenant.home).await.unwrap();
        let good = recovery_codes::redeem(&mut tx, tenant.owner, &code).await.unwrap();
        tx.commit().await.unwrap();
        good
    };
    assert_eq!(codes.len(), recovery_codes::COUNT);
    assert!(!redeem(&acme, earlier[0].to_string()).await, "renewed");
    assert!(!redeem(&globex, codes[0].to_string()).await, "another tenant's");
    let (one, two) = tokio::join!(redeem(&acme, codes[0].to_string()), redeem(&acme, codes[0].to_string()));
    assert!(one != two, "one of two at the same time");
    assert!(redeem(&acme, codes[9].to_string().to_uppercase().replace('-', " ")).await);
    let mut tx = services.database.begin(&acme.home).await.unwrap();
    assert_eq!(recovery_codes::left(&mut tx, acme.owner).await.unwrap(), 8);
}

#[tokio::test]
async fn a_secret_opens_for_its_account_and_tenant_only() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let authenticator = set_up(&app, &acme, acme.owner).await;
    set_up(&app, &globex, globex.owner).await;
    app.clock.advance(Duration::seconds(30));
    let mut admin = app.db.admin().await;
    // Somebody who can write the table gives an account the secret of an app that is theirs.
    sqlx::query(
        "UPDATE pooled.totp SET secret = (SELECT secret FROM pooled.totp WHERE tenant_id = $1) WHERE tenant_id = $2",
    )
    .bind(acme.home.id().0)
    .bind(globex.home.id().0)
    .execute(&mut admin)
    .await
    .unwrap();
    let services = &app.services;
    let mut tx = services.database.begin(&globex.home).await.unwrap();
    let typed = code(&app, &authenticator);
    let moved = totp::verify(&mut tx, &services.ambient, &services.secrets, globex.owner, &typed).await;
    assert!(moved.unwrap_err().to_string().contains("sealed for another place"));
    assert!(verify(&app, &acme, acme.owner, &typed).await, "at its own place it opens");
}

#[tokio::test]
async fn keys_change_and_apps_go_on() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let authenticator = set_up(&app, &acme, acme.owner).await;
    let services = &app.services;
    let ambient = &services.ambient;
    let new = SecretKeys::new_entry(&Ambient::system());
    let both = SecretKeys::parse([new.as_str(), crate::app::SECRET_KEY]).unwrap();
    let alone = SecretKeys::parse([new.as_str()]).unwrap();
    app.clock.advance(Duration::seconds(30));
    let typed = code(&app, &authenticator);

    let mut tx = services.database.begin(&acme.home).await.unwrap();
    totp::enrol(&mut tx, ambient, &services.secrets, acme.owner).await.unwrap();
    let missing = totp::verify(&mut tx, ambient, &alone, acme.owner, &typed).await;
    assert!(missing.unwrap_err().to_string().contains("the key “test”"));
    assert_eq!(totp::reseal(&mut tx, ambient, &both).await.unwrap(), 2, "the one in use and the one shown");
    assert_eq!(totp::reseal(&mut tx, ambient, &both).await.unwrap(), 0);
    assert!(totp::verify(&mut tx, ambient, &alone, acme.owner, &typed).await.unwrap());
    assert!(totp::pending(&mut tx, ambient, &alone, acme.owner, LABEL).await.unwrap().is_some());
    tx.commit().await.unwrap();
}
