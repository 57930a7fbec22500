//! `rowhouse usage reconcile`: events, what they were added up to, and what was billed.

use time::{
    Date,
    macros::{date, datetime},
};

use super::{differences, event_at, quiet, report, run};
use crate::{
    app::{TestApp, TestTenant},
    command_line::Program,
};

const DAYS: (Date, Date) = (date!(2026 - 05 - 01), date!(2026 - 05 - 31));

/// Put down for the day, and taken by the payment provider.
async fn bill(app: &TestApp, tenant: &TestTenant, meter: &str, quantity: i64) {
    sqlx::query(
        "INSERT INTO control.billed_usage (tenant_id, meter, day, quantity, times) VALUES ($1, $2, '2026-05-03', $3, 1)
         ON CONFLICT (tenant_id, meter, day) DO UPDATE SET quantity = $3",
    )
    .bind(tenant.home.id().0)
    .bind(meter)
    .bind(quantity)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO control.billing_outbox (id, tenant_id, kind, body, once, created_at, next_attempt_at, done_at)
         VALUES (gen_random_uuid(), $1, 'usage',
             jsonb_build_object('meter', $2::text, 'day', '2026-05-03', 'value', $3::bigint), $2, now(), now(), now())
         ON CONFLICT (once) DO UPDATE SET body = EXCLUDED.body",
    )
    .bind(tenant.home.id().0)
    .bind(meter)
    .bind(quantity)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
}

#[tokio::test]
async fn what_agrees_is_said_and_what_differs_is_named() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    for (key, at) in [("a", datetime!(2026-05-03 0:00 UTC)), ("b", datetime!(2026-05-03 23:59:59 UTC))] {
        event_at(&app, &acme, key, at, 2).await;
        event_at(&app, &globex, key, at, 50).await;
    }
    let good = report(&app, &acme, DAYS).await;
    assert_eq!((good.events, good.differences.len()), (2, 0));
    assert_eq!(good.totals["api_call"].quantity, 4);

    // What came since is added up first, and differs from nothing.
    event_at(&app, &acme, "c", datetime!(2026-05-03 12:00 UTC), 1).await;
    bill(&app, &acme, "api_call", 5).await;
    let good = report(&app, &acme, DAYS).await;
    assert_eq!((good.events, good.billed, good.differences), (3, 1, vec![]));

    bill(&app, &acme, "api_call", 6).await;
    assert_eq!(differences(&app, &acme, DAYS).await, ["2026-05-03 api_call: used 5, billed 6"]);
    bill(&app, &acme, "api_call", 5).await;
    bill(&app, &acme, "mail", 1).await;
    assert_eq!(differences(&app, &acme, DAYS).await, ["2026-05-03 mail: used 0, billed 1"]);
    run(&app, "DELETE FROM control.billed_usage").await;

    run(&app, "UPDATE pooled.usage_hour SET quantity = quantity + 1 WHERE at = '2026-05-03 12:00Z'").await;
    assert_eq!(differences(&app, &acme, DAYS).await, ["2026-05-03 api_call: events say 5, hours say 6"]);
    run(&app, "UPDATE pooled.usage_hour SET quantity = quantity - 1 WHERE at = '2026-05-03 12:00Z'").await;
    run(&app, "DELETE FROM pooled.usage_event WHERE key = 'c'").await;
    assert_eq!(
        differences(&app, &acme, DAYS).await,
        [
            "2026-05-03 api_call: events say 4, hours say 5",
            "2026-05-03 api_call: events say 4, days say 5",
            "2026-05-03 api_call: events there are 2, events added up 3"
        ]
    );
    assert_eq!(differences(&app, &globex, DAYS).await, Vec::<String>::new(), "another tenant's are its own");
}

#[tokio::test]
async fn seats_are_billed_by_people() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let insert = "INSERT INTO pooled.usage_event (tenant_id, meter, key, at, quantity, account_id, recorded_at)
                  SELECT a.tenant_id, 'active_seat', a.id || '/' || h, '2026-05-03'::timestamptz + h * interval '1 hour',
                         1, a.id, now()
                  FROM pooled.account a CROSS JOIN generate_series(1, 3) h";
    run(&app, insert).await;
    bill(&app, &acme, "active_seat", 4).await;
    assert_eq!(differences(&app, &acme, DAYS).await, Vec::<String>::new(), "four people, of whatever hours");
    bill(&app, &acme, "active_seat", 12).await;
    assert_eq!(differences(&app, &acme, DAYS).await, ["2026-05-03 active_seat: used 4, billed 12"]);
}

#[tokio::test]
async fn the_command_ends_with_what_it_found() {
    let program = Program::new().await;
    let tenant = ["tenant", "create", "acme", "--name", "Acme", "--owner-email", "o@acme.test", "--owner-name", "Olga"];
    let (good, text) = program.run(&tenant);
    assert!(good, "{text}");
    let mut admin = program.db.admin().await;
    sqlx::query(
        "INSERT INTO pooled.usage_event (tenant_id, meter, key, at, quantity, recorded_at)
         SELECT id, 'api_call', 'k', now() - interval '1 day', 3, now() FROM control.tenant",
    )
    .execute(&mut admin)
    .await
    .unwrap();
    quiet(&mut admin).await;
    let today = rowhouse_platform::ambient::Ambient::system().now().date();
    let (from, to) = (today.saturating_sub(time::Duration::days(2)).to_string(), today.to_string());
    let reconcile = ["usage", "reconcile", "--tenant", "acme", "--from", &from, "--to", &to];
    let (good, text) = program.run(&reconcile);
    assert!(good && text.contains("ok      acme:") && text.contains("api_call 3, from 1 events"), "{text}");
    let (good, text) = program.run(&reconcile[..2].iter().chain(&reconcile[4..]).copied().collect::<Vec<_>>());
    assert!(good && text.contains("ok      acme:"), "all tenants: {text}");

    sqlx::query("UPDATE pooled.usage_day SET quantity = 4 WHERE meter = 'api_call'").execute(&mut admin).await.unwrap();
    let (good, text) = program.run(&reconcile);
    assert!(!good && text.contains("api_call: events say 3, days say 4") && text.contains("1 difference"), "{text}");
    let (good, text) = program.run(&["usage", "rebuild", "--tenant", "acme"]);
    assert!(good, "{text}");
    let (good, text) = program.run(&reconcile);
    assert!(good, "{text}");

    for wrong in [["--from", &to, "--to", &from], ["--from", "soon", "--to", &to]] {
        let (good, text) = program.run(&[&["usage", "reconcile", "--tenant", "acme"], &wrong[..]].concat());
        assert!(!good && (text.contains("before the first") || text.contains("no day such as")), "{text}");
    }
    let (good, text) = program.run(&["usage", "reconcile", "--tenant", "nobody", "--from", &from, "--to", &to]);
    assert!(!good && text.contains("there is no tenant"), "{text}");
}
