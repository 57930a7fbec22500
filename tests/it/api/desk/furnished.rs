//! A workspace with one of everything that an endpoint names.

use std::collections::BTreeMap;

use axum::http::Method;
use rowhouse_app::access::catalogue;
use rowhouse_platform::access::api_key::offered;
use serde_json::{Value, json};

use super::{form, read};
use crate::{
    api::{TestKey, ask, make_key, run},
    app::{TestApp, TestTenant},
};

/// A key of the owner's with every permission that a key can have.
pub async fn mighty_key(app: &TestApp, tenant: &TestTenant) -> TestKey {
    let all: Vec<_> = catalogue().iter().filter(|info| offered(info)).map(|info| info.name).collect();
    make_key(app, tenant, &tenant.owner_cookie, &all, "30").await
}

/// Makes it, each with the word in its texts, and answers what each is called, by the name of the parameter. Names that
/// there can be once have to be new: so has the word.
pub async fn furnish(app: &TestApp, tenant: &TestTenant, key: &TestKey, word: &str) -> BTreeMap<&'static str, String> {
    let send = |method: Method, path: String, body: Value| async move {
        let request = ask(app, method, &tenant.host, &path, &key.token);
        let answer = request.body("application/json", body.to_string().into_bytes()).send().await;
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.body);
        if answer.body.is_empty() { Value::Null } else { read(&answer) }
    };
    let post = |path: &str, body: Value| send(Method::POST, path.to_owned(), body);
    let get = |path: String| async move {
        let answer = ask(app, Method::GET, &tenant.host, &path, &key.token).send().await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        read(&answer)
    };
    let upload = |path: String, part: &'static str, name: &'static str| async move {
        let content = format!("title\n{word}\n");
        let request = ask(app, Method::POST, &tenant.host, &path, &key.token);
        let body = form(part, name, content.as_bytes());
        let answer = request.body("multipart/form-data; boundary=rowhouse", body).send().await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.body);
        read(&answer)
    };
    let said = |value: &Value| value.as_str().unwrap().to_owned();

    let label = said(&post("/api/v1/labels", json!({ "name": format!("{word} label") })).await["id"]);
    let body = json!({ "project": "SUP", "title": format!("{word} title"), "description": word, "labels": [label] });
    let ticket = said(&post("/api/v1/tickets", body).await["key"]);
    let body = json!({ "project": "SUP", "title": format!("{word} other") });
    let other = said(&post("/api/v1/tickets", body).await["key"]);
    let comment = post(&format!("/api/v1/tickets/{ticket}/comments"), json!({ "body": word })).await;
    let view = json!({ "name": format!("{word} view"), "filter": "status=open", "is_shared": true });
    let view = said(&post("/api/v1/views", view).await["id"]);
    let account = said(&get("/api/v1/projects/SUP/people?q=max".to_owned()).await["items"][0]["id"]);
    let members = get("/api/v1/projects/SUP/members".to_owned()).await;
    if members["items"].as_array().unwrap().iter().all(|member| member["account"] != account.as_str()) {
        let who = json!({ "who": format!("Max of {}", tenant.slug), "role": "contributor" });
        post("/api/v1/projects/SUP/members", who).await;
    }
    let file = upload(format!("/api/v1/tickets/{ticket}/attachments"), "files", "note.txt").await;
    let import = upload("/api/v1/projects/SUP/imports".to_owned(), "file", "tickets.csv").await;
    // Of what others did, the owner is told; of what a key of theirs did, not.
    let told = format!(
        "INSERT INTO pooled.inbox_item (tenant_id, account_id, event_id, ticket_id, reason, created_at)
         SELECT tenant_id, '{}', id, ticket_id, 'watching', now() FROM pooled.ticket_event WHERE tenant_id = '{}'
         ON CONFLICT DO NOTHING",
        tenant.owner.0,
        tenant.home.id().0
    );
    run(app, told).await;
    let item = said(&get("/api/v1/inbox".to_owned()).await["items"][0]["id"]);
    BTreeMap::from([
        ("project", "SUP".to_owned()),
        ("key", ticket),
        ("other", other),
        ("label", label),
        ("comment", said(&comment["id"])),
        ("view", view),
        ("account", account),
        ("attachment", said(&file["attachments"][0]["id"])),
        ("import", said(&import["id"])),
        ("item", item),
    ])
}
