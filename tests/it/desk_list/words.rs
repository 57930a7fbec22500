//! Words and filters together, where more tickets have the words than are looked at.

use std::collections::HashSet;

use axum::http::StatusCode;
use rowhouse_app::desk::{
    list::{Asker, Filter, MOST_FOUND, Narrow, Place, TicketPage, counts, page},
    permission::ReadTickets,
    project::reach,
    ticket::Status,
};
use uuid::Uuid;

use super::{permit, tickets};
use crate::app::{TestApp, TestTenant};

/// More than are looked at, by more than a project's worth.
const MANY: i32 = MOST_FOUND + 150;

/// [`MANY`] tickets called “Ticket n”: every fifth in a project of its own, every fourth labelled, every ninth watched by
/// the member.
async fn furnish(app: &TestApp, tenant: &TestTenant) -> Uuid {
    tickets(app, tenant, MANY).await;
    let label = Uuid::from_u128(0x0190_0000_0000_7000_a000_0000_0000_0001);
    let mut admin = app.db.admin().await;
    for sql in [
        "WITH p AS (
             INSERT INTO pooled.project (tenant_id, id, key, name, description, is_open, last_number, version, created_at,
                                         updated_at)
             VALUES ($1, gen_random_uuid(), 'OTH', 'Other', '', true, 3000, 1, now(), now()) RETURNING tenant_id, id)
         UPDATE pooled.ticket t SET project_id = p.id FROM p
         WHERE t.tenant_id = p.tenant_id AND t.number % 5 = 0 AND $2::uuid IS NOT NULL",
        "WITH l AS (INSERT INTO pooled.label (tenant_id, id, name, colour, created_at)
                    VALUES ($1, $2, 'bug', 'red', now()) RETURNING tenant_id, id)
         INSERT INTO pooled.ticket_label (tenant_id, ticket_id, label_id)
         SELECT t.tenant_id, t.id, l.id FROM l JOIN pooled.ticket t ON t.tenant_id = l.tenant_id AND t.number % 4 = 0",
        "INSERT INTO pooled.ticket_watcher (tenant_id, ticket_id, account_id, since)
         SELECT t.tenant_id, t.id, a.id, now() FROM pooled.ticket t
         JOIN pooled.account a ON a.tenant_id = t.tenant_id AND a.email LIKE 'member%'
         WHERE t.tenant_id = $1 AND t.number % 9 = 0 AND $2::uuid IS NOT NULL",
    ] {
        sqlx::query(sql).bind(tenant.home.id().0).bind(label).execute(&mut admin).await.unwrap();
    }
    label
}

async fn narrowed(app: &TestApp, tenant: &TestTenant, query: &str, place: Place) -> (TicketPage, Option<i64>) {
    let mut permit = permit::<ReadTickets>(app, tenant, &tenant.member_cookie).await;
    let reach = reach::of(&mut permit).await.unwrap();
    let filter = Filter::parse(query).unwrap();
    let narrow = {
        let asker = Asker::new(permit.principal(), &reach, app.services.ambient.now());
        Narrow::new(&filter, &asker).unwrap()
    };
    let list = page(&mut permit, &narrow, filter.order(), place, 3000).await.unwrap();
    let counted = counts(&mut permit, &narrow).await.unwrap();
    (list, counted.is_whole(Status::Open).then(|| counted.of(Status::Open)))
}

