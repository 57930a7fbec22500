//! What takes the permission to manage projects.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Program, read};
use crate::{
    api::{assert_problem, run},
    desk::label_endings,
};

async fn manager() -> Program {
    Program::start().await.holding(&["ticket.read", "ticket.write", "project.manage"]).await
}

async fn label(program: &Program, name: &str) -> String {
    let answer = program.send(Method::POST, "/api/v1/labels", &[], Some(json!({ "name": name }))).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    read(&answer)["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_project_is_made() {
    let program = manager().await;
    let send = |body: Value| program.send(Method::POST, "/api/v1/projects", &[], Some(body));
    let answer = send(json!({ "name": " Operations ", "key": "ops", "is_open": false })).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(read(&answer), json!({ "key": "OPS", "version": 1 }));
    assert!(answer.location().ends_with("/api/v1/projects/OPS"), "{}", answer.location());
    let project = program.read("/api/v1/projects/OPS").await;
    assert_eq!(
        (&project["name"], &project["role"], &project["is_open"]),
        (&json!("Operations"), &json!("lead"), &json!(false))
    );
    assert_eq!(read(&send(json!({ "name": "Operations" })).await)["key"], "OPE", "a key is made of the name");
    assert_problem(&send(json!({ "name": "Other", "key": "OPS" })).await, 409, "conflict");
    for (body, pointer) in [
        (json!({ "name": " " }), "/name"),
        (json!({ "name": "a\u{0}" }), "/name"),
        (json!({ "name": "a", "key": "1" }), "/key"),
        (json!({ "name": "a", "colour": "red" }), "/colour"),
    ] {
        assert_eq!(assert_problem(&send(body).await, 422, "invalid")["errors"][0]["pointer"], pointer);
    }
    let program = program.holding(&["ticket.read", "ticket.write"]).await;
    let refused = program.send(Method::POST, "/api/v1/projects", &[], Some(json!({ "name": "a" }))).await;
    assert_problem(&refused, 403, "forbidden");
    // The project of members only has its owner among its leads; their keys reach it for that.
    assert_eq!(program.get("/api/v1/projects/OPS").await.status, 200);
}

#[tokio::test]
async fn a_key_manages_no_longer_than_its_owner_does() {
    let program = manager().await;
    run(&program.app, "UPDATE pooled.account SET role = 'agent' WHERE email_key = 'owner@acme.test'".to_owned()).await;
    let refused = program.send(Method::POST, "/api/v1/projects", &[], Some(json!({ "name": "a" }))).await;
    assert_problem(&refused, 403, "forbidden");
    assert_eq!(program.read("/api/v1/me").await["permissions"], json!(["ticket.read", "ticket.write"]));
}

#[tokio::test]
async fn labels_are_changed_merged_and_deleted() {
    let program = manager().await;
    let (bug, defect) = (label(&program, "bug").await, label(&program, "defect").await);
    let body = json!({ "project": "SUP", "title": "One", "labels": [bug] });
    assert_eq!(program.send(Method::POST, "/api/v1/tickets", &[], Some(body)).await.status, 201);
    let path = format!("/api/v1/labels/{bug}");
    let change = |body: Value| program.send(Method::PATCH, &path, &[], Some(body));
    assert_eq!(change(json!({ "colour": "pink" })).await.status, 204);
    assert_eq!(change(json!({ "name": "Bug" })).await.status, 204);
    let labels = program.read("/api/v1/labels").await;
    assert_eq!((&labels["items"][0]["name"], &labels["items"][0]["colour"]), (&json!("Bug"), &json!("pink")));
    assert_problem(&change(json!({ "name": "DEFECT" })).await, 409, "conflict");
    assert_problem(&change(json!({ "name": null })).await, 422, "invalid");

    let merge = |into: &str| {
        let (path, body) = (format!("{path}/merge"), json!({ "into": into }));
        let program = &program;
        async move { program.send(Method::POST, &path, &[], Some(body)).await }
    };
    let nowhere = merge("lbl_00000000000000000000000000").await;
    assert_eq!(assert_problem(&nowhere, 409, "conflict")["errors"][0]["pointer"], "/into");
    assert_problem(&merge(&bug).await, 409, "conflict");
    assert_eq!(read(&merge(&defect).await), json!({ "tickets": 1 }));
    assert_problem(&merge(&defect).await, 404, "not-found");
    assert_eq!(program.read("/api/v1/tickets/SUP-1").await["labels"][0]["name"], "defect");

    let path = format!("/api/v1/labels/{defect}");
    assert_eq!(program.send(Method::DELETE, &path, &[], None).await.status, 204);
    assert_problem(&program.send(Method::DELETE, &path, &[], None).await, 404, "not-found");
    assert_eq!(program.read("/api/v1/tickets/SUP-1").await["labels"], json!([]));
}

#[tokio::test]
async fn labels_of_many_tickets_go_in_the_background() {
    let program = manager().await;
    let (bug, defect) = (label(&program, "bug").await, label(&program, "defect").await);
    label_endings::many(&program.app, &program.tenant, bug.parse().unwrap(), 501).await;
    let (merge, body) = (format!("/api/v1/labels/{bug}/merge"), json!({ "into": defect }));
    let answer = program.send(Method::POST, &merge, &[], Some(body.clone())).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (202, ""));
    assert_problem(&program.send(Method::POST, &merge, &[], Some(body)).await, 409, "conflict");
    let path = format!("/api/v1/labels/{defect}");
    assert_problem(&program.send(Method::DELETE, &path, &[], None).await, 409, "conflict");
    let given = json!({ "project": "SUP", "title": "One", "labels": [bug] });
    assert_problem(&program.send(Method::POST, "/api/v1/tickets", &[], Some(given)).await, 409, "conflict");
    let labels = program.read("/api/v1/labels").await;
    assert_eq!((labels["items"].as_array().unwrap().len(), &labels["items"][0]["name"]), (1, &json!("defect")));
    let of_bug = program.read(&format!("/api/v1/tickets?label={bug}&limit=1")).await;
    assert_eq!(of_bug["items"][0]["labels"][0]["name"], "bug", "a ticket that has it says so");

    label_endings::upkeep(&program.app).await;
    assert_eq!(program.count("SELECT count(*) FROM pooled.ticket_label").await, 501);
    assert_eq!(program.send(Method::DELETE, &path, &[], None).await.status, 202);
    label_endings::upkeep(&program.app).await;
    assert_eq!(program.count("SELECT count(*) FROM pooled.ticket_label").await, 0);
    assert_eq!(program.read("/api/v1/labels").await["items"], json!([]));
    let via = program.count("SELECT count(*) FROM pooled.ticket_event WHERE kind = 'labels' AND via IS NOT NULL").await;
    assert_eq!(via, 1002, "timelines name the key");
}
