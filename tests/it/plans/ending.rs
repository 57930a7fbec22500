//! Trials and overrides end by themselves, and a smaller plan takes nothing away that a larger one promised.

use rowhouse_platform::{
    audit::Keeper,
    plan::{Limit, Overridden, SubscriptionState, change, upkeep},
};
use time::Duration;

use super::{by, known, on_plan, operator};
use crate::{
    app::{TestApp, TestTenant},
    database::Way,
};

async fn end_over(app: &TestApp) -> i64 {
    upkeep::round(&app.db.url(Way::Direct, "rowhouse_operator"), &app.services.ambient).await.unwrap()
}

#[tokio::test]
async fn a_trial_that_nobody_pays_for_ends_with_the_initial_plan() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let mut connection = operator(&app).await;
    change::set_initial(&mut connection, &"free".parse().unwrap()).await.unwrap();
    for tenant in [&acme, &globex] {
        let mut tx = change::begin(&mut connection, &by()).await.unwrap();
        let (now, plan) = (app.services.ambient.now(), "business".parse().unwrap());
        change::start_trial(&mut tx, now, tenant.home.id(), &plan, Duration::days(14)).await.unwrap();
        tx.commit().await.unwrap();
    }
    super::subscription(&app, &globex, "stripe_subscription = 'sub_9'").await;
    assert_eq!(end_over(&app).await, 0);
    let own = known(&app, &acme).await.entitlements.clone();
    assert_eq!((own.plan.as_str(), own.state), ("business", SubscriptionState::Trialing));
    app.clock.advance(Duration::days(14));
    assert_eq!(end_over(&app).await, 1, "that of globex is billed: its provider says how it goes on");
    assert_eq!(end_over(&app).await, 0, "once");
    let own = known(&app, &acme).await.entitlements.clone();
    assert_eq!((own.plan.as_str(), own.state, own.trial_ends_at), ("free", SubscriptionState::Manual, None));
    assert_eq!(known(&app, &globex).await.entitlements.state, SubscriptionState::Trialing);
}

#[tokio::test]
async fn a_trial_that_was_read_only_goes_on_and_ends() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut connection = operator(&app).await;
    change::set_initial(&mut connection, &"free".parse().unwrap()).await.unwrap();
    let (id, now) = (acme.home.id(), app.services.ambient.now());
    let plan = "business".parse().unwrap();
    let ends_at = change::start_trial(&mut connection, now, id, &plan, Duration::days(14)).await.unwrap();
    let now_read_only = async |connection: &mut sqlx::PgConnection, read_only| {
        change::set_read_only(connection, app.services.ambient.now(), id, read_only).await.unwrap()
    };
    for read_only in [true, false] {
        assert!(now_read_only(&mut connection, read_only).await);
    }
    let own = known(&app, &acme).await.entitlements.clone();
    assert_eq!((own.state, own.trial_ends_at), (SubscriptionState::Trialing, Some(ends_at)));
    // Its day comes while nothing can be changed.
    assert!(now_read_only(&mut connection, true).await);
    app.clock.advance(Duration::days(14));
    assert_eq!(end_over(&app).await, 0);
    assert!(now_read_only(&mut connection, false).await);
    assert_eq!(end_over(&app).await, 1);
    let own = known(&app, &acme).await.entitlements.clone();
    assert_eq!((own.plan.as_str(), own.state, own.trial_ends_at), ("free", SubscriptionState::Manual, None));
    // Who is on no trial has what was agreed.
    for read_only in [true, false] {
        assert!(now_read_only(&mut connection, read_only).await);
    }
    assert_eq!(known(&app, &acme).await.entitlements.state, SubscriptionState::Manual);
}

