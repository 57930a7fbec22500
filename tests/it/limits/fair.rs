//! What a tenant has of the database: its share of the connections, and time for a statement.

use std::{sync::Arc, time::Duration};

use rowhouse_platform::{
    db::{DbError, NoTurn},
    tenancy::{Address, Lookup, Tenant},
};

use super::{header, put_on};
use crate::{app::TestApp, database::Way};

/// Five connections, two for each tenant; two more may wait, for three tenths of a second.
const FEW: [(&str, &str); 4] = [
    ("ROWHOUSE_DATABASE__POOL_SIZE", "5"),
    ("ROWHOUSE_DATABASE__TENANT_SHARE_PERCENT", "40"),
    ("ROWHOUSE_DATABASE__TENANT_LINE", "2"),
    ("ROWHOUSE_DATABASE__ACQUIRE_TIMEOUT_MS", "300"),
];

async fn found(app: &TestApp, slug: &str) -> Arc<Tenant> {
    match app.services.directory.find(&Address::Slug(slug.to_owned())).await.unwrap() {
        Lookup::Found(tenant) => tenant,
        Lookup::Unknown => panic!("{slug} is not there"),
    }
}

#[tokio::test]
async fn a_tenant_that_has_its_share_keeps_nobody_else_waiting() {
    let app = TestApp::start_with(Way::Direct, &FEW).await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let page = |tenant: &crate::app::TestTenant| app.get(&tenant.host, "/tickets").cookie(&tenant.owner_cookie).send();
    // Both are known before the connections are taken.
    assert_eq!([page(&acme).await.status, page(&globex).await.status], [200, 200]);
    let database = &app.services.database;
    let held = [database.begin(&acme.home).await.unwrap(), database.begin(&acme.home).await.unwrap()];

    let refused = page(&acme).await;
    assert_eq!(refused.status, 503);
    assert!(refused.body.contains("Much is going on here"), "{}", refused.body);
    assert_ne!(header(&refused, "retry-after"), "");
    let patience = Duration::from_millis(300);
    assert!(
        matches!(database.begin(&acme.home).await, Err(DbError::NoTurn(NoTurn::TooLong(time))) if time == patience)
    );
    for _ in 0..5 {
        assert_eq!(page(&globex).await.status, 200, "there are connections for others");
    }

    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let (database, home) = (database.clone(), acme.home.clone());
            tokio::spawn(async move { database.begin(&home).await.map(drop) })
        })
        .collect();
    tokio::task::yield_now().await;
    assert!(matches!(database.begin(&acme.home).await, Err(DbError::NoTurn(NoTurn::LineFull(2)))));
    drop(held);
    for one in waiting {
        one.await.unwrap().unwrap();
    }
    assert_eq!(page(&acme).await.status, 200, "and as soon as there is room, there is room");
}

#[tokio::test]
async fn programs_are_told_too() {
    let app = TestApp::start_with(Way::Direct, &FEW).await;
    let acme = app.tenant("acme").await;
    let key = crate::api::usual_key(&app, &acme).await;
    assert_eq!(crate::api::me(&app, &acme.host, &key.token).await.status, 200);
    let database = &app.services.database;
    let held = [database.begin(&acme.home).await.unwrap(), database.begin(&acme.home).await.unwrap()];
    let refused = crate::api::me(&app, &acme.host, &key.token).await;
    crate::api::assert_problem(&refused, 503, "unavailable");
    assert_eq!(header(&refused, "retry-after"), "1");
    drop(held);
    assert_eq!(crate::api::me(&app, &acme.host, &key.token).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everybody_gets_a_turn_in_a_flood() {
    let long = ("ROWHOUSE_DATABASE__ACQUIRE_TIMEOUT_MS", "60000");
    let settings = [FEW[0], FEW[1], ("ROWHOUSE_DATABASE__TENANT_LINE", "500"), long];
    let app = TestApp::start_with(Way::Direct, &settings).await;
    let tenants = [app.tenant("acme").await, app.tenant("globex").await];
    let flood: Vec<_> = (0..200)
        .map(|_| {
            let (database, home) = (app.services.database.clone(), tenants[0].home.clone());
            tokio::spawn(async move {
                let mut tx = database.begin(&home).await?;
                sqlx::query("SELECT pg_sleep(0.02)").execute(&mut tx).await?;
                tx.commit().await
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    // 200 of 20 ms, two at a time, take two seconds.
    let began = std::time::Instant::now();
    for _ in 0..5 {
        let tx = app.services.database.begin(&tenants[1].home).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?} for five turns beside a flood", began.elapsed());
    assert!(flood.iter().any(|one| !one.is_finished()), "the flood was over before anything could be tried");
    for one in flood {
        one.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_statement_may_run_as_long_as_the_plan_says() {
    let settings = [("ROWHOUSE_DATABASE__PLAN_STATEMENT_TIMEOUTS_MS", "free=200,team=600000")];
    let app = TestApp::start_with(Way::Direct, &settings).await;
    let acme = app.tenant("acme").await;
    let time = async |plan: &str| -> String {
        put_on(&app, &acme, plan).await;
        let tenant = found(&app, "acme").await;
        let mut tx = app.services.database.begin(&tenant.home).await.unwrap();
        sqlx::query_scalar("SHOW statement_timeout").fetch_one(&mut tx).await.unwrap()
    };
    assert_eq!(time("enterprise").await, "10s", "the setting for all, where there is none for the plan");
    assert_eq!(time("team").await, "10s", "and never more than that");
    assert_eq!(time("free").await, "200ms");

    let tenant = found(&app, "acme").await;
    let mut tx = app.services.database.begin(&tenant.home).await.unwrap();
    let stopped = sqlx::query("SELECT pg_sleep(5)").execute(&mut tx).await.unwrap_err();
    assert!(DbError::from(stopped).is_too_slow());
}
