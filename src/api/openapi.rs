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
    api::{ApiRoute, Kind, Problem, reference},
    context::{Context, RequestContext},
};
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

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| complete(super::routes().table()));

/// The document for whoever asks here: its server is this one.
fn of(context: &RequestContext) -> Value {
    let mut document = DOCUMENT.clone();
    let (scheme, host, base) = (&context.public().scheme, &context.authority, &context.base_path);
    document["servers"] = json!([{ "url": format!("{scheme}://{host}{base}") }]);
    document
}

pub(super) async fn show(Context(context): Context) -> Result<Response, Problem> {
    Ok(Json(of(&context)).into_response())
}

/// `GET /api/v1/docs`: the same for people.
pub(super) async fn docs(Context(context): Context) -> Response {
    reference(&context, &of(&context))
}

fn complete(table: &[ApiRoute]) -> Value {
    let mut described = Described::openapi();
    described.merge(rowhouse_app::desk::api::document());
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
    let is_post = row.method == "POST";
    if is_post {
        push(
            &mut operation["parameters"],
            json!({
                "name": "Idempotency-Key",
                "in": "header",
                "required": false,
                "description": "A name for this one request: sent again with it within 24 hours, it is done once.",
                "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
            }),
        );
    }
    if !row.permission.is_everybodys() {
        operation["x-permission"] = json!(row.permission.name);
    }
    let has = |name: &str| {
        operation["parameters"].as_array().is_some_and(|all| all.iter().any(|parameter| parameter["name"] == name))
    };
    let (has_version, has_body) = (has("If-Match"), operation["requestBody"].is_object());
    for kind in Kind::ALL {
        let is_possible = match kind {
            Kind::NotFound => row.path.contains('{'),
            Kind::Conflict | Kind::InProgress | Kind::Overtaken => row.method != "GET",
            Kind::PreconditionFailed | Kind::PreconditionRequired => has_version,
            Kind::UnsupportedMediaType => has_body,
            Kind::TooLarge => row.method != "GET",
            Kind::MethodNotAllowed => false,
            _ => true,
        };
        let status = kind.status().as_u16().to_string();
        if is_possible && operation["responses"][&status].is_null() {
            operation["responses"][&status] = json!({
                "description": kind.title(),
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            });
        }
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
                assert!(operation["responses"]["401"].is_object(), "{method} {path}");
            }
        }
    }
}
