//! What each filter leaves, and what the page says.

use axum::http::StatusCode;
use rowhouse_app::desk::{PAGE_SIZE, list::Place, ticket::LabelId};
use rowhouse_platform::id::AccountId;
use sqlx::AssertSqlSafe;

use super::{found, id, tickets, titles};
use crate::app::{TestApp, TestTenant};

async fn matching(app: &TestApp, tenant: &TestTenant, condition: &str) -> Vec<String> {
    let sql = format!("SELECT t.title FROM pooled.ticket t WHERE t.tenant_id = $1 AND {condition} ORDER BY t.id DESC");
    let rows = sqlx::query_scalar(AssertSqlSafe(sql)).bind(tenant.home.id().0);
    rows.fetch_all(&mut app.db.admin().await).await.unwrap()
}

#[tokio::test]
async fn each_filter_leaves_what_it_says() {
    // It is 1 June 2026.
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    tickets(&app, &acme, 80).await;
    let mut admin = app.db.admin().await;
    for (name, every) in [("bug", 2), ("later", 3)] {
        sqlx::query(
            "WITH l AS (INSERT INTO pooled.label (tenant_id, id, name, colour, created_at)
                        VALUES ($1, gen_random_uuid(), $2, 'red', now()) RETURNING tenant_id, id)
             INSERT INTO pooled.ticket_label (tenant_id, ticket_id, label_id)
             SELECT t.tenant_id, t.id, l.id FROM l JOIN pooled.ticket t ON t.tenant_id = l.tenant_id AND t.number % $3 = 0",
        )
        .bind(acme.home.id().0)
        .bind(name)
        .bind(every)
        .execute(&mut admin)
        .await
        .unwrap();
    }
    let label = async |sql: &'static str| LabelId(id(&app, &acme, sql).await);
    let bug = label("SELECT id FROM pooled.label WHERE tenant_id = $1 AND name = 'bug'").await;
    let later = label("SELECT id FROM pooled.label WHERE tenant_id = $1 AND name = 'later'").await;
    let me = id(&app, &acme, "SELECT id FROM pooled.account WHERE tenant_id = $1 AND email LIKE 'member%'").await;
    sqlx::query(
        "INSERT INTO pooled.ticket_watcher (tenant_id, ticket_id, account_id, since)
         SELECT tenant_id, id, $2, now() FROM pooled.ticket WHERE tenant_id = $1 AND number % 9 = 0",
    )
    .bind(acme.home.id().0)
    .bind(me)
    .execute(&mut admin)
    .await
    .unwrap();

    let unresolved = "t.status IN ('open', 'pending')";
    let owner = acme.owner;
    for (query, condition) in [
        (String::new(), "true".to_owned()),
        ("project=sup".to_owned(), "true".to_owned()),
        ("status=open".to_owned(), "t.status = 'open'".to_owned()),
        ("status=open&status=closed".to_owned(), "t.status IN ('open', 'closed')".to_owned()),
        ("priority=urgent".to_owned(), "t.priority = 'urgent'".to_owned()),
        ("priority=urgent&priority=low".to_owned(), "t.priority IN ('urgent', 'low')".to_owned()),
        ("assignee=me".to_owned(), format!("t.assignee_id = '{me}'")),
        ("assignee=none".to_owned(), "t.assignee_id IS NULL".to_owned()),
        (format!("assignee={owner}"), format!("t.assignee_id = '{}'", owner.0)),
        ("requester=me".to_owned(), format!("t.requester_id = '{me}'")),
        (format!("label={bug}"), "t.number % 2 = 0".to_owned()),
        (format!("label={bug}&label={later}"), "t.number % 6 = 0".to_owned()),
        ("label=none".to_owned(), "t.number % 2 > 0 AND t.number % 3 > 0".to_owned()),
        ("label=none&status=open".to_owned(), "t.number % 2 > 0 AND t.number % 3 > 0 AND t.status = 'open'".to_owned()),
        ("watcher=me".to_owned(), "t.number % 9 = 0".to_owned()),
        (format!("watcher={}", AccountId(me)), "t.number % 9 = 0".to_owned()),
        (format!("watcher={owner}"), "false".to_owned()),
        ("due=overdue".to_owned(), format!("t.due_on < '2026-06-01' AND {unresolved}")),
        ("due=today".to_owned(), "t.due_on = '2026-06-01'".to_owned()),
        ("due=week".to_owned(), "t.due_on BETWEEN '2026-06-01' AND '2026-06-07'".to_owned()),
        ("due=none".to_owned(), "t.due_on IS NULL".to_owned()),
        ("due_from=2026-06-02".to_owned(), "t.due_on >= '2026-06-02'".to_owned()),
        (
            "due_from=2026-05-31&due_to=2026-06-01".to_owned(),
            "t.due_on BETWEEN '2026-05-31' AND '2026-06-01'".to_owned(),
        ),
        ("created_from=2026-05-02&created_to=2026-05-02".to_owned(), "t.created_at::date = '2026-05-02'".to_owned()),
        ("created_from=2026-05-03T05:00:00Z".to_owned(), "t.created_at >= '2026-05-03 05:00Z'".to_owned()),
        ("updated_to=2026-05-02T12:30:00Z".to_owned(), "t.updated_at <= '2026-05-02 12:30Z'".to_owned()),
        ("resolved_from=2026-05-02&resolved_to=2026-05-02".to_owned(), "t.resolved_at::date = '2026-05-02'".to_owned()),
        ("resolved_to=2026-05-02T12:00:00Z".to_owned(), "t.resolved_at <= '2026-05-02 12:00Z'".to_owned()),
        ("resolved_from=2026-05-02&status=open".to_owned(), "false".to_owned()),
        ("q=sup-7".to_owned(), "t.number = 7".to_owned()),
        ("q=ticket+7&sort=-created".to_owned(), "t.number = 7".to_owned()),
        ("q=%25_%25".to_owned(), "false".to_owned()),
        (
            format!("q=often&label={bug}&status=open&priority=low&priority=high&sort=-created"),
            "t.number % 7 > 0 AND t.number % 2 = 0 AND t.status = 'open' AND t.priority IN ('low', 'high')".to_owned(),
        ),
        (
            format!(
                "status=open&priority=high&requester={owner}&label={bug}&due_from=2026-05-01&created_from=2026-05-01&updated_from=2026-05-01"
            ),
            format!(
                "t.status = 'open' AND t.priority = 'high' AND t.requester_id = '{}' AND t.number % 2 = 0 AND t.due_on IS NOT NULL",
                owner.0
            ),
        ),
    ] {
        let list = found(&app, &acme, &query, Place::Start, 100).await;
        assert_eq!(titles(&list), matching(&app, &acme, &condition).await, "{query}");
    }
}

