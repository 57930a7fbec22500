//! Behind `PgBouncer` in transaction mode, where every transaction may run on another connection.

use std::time::Duration;

use rowhouse_platform::{db::Database, tenancy::TenantHome};
use sqlx::PgConnection;
use tokio::time::sleep;

use crate::{app::TestApp, database::Way};

/// Names of the accounts that a transaction of this tenant sees.
async fn names(database: &Database, home: &TenantHome) -> Vec<String> {
    let mut tx = database.begin(home).await.unwrap();
    let names = sqlx::query_scalar("SELECT name FROM account ORDER BY name").fetch_all(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tenants_at_the_same_time_see_their_own_rows_only() {
    let app = TestApp::start_with(Way::Pooler, &[]).await;
    let mut tenants = Vec::new();
    for slug in ["acme", "globex", "initech", "umbrella", "hooli"] {
        tenants.push(app.tenant(slug).await);
    }
    let tasks = (0..20).map(|task| {
        let database = app.services.database.clone();
        let homes: Vec<_> = tenants.iter().map(|tenant| (tenant.slug.clone(), tenant.home.clone())).collect();
        tokio::spawn(async move {
            for turn in 0..30 {
                let (slug, home) = &homes[(task + turn) % homes.len()];
                let expected = ["Ada", "Max", "Olga", "Vera"].map(|name| format!("{name} of {slug}"));
                assert_eq!(names(&database, home).await, expected);
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn pages_work_behind_the_pooler() {
    let app = TestApp::start_with(Way::Pooler, &[]).await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    for turn in 0..5 {
        for tenant in [&acme, &globex] {
            app.ticket(tenant, &format!("Ticket {turn} of {}", tenant.slug)).await;
            let list = app.get(&tenant.host, "/tickets").cookie(&tenant.member_cookie).send().await;
            assert_eq!(list.body.matches("class=\"ticket-row__link\"").count(), turn + 1);
            let foreign = if tenant.slug == "acme" { "of globex" } else { "of acme" };
            assert!(!list.body.contains(&format!("Ticket {turn} {foreign}")));
        }
    }
}

/// The danger is real: a setting that outlives its transaction reaches whoever gets the connection next.
#[tokio::test]
async fn a_setting_of_the_session_would_leak() {
    let app = TestApp::start_with(Way::Pooler, &[]).await;
    let acme = app.tenant("acme").await;
    let mut careless = app.db.serving(Way::Pooler).await;
    let mut stranger = app.db.serving(Way::Pooler).await;
    let count = async |connection: &mut PgConnection| -> i64 {
        sqlx::raw_sql("BEGIN").execute(&mut *connection).await.unwrap();
        let rows = sqlx::raw_sql("SELECT name FROM pooled.account").fetch_all(&mut *connection).await.unwrap();
        sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await.unwrap();
        i64::try_from(rows.len()).unwrap()
    };
    assert_eq!(count(&mut stranger).await, 0);
    let set = format!("SET app.tenant_id = '{}'", acme.home.id().0);
    sqlx::raw_sql(sqlx::AssertSqlSafe(set)).execute(&mut careless).await.unwrap();
    assert_eq!(count(&mut stranger).await, 4, "the pooler gave both the same connection, and the setting with it");
    sqlx::raw_sql("RESET app.tenant_id").execute(&mut careless).await.unwrap();
}

/// Whoever closes the browser while the transaction is being opened leaves none open on a connection that others get.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_given_up_leaves_no_transaction_open() {
    let app = TestApp::start_with(Way::Direct, &[("ROWHOUSE_DATABASE__POOL_SIZE", "1")]).await;
    let acme = app.tenant("acme").await;
    let database = &app.services.database;
    let mut admin = app.db.admin().await;
    let mut given_up = 0;
    for patience in (0..400).map(|turn| turn % 80) {
        let begun = tokio::select! {
            biased;
            begun = database.begin(&acme.home) => Some(begun.unwrap()),
            () = yielding(patience) => None,
        };
        given_up += usize::from(begun.is_none());
        drop(begun);
        let mut next = database.control().await.unwrap();
        let tenant: Option<String> =
            sqlx::query_scalar("SELECT current_setting('app.tenant_id', true)").fetch_one(&mut next).await.unwrap();
        assert_eq!(tenant.as_deref(), Some(""), "given up after {patience} turns");
        next.commit().await.unwrap();
        tokio::select! {
            biased;
            _ = database.begin(&acme.home) => (),
            () = yielding(patience) => (),
        }
        let mut activity = idle_in_transaction(&mut admin).await;
        for _ in 0..100 {
            if activity == 0 {
                break;
            }
            sleep(Duration::from_millis(10)).await;
            activity = idle_in_transaction(&mut admin).await;
        }
        assert_eq!(activity, 0, "given up after {patience} turns");
    }
    assert!(given_up > 20, "given up only {given_up} times");
}

/// Lets others run so often.
async fn yielding(turns: usize) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

/// Transactions of the server that are open while nothing is done in them.
async fn idle_in_transaction(admin: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND usename = 'rowhouse_app' AND state LIKE 'idle in transaction%'",
    )
    .fetch_one(admin)
    .await
    .unwrap()
}
