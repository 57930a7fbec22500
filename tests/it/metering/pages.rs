//! `/admin/usage`: figures that were worked out by hand, against the plan, in pages and files.

use axum::http::{StatusCode, header};
use rowhouse_platform::access::Role;
use time::{Duration, OffsetDateTime, macros::datetime};

use super::{add_up, event_at, run};
use crate::app::{Answer, TestApp, TestTenant};

async fn get(app: &TestApp, tenant: &TestTenant, path: &str) -> Answer {
    app.get(&tenant.host, path).cookie(&tenant.owner_cookie).send().await
}

/// The lines of a file, without its quotes.
async fn file(app: &TestApp, tenant: &TestTenant, query: &str) -> Vec<String> {
    let answer = get(app, tenant, &format!("/admin/usage/export.csv?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment; filename=\"acme-"));
    answer.body.lines().map(|line| line.replace('"', "")).collect()
}

/// API calls of the owner: 10 in May, 5 yesterday, 2 in the hour before this one, 1 in this hour.
async fn world() -> (TestApp, TestTenant) {
    let app = TestApp::start().await;
    // The 3rd of June, 12:30.
    app.clock.advance(Duration::hours(48) + Duration::minutes(30));
    let acme = app.tenant("acme").await;
    let globex = app.tenant("globex").await;
    let calls: [(&str, OffsetDateTime, i64); 4] = [
        ("a", datetime!(2026-05-10 9:00 UTC), 10),
        ("b", datetime!(2026-06-02 9:00 UTC), 5),
        ("c", datetime!(2026-06-03 11:59 UTC), 2),
        ("d", datetime!(2026-06-03 12:00 UTC), 1),
    ];
    for (key, at, quantity) in calls {
        event_at(&app, &acme, key, at, quantity).await;
        event_at(&app, &globex, key, at, 1000).await;
    }
    add_up(&app, &acme).await;
    add_up(&app, &globex).await;
    (app, acme)
}

#[tokio::test]
async fn files_hold_what_was_used() {
    let (app, acme) = world().await;
    let hours = file(&app, &acme, "range=24h&chart=api_call").await;
    assert_eq!(hours[0], "Hour,API calls");
    assert_eq!(hours.len(), 25);
    assert_eq!(hours[23..], ["2026-06-03T11:00Z,2", "2026-06-03T12:00Z,1"]);
    assert_eq!(hours[1], "2026-06-02T13:00Z,0");

    let days = file(&app, &acme, "chart=api_call").await;
    assert_eq!((days[0].as_str(), days.len()), ("Day,API calls", 31));
    assert_eq!(days[29..], ["2026-06-02,5", "2026-06-03,3"]);
    assert!(days.contains(&"2026-05-10,10".to_owned()));

    let months = file(&app, &acme, "range=12m&chart=api_call").await;
    assert_eq!((months[0].as_str(), months.len()), ("Month,API calls", 13));
    assert_eq!(months[11..], ["2026-05,10", "2026-06,8"]);

    // Days to come are expected as those that are over: 0 and 5.
    let period = file(&app, &acme, "range=period&chart=api_call").await;
    assert_eq!(period.len(), 31);
    assert_eq!(period[1..5], ["2026-06-01,0", "2026-06-02,5", "2026-06-03,3", "2026-06-04,2"]);

    let by = file(&app, &acme, "range=12m&chart=breakdown").await;
    assert_eq!(by[0], "Member,API calls,Tickets opened,Exports,Active hours");
    assert_eq!(by[1], "Olga of acme,18,0,0,1");
    let seats = file(&app, &acme, "chart=active_seat").await;
    assert_eq!(seats.last().unwrap(), "2026-06-03,4", "people, not visits");
}

#[tokio::test]
async fn projects_that_the_reader_does_not_reach_are_one_row() {
    let (app, acme) = world().await;
    run(
        &app,
        "INSERT INTO pooled.usage_event (tenant_id, meter, key, at, quantity, project_id, recorded_at)
         SELECT t.id, 'ticket', 'of ' || n, '2026-06-02 09:00Z', n, ('00000000-0000-7000-8000-00000000000' || n)::uuid, now()
         FROM control.tenant t, generate_series(1, 3) n WHERE t.slug = 'acme'",
    )
    .await;
    add_up(&app, &acme).await;
    let by = file(&app, &acme, "by=project&chart=breakdown").await;
    assert_eq!(by, ["Project,Tickets opened,Exports,Files stored now (bytes)", "Other projects,6,0,0"]);
    let page = get(&app, &acme, "/admin/usage?by=project").await.body;
    // A bar, and a line of the table.
    assert_eq!(page.matches(">Other projects<").count(), 2, "{page}");
}

