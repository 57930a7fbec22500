//! Uploads that break off, and those that take their time.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use futures_util::{StreamExt as _, stream};
use tokio::sync::mpsc;

use super::{Form, KIND, assert_nothing, attached, states, stored, usage, world};

/// The first half of a form with a file of 12 MB: enough that parts of it are stored.
fn half() -> Vec<u8> {
    let whole = Form::new().file("large.bin", &vec![7; 12 * 1024 * 1024]).bytes();
    whole[..whole.len() - 1024].to_vec()
}

fn frames(bytes: &[u8]) -> Vec<Bytes> {
    bytes.chunks(64 * 1024).map(Bytes::copy_from_slice).collect()
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_nothing() {
    let (app, acme, ticket) = world(&[]).await;
    let path = format!("{ticket}/attachments");
    let sent = stream::iter(frames(&half())).map(Ok);
    let breaks = sent.chain(stream::iter([Err(std::io::Error::other("reset"))]));
    let ask = app.post(&acme.host, &path).cookie(&acme.owner_cookie).streamed(KIND, Body::from_stream(breaks));
    assert_eq!(ask.send().await.status, StatusCode::BAD_REQUEST);
    assert_nothing(&app, &acme).await;
    // The same where it just ends.
    let ends = stream::iter(frames(&half())).map(Ok::<_, std::io::Error>);
    let ask = app.post(&acme.host, &path).cookie(&acme.owner_cookie).streamed(KIND, Body::from_stream(ends));
    assert_eq!(ask.send().await.status, StatusCode::BAD_REQUEST);
    assert_nothing(&app, &acme).await;
    let upkeep = rowhouse::services::storage_upkeep(&app.services, app.services.operator_url.clone().unwrap());
    upkeep.round().await.unwrap();
}

#[tokio::test]
async fn a_sender_who_goes_away_leaves_nothing() {
    let (app, acme, ticket) = world(&[]).await;
    let waits = stream::iter(frames(&half())).map(Ok::<_, std::io::Error>).chain(stream::pending());
    let ask = app
        .post(&acme.host, &format!("{ticket}/attachments"))
        .cookie(&acme.owner_cookie)
        .streamed(KIND, Body::from_stream(waits));
    // Whoever serves a connection drops what answers it when it ends.
    assert!(tokio::time::timeout(Duration::from_secs(2), ask.send()).await.is_err());
    let begun = tokio::time::Instant::now();
    while !stored(&app).is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", stored(&app));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(states(&app).await, [("pending".to_owned(), 1)]);
    assert_eq!(usage(&app, &acme).await, (0, 0));
    let upkeep = rowhouse::services::storage_upkeep(&app.services, app.services.operator_url.clone().unwrap());
    upkeep.round().await.unwrap();
    assert_eq!(states(&app).await, [("pending".to_owned(), 1)], "it may be on its way for all that is known");
    app.clock.advance(time::Duration::hours(1));
    upkeep.round().await.unwrap();
    assert_nothing(&app, &acme).await;
}

#[tokio::test]
async fn a_slow_sender_holds_no_transaction() {
    let (app, acme, ticket) = world(&[]).await;
    let whole = Form::new().file("slow.bin", &vec![7; 1024 * 1024]).bytes();
    let (sender, receiver) = mpsc::unbounded_channel::<Result<Bytes, std::io::Error>>();
    let body = stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
    let ask = app
        .post(&acme.host, &format!("{ticket}/attachments"))
        .cookie(&acme.owner_cookie)
        .streamed(KIND, Body::from_stream(body));
    let (begin, end) = whole.split_at(whole.len() / 2);
    sender.send(Ok(Bytes::copy_from_slice(begin))).unwrap();
    let watch = async {
        let mut admin = app.db.admin().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let sql = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND usename = 'rowhouse_app' AND xact_start IS NOT NULL";
        let open: i64 = sqlx::query_scalar(sql).fetch_one(&mut admin).await.unwrap();
        assert_eq!(states(&app).await, [("pending".to_owned(), 1)], "it is under way");
        sender.send(Ok(Bytes::copy_from_slice(end))).unwrap();
        drop(sender);
        open
    };
    let (answer, open) = tokio::join!(ask.send(), watch);
    assert_eq!((answer.status, open), (StatusCode::SEE_OTHER, 0), "{}", answer.body);
    assert_eq!(usage(&app, &acme).await, (1024 * 1024, 1));
}

#[tokio::test]
async fn a_sender_of_whom_nothing_comes_is_given_up() {
    let (app, acme, ticket) = world(&[("ROWHOUSE_SERVER__REQUEST_TIMEOUT_SECONDS", "1")]).await;
    let waits = stream::iter(frames(&half())).map(Ok::<_, std::io::Error>).chain(stream::pending());
    let ask = app
        .post(&acme.host, &format!("{ticket}/attachments"))
        .cookie(&acme.owner_cookie)
        .streamed(KIND, Body::from_stream(waits));
    let answer = tokio::time::timeout(Duration::from_secs(20), ask.send()).await.unwrap();
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    assert_nothing(&app, &acme).await;
}

#[tokio::test]
async fn rights_that_go_meanwhile_are_gone() {
    let (app, acme, ticket) = world(&[]).await;
    let whole = Form::new().file("late.bin", &vec![7; 1024 * 1024]).bytes();
    let (sender, receiver) = mpsc::unbounded_channel::<Result<Bytes, std::io::Error>>();
    let body = stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
    let ask = app
        .post(&acme.host, &format!("{ticket}/attachments"))
        .cookie(&acme.member_cookie)
        .streamed(KIND, Body::from_stream(body));
    let (begin, end) = whole.split_at(whole.len() / 2);
    sender.send(Ok(Bytes::copy_from_slice(begin))).unwrap();
    let revoke = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let sql = "UPDATE pooled.account SET role = 'viewer' WHERE email = 'member@acme.test'";
        sqlx::query(sql).execute(&mut app.db.admin().await).await.unwrap();
        sender.send(Ok(Bytes::copy_from_slice(end))).unwrap();
        drop(sender);
    };
    let (answer, ()) = tokio::join!(ask.send(), revoke);
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    assert_nothing(&app, &acme).await;
    assert_eq!(attached(&app, &acme, &ticket, Form::new().file("a.txt", b"a")).await.len(), 1);
}
