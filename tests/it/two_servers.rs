//! Two servers on one database: what one changes, the other knows within a second.

use std::time::{Duration, Instant};

use rowhouse_platform::{
    db::Admin,
    tenancy::watch::{WatchSettings, watch},
};

use crate::{
    app::TestApp,
    database::{TestDatabase, Way},
};

/// Waits until `host` answers with `words`, and tells how long it took.
async fn until(app: &TestApp, host: &str, words: &str) -> Duration {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(10) {
        if app.get(host, "/sign-in").send().await.body.contains(words) {
            return started.elapsed();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{host} did not say “{words}” within ten seconds")
}

async fn changes_reach_the_other_server(listen: bool) {
    let db = TestDatabase::new().await;
    let operator_url = db.url(Way::Direct, "rowhouse_operator");
    let listen_url = listen.then(|| db.url(Way::Direct, "rowhouse_app"));
    let first = TestApp::on(db, Way::Direct, &[], rowhouse::http::tenant_routes());
    let services = &first.services;
    let settings = WatchSettings { listen_url, poll_interval: Duration::from_millis(200) };
    let watcher = tokio::spawn(watch(services.database.clone(), services.directory.clone(), settings));
    let second = services.database.clone();

    // Unknown here, then registered by the other server.
    until(&first, "acme.app.test", "There is no workspace here").await;
    let hash = services.passwords.hash(&services.ambient, "correct horse".to_owned()).await.unwrap();
    let tenant = rowhouse_platform::tenancy::NewTenant {
        slug: "acme".parse().unwrap(),
        name: "Acme".to_owned(),
        is_demo: false,
    };
    let owner = rowhouse_platform::tenancy::NewOwner {
        name: "Olga".to_owned(),
        email: rowhouse_platform::identity::EmailAddress::parse("olga@acme.test").unwrap(),
        password_hash: hash,
        email_verified: true,
    };
    let scribe = rowhouse_platform::audit::Scribe::system(services.ambient.clone(), services.audit_keys.clone());
    let acme = rowhouse_platform::tenancy::register::register(&second, &scribe, tenant, owner).await.unwrap();
    let limit = Duration::from_secs(1);
    assert!(until(&first, "acme.app.test", "Sign in to Acme").await < limit);

    // Renamed and coloured there.
    let mut tx = second.begin(&acme.home).await.unwrap();
    let change = rowhouse_platform::branding::BrandingChange::new("Acme Works".to_owned(), "#00695c".parse().unwrap());
    rowhouse_platform::branding::save_in(&mut tx, &services.ambient, change).await.unwrap();
    tx.commit().await.unwrap();
    assert!(until(&first, "acme.app.test", "Sign in to Acme Works").await < limit);
    assert!(until(&first, "acme.app.test", "--accent-light: #00695c").await < limit);

    // Suspended by the operator.
    Admin::connect(&operator_url).await.unwrap().set_suspended(&services.ambient, "acme", Some("test")).await.unwrap();
    assert!(until(&first, "acme.app.test", "This workspace is suspended").await < limit);
    watcher.abort();
}

#[tokio::test]
async fn by_listening() {
    changes_reach_the_other_server(true).await;
}

#[tokio::test]
async fn by_polling_where_nothing_can_be_listened_to() {
    changes_reach_the_other_server(false).await;
}

/// Listening where nothing is said is no error that anybody would see.
#[tokio::test]
async fn by_polling_beside_listening_to_another_database() {
    let first = TestApp::start_with(Way::Direct, &[]).await;
    first.tenant("acme").await;
    let elsewhere = TestDatabase::new().await;
    let services = &first.services;
    let settings = WatchSettings {
        listen_url: Some(elsewhere.url(Way::Direct, "rowhouse_app")),
        poll_interval: Duration::from_millis(200),
    };
    let watcher = tokio::spawn(watch(services.database.clone(), services.directory.clone(), settings));
    // It begins by forgetting everything, and is to listen by then.
    tokio::time::sleep(Duration::from_secs(1)).await;
    until(&first, "acme.app.test", "Sign in to").await;
    let operator_url = first.db.url(Way::Direct, "rowhouse_operator");
    Admin::connect(&operator_url).await.unwrap().set_suspended(&services.ambient, "acme", Some("test")).await.unwrap();
    assert!(until(&first, "acme.app.test", "This workspace is suspended").await < Duration::from_secs(7));
    watcher.abort();
}