#[tokio::test]
async fn the_page_shows_every_meter_and_the_period() {
    let (app, acme) = world().await;
    for range in ["", "?range=24h", "?range=period&by=project", "?range=12m&by=key"] {
        let page = get(&app, &acme, &format!("/admin/usage{range}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        for word in ["API calls", "Active people", "Stored files", "Tickets opened", "Mail sent", "Exports"] {
            assert!(page.body.contains(word), "{word} in {range}");
        }
        assert!(page.body.contains("This period, 1 Jun 2026 to 30 Jun 2026"), "{range}");
    }
    let page = get(&app, &acme, "/admin/usage").await.body;
    assert!(page.contains("18 in all, at most 10 in one day.") && page.contains("None."), "{page}");
    assert!(page.contains(">Today</text>"), "{page}");
    let hours = get(&app, &acme, "/admin/usage?range=24h").await.body;
    assert!(hours.contains(">Now</text>") && !hours.contains(">Today</text>"), "{hours}");
    // 8 in 61 of 720 hours.
    assert!(page.contains(r#"<td class="is-end">94</td>"#), "{page}");
    assert!(!page.contains("1,000"), "nothing of another tenant");
}

#[tokio::test]
async fn the_limits_of_the_plan_stand_beside() {
    let (app, acme) = world().await;
    run(
        &app,
        "INSERT INTO control.entitlement_override (id, tenant_id, key, value, reason, made_by, created_at)
         SELECT gen_random_uuid(), id, 'seats', '3', 'a test', 'test', now() FROM control.tenant WHERE slug = 'acme'",
    )
    .await;
    app.services.directory.forget_all();
    let page = get(&app, &acme, "/admin/usage").await.body;
    assert!(page.contains("In the plan: 3") && page.contains("Over the limit"), "{page}");
}

#[tokio::test]
async fn files_are_held_against_the_limit_as_they_are_stored_now() {
    let (app, acme) = world().await;
    for sql in [
        "INSERT INTO control.entitlement_override (id, tenant_id, key, value, reason, made_by, created_at)
         SELECT gen_random_uuid(), id, 'storage_bytes', '1024', 'a test', 'test', now() FROM control.tenant
         WHERE slug = 'acme'",
        "INSERT INTO pooled.storage_use (tenant_id, bytes, objects)
         SELECT id, 512, 1 FROM control.tenant WHERE slug = 'acme' ON CONFLICT (tenant_id) DO UPDATE SET bytes = 512",
    ] {
        run(&app, sql).await;
    }
    app.services.directory.forget_all();
    let page = get(&app, &acme, "/admin/usage").await.body;
    assert!(page.contains("Files stored now") && !page.contains("Over the limit"), "{page}");
    // Of this no hour has counted anything yet.
    run(&app, "UPDATE pooled.storage_use SET bytes = 2048").await;
    let page = get(&app, &acme, "/admin/usage").await.body;
    assert_eq!(page.matches("Over the limit").count(), 1, "{page}");
}

#[tokio::test]
async fn where_nothing_is_counted_it_says_so() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let page = get(&app, &acme, "/admin/usage").await;
    assert!(page.status == StatusCode::OK && page.body.contains("Nothing is counted yet"), "{}", page.body);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for path in ["/admin/usage?range=1y", "/admin/usage?by=colour", "/admin/usage/export.csv?range=x&chart=mail"] {
        let answer = get(&app, &acme, path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
    }
    for path in ["/admin/usage/export.csv", "/admin/usage/export.csv?chart=money"] {
        assert_eq!(get(&app, &acme, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for role in [Role::Agent, Role::Viewer] {
        for path in ["/admin/usage", "/admin/usage/export.csv?chart=mail"] {
            let answer = app.get(&acme.host, path).cookie(acme.cookie_of(role)).send().await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
}
