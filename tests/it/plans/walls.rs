//! What the serving role can and cannot do about plans.

use super::on_plan;
use crate::{app::TestApp, database::Way};

#[tokio::test]
async fn the_serving_role_reads_its_tenants_plan_and_changes_none() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    on_plan(&app, &acme, "team").await;
    let mut serving = app.db.serving(Way::Direct).await;
    for sql in [
        "SELECT * FROM control.subscription",
        "UPDATE control.subscription SET state = 'active'",
        "DELETE FROM control.subscription_change",
        "SELECT * FROM control.plan_version",
        "INSERT INTO control.plan (key, name, position) VALUES ('mine', 'Mine', 9)",
        "SELECT * FROM control.entitlement_override",
        "SELECT control.end_what_is_over(now())",
        "SELECT control.note_plan_change(gen_random_uuid(), now(), 'x', 'x', 'x')",
        "SELECT control.audit_days(gen_random_uuid(), now(), 1)",
    ] {
        let error = sqlx::raw_sql(sql).execute(&mut serving).await.unwrap_err();
        assert!(error.to_string().contains("permission denied"), "{sql}: {error}");
    }
    for (tenant, plan) in [(&acme, "team"), (&globex, "enterprise")] {
        let sql = format!("SET app.tenant_id = '{}'", tenant.home.id().0);
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut serving).await.unwrap();
        let plans: Vec<String> = sqlx::query_scalar("SELECT plan_key FROM control.own_subscription()")
            .fetch_all(&mut serving)
            .await
            .unwrap();
        assert_eq!(plans, [plan]);
    }
    sqlx::raw_sql("SET app.tenant_id = ''").execute(&mut serving).await.unwrap();
    let nobody: i64 =
        sqlx::query_scalar("SELECT count(*) FROM control.own_subscription()").fetch_one(&mut serving).await.unwrap();
    assert_eq!(nobody, 0);
}

#[tokio::test]
async fn a_tenant_without_a_plan_is_not_served_by_a_guess() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    sqlx::raw_sql("DELETE FROM control.subscription").execute(&mut app.db.admin().await).await.unwrap();
    app.services.directory.forget_all();
    let page = app.get(&acme.host, "/tickets").cookie(&acme.owner_cookie).send().await;
    assert!(page.status.is_server_error(), "{}", page.status);
}
