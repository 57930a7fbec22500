//! The audit log: what is recorded, who reads it, and that nothing of it is changed unseen.

mod command;
mod pages;
mod recorded;
mod retention;
mod tampering;

use rowhouse_platform::{
    audit::{Act, Action, Anchor, Chain, ChainReport, Keeper, record},
    db::DbError,
};

use crate::{
    app::{TestApp, TestTenant},
    database::Way,
};

async fn keeper(app: &TestApp) -> Keeper {
    let url = app.db.url(Way::Direct, "rowhouse_operator");
    Keeper::connect(&url, app.services.ambient.clone(), app.services.audit_keys.clone()).await.unwrap()
}

fn chain(tenant: &TestTenant) -> Chain {
    Chain { tenant_id: tenant.home.id().0, slug: Some(tenant.slug.clone()) }
}

async fn verified(app: &TestApp, tenant: &TestTenant, expected: Option<&Anchor>) -> ChainReport {
    keeper(app).await.verify(&chain(tenant), expected).await.unwrap()
}

async fn write(app: &TestApp, tenant: &TestTenant, act: Act) -> Result<(), DbError> {
    let mut tx = app.services.database.begin(&tenant.home).await?;
    record(&mut tx, &app.scribe(), act).await?;
    tx.commit().await
}

fn invited(number: usize) -> Act {
    Act::by_system(Action::MemberInvited)
        .on("invitation", number.to_string(), format!("person-{number}@acme.test"))
        .change(serde_json::json!({ "role": null }), serde_json::json!({ "role": "agent", "number": number }))
        .because("They asked.")
}

/// A tenant with `records` in its log, the first of which is its creation.
async fn with_records(app: &TestApp, slug: &str, records: usize) -> TestTenant {
    let tenant = app.tenant(slug).await;
    for number in 2..=records {
        write(app, &tenant, invited(number)).await.unwrap();
    }
    tenant
}

#[tokio::test]
async fn writers_at_the_same_time_leave_no_gap() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut admin = app.db.admin().await;
    // Not even the head is there: all of them want to make it.
    sqlx::raw_sql("DELETE FROM pooled.audit_event; DELETE FROM pooled.audit_head").execute(&mut admin).await.unwrap();
    let written = futures_util::future::join_all((0..20).map(|number| write(&app, &acme, invited(number)))).await;
    assert!(written.iter().all(Result::is_ok), "{written:?}");
    let numbers: Vec<i64> =
        sqlx::query_scalar("SELECT seq FROM pooled.audit_event ORDER BY seq").fetch_all(&mut admin).await.unwrap();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    let report = verified(&app, &acme, None).await;
    assert!(report.is_good() && report.records == 20 && report.head.seq == 20, "{report:?}");
}

#[tokio::test]
async fn an_act_that_is_undone_leaves_no_record() {
    let app = TestApp::start().await;
    let acme = with_records(&app, "acme", 3).await;
    let mut tx = app.services.database.begin(&acme.home).await.unwrap();
    record(&mut tx, &app.scribe(), invited(9)).await.unwrap();
    drop(tx);
    write(&app, &acme, invited(4)).await.unwrap();
    let report = verified(&app, &acme, None).await;
    assert!(report.is_good() && report.records == 4, "{report:?}");
}

#[tokio::test]
async fn the_serving_role_adds_and_reads_and_nothing_else() {
    let app = TestApp::start().await;
    let acme = with_records(&app, "acme", 3).await;
    let mut serving = app.db.serving(Way::Direct).await;
    let set = format!("SET app.tenant_id = '{}'; SET search_path = pooled", acme.home.id().0);
    sqlx::raw_sql(sqlx::AssertSqlSafe(set)).execute(&mut serving).await.unwrap();
    for (sql, code) in [
        ("UPDATE audit_event SET reason = 'x'", "42501"),
        ("DELETE FROM audit_event", "42501"),
        ("TRUNCATE audit_event", "42501"),
        ("UPDATE audit_head SET seq = seq - 1", "42501"),
        ("UPDATE audit_head SET mac = mac", "42501"),
        ("DELETE FROM audit_head", "42501"),
        ("SELECT * FROM control.prune_audit(gen_random_uuid(), now(), 1, 1)", "42501"),
        (
            "SELECT control.record_audit_pruned(gen_random_uuid(), 1, gen_random_uuid(), now(), '', '', '', '', '')",
            "42501",
        ),
        // A record that does not follow the head: a gap, and one that is there already.
        (
            "INSERT INTO audit_event SELECT tenant_id, seq + 2, id, at, action, actor_kind, actor_id, actor_name, actor_email, target_kind, target_id, target_label, before, after, reason, address, user_agent, request_id, mac, key_id FROM audit_event WHERE seq = 3",
            "23514",
        ),
        ("INSERT INTO audit_event SELECT * FROM audit_event WHERE seq = 3", "23505"),
    ] {
        let error = sqlx::raw_sql(sql).execute(&mut serving).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), code, "{sql}: {error}");
    }
    assert!(verified(&app, &acme, None).await.is_good());
}

#[tokio::test]
async fn a_log_goes_with_its_tenant() {
    let app = TestApp::start().await;
    let (acme, globex) = (with_records(&app, "acme", 3).await, with_records(&app, "globex", 3).await);
    let url = app.db.url(Way::Direct, "rowhouse_operator");
    let mut operator = rowhouse_platform::db::Admin::connect(&url).await.unwrap();
    operator.remove_tenant("acme").await.unwrap();
    let mut admin = app.db.admin().await;
    let left: Vec<uuid::Uuid> =
        sqlx::query_scalar("SELECT DISTINCT tenant_id FROM pooled.audit_event").fetch_all(&mut admin).await.unwrap();
    assert_eq!(left, [globex.home.id().0]);
    assert!(!verified(&app, &acme, None).await.is_good(), "a log that should be there and is not, is found out");
    assert!(verified(&app, &globex, None).await.is_good());
}
