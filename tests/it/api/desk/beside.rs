//! What stands beside tickets: comments, activity, watchers, links, labels, views, search.

use axum::http::Method;
use serde_json::json;

use super::{Program, read};
use crate::api::assert_problem;

#[tokio::test]
async fn comments_are_written_changed_and_deleted() {
    let program = Program::start().await;
    let path = format!("/api/v1/tickets/{}/comments", program.open("One").await);
    let empty = program.send(Method::POST, &path, &[], Some(json!({ "body": " " }))).await;
    assert_eq!(assert_problem(&empty, 422, "invalid")["errors"][0]["pointer"], "/body");
    let mut ids = Vec::new();
    for body in ["first", "second", "third"] {
        let answer = program.send(Method::POST, &path, &[], Some(json!({ "body": body }))).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        ids.push(read(&answer)["id"].as_str().unwrap().to_owned());
        program.app.clock.advance(time::Duration::seconds(1));
    }
    let page = program.read(&format!("{path}?limit=2")).await;
    assert_eq!((&page["items"][0]["body"], &page["items"][1]["body"]), (&json!("third"), &json!("second")));
    let cursor = page["next_cursor"].as_str().unwrap();
    let last = program.read(&format!("{path}?limit=2&cursor={cursor}")).await;
    assert_eq!((&last["items"][0]["body"], &last["next_cursor"]), (&json!("first"), &json!(null)));

    let own = format!("{path}/{}", ids[0]);
    let changed = program.patch(&own, "\"1\"", json!({ "body": "better" })).await;
    assert_eq!((changed.status.as_u16(), &changed.headers["etag"]), (200, &"\"2\"".parse().unwrap()));
    assert_problem(&program.patch(&own, "\"1\"", json!({ "body": "lost" })).await, 412, "precondition-failed");
    assert_eq!(program.send(Method::DELETE, &own, &[], None).await.status, 204);
    assert_problem(&program.send(Method::DELETE, &own, &[], None).await, 404, "not-found");
}

#[tokio::test]
async fn what_happened_names_the_key() {
    let program = Program::start().await;
    let path = format!("/api/v1/tickets/{}", program.open("One").await);
    program.app.clock.advance(time::Duration::seconds(1));
    program.patch(&path, "*", json!({ "status": "pending" })).await;
    let events = program.read(&format!("{path}/activity")).await;
    let newest = &events["items"][0];
    assert_eq!((&newest["kind"], &newest["via"]), (&json!("status"), &json!("Robot")));
    assert_eq!(newest["detail"], json!({ "from": "open", "to": "pending" }));
    assert_eq!(events["items"][1]["kind"], "created");
}

#[tokio::test]
async fn watchers_and_links_are_put_and_deleted_twice_without_harm() {
    let program = Program::start().await;
    let (one, two) = (program.open("One").await, program.open("Two").await);
    let owner = program.read("/api/v1/me").await["owner"]["id"].as_str().unwrap().to_owned();
    let watcher = format!("/api/v1/tickets/{one}/watchers/{owner}");
    let link = format!("/api/v1/tickets/{one}/links/blocks/{two}");
    for (method, count) in [(Method::PUT, 1), (Method::PUT, 1), (Method::DELETE, 0), (Method::DELETE, 0)] {
        for path in [&watcher, &link] {
            assert_eq!(program.send(method.clone(), path, &[], None).await.status, 204, "{method} {path}");
        }
        for list in ["watchers", "links"] {
            let found = program.read(&format!("/api/v1/tickets/{one}/{list}")).await;
            assert_eq!(found["items"].as_array().unwrap().len(), count, "{method} {list}");
        }
    }
    for none in [
        format!("/api/v1/tickets/{one}/watchers/usr_00000000000000000000000000"),
        format!("/api/v1/tickets/{one}/links/adores/{two}"),
        format!("/api/v1/tickets/{one}/links/blocks/SUP-99"),
    ] {
        assert_problem(&program.send(Method::PUT, &none, &[], None).await, 404, "not-found");
    }
    let itself = format!("/api/v1/tickets/{one}/links/blocks/{one}");
    assert_problem(&program.send(Method::PUT, &itself, &[], None).await, 409, "conflict");
}

