//! What operators do to tenants: it takes effect, it is written down with its reason, and what is refused is neither.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use rowhouse::http::tenant_routes;
use rowhouse_platform::{
    plan::{Feature, Limit},
    tenancy::watch::{WatchSettings, watch},
};

use super::{get, otto, post, recorded};
use crate::{
    app::TestApp,
    database::Way,
    plans::{known, subscription},
};

#[tokio::test]
async fn a_tenant_is_suspended_on_every_server_within_a_second() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let me = otto(&app).await;
    let other = TestApp::on(app.db.again(), Way::Direct, &[], tenant_routes());
    let listening = WatchSettings {
        listen_url: Some(app.db.url(Way::Direct, "rowhouse_app")),
        poll_interval: Duration::from_secs(9),
    };
    let watcher = tokio::spawn(watch(other.services.database.clone(), other.services.directory.clone(), listening));
    let until = async |status: StatusCode| {
        let started = Instant::now();
        while other.get(&acme.host, "/tickets").cookie(&acme.owner_cookie).send().await.status != status {
            assert!(started.elapsed() < Duration::from_secs(5), "not {status} after five seconds");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        started.elapsed()
    };
    until(StatusCode::OK).await;
    // It listens when its first answer has come.
    tokio::time::sleep(Duration::from_millis(300)).await;

    for (reason, slug) in [("Abuse", "globex"), ("", "acme"), ("Abuse", "")] {
        let refused = post(&app, &me, "/tenants/acme/suspend", &[("reason", reason), ("slug", slug)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{reason} {slug}");
    }
    let form = [("reason", "Abuse"), ("slug", "acme")];
    let done = post(&app, &me, "/tenants/acme/suspend", &form).await;
    assert_eq!(done.location(), "/tenants/acme", "{}", done.body);
    assert!(until(StatusCode::FORBIDDEN).await < Duration::from_secs(1));
    let page = app.get(&acme.host, "/tickets").cookie(&acme.owner_cookie).send().await;
    assert!(page.status == StatusCode::FORBIDDEN && !page.body.contains("Abuse"), "{}", page.body);
    assert!(get(&app, &me, "/tenants/acme").await.body.contains("Suspended: Abuse"));
    let again = post(&app, &me, "/tenants/acme/suspend", &form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "it is suspended already");

    let done = post(&app, &me, "/tenants/acme/resume", &[("reason", "Sorted out"), ("slug", "acme")]).await;
    assert_eq!(done.location(), "/tenants/acme", "{}", done.body);
    assert!(until(StatusCode::OK).await < Duration::from_secs(1));
    watcher.abort();
    let acts: Vec<_> =
        recorded(&app).await.into_iter().filter(|line| line.contains(" | tenant.") && !line.contains("read")).collect();
    assert_eq!(
        acts,
        ["otto@ops.test | tenant.suspended | acme | Abuse", "otto@ops.test | tenant.resumed | acme | Sorted out"]
    );
}

#[tokio::test]
async fn a_tenant_that_its_owner_closed_stays_so() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let me = otto(&app).await;
    sqlx::raw_sql("UPDATE control.tenant SET state = 'closing', closes_at = now() + interval '30 days'")
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
    for path in ["/tenants/acme/suspend", "/tenants/acme/resume"] {
        let refused = post(&app, &me, path, &[("reason", "x"), ("slug", "acme")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
    assert!(get(&app, &me, "/tenants/acme").await.body.contains("Closed by its owner; deleted on"));
}

#[tokio::test]
async fn overrides_take_effect_and_end() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let me = otto(&app).await;
    for (what, value, until, reason) in [
        ("", "5", "", "x"),
        ("limit:rockets", "5", "", "x"),
        ("limit:seats", "many", "", "x"),
        ("limit:seats", "-1", "", "x"),
        ("limit:audit_retention_days", "36501", "", "x"),
        ("feature:sso", "5", "", "x"),
        ("limit:seats", "5", "soon", "x"),
        ("limit:seats", "5", "2026-05-01", "x"),
        ("limit:seats", "5", "", " "),
    ] {
        let form = [("what", what), ("value", value), ("until", until), ("reason", reason)];
        let refused = post(&app, &me, "/tenants/acme/overrides", &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{form:?}");
    }
    assert!(recorded(&app).await.iter().all(|line| !line.contains("override.added")));
    for (what, value, until) in [("limit:seats", "7", "2026-06-30"), ("feature:scim", "no", "")] {
        let form = [("what", what), ("value", value), ("until", until), ("reason", "A fair")];
        let done = post(&app, &me, "/tenants/acme/overrides", &form).await;
        assert_eq!(done.location(), "/tenants/acme", "{}", done.body);
    }
    let own = known(&app, &acme).await.entitlements.clone();
    assert_eq!((own.limit(Limit::Seats), own.has(Feature::Scim)), (Some(7), false));
    let page = get(&app, &me, "/tenants/acme").await.body;
    for words in [
        "seats: 7",
        "scim: not included",
        "A fair",
        "otto@ops.test",
        "4 of 7",
        "Override of Seats: 7",
        "Override of Directory sync (SCIM): not included",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }

    let done = post(&app, &me, "/tenants/acme/overrides/seats/end", &[("reason", "Over")]).await;
    assert_eq!(done.location(), "/tenants/acme", "{}", done.body);
    assert_eq!(known(&app, &acme).await.entitlements.limit(Limit::Seats), None);
    let again = post(&app, &me, "/tenants/acme/overrides/seats/end", &[("reason", "Over")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let none = post(&app, &me, "/tenants/acme/overrides/rockets/end", &[("reason", "Over")]).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    let acts: Vec<_> = recorded(&app).await.into_iter().filter(|line| line.contains(" | override.")).collect();
    assert_eq!(
        acts,
        [
            "otto@ops.test | override.added | acme | seats: 7, until 2026-06-30 | A fair",
            "otto@ops.test | override.added | acme | scim: no | A fair",
            "otto@ops.test | override.ended | acme | seats | Over"
        ]
    );
}

#[tokio::test]
async fn a_long_address_keeps_nobody_from_acting() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let me = otto(&app).await;
    sqlx::raw_sql("UPDATE control.operator_account SET email = rpad('otto@', 254, 'ops.')")
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
    let done = post(&app, &me, "/tenants/acme/plan", &[("plan", "team"), ("reason", "A contract")]).await;
    assert_eq!(done.location(), "/tenants/acme", "{}", done.body);
    let form = [("what", "limit:seats"), ("value", "7"), ("until", ""), ("reason", "A fair")];
    let done = post(&app, &me, "/tenants/acme/overrides", &form).await;
    assert_eq!(done.location(), "/tenants/acme", "{}", done.body);
    assert_eq!(known(&app, &acme).await.entitlements.limit(Limit::Seats), Some(7));
}

#[tokio::test]
async fn a_plan_is_given_by_hand_and_not_against_the_payment_provider() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let me = otto(&app).await;
    let form = [("plan", "team"), ("reason", "A contract")];
    let done = post(&app, &me, "/tenants/acme/plan", &form).await;
    assert_eq!(done.location(), "/tenants/acme", "{}", done.body);
    assert_eq!(known(&app, &acme).await.entitlements.plan.as_str(), "team");
    let page = get(&app, &me, "/tenants/acme").await.body;
    assert!(page.contains("Enterprise became Team") && page.contains("A contract"), "{page}");

    let acts =
        async || recorded(&app).await.into_iter().filter(|line| line.contains("plan.changed")).collect::<Vec<_>>();
    assert_eq!(acts().await, ["otto@ops.test | plan.changed | acme | team | A contract"]);
    for form in
        [[("plan", "gold"), ("reason", "x")], [("plan", ""), ("reason", "x")], [("plan", "team"), ("reason", "")]]
    {
        let refused = post(&app, &me, "/tenants/acme/plan", &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{form:?}");
    }
    subscription(&app, &acme, "state = 'active', stripe_subscription = 'sub_1'").await;
    let refused = post(&app, &me, "/tenants/acme/plan", &[("plan", "free"), ("reason", "x")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("paid through the payment provider"), "{}", refused.body);
    assert_eq!(known(&app, &acme).await.entitlements.plan.as_str(), "team");
    assert_eq!(acts().await.len(), 1, "what was refused is not recorded as done");
}