#[tokio::test]
async fn what_is_not_reached_is_not_found() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let globex = app.tenant("globex").await;
    tickets(&app, &acme, 5).await;
    tickets(&app, &globex, 5).await;
    let mut admin = app.db.admin().await;
    sqlx::query(
        "WITH p AS (INSERT INTO pooled.project (tenant_id, id, key, name, description, is_open, last_number, version, created_at, updated_at)
                    VALUES ($1, gen_random_uuid(), 'BOARD', 'Board room', '', false, 1, 1, now(), now()) RETURNING id)
         UPDATE pooled.ticket SET project_id = p.id, number = 1 FROM p WHERE tenant_id = $1 AND number = 3",
    )
    .bind(acme.home.id().0)
    .execute(&mut admin)
    .await
    .unwrap();
    let seen = ["Ticket 5", "Ticket 4", "Ticket 2", "Ticket 1"];
    assert_eq!(titles(&found(&app, &acme, "", Place::Start, 50).await), seen);
    assert_eq!(titles(&found(&app, &acme, "q=ticket&sort=-created", Place::Start, 50).await), seen);
    assert!(found(&app, &acme, "q=board-1", Place::Start, 50).await.rows.is_empty());
    let ask = |path: &'static str, cookie: &str| {
        let request = app.get(&acme.host, path).cookie(cookie);
        async move { request.send().await }
    };
    // Not there, as one that does not exist.
    for key in ["/tickets?project=BOARD", "/tickets?project=NONE"] {
        let page = ask(key, &acme.member_cookie).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.body.contains("There is no project"), "{}", page.body);
    }
    for key in ["/board?project=BOARD", "/board?project=NONE"] {
        assert_eq!(ask(key, &acme.member_cookie).await.status, StatusCode::NOT_FOUND);
    }
    assert!(ask("/tickets?project=BOARD", &acme.owner_cookie).await.body.contains("Ticket 3"));
}