#[tokio::test]
async fn labels_and_views_are_made() {
    let program = Program::start().await;
    let label = json!({ "name": "printer", "colour": "teal" });
    assert_eq!(program.send(Method::POST, "/api/v1/labels", &[], Some(label.clone())).await.status, 201);
    assert_problem(&program.send(Method::POST, "/api/v1/labels", &[], Some(label)).await, 409, "conflict");
    let labels = program.read("/api/v1/labels").await;
    assert!(labels["items"].as_array().unwrap().iter().any(|label| label["name"] == "printer"), "{labels}");

    let view = json!({ "name": "Mine", "filter": "status=open&assignee=me" });
    let answer = program.send(Method::POST, "/api/v1/views", &[], Some(view)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let path = format!("/api/v1/views/{}", read(&answer)["id"].as_str().unwrap());
    let shared = json!({ "name": "Ours", "is_shared": true });
    assert_eq!(program.send(Method::PATCH, &path, &[], Some(shared)).await.status, 204);
    let views = program.read("/api/v1/views").await;
    let ours = views["items"].as_array().unwrap().iter().find(|view| view["name"] == "Ours").unwrap();
    assert_eq!((&ours["is_shared"], &ours["filter"]), (&json!(true), &json!("status=open&assignee=me")));
    assert_eq!(program.send(Method::DELETE, &path, &[], None).await.status, 204);
    let wrong = json!({ "name": "Wrong", "filter": "stauts=open" });
    let answer = program.send(Method::POST, "/api/v1/views", &[], Some(wrong)).await;
    assert_eq!(assert_problem(&answer, 422, "invalid")["errors"][0]["pointer"], "/filter");
}

#[tokio::test]
async fn what_a_list_does_not_take_is_refused() {
    let program = Program::start().await;
    let ticket = program.open("One").await;
    for path in
        [format!("tickets/{ticket}/comments"), format!("tickets/{ticket}/activity"), "projects/SUP/members".into()]
    {
        let answer = program.get(&format!("/api/v1/{path}?limt=5")).await;
        assert_problem(&answer, 422, "invalid");
        assert!(answer.body.contains("limt"), "{}", answer.body);
        assert_problem(&program.get(&format!("/api/v1/{path}?limit=0")).await, 422, "invalid");
        assert_problem(&program.get(&format!("/api/v1/{path}?cursor=x")).await, 404, "not-found");
    }
    let of_ticket = |what: &str| format!("tickets/{ticket}/{what}");
    for path in [
        of_ticket("watchers"),
        of_ticket("links"),
        of_ticket("attachments"),
        "labels".into(),
        "views".into(),
        "projects/SUP/imports".into(),
    ] {
        let answer = program.get(&format!("/api/v1/{path}?limit=5")).await;
        assert_eq!(assert_problem(&answer, 422, "invalid")["errors"][0]["parameter"], "limit", "{path}");
    }
}

#[tokio::test]
async fn members_are_read_page_by_page_whoever_comes_or_goes() {
    let program = Program::start().await.holding(&["ticket.read", "ticket.write", "project.manage"]).await;
    let path = "/api/v1/projects/SUP/members";
    for who in ["admin", "member", "owner", "viewer"] {
        let body = json!({ "who": format!("{who}@acme.test"), "role": "contributor" });
        assert_eq!(program.send(Method::POST, path, &[], Some(body)).await.status, 204, "{who}");
    }
    let names = |page: &serde_json::Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    let first = program.read(&format!("{path}?limit=2")).await;
    assert_eq!(names(&first), ["Ada of acme", "Max of acme"]);
    // Whoever the next page begins behind goes; nobody is left out for that.
    let gone = format!("{path}/{}", first["items"][1]["account"].as_str().unwrap());
    assert_eq!(program.send(Method::DELETE, &gone, &[], None).await.status, 204);
    let rest = program.read(&format!("{path}?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    assert_eq!(
        (names(&rest), &rest["next_cursor"]),
        (vec!["Olga of acme".into(), "Vera of acme".into()], &json!(null))
    );
}

#[tokio::test]
async fn words_are_found_and_projects_are_listed() {
    let program = Program::start().await;
    program.open("The printer is jammed").await;
    let found = program.read("/api/v1/search?q=print").await;
    assert_eq!(found["items"][0]["key"], "SUP-1");
    for query in ["q=", "q=a%00b", "q=-printer", &format!("q={}", "x".repeat(201))] {
        let answer = program.get(&format!("/api/v1/search?{query}")).await;
        assert_eq!(assert_problem(&answer, 422, "invalid")["errors"][0]["parameter"], "q", "{query}");
    }
    let projects = program.read("/api/v1/projects").await;
    assert_eq!((&projects["items"][0]["key"], &projects["items"][0]["open_tickets"]), (&json!("SUP"), &json!(1)));
    let answer = program.get("/api/v1/projects/sup").await;
    assert!(answer.headers.contains_key("etag") && read(&answer)["key"] == "SUP", "{}", answer.body);
    assert_problem(&program.get("/api/v1/projects/NONE").await, 404, "not-found");
}
