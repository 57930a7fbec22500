//! Out and in: exports and imports.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Program, form, read};
use crate::api::assert_problem;

const IMPORTS: &str = "/api/v1/projects/SUP/imports";

#[tokio::test]
async fn tickets_are_exported_as_is_asked() {
    let program = Program::start().await;
    for title in ["One", "=2"] {
        program.open(title).await;
        program.app.clock.advance(time::Duration::seconds(1));
    }
    let path = "/api/v1/tickets/export";
    let json = program.get(path).await;
    assert_eq!(json.headers["content-type"], "application/json");
    let items = read(&json);
    assert_eq!(
        (&items[0]["title"], &items[1]["title"], items.as_array().unwrap().len()),
        (&json!("=2"), &json!("One"), 2)
    );
    let accept = [("accept", "text/csv")];
    let csv = program.send(Method::GET, &format!("{path}?q=One"), &accept, None).await;
    assert!(csv.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    assert!(csv.headers["content-disposition"].to_str().unwrap().contains("acme-tickets-2026-06-01.csv"));
    assert_eq!(csv.body.lines().count(), 2, "{}", csv.body);
    let lines = program.send(Method::GET, &format!("{path}?format=jsonl&sort=created"), &accept, None).await;
    let first: Value = serde_json::from_str(lines.body.lines().next().unwrap()).unwrap();
    assert_eq!(first["title"], "One");
    for (query, parameter) in [("format=xls", "format"), ("stauts=open", "stauts"), ("status=", "status")] {
        let answer = program.get(&format!("{path}?{query}")).await;
        assert_eq!(assert_problem(&answer, 422, "invalid")["errors"][0]["parameter"], parameter, "{query}");
    }
    assert_problem(&program.get(&format!("{path}?project=NONE")).await, 404, "not-found");
    let told = "SELECT count(*) FROM pooled.audit_event WHERE action = 'ticket.exported'";
    assert_eq!(program.count(told).await, 3);
}

async fn work(program: &Program) {
    let url = program.app.services.operator_url.clone().unwrap();
    rowhouse::services::import_worker(&program.app.services, url).round().await.unwrap();
}

async fn post(program: &Program, import: &str, what: &str) -> crate::app::Answer {
    program.send(Method::POST, &format!("{import}/{what}"), &[], None).await
}

#[tokio::test]
async fn a_file_is_checked_run_and_undone() {
    let program = Program::start().await.holding(&["ticket.read", "ticket.write", "project.manage"]).await;
    let file = form("file", "t.csv", b"Subject,Priority\nOne,high\nTwo,loud\nThree,low\n");
    let key = [("idempotency-key", "one")];
    let answer = program.upload(IMPORTS, &key, file.clone()).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let made = read(&answer);
    assert_eq!((&made["state"], &made["file_name"]), (&json!("mapping"), &json!("t.csv")));
    assert_eq!(made["columns"][0], json!({ "name": "Subject", "field": "title" }));
    assert_eq!(program.upload(IMPORTS, &key, file).await.body, answer.body, "sent again, it is the same");
    assert_eq!(program.read(IMPORTS).await["items"].as_array().unwrap().len(), 1);

    let import = format!("{IMPORTS}/{}", made["id"].as_str().unwrap());
    assert!(answer.location().ends_with(&import), "{}", answer.location());
    assert_problem(&post(&program, &import, "run").await, 409, "conflict");
    for columns in [json!(["priority", null]), json!(["title", "title"]), json!(["title"]), json!(["colour", null])] {
        let body = json!({ "columns": columns });
        let refused = program.send(Method::POST, &format!("{import}/check"), &[], Some(body)).await;
        let problem = assert_problem(&refused, 422, "invalid");
        assert!(problem["errors"][0]["pointer"].as_str().unwrap().starts_with("/columns"), "{problem}");
    }
    let checked = program.send(Method::POST, &format!("{import}/check"), &[], Some(json!({}))).await;
    assert_eq!((checked.status.as_u16(), &read(&checked)["state"]), (200, &json!("checking")), "{}", checked.body);
    work(&program).await;
    let now = program.read(&import).await;
    assert_eq!((&now["state"], &now["rows"], &now["problems"]), (&json!("checked"), &json!(3), &json!(1)), "{now}");
    let problems = program.read(&format!("{import}/problems")).await;
    assert_eq!((&problems["items"][0]["line"], &problems["items"][0]["column"]), (&json!(3), &json!("Priority")));

    assert_eq!(read(&post(&program, &import, "run").await)["state"], "running");
    work(&program).await;
    let now = program.read(&import).await;
    assert_eq!((&now["state"], &now["made"]), (&json!("done"), &json!(2)), "{now}");
    assert_problem(&post(&program, &import, "cancel").await, 409, "conflict");
    program.patch("/api/v1/tickets/SUP-2", "*", json!({ "status": "pending" })).await;
    assert_eq!(read(&post(&program, &import, "undo").await)["state"], "undoing");
    work(&program).await;
    let now = program.read(&import).await;
    assert_eq!((&now["state"], &now["removed"]), (&json!("undone"), &json!(1)), "{now}");
    assert_eq!(program.read(&format!("{import}/tickets")).await["items"], json!([{ "key": "SUP-2" }]));
    let again = assert_problem(&post(&program, &import, "undo").await, 409, "conflict");
    assert_eq!(again["detail"], "The import is undone and has 1 ticket.", "{again}");
}

#[tokio::test]
async fn every_problem_is_listed_page_by_page() {
    let program = Program::start().await.holding(&["ticket.read", "ticket.write", "project.manage"]).await;
    let file = format!("title,status\n{}", "Same,lost\n".repeat(450));
    let made = read(&program.upload(IMPORTS, &[], form("file", "t.csv", file.as_bytes())).await);
    let import = format!("{IMPORTS}/{}", made["id"].as_str().unwrap());
    program.send(Method::POST, &format!("{import}/check"), &[], Some(json!({}))).await;
    work(&program).await;
    let (mut lines, mut query) = (Vec::new(), "limit=200".to_owned());
    loop {
        let page = program.read(&format!("{import}/problems?{query}")).await;
        lines.extend(page["items"].as_array().unwrap().iter().map(|item| item["line"].as_i64().unwrap()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("limit=200&cursor={cursor}");
    }
    assert_eq!(lines, (2..=451).collect::<Vec<i64>>());
    for (query, parameter) in [("limit=0", "limit"), ("cursor=LTE", "cursor"), ("page=2", "page")] {
        let answer = program.get(&format!("{import}/problems?{query}")).await;
        assert_eq!(answer.status.as_u16() / 100, 4, "{query}: {}", answer.body);
        assert!(answer.body.contains(parameter), "{query}: {}", answer.body);
    }
}

#[tokio::test]
async fn what_is_no_table_is_refused_and_nothing_is_kept() {
    let program = Program::start().await.holding(&["ticket.read", "ticket.write", "project.manage"]).await;
    for (part, content) in
        [("file", b"".as_slice()), ("file", b"\xff\xfe\n".as_slice()), ("other", b"title\nOne\n".as_slice())]
    {
        let answer = program.upload(IMPORTS, &[], form(part, "t.csv", content)).await;
        assert_eq!(assert_problem(&answer, 422, "invalid")["errors"][0]["pointer"], "/file");
    }
    let nowhere = program.upload("/api/v1/projects/NONE/imports", &[], form("file", "t.csv", b"title\n")).await;
    assert_problem(&nowhere, 404, "not-found");
    assert_eq!(program.count("SELECT count(*) FROM pooled.stored_object").await, 0);
    let import = format!("{IMPORTS}/imp_00000000000000000000000000");
    assert_problem(&program.get(&import).await, 404, "not-found");
    assert_problem(&post(&program, &import, "run").await, 404, "not-found");
}
