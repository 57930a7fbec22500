//! Programs hear that a limit of the plan is near before they are refused.

use axum::http::Method;
use rowhouse_platform::plan::Limit;
use serde_json::json;

use super::{Program, form};
use crate::{app::Answer, plans::limited};

/// What an answer of success says of the plan.
fn said(answer: &Answer) -> Option<&str> {
    assert!(answer.status.is_success(), "{}: {}", answer.status, answer.body);
    answer.headers.get("plan-limit-near").map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn whoever_makes_projects_hears_that_little_room_is_left() {
    let program = Program::start().await.holding(&["ticket.read", "ticket.write", "project.manage"]).await;
    let make = async |key: &str| {
        let body = json!({ "name": key, "key": key });
        program.send(Method::POST, "/api/v1/projects", &[("idempotency-key", key)], Some(body)).await
    };
    assert_eq!(said(&make("PA").await), None, "there is no limit");
    limited(&program.app, &program.tenant, Limit::Projects, 5).await;
    assert_eq!(said(&make("PB").await), None, "three of five");
    assert_eq!(said(&make("PC").await), Some(r#""projects";used=4;limit=5"#));
    assert_eq!(said(&make("PD").await), Some(r#""projects";used=5;limit=5"#));
    let again = make("PC").await;
    assert_eq!(said(&again), Some(r#""projects";used=4;limit=5"#), "the same answer again");
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let post = async |path: &str| program.send(Method::POST, path, &[], None).await;
    assert_eq!(said(&post("/api/v1/projects/PD/archive").await), None, "less is used, not more");
    assert_eq!(said(&post("/api/v1/projects/PD/restore").await), Some(r#""projects";used=5;limit=5"#));
}

#[tokio::test]
async fn whoever_sends_files_hears_it_too() {
    let program = Program::start().await.holding(&["ticket.read", "ticket.write", "project.manage"]).await;
    let files = format!("/api/v1/tickets/{}/attachments", program.open("One").await);
    limited(&program.app, &program.tenant, Limit::StorageBytes, 10).await;
    let attach = async |content: &[u8]| program.upload(&files, &[], form("files", "a.txt", content)).await;
    assert_eq!(said(&attach(b"1234567").await), None, "70 %");
    assert_eq!(said(&attach(b"8").await), Some(r#""storage_bytes";used=8;limit=10"#));
    limited(&program.app, &program.tenant, Limit::StorageBytes, 24).await;
    let file = form("file", "t.csv", b"Subject\nOne\n");
    let import = program.upload("/api/v1/projects/SUP/imports", &[], file).await;
    assert_eq!(said(&import), Some(r#""storage_bytes";used=20;limit=24"#));
    assert_eq!(said(&program.get(&files).await), None, "nothing was made");
}
