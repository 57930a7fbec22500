//! Live changes: who hears what, from outside.

use std::time::Duration;

use axum::{body::BodyDataStream, http::StatusCode};
use futures_util::StreamExt as _;

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
    let ask = || app.get(&acme.host, "/live").cookie(&acme.member_cookie).header("last-event-id", &last.to_string());
    let heard = until(&mut ask().listen().await, "\"comment\"").await.unwrap();
    assert!(!heard.contains("\"created\""), "{heard}");
    app.clock.advance(time::Duration::hours(1));
    assert!(until(&mut ask().listen().await, "event: reload").await.is_some(), "too long ago to be told one by one");
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
