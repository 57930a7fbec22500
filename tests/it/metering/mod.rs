//! Metering: what was done is counted once, added up exactly, and shown.

mod acts;
mod calls;
mod database_killed;
mod killed;
mod pages;
mod partitions;
mod reconciling;
mod rolling_up;

use rowhouse_platform::{
    db::TenantTx,
    metering::{
        self, Meter, Usage, UsageKey,
        reconcile::{Report, reconcile},
        roll_up,
    },
};
use sqlx::{AssertSqlSafe, PgConnection};
use time::{Date, OffsetDateTime};

use crate::app::{TestApp, TestTenant};

/// How many events of a meter a tenant has, and their quantities together.
async fn events(app: &TestApp, tenant: &TestTenant, meter: Meter) -> (i64, i64) {
    counted(app, tenant, "SELECT count(*), coalesce(sum(quantity), 0)::bigint FROM pooled.usage_event", meter).await
}

/// The same, as added up by the hour.
async fn hours(app: &TestApp, tenant: &TestTenant, meter: Meter) -> (i64, i64) {
    let sql = "SELECT coalesce(sum(events), 0)::bigint, coalesce(sum(quantity), 0)::bigint FROM pooled.usage_hour";
    counted(app, tenant, sql, meter).await
}

/// The same, as added up by the day.
async fn days(app: &TestApp, tenant: &TestTenant, meter: Meter) -> (i64, i64) {
    let sql = "SELECT coalesce(sum(events), 0)::bigint, coalesce(sum(quantity), 0)::bigint FROM pooled.usage_day";
    counted(app, tenant, sql, meter).await
}

async fn counted(app: &TestApp, tenant: &TestTenant, sql: &str, meter: Meter) -> (i64, i64) {
    sqlx::query_as(AssertSqlSafe(format!("{sql} WHERE tenant_id = $1 AND meter = $2")))
        .bind(tenant.home.id().0)
        .bind(meter.word())
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap()
}

async fn begin(app: &TestApp, tenant: &TestTenant) -> TenantTx {
    app.services.database.begin(&tenant.home).await.unwrap()
}

async fn emit(app: &TestApp, tx: &mut TenantTx, quantity: u64) {
    let ambient = &app.services.ambient;
    let usage = Usage { quantity, ..Usage::one(Meter::Export, UsageKey::once(ambient.uuid())) };
    metering::emit(tx, ambient, usage).await.unwrap();
}

/// Waits until no transaction runs that is older than an event. Other tests have theirs in the same server.
async fn quiet(admin: &mut PgConnection) {
    let sql = "SELECT NOT EXISTS (SELECT FROM pooled.usage_event
                                  WHERE recorded_in >= pg_snapshot_xmin(pg_current_snapshot())
                                      AND recorded_in < pg_snapshot_xmax(pg_current_snapshot()))";
    for _ in 0..500 {
        if sqlx::query_scalar(sql).fetch_one(&mut *admin).await.unwrap() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("a transaction runs for ten seconds");
}

/// Adds up all there is.
async fn add_up(app: &TestApp, tenant: &TestTenant) -> u64 {
    quiet(&mut app.db.admin().await).await;
    add_up_what_ended(app, tenant).await
}

async fn add_up_what_ended(app: &TestApp, tenant: &TestTenant) -> u64 {
    let mut tx = begin(app, tenant).await;
    let added = roll_up::roll_up(&mut tx, &app.services.ambient).await.unwrap();
    tx.commit().await.unwrap();
    added
}

/// Compares the days as `rowhouse usage reconcile` does, with what is billed of them.
pub(crate) async fn report(app: &TestApp, tenant: &TestTenant, days: (Date, Date)) -> Report {
    quiet(&mut app.db.admin().await).await;
    let services = &app.services;
    let url = services.operator_url.clone().unwrap();
    let meters = services.billing.as_ref().map_or(&[][..], |billing| billing.settings().meters.as_slice());
    reconcile(&services.database, &url, &services.ambient, &tenant.home, meters, days).await.unwrap()
}

pub(crate) async fn differences(app: &TestApp, tenant: &TestTenant, days: (Date, Date)) -> Vec<String> {
    report(app, tenant, days).await.differences.iter().map(ToString::to_string).collect()
}

/// An event of any time, put in as a superuser.
pub(crate) async fn event_of(
    app: &TestApp,
    tenant: &TestTenant,
    meter: Meter,
    key: &str,
    at: OffsetDateTime,
    quantity: i64,
) {
    sqlx::query(
        "INSERT INTO pooled.usage_event (tenant_id, meter, key, at, quantity, account_id, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, now())",
    )
    .bind(tenant.home.id().0)
    .bind(meter.word())
    .bind(key)
    .bind(at)
    .bind(quantity)
    .bind(tenant.owner.0)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
}

/// The same, of calls.
async fn event_at(app: &TestApp, tenant: &TestTenant, key: &str, at: OffsetDateTime, quantity: i64) {
    event_of(app, tenant, Meter::ApiCall, key, at, quantity).await;
}

async fn run(app: &TestApp, sql: &'static str) -> u64 {
    sqlx::query(sql).execute(&mut app.db.admin().await).await.unwrap().rows_affected()
}

fn upkeep(app: &TestApp) -> metering::Upkeep {
    let url = app.services.operator_url.clone().unwrap();
    rowhouse::services::usage_upkeep(&app.services, url)
}
