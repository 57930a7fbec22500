//! `GET /api/v1/openapi.json`: every endpoint, described by its own code.
//!
//! What an endpoint takes and answers stands beside its handler. What holds for all of them (tokens, problems,
//! `Idempotency-Key`) is added here, once, from the same table that the router is made of.

use std::sync::LazyLock;

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use rowhouse_app::{
    access::permit,
    api::{ApiRoute, Kind, Samples, reference},
    context::{Context, RequestContext},
    desk::{self, permission::ReadTickets},
    error::PageError,
};
use rowhouse_platform::access::SignedIn;
use serde_json::{Value, json};
use utoipa::OpenApi;

use super::me;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rowhouse API",
        version = "1",
        description = "Programs read and write here what people read and write on the pages."
    ),
    paths(me::show)
)]
struct Described;

/// Visible ASCII, bare or in quotation marks.
const IDEMPOTENCY_KEY: &str = r#"^("[!#-\[\]-~]{1,255}"|[!#-\[\]-~]{1,255})$"#;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| complete(super::routes().table()));

/// The document for whoever asks here: its server is this one.
fn of(context: &RequestContext) -> Value {
    let mut document = DOCUMENT.clone();
    let (scheme, host, base) = (&context.public().scheme, &context.authority, &context.base_path);
    document["servers"] = json!([{ "url": format!("{scheme}://{host}{base}") }]);
    document
}

pub(super) async fn show(Context(context): Context) -> Response {
    Json(of(&context)).into_response()
}

/// `GET /api/v1/docs`: the same for people. A page as others are: whoever is signed in is shown examples of what there is in
/// their workspace.
pub(super) async fn docs(Context(context): Context) -> Result<Response, PageError> {
    let samples = samples(&context).await?;
    Ok(reference(&context, &of(&context), samples.as_ref()))
}

