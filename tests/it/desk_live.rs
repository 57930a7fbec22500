//! Live changes: who hears what, from outside.

use std::time::Duration;

use axum::{body::BodyDataStream, http::StatusCode};
use futures_util::StreamExt as _;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::app::{TestApp, TestTenant};

/// Reads until `word` has come, or `None` if it has not within three seconds.
async fn until(stream: &mut BodyDataStream, word: &str) -> Option<String> {
    let mut text = String::new();
    let reading = async {
        while let Some(chunk) = stream.next().await {
            text.push_str(&String::from_utf8_lossy(&chunk.unwrap()));
            if text.contains(word) {
                return true;
            }
        }
        false
    };
    let found = tokio::time::timeout(Duration::from_secs(3), reading).await;
    (found == Ok(true)).then_some(text)
}

async fn comment(app: &TestApp, tenant: &TestTenant, path: &str) {
    let form = [("intent", "comment"), ("body", "Which one?")];
    let answer = app.post(&tenant.host, path).cookie(&tenant.owner_cookie).form(&form).send().await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn who_listens_hears_of_their_tickets_alone() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let (one, two) = (app.ticket(&acme, "Printer").await, app.ticket(&acme, "Network").await);
    app.clock.advance(time::Duration::minutes(5));
    let listen = |tenant: &TestTenant, path: &str| app.get(&tenant.host, path).cookie(&tenant.member_cookie).listen();
    let mut all = listen(&acme, "/live").await;
    let mut of_one = listen(&acme, "/live?ticket=SUP-1").await;
    let mut elsewhere = listen(&globex, "/live").await;
    comment(&app, &acme, &two).await;
    let heard = until(&mut all, "SUP-2").await.unwrap();
    assert!(heard.contains("event: change") && heard.contains("\"by\":\"Olga of acme\""), "{heard}");
    assert!(heard.contains("\"own\":false") && !heard.contains("Which one?"), "{heard}");
    comment(&app, &acme, &one).await;
    let heard = until(&mut of_one, "SUP-1").await.unwrap();
    assert!(!heard.contains("SUP-2"), "{heard}");
    assert_eq!(until(&mut elsewhere, "SUP").await, None);
}

#[tokio::test]
async fn what_was_missed_comes_after_the_last_id() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    let sql = "SELECT id FROM pooled.ticket_event";
    let last: uuid::Uuid = sqlx::query_scalar(sql).fetch_one(&mut app.db.admin().await).await.unwrap();
    app.clock.advance(time::Duration::minutes(1));
    comment(&app, &acme, &path).await;
    app.clock.advance(time::Duration::minutes(1));
    let ask = || app.get(&acme.host, "/live").cookie(&acme.member_cookie).header("last-event-id", &format!("{last}.0"));
    let heard = until(&mut ask().listen().await, "\"comment\"").await.unwrap();
    assert!(!heard.contains("\"created\""), "{heard}");
    app.clock.advance(time::Duration::hours(1));
    assert!(until(&mut ask().listen().await, "event: reload").await.is_some(), "too long ago to be told one by one");
    // A server of before said it without a number.
    let ask = app.get(&acme.host, "/live").cookie(&acme.member_cookie).header("last-event-id", &last.to_string());
    assert!(until(&mut ask.listen().await, "event: reload").await.is_some(), "nobody knows what was missed");
}

/// Writes so many events of a ticket, `recorded_in` as given, in the transaction that is open, if one is.
async fn write(app: &TestApp, admin: &mut PgConnection, ticket: i64, count: i64, recorded_in: &str) {
    let sql = format!(
        "INSERT INTO pooled.ticket_event (tenant_id, ticket_id, id, kind, detail, created_at, recorded_in)
         SELECT t.tenant_id, t.id, CASE WHEN n = 1 THEN $1 ELSE gen_random_uuid() END, 'description', '{{}}', $2, {recorded_in}
         FROM pooled.ticket t, generate_series(1, $4) n WHERE t.number = $3"
    );
    let ambient = &app.services.ambient;
    let query = sqlx::query(AssertSqlSafe(sql)).bind(ambient.uuid()).bind(ambient.now()).bind(ticket).bind(count);
    assert_eq!(query.execute(admin).await.unwrap().rows_affected(), u64::try_from(count).unwrap());
}

#[tokio::test]
async fn what_is_committed_long_after_it_was_written_is_told() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    app.ticket(&acme, "Printer").await;
    let two = app.ticket(&acme, "Network").await;
    let mut slow = app.db.admin().await;
    sqlx::raw_sql("BEGIN").execute(&mut slow).await.unwrap();
    write(&app, &mut slow, 1, 1, "pg_current_xact_id()").await;
    app.clock.advance(time::Duration::minutes(2));
    let ask = || app.get(&acme.host, "/live").cookie(&acme.member_cookie);
    let mut stays = ask().listen().await;
    let mut leaves = ask().listen().await;
    comment(&app, &acme, &two).await;
    let heard = until(&mut stays, "SUP-2").await.unwrap();
    assert!(!heard.contains("SUP-1"), "{heard}");
    let heard = until(&mut leaves, "SUP-2").await.unwrap();
    let last = heard.lines().find_map(|line| line.strip_prefix("id:")).unwrap().trim().to_owned();
    drop(leaves);
    sqlx::raw_sql("COMMIT").execute(&mut slow).await.unwrap();
    assert!(until(&mut stays, "SUP-1").await.is_some());
    let heard = until(&mut ask().header("last-event-id", &last).listen().await, "SUP-1").await.unwrap();
    assert!(!heard.contains("event: reload"), "{heard}");
}

#[tokio::test]
async fn much_at_once_is_told_once_and_an_import_not_at_all() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    app.ticket(&acme, "Printer").await;
    let two = app.ticket(&acme, "Network").await;
    app.clock.advance(time::Duration::minutes(2));
    let mut all = app.get(&acme.host, "/live").cookie(&acme.member_cookie).listen().await;
    let mut admin = app.db.admin().await;
    write(&app, &mut admin, 1, 300, "NULL").await;
    comment(&app, &acme, &two).await;
    let heard = until(&mut all, "SUP-2").await.unwrap();
    assert!(!heard.contains("SUP-1") && !heard.contains("event: reload"), "{heard}");
    write(&app, &mut admin, 1, 300, "pg_current_xact_id()").await;
    let heard = until(&mut all, "event: reload").await.unwrap();
    assert!(!heard.contains("SUP-1"), "{heard}");
    comment(&app, &acme, &two).await;
    let heard = until(&mut all, "SUP-2").await.unwrap();
    assert!(!heard.contains("event: reload"), "{heard}");
}

#[tokio::test]
async fn connections_are_counted_and_end_with_the_server() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    assert_eq!(app.get(&acme.host, "/live").send().await.status, StatusCode::SEE_OTHER, "to the sign-in");
    let ask = || app.get(&acme.host, "/live").cookie(&acme.member_cookie);
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(ask().listen().await);
    }
    assert_eq!(ask().send().await.status, StatusCode::TOO_MANY_REQUESTS);
    open.pop();
    let mut last = ask().listen().await;
    app.services.live.close();
    let ended = tokio::time::timeout(Duration::from_secs(3), async { while last.next().await.is_some() {} }).await;
    assert_eq!(ended, Ok(()));
    assert_eq!(ask().send().await.status, StatusCode::TOO_MANY_REQUESTS, "it stops");
}
