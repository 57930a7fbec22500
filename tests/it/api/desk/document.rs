//! The `OpenAPI` document and the reference page, as they are served.

use axum::http::Method;

use super::{Program, read};

#[tokio::test]
async fn the_document_and_the_reference_are_open_to_everybody() {
    let program = Program::start().await;
    let (app, host) = (&program.app, &program.tenant.host);
    let document = read(&app.ask(Method::GET, "/api/v1/openapi.json").header("host", host).send().await);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    assert!(document["servers"][0]["url"].as_str().unwrap().ends_with(host.as_str()));
    let create = &document["paths"]["/api/v1/tickets"]["post"];
    assert_eq!(create["x-permission"], "ticket.write");
    let named = |name: &str| create["parameters"].as_array().unwrap().iter().any(|one| one["name"] == name);
    assert!(named("Idempotency-Key"));

    let page = app.ask(Method::GET, "/api/v1/docs").header("host", host).send().await;
    assert_eq!(page.status, 200);
    assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    for (_, operations) in document["paths"].as_object().unwrap() {
        for (_, operation) in operations.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(page.body.contains(&format!("id=\"{id}\"")), "{id} is not on the page");
        }
    }
}
