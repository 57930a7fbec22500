//! What is shown, and that it is written down who looked.

use axum::http::StatusCode;

use super::{get, otto, recorded};
use crate::{
    app::TestApp,
    plans::{limited, on_plan, operator, subscription},
};

/// What was written down by a request.
async fn records_of(app: &TestApp, me: &super::Otto, path: &str) -> Vec<String> {
    let before = recorded(app).await.len();
    let page = get(app, me, path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
    recorded(app).await.split_off(before)
}

#[tokio::test]
async fn every_read_leaves_a_record() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let me = otto(&app).await;
    for (path, record) in [
        ("/", "tenants.read"),
        ("/?q=ac&state=trialing&sort=newest", "tenants.read | search: ac, state: trialing"),
        ("/?plan=team&sort=calls", "tenants.read | plan: team"),
        ("/tenants/acme", "tenant.read | acme"),
        ("/tenants/acme?range=12m", "tenant.read | acme"),
        ("/tenants/acme/billing", "billing.read | acme"),
        ("/tenants/acme/plan", "tenant.read | acme | plan"),
        ("/tenants/acme/overrides", "tenant.read | acme | override"),
        ("/tenants/acme/overrides/seats/end", "tenant.read | acme | end of an override"),
        ("/tenants/acme/suspend", "tenant.read | acme | suspend"),
        ("/tenants/acme/resume", "tenant.read | acme | resume"),
        ("/audit?who=otto&tenant=acme", "audit.read | who: otto, tenant: acme"),
    ] {
        assert_eq!(records_of(&app, &me, path).await, [format!("otto@ops.test | {record}")], "{path}");
    }
    assert!(records_of(&app, &me, "/account").await.is_empty(), "one's own account is no tenant's");

    let before = recorded(&app).await;
    for path in
        ["/tenants/globex", "/tenants/ACME", "/tenants/a%00b", "/tenants/console", "/?sort=size", "/?state=rich"]
    {
        let page = get(&app, &me, path).await;
        assert!(page.status.is_client_error(), "{path}: {}", page.status);
    }
    assert_eq!(recorded(&app).await, before, "nothing was shown");
    let log = get(&app, &me, "/audit").await.body;
    for words in ["Tenant read", "Billing events read", "Signed in", "otto@ops.test", "search: ac, state: trialing"] {
        assert!(log.contains(words), "{words} in {log}");
    }
}

#[tokio::test]
async fn the_list_says_how_tenants_stand() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    on_plan(&app, &acme, "free").await;
    limited(&app, &acme, rowhouse_platform::plan::Limit::Seats, 2).await;
    subscription(&app, &globex, "state = 'past_due', past_due_since = '2026-06-01'").await;
    let me = otto(&app).await;
    let list = get(&app, &me, "/").await.body;
    for words in ["Company acme", "Company globex", "4 of 2", "Over its limits", "Payment failed", "Nothing is wrong"] {
        assert!(list.contains(words), "{words} in {list}");
    }
    assert!(list.contains("Sorted by address"), "{list}");
    assert!(!list.contains("aria-label=\"Pages\""), "there is one page: {list}");
    let newest = get(&app, &me, "/?sort=newest").await.body;
    assert!(newest.contains("Sorted by age, the newest first"), "{newest}");
    let none = get(&app, &me, "/?state=suspended").await.body;
    assert!(none.contains("Nothing matches") && !none.contains("Sorted by"), "nothing is in no order: {none}");
    let shows = async |path: &str| {
        let list = get(&app, &me, path).await.body;
        (list.contains("Company acme"), list.contains("Company globex"))
    };
    assert_eq!(shows("/?q=GLOB").await, (false, true));
    assert_eq!(shows(&format!("/?q={}", acme.home.id())).await, (true, false));
    assert_eq!(shows("/?state=unpaid").await, (false, true));
    assert_eq!(shows("/?state=suspended").await, (false, false));
    assert_eq!(shows("/?sort=plan&after=globex").await, (true, false), "the larger plan is first");
    assert_eq!(shows("/?after=acme").await, (false, true));
}

#[tokio::test]
async fn the_list_goes_by_use_and_by_plan() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    on_plan(&app, &globex, "free").await;
    on_plan(&app, &acme, "team").await;
    let mut admin = app.db.admin().await;
    // Those of long ago are not counted.
    for (tenant, meter, days, quantity) in [
        (&acme, "api_call", 3, 1000),
        (&acme, "api_call", 2, 234),
        (&acme, "ticket", 40, 5000),
        (&globex, "api_call", 40, 5000),
        (&globex, "ticket", 1, 77),
    ] {
        sqlx::query(
            "INSERT INTO pooled.usage_day (tenant_id, at, meter, account_id, api_key_id, project_id, quantity, events)
             VALUES ($1, date_trunc('day', $2::timestamptz, 'UTC'), $3, $4, $4, $4, $5, 1)",
        )
        .bind(tenant.home.id().0)
        .bind(app.services.ambient.now() - time::Duration::days(days))
        .bind(meter)
        .bind(uuid::Uuid::nil())
        .bind(i64::from(quantity))
        .execute(&mut admin)
        .await
        .unwrap();
    }
    let me = otto(&app).await;
    let list = get(&app, &me, "/").await.body;
    for words in [">1,234<", ">77<"] {
        assert!(list.contains(words), "{words} in {list}");
    }
    assert!(!list.contains("5,000"), "{list}");
    for (sort, first, second) in [("calls", "acme", "globex"), ("tickets", "globex", "acme")] {
        let list = get(&app, &me, &format!("/?sort={sort}")).await.body;
        let place = |slug: &str| list.find(&format!("Company {slug}")).unwrap();
        assert!(place(first) < place(second), "{sort}");
        let rest = get(&app, &me, &format!("/?sort={sort}&after={first}")).await.body;
        assert!(!rest.contains(&format!("Company {first}")) && rest.contains(&format!("Company {second}")), "{sort}");
    }
    let shows = async |path: &str| {
        let list = get(&app, &me, path).await.body;
        (list.contains("Company acme"), list.contains("Company globex"))
    };
    assert_eq!(shows("/?plan=team").await, (true, false));
    assert_eq!(shows("/?plan=free&sort=tickets").await, (false, true));
    assert_eq!(shows("/?plan=none-is-called-so").await, (false, false));
}

