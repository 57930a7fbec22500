//! Files, sent by programs.

use axum::http::Method;
use serde_json::json;

use super::{Program, form, read};
use crate::{
    api::{ask, assert_problem, usual_key},
    app::TestApp,
    database::Way,
};

const FILES: &str = "SELECT count(*) FROM pooled.attachment";
const CALLS: &str = "SELECT count(*) FROM pooled.usage_event WHERE meter = 'api_call'";
const OBJECTS: &str = "SELECT count(*) FROM pooled.stored_object";

#[tokio::test]
async fn files_are_attached_listed_and_read() {
    let program = Program::start().await;
    let path = format!("/api/v1/tickets/{}/attachments", program.open("One").await);
    let mut body = b"--rowhouse\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\nAs seen here\r\n".to_vec();
    body.extend(form("files", "../a.txt", b"hello"));
    let answer = program.upload(&path, &[], body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let made = read(&answer);
    let one = &made["attachments"][0];
    assert_eq!((&one["name"], &one["bytes"]), (&json!("a.txt"), &json!(5)), "{made}");
    let listed = program.read(&path).await;
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["comment"]), (&one["id"], &made["comment"]));
    let path = format!("/api/v1/attachments/{}", one["id"].as_str().unwrap());
    let calls = program.count(CALLS).await;
    let content = program.get(&path).await;
    assert_eq!((content.status.as_u16(), content.bytes.as_slice()), (200, b"hello".as_slice()));
    let known = content.headers["etag"].to_str().unwrap();
    assert_eq!(program.send(Method::GET, &path, &[("if-none-match", known)], None).await.status, 304);
    let behind = program.send(Method::GET, &path, &[("range", "bytes=9-")], None).await;
    assert_eq!(behind.status, 416);
    assert_eq!(program.count(CALLS).await, calls + 2, "what was answered with success is counted, once");
    let used = "SELECT bytes FROM pooled.storage_use";
    assert_eq!(program.count(used).await, 5);
}

#[tokio::test]
async fn what_cannot_be_taken_leaves_nothing() {
    let app = TestApp::start_with(Way::Direct, &[("ROWHOUSE_STORAGE__FILE_LIMIT_MIB", "1")]).await;
    let program = Program::on(app).await;
    let path = format!("/api/v1/tickets/{}/attachments", program.open("One").await);
    let large = program.upload(&path, &[], form("files", "a.bin", &vec![b'x'; 1_500_000])).await;
    let problem = assert_problem(&large, 413, "too-large");
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("can have at most"), "{problem}");
    let empty = program.upload(&path, &[], form("files", "a.bin", b"")).await;
    assert_eq!(assert_problem(&empty, 422, "invalid")["errors"][0]["pointer"], "/files");
    let none = program.upload(&path, &[], b"--rowhouse--\r\n".to_vec()).await;
    assert_problem(&none, 422, "invalid");
    let broken = program.upload(&path, &[], b"--rowhouse\r\nContent-Dispo".to_vec()).await;
    assert_problem(&broken, 400, "bad-request");
    let json = program.send(Method::POST, &path, &[], Some(json!({}))).await;
    assert_problem(&json, 415, "unsupported-media-type");
    for nowhere in ["/api/v1/tickets/SUP-99/attachments", "/api/v1/tickets/x/attachments"] {
        assert_problem(&program.upload(nowhere, &[], form("files", "a.txt", b"a")).await, 404, "not-found");
    }
    assert_eq!((program.count(FILES).await, program.count(OBJECTS).await), (0, 0));
}

#[tokio::test]
async fn an_upload_that_is_sent_again_is_done_once() {
    let program = Program::start().await;
    let path = format!("/api/v1/tickets/{}/attachments", program.open("One").await);
    let key = [("idempotency-key", "one")];
    let first = program.upload(&path, &key, form("files", "a.txt", b"hello")).await;
    assert_eq!(first.status, 201, "{}", first.body);
    let again = program.upload(&path, &key, form("files", "a.txt", b"hello")).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let other = program.upload(&path, &key, form("files", "a.txt", b"other")).await;
    assert_problem(&other, 422, "idempotency-mismatch");
    let renamed = program.upload(&path, &key, form("files", "b.txt", b"hello")).await;
    assert_problem(&renamed, 422, "idempotency-mismatch");
    assert_eq!((program.count(FILES).await, program.count(OBJECTS).await), (1, 1));
}

#[tokio::test]
async fn nobody_attaches_to_what_they_do_not_reach() {
    let program = Program::start().await;
    let path = format!("/api/v1/tickets/{}/attachments", program.open("Ours").await);
    let globex = program.app.tenant("globex").await;
    let key = usual_key(&program.app, &globex).await;
    let body = form("files", "a.txt", b"a");
    let theirs = ask(&program.app, Method::POST, &globex.host, &path, &key.token);
    let theirs = theirs.body("multipart/form-data; boundary=rowhouse", body.clone()).send().await;
    assert_problem(&theirs, 404, "not-found");
    let program = program.holding(&["ticket.read"]).await;
    assert_problem(&program.upload(&path, &[], body).await, 403, "forbidden");
    assert_eq!(program.count(OBJECTS).await, 0);
}
