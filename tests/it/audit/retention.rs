//! Records that are past their time go, the chain says so, and still stands the check.

use super::{chain, invited, keeper, verified, with_records, write};
use crate::app::TestApp;

async fn numbers(app: &TestApp) -> Vec<i64> {
    let mut admin = app.db.admin().await;
    sqlx::query_scalar("SELECT seq FROM pooled.audit_event ORDER BY seq").fetch_all(&mut admin).await.unwrap()
}

#[tokio::test]
async fn what_is_past_its_time_goes_and_the_log_stays_whole() {
    let app = TestApp::start().await;
    let acme = with_records(&app, "acme", 5).await;
    let noted = verified(&app, &acme, None).await.head;
    app.clock.advance(time::Duration::days(300));
    write(&app, &acme, invited(6)).await.unwrap();
    let mut keeper = keeper(&app).await;
    assert_eq!(keeper.prune(&chain(&acme), 365).await.unwrap(), 0);
    app.clock.advance(time::Duration::days(66));
    assert_eq!(keeper.prune(&chain(&acme), 0).await.unwrap(), 0, "0 keeps them for ever");

    assert_eq!(keeper.prune(&chain(&acme), 365).await.unwrap(), 5);
    assert_eq!(numbers(&app).await, [6, 7]);
    let report = verified(&app, &acme, Some(&noted)).await;
    assert!(report.is_good() && report.first_seq == 6 && report.head.seq == 7, "{report:?}");
    let mut admin = app.db.admin().await;
    let (action, reason): (String, String) =
        sqlx::query_as("SELECT action, reason FROM pooled.audit_event WHERE seq = 7")
            .fetch_one(&mut admin)
            .await
            .unwrap();
    assert_eq!((action.as_str(), reason.as_str()), ("audit.pruned", "5 records were past their time."));
    assert_eq!(keeper.prune(&chain(&acme), 365).await.unwrap(), 0, "nothing is left to do, and nothing recorded");

    write(&app, &acme, invited(8)).await.unwrap();
    app.clock.advance(time::Duration::days(900));
    assert_eq!(keeper.prune(&chain(&acme), 365).await.unwrap(), 3);
    assert_eq!(numbers(&app).await, [9], "the record of the pruning is the log's new beginning");
    write(&app, &acme, invited(10)).await.unwrap();
    assert!(verified(&app, &acme, None).await.is_good());
}

#[tokio::test]
async fn a_plan_may_say_otherwise_and_a_beginning_cannot_be_moved() {
    let app = TestApp::start().await;
    let (acme, globex) = (with_records(&app, "acme", 4).await, with_records(&app, "globex", 4).await);
    app.clock.advance(time::Duration::days(400));
    let mut admin = app.db.admin().await;
    sqlx::raw_sql("UPDATE control.tenant SET audit_retention_days = 0 WHERE slug = 'acme'")
        .execute(&mut admin)
        .await
        .unwrap();
    sqlx::raw_sql("UPDATE control.tenant SET audit_retention_days = 30 WHERE slug = 'globex'")
        .execute(&mut admin)
        .await
        .unwrap();
    for tenant in [&acme, &globex] {
        for number in 5..=6 {
            write(&app, tenant, invited(number)).await.unwrap();
        }
    }
    let mut keeper = keeper(&app).await;
    assert_eq!(keeper.prune(&chain(&acme), 365).await.unwrap(), 0);
    assert_eq!(keeper.prune(&chain(&globex), 9999).await.unwrap(), 4);
    assert!(verified(&app, &acme, None).await.is_good() && verified(&app, &globex, None).await.is_good());

    // One record more is taken away, and the anchor moved to fit.
    let cut = format!(
        "UPDATE pooled.audit_head SET first_seq = 6, anchor = (SELECT mac FROM pooled.audit_event WHERE seq = 5 AND tenant_id = '{0}')
         WHERE tenant_id = '{0}'; DELETE FROM pooled.audit_event WHERE seq = 5 AND tenant_id = '{0}'",
        globex.home.id().0
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(cut)).execute(&mut admin).await.unwrap();
    let found = verified(&app, &globex, None).await.findings;
    assert!(found.len() == 1 && found[0].seq == 6 && found[0].what.contains("begins at 5"), "{found:?}");
}

#[tokio::test]
async fn a_broken_log_is_not_pruned() {
    let app = TestApp::start().await;
    let acme = with_records(&app, "acme", 4).await;
    app.clock.advance(time::Duration::days(400));
    write(&app, &acme, invited(5)).await.unwrap();
    let mut admin = app.db.admin().await;
    sqlx::raw_sql("DELETE FROM pooled.audit_event WHERE seq = 4").execute(&mut admin).await.unwrap();
    assert!(keeper(&app).await.prune(&chain(&acme), 365).await.is_err());
    assert_eq!(numbers(&app).await, [1, 2, 3, 5], "what there is, is evidence");
}

#[tokio::test]
async fn servers_prune_by_themselves() {
    let app = TestApp::start().await;
    let acme = with_records(&app, "acme", 4).await;
    app.clock.advance(time::Duration::days(400));
    let settings = rowhouse_platform::audit::UpkeepSettings {
        operator_url: app.db.url(crate::database::Way::Direct, "rowhouse_operator"),
        retention_days: 365,
    };
    let (ambient, keys) = (app.services.ambient.clone(), app.services.audit_keys.clone());
    let upkeep = tokio::spawn(rowhouse_platform::audit::keep(settings, ambient, keys));
    for _ in 0..100 {
        if numbers(&app).await == [5] {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    upkeep.abort();
    assert_eq!(numbers(&app).await, [5]);
    assert!(verified(&app, &acme, None).await.is_good());
}