#[tokio::test]
async fn pages_of_the_list_follow_each_other_without_gap() {
    let app = TestApp::start().await;
    let fill = "INSERT INTO control.tenant (id, slug, name, created_at)
                SELECT gen_random_uuid(), 'house-' || lpad(n::text, 3, '0'), 'House ' || n,
                       '2026-01-01'::timestamptz + n * interval '1 minute'
                FROM generate_series(1, 120) n";
    sqlx::raw_sql(fill).execute(&mut operator(&app).await).await.unwrap();
    let me = otto(&app).await;
    for sort in ["name", "newest", "plan", "calls", "tickets"] {
        let mut seen = Vec::new();
        let mut path = format!("/?sort={sort}");
        loop {
            let page = get(&app, &me, &path).await.body;
            seen.extend(page.split("/tenants/house-").skip(1).map(|rest| rest[..3].to_owned()));
            let next = page.split("rel=\"next\"").next().filter(|before| before.len() < page.len());
            let Some(before) = next else { break };
            let href = before.rsplit("href=\"").next().and_then(|rest| rest.split('"').next()).unwrap();
            path = href.replace("&amp;", "&");
            assert!(seen.len() <= 120, "{sort}: {path}");
        }
        let mut once = seen.clone();
        once.sort();
        once.dedup();
        assert_eq!((seen.len(), once.len()), (120, 120), "{sort}");
        assert_eq!(seen[0], if sort == "newest" { "120" } else { "001" }, "{sort}");
    }
}

#[tokio::test]
async fn one_tenant_is_shown_whole() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    on_plan(&app, &acme, "team").await;
    let used = format!(
        "INSERT INTO pooled.usage_day (tenant_id, at, meter, account_id, api_key_id, project_id, quantity, events)
         VALUES ('{}', '2026-06-01T00:00:00Z', 'ticket', '{}', '00000000-0000-0000-0000-000000000000',
             '00000000-0000-0000-0000-000000000000', 7, 2)",
        acme.home.id().0,
        acme.owner.0
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(used)).execute(&mut app.db.admin().await).await.unwrap();
    let me = otto(&app).await;
    let page = get(&app, &me, "/tenants/acme").await.body;
    for words in [
        "Company acme",
        "http://acme.app.test:3000",
        "4 of 50",
        "1 of 25",
        "€8 a seat a month",
        "Tickets opened",
        "7 in all, at most 7 in one day.",
        "Enterprise became Team",
        "by Otto",
        "Reason: They asked.",
        "Nothing was made otherwise than the plan says.",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(!page.contains("--accent-light"), "a workspace's look is its own");
}

#[tokio::test]
async fn what_was_changed_at_once_is_one_entry_in_words() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for (at, columns) in [
        (
            "2026-05-30T10:00:00Z",
            "state = 'active', stripe_subscription = 'sub_1', seats = 3, period_end = '2026-06-30'",
        ),
        (
            "2026-05-31T10:00:00Z",
            "state = 'cancelled', stripe_subscription = NULL, seats = NULL, period_end = '2026-05-31'",
        ),
    ] {
        let id = acme.home.id().0;
        let sql = format!("UPDATE control.subscription SET {columns}, updated_at = '{at}' WHERE tenant_id = '{id}'");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut operator(&app).await).await.unwrap();
    }
    let me = otto(&app).await;
    let page = get(&app, &me, "/tenants/acme").await.body;
    for words in [
        "Began with Enterprise",
        "State: Agreed with us → Active",
        "Seats paid for: 3",
        "Period until: 30 June 2026",
        "30 May 2026, 10:00 UTC",
        "by the system",
        "At Stripe: subscription sub_1<",
        "State: Active → Cancelled",
        "Seats are not counted by the payment any more",
        "Period until: 31 May 2026",
        "At Stripe: subscription sub_1 no longer<",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert_eq!(page.matches("class=\"console__change\"").count(), 3, "{page}");
    assert!(!page.contains("period_end") && !page.contains("rowhouse plan history"), "{page}");
}

#[tokio::test]
async fn billing_events_are_shown_as_text() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let events = format!(
        r#"INSERT INTO control.stripe_customer (id, tenant_id, known_at, known_by)
           VALUES ('cus_a', '{}', now(), ''), ('cus_g', '{}', now(), '');
           INSERT INTO control.stripe_event (id, kind, created_at, received_at, is_live, stripe_customer, outcome, payload)
           VALUES ('evt_1', 'invoice.paid', now(), now(), false, 'cus_a', 'applied', '{{"note": "<script>alert(1)</script>"}}'),
                  ('evt_2', 'invoice.paid', now(), now(), false, 'cus_g', 'applied', '{{}}')"#,
        acme.home.id().0,
        globex.home.id().0
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(events)).execute(&mut app.db.admin().await).await.unwrap();
    let me = otto(&app).await;
    let page = get(&app, &me, "/tenants/acme/billing").await.body;
    assert!(page.contains("evt_1") && page.contains("&lt;script&gt;alert(1)"), "{page}");
    assert!(!page.contains("<script>alert") && !page.contains("evt_2"), "{page}");
}
