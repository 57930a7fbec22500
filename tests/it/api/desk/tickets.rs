//! Tickets: opened, found, changed.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Program, read};
use crate::{
    api::{ask, assert_problem, make_key, usual_key},
    app::Answer,
};

fn titles(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_ticket_is_opened_and_read() {
    let program = Program::start().await;
    let body = json!({ "project": "sup", "title": " Jammed ", "priority": "high", "due_on": "2026-12-24" });
    let answer = program.send(Method::POST, "/api/v1/tickets", &[], Some(body)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!((read(&answer)["key"].as_str(), &answer.headers["etag"]), (Some("SUP-1"), &"\"1\"".parse().unwrap()));
    assert!(answer.location().ends_with("/api/v1/tickets/SUP-1"), "{}", answer.location());

    let answer = program.get("/api/v1/tickets/sup-1").await;
    assert!(answer.headers["etag"].to_str().unwrap().starts_with("\"1."), "{:?}", answer.headers);
    let ticket = read(&answer);
    for (name, value) in
        [("title", "Jammed"), ("status", "open"), ("priority", "high"), ("due_on", "2026-12-24"), ("project", "SUP")]
    {
        assert_eq!(ticket[name], value, "{ticket}");
    }
    assert!(ticket["assignee"].is_null() && ticket["requester"]["id"].as_str().unwrap().starts_with("usr_"));
}

#[tokio::test]
async fn what_is_wrong_is_named_and_nothing_is_stored() {
    let program = Program::start().await;
    for (body, pointer) in [
        (json!({ "project": "SUP", "title": "x".repeat(201) }), "/title"),
        (json!({ "project": "SUP", "title": "a\u{0}b" }), "/title"),
        (json!({ "project": "SUP", "title": 7 }), "/title"),
        (json!({ "project": "SUP", "title": "\u{200b}" }), "/title"),
        (json!({ "project": "SUP", "title": "\u{202e}abc" }), "/title"),
        (json!({ "project": "SUP", "title": "a", "priority": [] }), "/priority"),
        (json!({ "project": "SUP", "title": "a", "priority": 5 }), "/priority"),
        (json!({ "project": "SUP", "title": "a", "due_on": "2026-02-30" }), "/due_on"),
        (json!({ "project": "SUP", "title": "a", "priority": "terrible" }), "/priority"),
        (json!({ "project": "SUP", "title": "a", "labels": vec!["lbl_00000000000000000000000000"; 21] }), "/labels"),
    ] {
        let answer = program.send(Method::POST, "/api/v1/tickets", &[], Some(body)).await;
        assert_eq!(assert_problem(&answer, 422, "invalid")["errors"][0]["pointer"], pointer);
    }
    for (body, pointer) in [
        (json!({ "project": "NONE", "title": "a" }), "/project"),
        (json!({ "project": "SUP", "title": "a", "labels": ["lbl_00000000000000000000000000"] }), "/labels"),
    ] {
        let answer = program.send(Method::POST, "/api/v1/tickets", &[], Some(body)).await;
        assert_eq!(assert_problem(&answer, 409, "conflict")["errors"][0]["pointer"], pointer);
    }
    assert_eq!(program.read("/api/v1/tickets").await["items"], json!([]));
    for (query, parameter) in [
        ("stauts=open", "stauts"),
        ("status=", "status"),
        ("status=ready", "status"),
        ("assignee=olga", "assignee"),
        ("due_from=tomorrow", "due_from"),
        ("updated_to=2026-02-30", "updated_to"),
        ("sort=-colour", "sort"),
        ("limit=0", "limit"),
        ("q=-printer", "q"),
    ] {
        let answer = program.get(&format!("/api/v1/tickets?{query}")).await;
        assert_eq!(assert_problem(&answer, 422, "invalid")["errors"][0]["parameter"], parameter, "{query}");
    }
    for path in ["tickets?q=%FF", "tickets/counts?q=%FF", "tickets/export?q=%FF", "search?q=%FF"] {
        assert_problem(&program.get(&format!("/api/v1/{path}")).await, 400, "bad-request");
    }
    for (query, parameter) in [("cursor=x", "cursor"), ("project=NONE", "project")] {
        let answer = program.get(&format!("/api/v1/tickets?{query}")).await;
        assert_eq!(assert_problem(&answer, 404, "not-found")["errors"][0]["parameter"], parameter, "{query}");
    }
}

#[tokio::test]
async fn a_change_is_made_to_the_version_that_was_read() {
    let program = Program::start().await;
    let path = format!("/api/v1/tickets/{}", program.open("One").await);
    let solved = json!({ "status": "solved" });
    let unsaid = program.send(Method::PATCH, &path, &[], Some(solved.clone())).await;
    assert_problem(&unsaid, 428, "precondition-required");
    let changed = program.patch(&path, "\"1\"", solved).await;
    assert_eq!((changed.status.as_u16(), &read(&changed)["version"]), (200, &json!(2)));
    let late = program.patch(&path, "\"1\"", json!({ "title": "Lost" })).await;
    assert_problem(&late, 412, "precondition-failed");
    assert_eq!(late.headers["etag"], "\"2\"");
    let ticket = program.read(&path).await;
    assert_eq!((&ticket["title"], &ticket["status"]), (&json!("One"), &json!("solved")));
    assert!(ticket["resolved_at"].is_string());
    let same = program.patch(&path, "*", json!({ "title": "One" })).await;
    assert_eq!(same.headers["etag"], "\"2\"", "nothing is different");
}

#[tokio::test]
async fn what_is_known_already_is_not_sent_again() {
    let program = Program::start().await;
    let path = format!("/api/v1/tickets/{}", program.open("One").await);
    let tag = |answer: &Answer| answer.headers["etag"].to_str().unwrap().to_owned();
    let known = tag(&program.get(&path).await);
    let same = program.send(Method::GET, &path, &[("if-none-match", &known)], None).await;
    assert_eq!((same.status.as_u16(), same.body.as_str(), &tag(&same)), (304, "", &known));
    // A comment changes no version, and still what is answered: when something last happened.
    program.app.clock.advance(time::Duration::seconds(1));
    let body = json!({ "body": "Which one?" });
    program.send(Method::POST, &format!("{path}/comments"), &[], Some(body)).await;
    let other = program.send(Method::GET, &path, &[("if-none-match", &known)], None).await;
    assert_eq!((other.status.as_u16(), &read(&other)["version"]), (200, &json!(1)), "{}", other.body);
    assert_ne!(tag(&other), known);
    // Either is good to change it with.
    let changed = program.patch(&path, &known, json!({ "status": "pending" })).await;
    assert_eq!((changed.status.as_u16(), tag(&changed)), (200, "\"2\"".to_owned()), "{}", changed.body);
    assert_problem(&program.patch(&path, &tag(&other), json!({ "title": "Lost" })).await, 412, "precondition-failed");
}

#[tokio::test]
async fn a_label_that_goes_meanwhile_is_told_of_for_each_ticket() {
    let program = Program::start().await;
    let (one, two) = (program.open("One").await, program.open("Two").await);
    let label = program.send(Method::POST, "/api/v1/labels", &[], Some(json!({ "name": "printer" }))).await;
    let label = read(&label)["id"].as_str().unwrap().to_owned();
    // Somebody deletes it, and is not done yet when the tickets are to get it.
    let mut other = program.app.db.admin().await;
    sqlx::raw_sql("BEGIN; DELETE FROM pooled.label").execute(&mut other).await.unwrap();
    let body = json!({ "tickets": [one, two], "add_labels": [label] });
    let bulk = program.send(Method::PATCH, "/api/v1/tickets", &[], Some(body));
    let done = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    };
    let (answer, ()) = tokio::join!(bulk, done);
    assert_eq!(answer.status, 200, "{}", answer.body);
    for result in read(&answer)["results"].as_array().unwrap() {
        assert_eq!(result["outcome"], "refused", "{result}");
        assert!(result["detail"].as_str().unwrap().contains("label does not exist"), "{result}");
    }
}

#[tokio::test]
async fn a_list_is_read_page_by_page_in_both_directions() {
    let program = Program::start().await;
    for title in ["a", "b", "c"] {
        program.open(title).await;
        program.app.clock.advance(time::Duration::seconds(1));
    }
    let first = program.get("/api/v1/tickets?status=open&limit=2").await;
    let page = read(&first);
    assert_eq!(titles(&page), ["c", "b"]);
    let link = first.headers["link"].to_str().unwrap();
    assert!(link.contains("status=open&limit=2&cursor=") && link.contains("rel=\"next\""), "{link}");
    let cursor = page["next_cursor"].as_str().unwrap();
    let second = program.get(&format!("/api/v1/tickets?status=open&limit=2&cursor={cursor}")).await;
    assert_eq!(titles(&read(&second)), ["a"]);
    assert!(read(&second)["next_cursor"].is_null());
    let link = second.headers["link"].to_str().unwrap();
    let back = link.split("cursor=").nth(1).unwrap().split('>').next().unwrap();
    let again = program.read(&format!("/api/v1/tickets?status=open&limit=2&cursor={back}")).await;
    assert_eq!(titles(&again), ["c", "b"]);
    assert_eq!(titles(&program.read("/api/v1/tickets?q=b").await), ["b"]);
    assert_eq!(titles(&program.read("/api/v1/tickets?status=closed").await), [""; 0]);
}

#[tokio::test]
async fn many_are_changed_at_once_and_each_is_told_of() {
    let program = Program::start().await;
    let (one, two) = (program.open("One").await, program.open("Two").await);
    let body = json!({ "tickets": [two, one, "SUP-99", two], "status": "closed" });
    let answer = program.send(Method::PATCH, "/api/v1/tickets", &[], Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let results = read(&answer)["results"].clone();
    let outcomes: Vec<_> =
        results.as_array().unwrap().iter().map(|one| (one["key"].as_str(), one["outcome"].as_str())).collect();
    assert_eq!(
        outcomes,
        [(Some("SUP-2"), Some("changed")), (Some("SUP-1"), Some("changed")), (Some("SUP-99"), Some("refused"))]
    );
    let none = json!({ "tickets": [], "status": "open" });
    let answer = program.send(Method::PATCH, "/api/v1/tickets", &[], Some(none)).await;
    assert_problem(&answer, 422, "invalid");
    let nothing = json!({ "tickets": [one] });
    let answer = program.send(Method::PATCH, "/api/v1/tickets", &[], Some(nothing)).await;
    assert_eq!(read(&answer)["results"][0]["outcome"], "same");
}

#[tokio::test]
async fn another_workspaces_tickets_do_not_exist() {
    let program = Program::start().await;
    let globex = program.app.tenant("globex").await;
    let key = usual_key(&program.app, &globex).await;
    let path = format!("/api/v1/tickets/{}", program.open("Ours").await);
    let theirs = ask(&program.app, Method::GET, &globex.host, &path, &key.token).send().await;
    assert_problem(&theirs, 404, "not-found");
    let list = ask(&program.app, Method::GET, &globex.host, "/api/v1/tickets?q=Ours", &key.token).send().await;
    assert_eq!(read(&list)["items"], json!([]));
}

#[tokio::test]
async fn who_only_writes_is_told_nothing() {
    let program = Program::start().await;
    let key = make_key(&program.app, &program.tenant, &program.tenant.owner_cookie, &["ticket.write"], "30").await;
    let path = format!("/api/v1/tickets/{}", program.open("Secret").await);
    let read = ask(&program.app, Method::GET, &program.tenant.host, &path, &key.token).send().await;
    assert_problem(&read, 403, "forbidden");
    let write = ask(&program.app, Method::PATCH, &program.tenant.host, &path, &key.token).header("if-match", "*");
    let write = write.body("application/json", br#"{"priority": "low"}"#.to_vec()).send().await;
    assert_eq!(write.status, 200, "{}", write.body);
    assert!(!write.body.contains("Secret"), "{}", write.body);
}
