//! Months of events: made ahead, filled from what came before, and removed in their time.

use rowhouse_platform::metering::Meter;
use time::{Duration, macros::datetime};

use super::{event_at, events, quiet, run, upkeep};
use crate::app::{TestApp, TestTenant};

/// In which partitions a tenant's events of API calls are.
async fn places(app: &TestApp, tenant: &TestTenant) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT DISTINCT tableoid::regclass::text FROM pooled.usage_event
         WHERE tenant_id = $1 AND meter = 'api_call' ORDER BY 1",
    )
    .bind(tenant.home.id().0)
    .fetch_all(&mut app.db.admin().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn events_of_a_month_that_is_not_there_wait_for_it() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    // The test's clock stands before the month in which it runs.
    event_at(&app, &acme, "a", datetime!(2026-06-01 0:00 UTC), 1).await;
    event_at(&app, &acme, "b", datetime!(2026-05-31 23:59:59 UTC), 1).await;
    event_at(&app, &globex, "a", datetime!(2026-07-31 12:00 UTC), 1).await;
    assert_eq!(places(&app, &acme).await, ["pooled.usage_event_rest"]);
    let upkeep = upkeep(&app);
    upkeep.keep_partitions().await.unwrap();
    upkeep.keep_partitions().await.unwrap();
    assert_eq!(places(&app, &acme).await, ["pooled.usage_event_2026_06", "pooled.usage_event_rest"]);
    assert_eq!(places(&app, &globex).await, ["pooled.usage_event_2026_07"]);
    assert_eq!(events(&app, &acme, Meter::ApiCall).await, (2, 2), "none was lost");
    // Partitions that are made later keep the rules too.
    let mut admin = app.db.admin().await;
    assert_eq!(crate::catalog_rules::violations(&mut admin).await, Vec::<String>::new());
}

#[tokio::test]
async fn months_go_when_they_are_past_their_time() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let upkeep = upkeep(&app);
    upkeep.keep_partitions().await.unwrap();
    event_at(&app, &acme, "young", datetime!(2026-06-30 23:59:59 UTC), 1).await;
    event_at(&app, &acme, "old", datetime!(2025-04-30 23:59:59 UTC), 1).await;
    event_at(&app, &acme, "kept", datetime!(2025-05-01 0:00 UTC), 1).await;
    quiet(&mut app.db.admin().await).await;
    upkeep.round().await.unwrap();
    upkeep.keep_partitions().await.unwrap();
    assert_eq!(events(&app, &acme, Meter::ApiCall).await, (2, 2), "thirteen months and this one are kept");
    assert_eq!(super::days(&app, &acme, Meter::ApiCall).await, (3, 3), "and what they were added up to");
    app.clock.advance(Duration::days(5));
    upkeep.keep_partitions().await.unwrap();
    assert_eq!(events(&app, &acme, Meter::ApiCall).await, (2, 2));
    let refused = sqlx::query("SELECT control.drop_usage_partitions(now())")
        .execute(&mut app.db.admin().await)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("kept for a year"), "{refused}");
}

#[tokio::test]
async fn a_tenants_usage_goes_with_the_tenant() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    for tenant in [&acme, &globex] {
        event_at(&app, tenant, "a", datetime!(2026-05-03 10:00 UTC), 1).await;
    }
    quiet(&mut app.db.admin().await).await;
    upkeep(&app).round().await.unwrap();
    run(&app, "DELETE FROM control.tenant WHERE slug = 'acme'").await;
    assert_eq!(events(&app, &acme, Meter::ApiCall).await, (0, 0));
    assert_eq!(super::days(&app, &acme, Meter::ApiCall).await, (0, 0));
    assert_eq!(super::days(&app, &globex, Meter::ApiCall).await, (1, 1));
}