#[tokio::test]
async fn the_page_says_what_it_shows() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ask = |path: &'static str| {
        let request = app.get(&acme.host, path).cookie(&acme.member_cookie);
        async move { request.send().await }
    };
    assert!(ask("/tickets").await.body.contains("No tickets yet"));
    tickets(&app, &acme, 60).await;

    let page = ask("/tickets?status=open&assignee=none&sort=due").await.body;
    assert!(page.contains("Remove the filter Status: Open") && page.contains("Remove the filter Assignee: nobody"));
    assert!(page.contains("aria-sort=\"ascending\"") && page.contains("SUP-") && page.contains("Overdue: "));
    assert_eq!(page.matches("<tr class=\"ticket-row\">").count(), page.matches("name=\"ticket\"").count());
    assert_eq!(ask("/tickets").await.body.matches("<tr class=\"ticket-row\">").count(), PAGE_SIZE);

    // A form sends the fields that were left alone too: the address is made tidy.
    let tidy = ask("/tickets?q=&status=open&assignee=&due=&sort=-created").await;
    assert_eq!((tidy.status, tidy.location()), (StatusCode::SEE_OTHER, "/tickets?status=open"));

    for (path, words) in [
        ("/tickets?status=lost", "“lost” is no status of a ticket; allowed are open, pending, solved, closed."),
        ("/tickets?sttus=open", "“sttus” is nothing that tickets can be filtered by"),
        ("/tickets?after=nonsense", "damaged"),
        ("/tickets?sort=due&after=c.tkt_00000000000000000000000000", "damaged"),
        ("/tickets?before=a&after=b", "damaged"),
    ] {
        let page = ask(path).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{path}");
        if path.contains("before") {
            assert!(page.body.contains("not both"), "{path}: {}", page.body);
        } else {
            assert!(page.body.contains(words), "{path}: {}", page.body);
        }
    }
}

#[tokio::test]
async fn among_many_people_somebody_is_found_by_name() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    tickets(&app, &acme, 3).await;
    let get = async |path: &str| app.get(&acme.host, path).cookie(&acme.owner_cookie).send().await;
    assert!(!get("/tickets").await.body.contains("Assignee by name"), "four people are in a list");
    sqlx::query(
        "INSERT INTO pooled.account (tenant_id, id, email, email_key, name, role, created_at, state)
         SELECT $1, gen_random_uuid(), 'p' || n || '@acme.test', 'p' || n || '@acme.test',
             CASE n WHEN 1 THEN 'Zoe Zander' WHEN 2 THEN 'Zoe Zander-Smith' ELSE 'Person ' || lpad(n::text, 3, '0') END,
             'agent', now(), 'active'
         FROM generate_series(1, 250) AS n",
    )
    .bind(acme.home.id().0)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO pooled.account (tenant_id, id, email, email_key, name, role, created_at, state)
         VALUES ($1, gen_random_uuid(), '1@acme.test', '1@acme.test', 'Zed', 'agent', now(), 'active')",
    )
    .bind(acme.home.id().0)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    let zoe = "SELECT id FROM pooled.account WHERE tenant_id = $1 AND name = 'Zoe Zander'";
    let zoe = AccountId(id(&app, &acme, zoe).await);
    let page = get("/tickets").await.body;
    for field in ["Assignee by name", "Requester by name", "Watcher by name"] {
        assert!(page.contains(field), "{field} in {page}");
    }
    assert!(!page.contains("Zoe Zander"), "beyond the first 200");

    // What the form sends becomes an address with the id, which says the name.
    let led = get("/tickets?q=&status=open&assignee=me&assignee_name=zoe+zander&watcher_name=").await;
    assert_eq!(led.status, StatusCode::SEE_OTHER, "{}", led.body);
    assert_eq!(led.location(), format!("/tickets?status=open&assignee={zoe}"));
    let shown = get(led.location()).await.body;
    assert!(shown.contains("Assignee: Zoe Zander"), "{shown}");
    let led = get("/board?project=SUP&watcher_name=p1%40acme.test").await;
    assert_eq!(led.location(), format!("/board?project=SUP&watcher={zoe}"));
    let led = get("/tickets?status=open&assignee=me&assignee_name=+").await;
    assert_eq!(led.location(), "/tickets?status=open&assignee=me", "{}", led.body);
    // An address is one person's, though it is the end of others'.
    let zed = AccountId(id(&app, &acme, "SELECT id FROM pooled.account WHERE tenant_id = $1 AND name = 'Zed'").await);
    let led = get("/tickets?assignee_name=1%40acme.test").await;
    assert_eq!(led.location(), format!("/tickets?assignee={zed}"), "{}", led.body);

    for (name, message) in [
        ("nobody-like-this", "Nobody here has the name or address"),
        ("person", "Several people here have"),
        ("a%00b", "in one line"),
    ] {
        let wrong = get(&format!("/tickets?requester_name={name}")).await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{name}");
        assert!(wrong.body.contains(message), "{name}: {}", wrong.body);
    }
}