/// What whoever is signed in has in their workspace; none of nobody, and of somebody who may not read it.
async fn samples(context: &RequestContext) -> Result<Option<Samples>, PageError> {
    if context.session.is_none() || context.tenant().is_err() {
        return Ok(None);
    }
    let permit = match permit::<SignedIn>(context).await {
        Ok(permit) => permit,
        // It is open to everybody, and shows them less.
        Err(PageError::SignedOut | PageError::SecondFactorNeeded | PageError::AddressRefused(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    if !permit.principal().may::<ReadTickets>() {
        return Ok(None);
    }
    let mut permit = permit.also::<ReadTickets>()?;
    let samples = desk::api::samples(&mut permit, context.services.ambient.now()).await?;
    permit.commit().await?;
    Ok(Some(samples))
}

fn complete(table: &[ApiRoute]) -> Value {
    let mut described = Described::openapi();
    described.merge(desk::api::document());
    let mut document = serde_json::to_value(&described).unwrap_or_default();
    document["openapi"] = json!("3.1.0");
    document["components"]["securitySchemes"]["token"] = json!({
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, or an access token that was issued for one.",
    });
    document["security"] = json!([{ "token": [] }]);
    for row in table {
        let method = row.method.as_str().to_ascii_lowercase();
        let operation = &mut document["paths"][row.path][method.as_str()];
        if operation.is_object() {
            add_what_holds_for_all(operation, row);
        }
    }
    document
}

fn add_what_holds_for_all(operation: &mut Value, row: &ApiRoute) {
    if row.method == "POST" {
        push(
            &mut operation["parameters"],
            json!({
                "name": "Idempotency-Key",
                "in": "header",
                "required": false,
                "description": "A name for this one request: sent again with it within 24 hours, it is done once.",
                "schema": { "type": "string", "pattern": IDEMPOTENCY_KEY },
            }),
        );
    }
    if !row.permission.is_everybodys() {
        operation["x-permission"] = json!(row.permission.name);
    }
    for kind in Kind::ALL {
        let status = kind.status().as_u16().to_string();
        if is_possible(*kind, operation, row) && operation["responses"][&status].is_null() {
            operation["responses"][&status] = json!({
                "description": kind.title(),
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            });
        }
    }
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        for (name, about) in headers(status) {
            response["headers"][*name] = json!({ "description": about, "schema": { "type": "string" } });
        }
    }
    if takes(operation, "cursor") {
        let about = "The addresses of the pages beside this one (RFC 8288), where there are such.";
        let link = json!({ "description": about, "schema": { "type": "string" } });
        operation["responses"]["200"]["headers"]["Link"] = link;
    }
}

/// Whether an endpoint can answer so.
fn is_possible(kind: Kind, operation: &Value, row: &ApiRoute) -> bool {
    match kind {
        // Of a list: a page, or a project, that is not there.
        Kind::NotFound => ["cursor", "project"].iter().any(|name| takes(operation, name)) || row.path.contains('{'),
        Kind::Conflict | Kind::InProgress | Kind::Overtaken => row.method != "GET",
        Kind::PreconditionFailed | Kind::PreconditionRequired => takes(operation, "If-Match"),
        Kind::UnsupportedMediaType => operation["requestBody"].is_object(),
        Kind::RangeNotSatisfiable => operation["responses"]["206"].is_object(),
        Kind::MethodNotAllowed => false,
        _ => true,
    }
}

fn takes(operation: &Value, name: &str) -> bool {
    operation["parameters"].as_array().is_some_and(|all| all.iter().any(|parameter| parameter["name"] == name))
}

/// What every answer of this status carries, beside what its endpoint says.
fn headers(status: &str) -> &'static [(&'static str, &'static str)] {
    const LEFT: (&str, &str) =
        ("RateLimit", "How many requests are left to the key and to the workspace, and for how many seconds.");
    const QUOTA: (&str, &str) = ("RateLimit-Policy", "How many requests the key and the workspace have in which time.");
    const WAIT: (&str, &str) = ("Retry-After", "In how many seconds it may be tried again.");
    match status {
        "401" => &[("WWW-Authenticate", "What a token would have to be (RFC 6750).")],
        "412" => &[LEFT, QUOTA, ("ETag", "The present version.")],
        "429" => &[LEFT, QUOTA, WAIT],
        "503" => &[WAIT],
        _ => &[LEFT, QUOTA],
    }
}

fn push(list: &mut Value, value: Value) {
    match list {
        Value::Array(all) => all.push(value),
        other => *other = json!([value]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_is_described_and_nothing_else() {
        let table = super::super::routes().table().to_vec();
        let document = complete(&table);
        let mut described: Vec<(String, String)> = Vec::new();
        for (path, operations) in document["paths"].as_object().unwrap() {
            let operations = operations.as_object().unwrap().iter().filter(|(_, operation)| operation.is_object());
            described.extend(operations.map(|(method, _)| (path.clone(), method.clone())));
        }
        let mut there: Vec<(String, String)> =
            table.iter().map(|row| (row.path.to_owned(), row.method.as_str().to_ascii_lowercase())).collect();
        described.sort();
        there.sort();
        assert_eq!(described, there);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = complete(super::super::routes().table());
        let text = document.to_string();
        let mut found = 0;
        for rest in text.split("\"$ref\":\"#").skip(1) {
            let pointer = rest.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer} is nowhere");
            found += 1;
        }
        assert!(found > 0);
    }

    #[test]
    fn operations_have_a_name_of_their_own_and_all_their_path_parameters() {
        let document = complete(super::super::routes().table());
        let mut names = std::collections::BTreeSet::new();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                assert!(names.insert(operation["operationId"].to_string()), "{method} {path}");
                let none = Vec::new();
                let parameters = operation["parameters"].as_array().unwrap_or(&none);
                let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path").count();
                assert_eq!(in_path, path.matches('{').count(), "{method} {path}");
                for status in ["400", "401", "403", "422", "429", "500", "503"] {
                    let content = &operation["responses"][status]["content"];
                    assert!(content["application/problem+json"].is_object(), "{method} {path} {status}");
                }
            }
        }
    }
}
