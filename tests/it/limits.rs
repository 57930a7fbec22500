//! How often may be asked, and what a tenant has of the database.

mod fair;
mod outage;
mod pages;
mod programs;
mod same_answers;
mod servers;

use rowhouse_platform::plan::{
    Limit, Overridden,
    change::{self, By},
};

use crate::app::{Answer, TestApp, TestTenant};

fn by() -> By {
    By { actor: "test".to_owned(), reason: "to be tried".to_owned(), billing_event: None }
}

/// Gives a tenant another plan, as the operator does.
async fn put_on(app: &TestApp, tenant: &TestTenant, plan: &str) {
    let mut admin = app.db.admin().await;
    let mut tx = change::begin(&mut admin, &by()).await.unwrap();
    let now = app.services.ambient.now();
    change::set_plan(&mut tx, now, tenant.home.id(), &plan.parse().unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    app.services.directory.forget_all();
}

/// Gives a tenant's programs so many requests a minute, whatever its plan says.
async fn allow(app: &TestApp, tenant: &TestTenant, requests: i64) {
    let mut admin = app.db.admin().await;
    let mut tx = change::begin(&mut admin, &by()).await.unwrap();
    let what = Overridden::Limit(Limit::ApiRequestsPerMinute, Some(requests));
    let ambient = &app.services.ambient;
    change::set_override(&mut tx, ambient, tenant.home.id(), what, None, &by()).await.unwrap();
    tx.commit().await.unwrap();
    app.services.directory.forget_all();
}

/// A header as text; empty where there is none.
fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

/// How many seconds one is told to wait.
fn wait(answer: &Answer) -> i64 {
    header(answer, "retry-after").parse().unwrap_or_else(|_| panic!("no Retry-After: {:?}", answer.headers))
}
