//! Every tenant has a subscription, versions of plans are kept, and each change is noted and known everywhere.

use std::time::{Duration, Instant};

use rowhouse_platform::{
    plan::{
        Feature, Limit, SubscriptionState,
        change::{self, ChangeError},
        ledger,
    },
    tenancy::watch::{WatchSettings, watch},
};
use sqlx::Connection as _;

use super::{by, dearer_team, known, limited, on_plan, operator, subscription};
use crate::{app::TestApp, database::Way};

#[tokio::test]
async fn a_tenant_begins_with_the_initial_plan_and_a_demonstration_with_business() {
    let app = TestApp::start().await;
    let mut connection = operator(&app).await;
    change::set_initial(&mut connection, &"free".parse().unwrap()).await.unwrap();
    let acme = app.tenant("acme").await;
    let own = known(&app, &acme).await.entitlements.clone();
    assert_eq!((own.plan.as_str(), own.version, own.state), ("free", 1, SubscriptionState::Manual));
    assert_eq!((own.limit(Limit::Seats), own.limit(Limit::ApiRequestsPerMinute)), (Some(5), Some(100)));
    assert!(own.features.is_empty());
    sqlx::raw_sql(
        "INSERT INTO control.tenant (id, slug, name, is_demo, created_at) VALUES (gen_random_uuid(), 'show', 'Show', true, now())",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let plan: String = sqlx::query_scalar(
        "SELECT v.plan_key FROM control.subscription s JOIN control.plan_version v ON v.id = s.plan_version_id
         JOIN control.tenant t ON t.id = s.tenant_id WHERE t.slug = 'show'",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(plan, "business");
    // With the tenant goes what is about it.
    sqlx::raw_sql("DELETE FROM control.tenant WHERE slug = 'show'").execute(&mut connection).await.unwrap();
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM control.subscription").fetch_one(&mut connection).await.unwrap();
    assert_eq!(left, 1);
}

#[tokio::test]
async fn who_has_an_old_version_keeps_it() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    on_plan(&app, &acme, "team").await;
    let mut connection = operator(&app).await;
    let team = "team".parse().unwrap();
    assert_eq!(change::publish(&mut connection, &app.services.ambient, &team, &dearer_team()).await.unwrap(), 2);
    on_plan(&app, &globex, "team").await;
    let (old, new) = (known(&app, &acme).await.entitlements.clone(), known(&app, &globex).await.entitlements.clone());
    assert_eq!((old.version, old.price.cents, old.limit(Limit::Seats)), (1, 800, Some(50)));
    assert_eq!((new.version, new.price.cents, new.limit(Limit::Seats)), (2, 1200, Some(10)));
    assert!(new.has(Feature::Sso) && !old.has(Feature::Sso));
    assert_eq!(new.limit(Limit::Projects), None, "a version that does not name a limit has none");

    // What was in use stays as it is, and cannot be removed.
    for sql in [
        "UPDATE control.plan_version SET price_cents = 1 WHERE plan_key = 'team'",
        "UPDATE control.plan_version SET limits = '{}' WHERE plan_key = 'team' AND version = 1",
        "DELETE FROM control.plan_version WHERE plan_key = 'team' AND version = 1",
    ] {
        let error = sqlx::raw_sql(sql).execute(&mut connection).await.unwrap_err();
        assert!(error.to_string().contains("was in use and stays as it is"), "{error}");
    }
    let versions = ledger::versions(&mut connection).await.unwrap();
    let of_team: Vec<_> = versions.iter().filter(|version| version.plan == team).collect();
    assert_eq!(of_team.iter().map(|version| (version.version, version.tenants)).collect::<Vec<_>>(), [(1, 1), (2, 1)]);
    assert!(of_team[0].retired_at.is_some() && of_team[1].retired_at.is_none());
    let (now, gold) = (app.services.ambient.now(), "gold".parse().unwrap());
    let nothing = change::set_plan(&mut connection, now, acme.home.id(), &gold).await;
    assert!(matches!(nothing, Err(ChangeError::NoPlan(_))));
}

#[tokio::test]
async fn every_change_is_noted_with_who_and_why() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    on_plan(&app, &acme, "team").await;
    limited(&app, &acme, Limit::Seats, 7).await;
    let noted = ledger::history(&mut operator(&app).await, acme.home.id(), 100).await.unwrap();
    let lines: Vec<_> = noted
        .iter()
        .map(|line| (line.field.as_str(), line.before.as_deref(), line.after.as_deref(), line.actor.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            ("override seats", None, Some("7"), "Otto"),
            ("plan", Some("enterprise 1"), Some("team 1"), "Otto"),
            ("state", None, Some("manual"), "system"),
            ("plan", None, Some("enterprise 1"), "system"),
        ]
    );
    assert_eq!(noted[0].reason.as_deref(), Some("They asked."));
    // The row's version grows with each change.
    subscription(&app, &acme, "seats = 3").await;
    let version: i64 = sqlx::query_scalar("SELECT version FROM control.subscription WHERE tenant_id = $1")
        .bind(acme.home.id().0)
        .fetch_one(&mut operator(&app).await)
        .await
        .unwrap();
    assert_eq!(version, 3);
}

#[tokio::test]
async fn what_is_billed_is_not_changed_by_hand() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    subscription(&app, &acme, "state = 'active', stripe_subscription = 'sub_1'").await;
    let mut connection = operator(&app).await;
    let mut tx = change::begin(&mut connection, &by()).await.unwrap();
    let now = app.services.ambient.now();
    let refused = change::set_plan(&mut tx, now, acme.home.id(), &"free".parse().unwrap()).await;
    assert!(matches!(refused, Err(ChangeError::Billed)));
    let refused = change::set_read_only(&mut tx, now, acme.home.id(), true).await;
    assert!(matches!(refused, Err(ChangeError::Billed)));
}

/// Another server learns of it: one that listens, and one that polls.
async fn known_within_a_second(listen: bool) {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let services = &app.services;
    let settings = WatchSettings {
        listen_url: listen.then(|| app.db.url(Way::Direct, "rowhouse_app")),
        poll_interval: Duration::from_millis(200),
    };
    let watcher = tokio::spawn(watch(services.database.clone(), services.directory.clone(), settings));
    let shows = async |words: &str| {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(5) {
            let page = app.get(&acme.host, "/admin/plan").cookie(&acme.owner_cookie).send().await;
            if page.body.contains(words) {
                return started.elapsed();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the plan did not say “{words}” within five seconds")
    };
    shows("no limit").await;
    // Whatever was there before the watcher listened is forgotten by now.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut connection = operator(&app).await;
    let mut tx = connection.begin().await.unwrap();
    change::set_plan(&mut tx, services.ambient.now(), acme.home.id(), &"free".parse().unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(shows("4 of 5").await < Duration::from_secs(1));
    let sql = format!(
        "INSERT INTO control.entitlement_override (id, tenant_id, key, value, reason, made_by, created_at)
         VALUES (gen_random_uuid(), '{}', 'seats', '77', 'test', 'test', now())",
        acme.home.id().0
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    assert!(shows("4 of 77").await < Duration::from_secs(1));
    watcher.abort();
}

#[tokio::test]
async fn another_server_hears_of_it() {
    known_within_a_second(true).await;
}

#[tokio::test]
async fn another_server_finds_out() {
    known_within_a_second(false).await;
}
