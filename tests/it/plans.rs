//! Plans: what a tenant may use, what is said where it may not, and that a change of it is everywhere at once.

mod command;
mod ending;
mod features;
mod notices;
mod page;
mod read_only;
mod subscriptions;
mod walls;

use rowhouse_platform::{
    plan::{
        Feature, Interval, Limit, Overridden, Price,
        change::{self, By, NewVersion},
    },
    tenancy::{Address, Lookup, Tenant},
};
use sqlx::{Connection as _, PgConnection};
use std::sync::Arc;

use crate::{
    app::{TestApp, TestTenant},
    database::Way,
};

/// Whoever changes plans in tests.
pub fn by() -> By {
    By { actor: "Otto".to_owned(), reason: "They asked.".to_owned(), billing_event: None }
}

/// A connection of the operator's.
pub async fn operator(app: &TestApp) -> PgConnection {
    PgConnection::connect(&app.db.url(Way::Direct, "rowhouse_operator")).await.unwrap()
}

/// The tenant as its server knows it now.
pub async fn known(app: &TestApp, tenant: &TestTenant) -> Arc<Tenant> {
    app.services.directory.forget(tenant.home.id());
    match app.services.directory.find(&Address::Id(tenant.home.id())).await.unwrap() {
        Lookup::Found(tenant) => tenant,
        Lookup::Unknown => panic!("{} is unknown", tenant.slug),
    }
}

/// Gives the tenant a plan by hand.
pub async fn on_plan(app: &TestApp, tenant: &TestTenant, plan: &str) {
    let mut connection = operator(app).await;
    let mut tx = change::begin(&mut connection, &by()).await.unwrap();
    change::set_plan(&mut tx, app.services.ambient.now(), tenant.home.id(), &plan.parse().unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    app.services.directory.forget(tenant.home.id());
}

/// A version of Team that is dearer than the one that there is.
pub fn dearer_team() -> NewVersion {
    NewVersion {
        price: Price { cents: 1200, currency: "eur".to_owned(), per_seat: true, interval: Interval::Month },
        trial_days: 7,
        limits: [(Limit::Seats, 10)].into(),
        features: [Feature::Sso].into(),
        stripe_price: None,
    }
}

/// Makes a limit otherwise for the tenant.
pub async fn limited(app: &TestApp, tenant: &TestTenant, limit: Limit, most: i64) {
    let mut connection = operator(app).await;
    let mut tx = change::begin(&mut connection, &by()).await.unwrap();
    let what = Overridden::Limit(limit, Some(most));
    change::set_override(&mut tx, &app.services.ambient, tenant.home.id(), what, None, &by()).await.unwrap();
    tx.commit().await.unwrap();
    app.services.directory.forget(tenant.home.id());
}

/// Changes columns of the tenant's subscription, as billing would.
pub async fn subscription(app: &TestApp, tenant: &TestTenant, columns: &str) {
    let sql = format!(
        "UPDATE control.subscription SET {columns}, updated_at = '2026-06-01T12:00:00Z' WHERE tenant_id = '{}'",
        tenant.home.id().0
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut operator(app).await).await.unwrap();
    app.services.directory.forget(tenant.home.id());
}
