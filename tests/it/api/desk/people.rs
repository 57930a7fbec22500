//! Who can be given a project's tickets, and how many tickets there are.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Program, read};
use crate::api::{ask, assert_problem, run, usual_key};

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn people_are_found_page_by_page() {
    let program = Program::start().await;
    let all = ["Ada of acme", "Max of acme", "Olga of acme", "Vera of acme"];
    assert_eq!(names(&program.read("/api/v1/projects/sup/people").await), all);
    assert_eq!(names(&program.read("/api/v1/projects/SUP/people?q=OLGA").await), ["Olga of acme"]);
    assert_eq!(names(&program.read("/api/v1/projects/SUP/people?q=member%40acme").await), ["Max of acme"]);
    assert_eq!(names(&program.read("/api/v1/projects/SUP/people?q=nobody").await), [""; 0]);
    let mut found = Vec::new();
    let mut path = "/api/v1/projects/SUP/people?q=acme&limit=3".to_owned();
    for _ in 0..2 {
        let answer = program.get(&path).await;
        let page = read(&answer);
        found.extend(names(&page).into_iter().map(ToOwned::to_owned));
        assert_eq!(answer.headers.contains_key("link"), page["next_cursor"].is_string());
        path =
            format!("/api/v1/projects/SUP/people?q=acme&limit=3&cursor={}", page["next_cursor"].as_str().unwrap_or(""));
    }
    assert_eq!(found, all);
    // One of them can be given a ticket.
    let olga = program.read("/api/v1/projects/SUP/people?q=olga").await["items"][0]["id"].clone();
    let body = json!({ "project": "SUP", "title": "One", "assignee": olga });
    let made = program.send(Method::POST, "/api/v1/tickets", &[], Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.body);
}

#[tokio::test]
async fn those_who_cannot_be_given_a_ticket_are_none_of_them() {
    let program = Program::start().await;
    let inactive = "UPDATE pooled.account SET state = 'deactivated' WHERE email_key = 'viewer@acme.test'";
    run(&program.app, inactive.to_owned()).await;
    assert_eq!(names(&program.read("/api/v1/projects/SUP/people?q=vera").await), [""; 0]);
    // A project of members only: whoever manages projects, and nobody else.
    run(&program.app, "UPDATE pooled.project SET is_open = false".to_owned()).await;
    let program = program.holding(&["ticket.read", "project.manage"]).await;
    assert_eq!(names(&program.read("/api/v1/projects/SUP/people").await), ["Ada of acme", "Olga of acme"]);

    let globex = program.app.tenant("globex").await;
    let stranger = usual_key(&program.app, &globex).await;
    let path = "/api/v1/projects/SUP/people?q=olga";
    let theirs = ask(&program.app, Method::GET, &globex.host, path, &stranger.token).send().await;
    assert_eq!(names(&read(&theirs)), ["Olga of globex"]);
    assert_problem(&program.get("/api/v1/projects/NONE/people").await, 404, "not-found");
}

#[tokio::test]
async fn what_is_looked_for_is_text() {
    let program = Program::start().await;
    let (longest, too_long) = (format!("q={}", "x".repeat(254)), format!("q={}", "x".repeat(255)));
    assert_eq!(names(&program.read(&format!("/api/v1/projects/SUP/people?{longest}")).await), [""; 0]);
    for (query, parameter) in [
        ("q=", "q"),
        ("q=%20", "q"),
        ("q=a%00b", "q"),
        (&too_long, "q"),
        ("limit=0", "limit"),
        ("colour=red", "colour"),
    ] {
        let answer = program.get(&format!("/api/v1/projects/SUP/people?{query}")).await;
        assert_eq!(assert_problem(&answer, 422, "invalid")["errors"][0]["parameter"], parameter, "{query}");
    }
    for path in ["/api/v1/projects/SUP/people?cursor=x", "/api/v1/projects/SUP/members?cursor=x"] {
        assert_problem(&program.get(path).await, 404, "not-found");
    }
}

#[tokio::test]
async fn tickets_are_counted_by_status() {
    let program = Program::start().await;
    let (one, _) = (program.open("One").await, program.open("Two").await);
    program.patch(&format!("/api/v1/tickets/{one}"), "*", json!({ "status": "solved", "priority": "urgent" })).await;
    let counted = |counts: &Value| -> Vec<(String, i64)> {
        let all = counts["counts"].as_array().unwrap().iter();
        all.map(|one| (one["status"].as_str().unwrap().to_owned(), one["count"].as_i64().unwrap())).collect()
    };
    let of = |open, solved| {
        [("open", open), ("pending", 0), ("solved", solved), ("closed", 0)]
            .map(|(word, count)| (word.to_owned(), count))
    };
    let all = program.read("/api/v1/tickets/counts").await;
    assert_eq!((counted(&all).as_slice(), &all["total"]), (of(1, 1).as_slice(), &json!(2)));
    assert_eq!(all["counts"][0]["has_more"], false);
    // Whatever status is asked for, each is counted; the rest of the filter holds.
    let urgent = program.read("/api/v1/tickets/counts?status=open&priority=urgent").await;
    assert_eq!(counted(&urgent).as_slice(), of(0, 1));
    assert_eq!(counted(&program.read("/api/v1/tickets/counts?q=two").await).as_slice(), of(1, 0));
    for (query, parameter) in [("colour=red", "colour"), ("limit=20", "limit"), ("status=ready", "status")] {
        let answer = program.get(&format!("/api/v1/tickets/counts?{query}")).await;
        assert_eq!(assert_problem(&answer, 422, "invalid")["errors"][0]["parameter"], parameter, "{query}");
    }
    assert_problem(&program.get("/api/v1/tickets/counts?project=NONE").await, 404, "not-found");
}
