//! Several tickets opened at once.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Program, read};
use crate::api::assert_problem;

const BATCH: &str = "/api/v1/tickets/batch";

async fn send(program: &Program, tickets: Value) -> Value {
    let answer = program.send(Method::POST, BATCH, &[], Some(json!({ "tickets": tickets }))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    read(&answer)["results"].clone()
}

#[tokio::test]
async fn each_is_told_of_and_the_good_ones_are_open() {
    let program = Program::start().await;
    let label = program.send(Method::POST, "/api/v1/labels", &[], Some(json!({ "name": "printer" }))).await;
    let label = read(&label)["id"].clone();
    let results = send(
        &program,
        json!([
            { "project": "SUP", "title": "One", "labels": [label] },
            { "project": "SUP", "title": " " },
            { "project": "SUP", "title": "Two", "labels": ["lbl_00000000000000000000000000"] },
            { "project": "NONE", "title": "Three" },
            { "project": "sup", "title": "Four", "assignee": "usr_00000000000000000000000000" },
            { "project": "sup", "title": "Five", "due_on": "2026-12-24" },
        ]),
    )
    .await;
    let outcomes: Vec<_> =
        results.as_array().unwrap().iter().map(|one| (one["outcome"].as_str().unwrap(), one["key"].as_str())).collect();
    let (no, refused) = (None, "refused");
    assert_eq!(
        outcomes,
        [
            ("created", Some("SUP-1")),
            (refused, no),
            (refused, no),
            (refused, no),
            (refused, no),
            ("created", Some("SUP-2"))
        ],
        "{results}"
    );
    for (at, pointer) in [(1, "/tickets/1/title"), (2, "/tickets/2/labels"), (3, "/tickets/3/project")] {
        assert_eq!(results[at]["errors"][0]["pointer"], pointer, "{results}");
    }
    assert!(results[4]["detail"].as_str().unwrap().contains("does not have access"), "{results}");
    assert_eq!(program.read("/api/v1/tickets/SUP-1").await["labels"][0]["name"], "printer");
    assert_eq!(program.read("/api/v1/tickets/SUP-2").await["due_on"], "2026-12-24");
    assert_eq!(program.count("SELECT count(*) FROM pooled.ticket").await, 2);
}

#[tokio::test]
async fn one_of_the_wrong_form_is_refused_as_a_whole() {
    let program = Program::start().await;
    let one = json!({ "project": "SUP", "title": "One" });
    for (tickets, pointer) in [
        (json!([]), "/tickets"),
        (json!(vec![one.clone(); 101]), "/tickets"),
        (json!([one, { "project": "SUP", "title": 7 }]), "/tickets/1/title"),
        (json!([one, { "project": "SUP", "title": "Two", "colour": "red" }]), "/tickets/1/colour"),
    ] {
        let answer = program.send(Method::POST, BATCH, &[], Some(json!({ "tickets": tickets }))).await;
        assert_eq!(assert_problem(&answer, 422, "invalid")["errors"][0]["pointer"], pointer);
    }
    assert_eq!(program.count("SELECT count(*) FROM pooled.ticket").await, 0);
}

#[tokio::test]
async fn one_that_is_sent_again_is_done_once() {
    let program = Program::start().await;
    let body = json!({ "tickets": [{ "project": "SUP", "title": "One" }, { "project": "SUP", "title": "Two" }] });
    let key = [("idempotency-key", "one")];
    let first = program.send(Method::POST, BATCH, &key, Some(body.clone())).await;
    let again = program.send(Method::POST, BATCH, &key, Some(body)).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let other = json!({ "tickets": [{ "project": "SUP", "title": "Three" }] });
    let other = program.send(Method::POST, BATCH, &key, Some(other)).await;
    assert_problem(&other, 422, "idempotency-mismatch");
    assert_eq!(program.count("SELECT count(*) FROM pooled.ticket").await, 2);
}

#[tokio::test]
async fn who_only_reads_opens_none() {
    let program = Program::start().await.holding(&["ticket.read"]).await;
    let body = json!({ "tickets": [{ "project": "SUP", "title": "One" }] });
    assert_problem(&program.send(Method::POST, BATCH, &[], Some(body)).await, 403, "forbidden");
}