#[tokio::test]
async fn an_override_ends_and_can_be_taken_back_or_replaced() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    on_plan(&app, &acme, "free").await;
    let mut connection = operator(&app).await;
    let ambient = &app.services.ambient;
    for (most, days) in [(6, 1), (8, 2)] {
        let ends_at = Some(ambient.now() + Duration::days(days));
        let what = Overridden::Limit(Limit::Seats, Some(most));
        change::set_override(&mut connection, ambient, acme.home.id(), what, ends_at, &by()).await.unwrap();
    }
    let own = known(&app, &acme).await.entitlements.clone();
    assert_eq!((own.limit(Limit::Seats), own.overrides.len()), (Some(8), 1), "the newer one is in its place");
    app.clock.advance(Duration::days(2));
    assert_eq!(end_over(&app).await, 1);
    assert_eq!(known(&app, &acme).await.entitlements.limit(Limit::Seats), Some(5));

    let past = Some(ambient.now() - Duration::seconds(1));
    let what = Overridden::Limit(Limit::Seats, None);
    assert!(change::set_override(&mut connection, ambient, acme.home.id(), what, past, &by()).await.is_err());
    change::set_override(&mut connection, ambient, acme.home.id(), what, None, &by()).await.unwrap();
    assert_eq!(known(&app, &acme).await.entitlements.limit(Limit::Seats), None);
    // More days than the database can count back would end the pruning of the tenant's audit log.
    let limit = Limit::AuditRetentionDays;
    for (most, is_fine) in [(36_500, true), (36_501, false), (i64::MAX, false), (-1, false)] {
        let what = Overridden::Limit(limit, Some(most));
        let set = change::set_override(&mut connection, ambient, acme.home.id(), what, None, &by()).await;
        assert_eq!(set.is_ok(), is_fine, "{most}");
    }
    assert_eq!(prune(&app, &acme).await, 0);
    change::remove_override(&mut connection, ambient.now(), acme.home.id(), limit.word()).await.unwrap();
    change::remove_override(&mut connection, ambient.now(), acme.home.id(), "seats").await.unwrap();
    assert!(change::remove_override(&mut connection, ambient.now(), acme.home.id(), "seats").await.is_err());
    assert_eq!(known(&app, &acme).await.entitlements.limit(Limit::Seats), Some(5));
}

async fn prune(app: &TestApp, tenant: &TestTenant) -> u64 {
    let url = app.db.url(Way::Direct, "rowhouse_operator");
    let mut keeper =
        Keeper::connect(&url, app.services.ambient.clone(), app.services.audit_keys.clone()).await.unwrap();
    let chain = keeper.chain(&tenant.slug).await.unwrap().unwrap();
    keeper.prune(&chain, 365).await.unwrap()
}

#[tokio::test]
async fn the_audit_log_keeps_what_the_larger_plan_promised() {
    let app = TestApp::start().await;
    change::set_initial(&mut operator(&app).await, &"team".parse().unwrap()).await.unwrap();
    let acme = app.tenant("acme").await;
    app.clock.advance(Duration::days(100));
    on_plan(&app, &acme, "free").await;
    // Free keeps 30 days; what was written on Team keeps its 180.
    app.clock.advance(Duration::days(31));
    assert_eq!(prune(&app, &acme).await, 0);
    app.clock.advance(Duration::days(48));
    assert_eq!(prune(&app, &acme).await, 0, "179 days after the first record");
    app.clock.advance(Duration::days(102));
    assert!(prune(&app, &acme).await > 0, "180 days after the smaller plan, and its own 30 hold from now on");
    assert_eq!(prune(&app, &acme).await, 0);
}

#[tokio::test]
async fn the_audit_log_of_a_small_plan_is_kept_for_its_days() {
    let app = TestApp::start().await;
    let mut connection = operator(&app).await;
    change::set_initial(&mut connection, &"free".parse().unwrap()).await.unwrap();
    let acme = app.tenant("acme").await;
    app.clock.advance(Duration::days(29));
    assert_eq!(prune(&app, &acme).await, 0);
    app.clock.advance(Duration::days(2));
    assert!(prune(&app, &acme).await > 0);
}