async fn ids(app: &TestApp, tenant: &TestTenant, query: &str) -> HashSet<Uuid> {
    narrowed(app, tenant, query, Place::Start).await.0.rows.iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn older_tickets_that_a_filter_leaves_are_found_behind_newer_ones() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let label = furnish(&app, &acme).await;
    tickets(&app, &globex, 10).await;
    let label = rowhouse_app::desk::ticket::LabelId(label);
    for filter in [
        "project=OTH".to_owned(),
        "status=open".to_owned(),
        "status=open&status=pending&priority=low".to_owned(),
        "priority=urgent".to_owned(),
        "assignee=none".to_owned(),
        "assignee=me".to_owned(),
        format!("assignee={}", acme.owner),
        "requester=me".to_owned(),
        format!("label={label}"),
        "label=none".to_owned(),
        "watcher=me".to_owned(),
        "due=none".to_owned(),
        "due=today".to_owned(),
        "due=overdue".to_owned(),
        "due_from=2026-06-02&due_to=2026-06-02".to_owned(),
        "created_to=2026-05-20".to_owned(),
        "created_from=2026-05-02&created_to=2026-05-03".to_owned(),
        "updated_to=2026-05-20".to_owned(),
        "updated_from=2026-05-02&updated_to=2026-05-03".to_owned(),
        "resolved_from=2026-05-02&resolved_to=2026-05-20".to_owned(),
    ] {
        let without_words = ids(&app, &acme, &filter).await;
        let with_words = ids(&app, &acme, &format!("q=ticket&sort=-updated&{filter}")).await;
        // Fewer than are looked at, so that all are there; and some among the oldest, which are not looked at without it.
        assert!((1..usize::try_from(MOST_FOUND).unwrap()).contains(&without_words.len()), "{filter}");
        assert_eq!(with_words.len(), without_words.len(), "{filter}");
        assert_eq!(with_words, without_words, "{filter}");
    }
}

#[tokio::test]
async fn by_creation_all_are_gone_through_both_ways() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    furnish(&app, &acme).await;
    let many = usize::try_from(MANY).unwrap();
    for (query, first) in [("q=ticket&sort=created", 1), ("q=ticket&sort=-created", i64::from(MANY))] {
        let (list, open) = narrowed(&app, &acme, query, Place::Start).await;
        assert_eq!((list.rows.len(), list.rows[0].number, open), (many, first, None), "{query}");
        // From the middle on, and back.
        let middle = list.rows[many / 2].cursor(Filter::parse(query).unwrap().order().by);
        let (behind, _) = narrowed(&app, &acme, query, Place::After(middle)).await;
        let (before, _) = narrowed(&app, &acme, query, Place::Before(middle)).await;
        assert_eq!((before.rows.len(), behind.rows.len()), (many / 2, many - many / 2 - 1), "{query}");
        assert_eq!(before.rows[0].number, first, "{query}");
    }
    // In another order the newest are looked at, and what was not looked at is not said to be nothing.
    let (list, open) = narrowed(&app, &acme, "q=ticket&sort=-priority", Place::Start).await;
    assert_eq!((list.rows.len(), open), (usize::try_from(MOST_FOUND).unwrap(), None));

    let file = app.get(&acme.host, "/tickets/export?format=jsonl&q=ticket").cookie(&acme.owner_cookie).send().await;
    assert_eq!((file.status, file.body.lines().count()), (StatusCode::OK, many));
}

#[tokio::test]
async fn that_not_all_are_looked_at_is_said_where_it_is_so() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    furnish(&app, &acme).await;
    // Two of the oldest are left.
    sqlx::query(
        "UPDATE pooled.ticket SET status = 'solved' WHERE tenant_id = $1 AND status = 'closed' AND number > 10",
    )
    .bind(acme.home.id().0)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    for (query, order, is_cut) in [
        ("q=ticket&sort=-priority", "Most urgent first", true),
        ("q=ticket&sort=created", "Oldest first", false),
        ("sort=-priority", "Most urgent first", false),
        ("q=ticket&sort=-priority&project=OTH", "Most urgent first", false),
        ("q=ticket&sort=-priority&status=closed", "Most urgent first", false),
    ] {
        let page = app.get(&acme.host, &format!("/tickets?{query}")).cookie(&acme.owner_cookie).send().await;
        assert!(page.body.contains("class=\"ticket-row\""), "{query}: {}", page.body);
        let words = if is_cut { format!("{order}, of the newest 500 that match") } else { order.to_owned() };
        assert!(page.body.contains(&format!("<span>{words}</span>")), "{query}: {}", page.body);
    }
}
