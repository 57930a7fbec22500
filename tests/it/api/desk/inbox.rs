//! What the key's owner was told of.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Program, read};
use crate::api::assert_problem;

/// Three comments of somebody else on a ticket of the owner's.
async fn told(program: &Program) -> String {
    let ticket = program.open("One").await;
    for body in ["a", "b", "c"] {
        program.app.clock.advance(time::Duration::seconds(1));
        let form = [("intent", "comment"), ("body", body)];
        let path = format!("/tickets/{ticket}");
        let request = program.app.post(&program.tenant.host, &path).cookie(&program.tenant.member_cookie);
        let answer = request.form(&form).send().await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }
    ticket
}

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn it_is_read_page_by_page_and_marked() {
    let program = Program::start().await;
    let ticket = told(&program).await;
    let first = program.read("/api/v1/inbox?limit=2").await;
    let item = &first["items"][0];
    assert_eq!((&item["ticket"], &item["said"]), (&json!(ticket), &json!("commented")), "{item}");
    assert_eq!((&item["actor"], &item["is_read"]), (&json!("Max of acme"), &json!(false)), "{item}");
    let rest = program.read(&format!("/api/v1/inbox?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    let (newest, oldest) = (ids(&first), ids(&rest));
    assert_eq!((newest.len(), oldest.len(), &rest["next_cursor"]), (2, 1, &json!(null)));
    assert_problem(&program.get("/api/v1/inbox?cursor=x").await, 404, "not-found");

    let path = format!("/api/v1/inbox/{}", newest[0]);
    let mark = |is_read: bool| program.send(Method::PATCH, &path, &[], Some(json!({ "is_read": is_read })));
    assert_eq!(mark(true).await.status, 204);
    let all = ids(&program.read("/api/v1/inbox").await);
    assert_eq!(all, [newest[1].as_str(), &oldest[0], &newest[0]], "what was seen stands behind");
    // Page by page, whether a page ends among what is unread, between the two, or among what was seen.
    for limit in 1..=3 {
        let (mut path, mut seen) = (format!("/api/v1/inbox?limit={limit}"), Vec::new());
        loop {
            let page = program.read(&path).await;
            seen.extend(ids(&page));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/api/v1/inbox?limit={limit}&cursor={cursor}");
        }
        assert_eq!(seen, all, "{limit} at a time");
    }
    assert_eq!(mark(false).await.status, 204);
    let none = "/api/v1/inbox/evt_00000000000000000000000000";
    assert_problem(&program.send(Method::PATCH, none, &[], Some(json!({ "is_read": true }))).await, 404, "not-found");

    // What came after the item that was seen stays as it is.
    let body = json!({ "until": newest[1] });
    assert_eq!(program.send(Method::POST, "/api/v1/inbox/read", &[], Some(body)).await.status, 204);
    let all = program.read("/api/v1/inbox").await;
    let unread: Vec<_> = all["items"].as_array().unwrap().iter().filter(|item| item["is_read"] == false).collect();
    assert_eq!((unread.len(), unread[0]["id"].as_str()), (1, Some(newest[0].as_str())));
}

#[tokio::test]
async fn another_persons_items_do_not_exist() {
    let program = Program::start().await;
    told(&program).await;
    let item = ids(&program.read("/api/v1/inbox").await)[0].clone();
    let admin = program.tenant.role_cookies[1].clone();
    let key = crate::api::make_key(&program.app, &program.tenant, &admin, &["ticket.read"], "30").await;
    let ask =
        |method: Method, path: &str| crate::api::ask(&program.app, method, &program.tenant.host, path, &key.token);
    assert_eq!(read(&ask(Method::GET, "/api/v1/inbox").send().await)["items"], json!([]));
    let mark =
        ask(Method::PATCH, &format!("/api/v1/inbox/{item}")).body("application/json", br#"{"is_read": true}"#.to_vec());
    assert_problem(&mark.send().await, 404, "not-found");
    assert_eq!(program.read("/api/v1/inbox").await["items"][0]["is_read"], false);
}

#[tokio::test]
async fn what_is_mailed_is_said_and_read() {
    let program = Program::start().await;
    let path = "/api/v1/inbox/preferences";
    let usual = json!({ "assigned": "at_once", "watching": "daily" });
    assert_eq!(program.read(path).await, usual);
    let none = json!({ "assigned": "daily", "watching": "none" });
    let answer = program.send(Method::PUT, path, &[], Some(none.clone())).await;
    assert_eq!((answer.status.as_u16(), read(&answer)), (200, none.clone()));
    assert_eq!(program.read(path).await, none);
    for (body, pointer) in [
        (json!({ "assigned": "hourly", "watching": "none" }), "/assigned"),
        (json!({ "assigned": "none", "watching": "none", "else": 1 }), "/else"),
    ] {
        let refused = program.send(Method::PUT, path, &[], Some(body)).await;
        assert_eq!(assert_problem(&refused, 422, "invalid")["errors"][0]["pointer"], pointer);
    }
    assert_eq!(program.read(path).await, none);
}
