//! Several tickets at once, from outside.

use axum::http::StatusCode;
use rowhouse_app::desk::{bulk_edit::MOST, ticket::TicketId};
use rowhouse_platform::access::Role;
use uuid::Uuid;

use super::tickets;
use crate::app::{Answer, TestApp, TestTenant};

async fn send(app: &TestApp, tenant: &TestTenant, cookie: &str, form: &[(&str, &str)]) -> Answer {
    app.post(&tenant.host, "/tickets").cookie(cookie).form(form).send().await
}

async fn ids(app: &TestApp, tenant: &TestTenant) -> Vec<String> {
    let sql = "SELECT id FROM pooled.ticket WHERE tenant_id = $1 ORDER BY number";
    let ids: Vec<Uuid> =
        sqlx::query_scalar(sql).bind(tenant.home.id().0).fetch_all(&mut app.db.admin().await).await.unwrap();
    ids.into_iter().map(|id| TicketId(id).to_string()).collect()
}

async fn count(app: &TestApp, tenant: &TestTenant, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).bind(tenant.home.id().0).fetch_one(&mut app.db.admin().await).await.unwrap()
}

#[tokio::test]
async fn several_tickets_are_changed_together_and_each_tells_of_it() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    tickets(&app, &acme, 6).await;
    let label: Uuid = sqlx::query_scalar(
        "INSERT INTO pooled.label (tenant_id, id, name, colour, created_at)
         VALUES ($1, gen_random_uuid(), 'bug', 'red', now()) RETURNING id",
    )
    .bind(acme.home.id().0)
    .fetch_one(&mut app.db.admin().await)
    .await
    .unwrap();
    let label = rowhouse_app::desk::ticket::LabelId(label).to_string();
    let ids = ids(&app, &acme).await;
    // Two that are not urgent yet.
    let form = [
        ("ticket", ids[0].as_str()),
        ("ticket", &ids[1]),
        ("status", ""),
        ("priority", "urgent"),
        ("assignee", "me"),
        ("add", &label),
        ("back", "status=open&sort=due"),
    ];
    let answer = send(&app, &acme, &acme.member_cookie, &form).await;
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, "/tickets?status=open&sort=due"),
        "{}",
        answer.body
    );
    assert!(answer.cookie("__Host-flash").unwrap().ends_with("tickets-changed"));
    let urgent = "SELECT count(*) FROM pooled.ticket t JOIN pooled.account a ON a.tenant_id = t.tenant_id AND a.id = t.assignee_id
                  WHERE t.tenant_id = $1 AND t.number <= 2 AND t.priority = 'urgent' AND a.email LIKE 'member%' AND t.version = 2";
    assert_eq!(count(&app, &acme, urgent).await, 2);
    assert_eq!(count(&app, &acme, "SELECT count(*) FROM pooled.ticket_label WHERE tenant_id = $1").await, 2);
    assert!(
        count(&app, &acme, "SELECT count(*) FROM pooled.ticket_event WHERE tenant_id = $1 AND kind = 'priority'").await
            >= 1
    );

    // The label goes again; the third never had it.
    let form = [("ticket", ids[0].as_str()), ("ticket", &ids[2]), ("remove", &label), ("back", "")];
    let page = send(&app, &acme, &acme.member_cookie, &form).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("1 ticket changed, 1 was so already"), "{}", page.body);
    assert_eq!(count(&app, &acme, "SELECT count(*) FROM pooled.ticket_label WHERE tenant_id = $1").await, 1);
}

#[tokio::test]
async fn those_that_cannot_be_changed_are_named_and_the_others_are_changed() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let globex = app.tenant("globex").await;
    tickets(&app, &acme, 4).await;
    tickets(&app, &globex, 1).await;
    sqlx::query(
        "WITH p AS (INSERT INTO pooled.project (tenant_id, id, key, name, description, is_open, last_number, archived_at, version, created_at, updated_at)
                    VALUES ($1, gen_random_uuid(), 'OLD', 'Old', '', true, 1, now(), 1, now(), now()) RETURNING id)
         UPDATE pooled.ticket SET project_id = p.id, number = 9 FROM p WHERE tenant_id = $1 AND number = 4",
    )
    .bind(acme.home.id().0)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    let (mine, foreign) = (ids(&app, &acme).await, ids(&app, &globex).await);
    let form = [
        ("ticket", mine[0].as_str()),
        ("ticket", &mine[1]),
        ("ticket", &mine[3]),
        ("ticket", &foreign[0]),
        ("priority", "urgent"),
        ("back", "priority=urgent"),
    ];
    let page = send(&app, &acme, &acme.member_cookie, &form).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("2 could not"), "{}", page.body);
    assert!(page.body.contains("OLD-9 is of an archived project."));
    assert!(page.body.contains("One of them does not exist, or not any more."));
    let elsewhere = "SELECT count(*) FROM pooled.ticket WHERE tenant_id = $1 AND version > 1";
    assert_eq!(count(&app, &globex, elsewhere).await, 0);
}

#[tokio::test]
async fn what_is_not_meant_changes_nothing() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    tickets(&app, &acme, 2).await;
    let ids = ids(&app, &acme).await;
    let many: Vec<_> =
        std::iter::repeat_n(("ticket", ids[0].as_str()), MOST + 1).chain([("status", "closed")]).collect();
    for (form, message) in [
        (vec![("status", "closed")], "Select tickets first."),
        (vec![("ticket", ids[0].as_str()), ("status", "")], "Choose what is to be different."),
        (vec![("ticket", &ids[0]), ("status", "lost")], "“lost” is no status"),
        (vec![("ticket", "SUP-1"), ("status", "closed")], "“SUP-1” is no ticket"),
        (vec![("ticket", &ids[0]), ("status", "closed"), ("back", "status=lost")], "“lost” is no status"),
        (many, "201 tickets are selected; 200 can be changed at once."),
    ] {
        let page = send(&app, &acme, &acme.member_cookie, &form).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{message}");
        assert!(page.body.contains(message), "{message}: {}", page.body);
    }
    let viewer = acme.cookie_of(Role::Viewer);
    let form = [("ticket", ids[0].as_str()), ("status", "closed")];
    assert_eq!(send(&app, &acme, viewer, &form).await.status, StatusCode::FORBIDDEN);
    assert_eq!(count(&app, &acme, "SELECT count(*) FROM pooled.ticket WHERE tenant_id = $1 AND version > 1").await, 0);
}
