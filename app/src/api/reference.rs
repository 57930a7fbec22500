//! The reference: the `OpenAPI` document as a page for people, made on the server and of nothing but the document.

use axum::response::Response;
use leptos::prelude::*;
use serde_json::{Map, Value};

use crate::{
    context::RequestContext,
    ui::{Head, frame::solo, page},
};

/// The page. The document names the server that the examples are sent to.
pub fn reference(context: &RequestContext, document: &Value) -> Response {
    page(context, Head::new("API reference").without_islands(), || {
        solo(context, true, view! { <h1 class="page__title">"API reference"</h1> }, content(document))
    })
}

fn content(document: &Value) -> AnyView {
    let server = text(&document["servers"][0]["url"]);
    let none = Map::new();
    let paths = document["paths"].as_object().unwrap_or(&none);
    let operations: Vec<AnyView> = paths
        .iter()
        .flat_map(|(path, methods)| methods.as_object().into_iter().flatten().map(move |found| (path, found)))
        .filter(|(_, (_, operation))| operation["operationId"].is_string())
        .map(|(path, (method, operation))| one(document, &server, path, method, operation))
        .collect();
    let schemas = document["components"]["schemas"].as_object().unwrap_or(&none);
    let schemas: Vec<AnyView> = schemas.iter().map(|(name, schema)| described(name, schema)).collect();
    view! {
        <div class="stack">
            <p>"Every request carries a key as a bearer token. The examples take it from the variable KEY:"</p>
            <pre tabindex="0"><code>"export KEY='rhk_…'"</code></pre>
            <p><a href=format!("{server}/api/v1/openapi.json")>"The same as an OpenAPI 3.1 document"</a></p>
            {operations}
            <h2>"Schemas"</h2>
            {schemas}
        </div>
    }
    .into_any()
}

fn one(document: &Value, server: &str, path: &str, method: &str, operation: &Value) -> AnyView {
    let id = text(&operation["operationId"]);
    let parameters: Vec<AnyView> = operation["parameters"].as_array().into_iter().flatten().map(parameter).collect();
    let has_parameters = !parameters.is_empty();
    let responses: Vec<AnyView> = operation["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(status, response)| {
            view! { <li><code>{status.clone()}</code> {format!(" {}", text(&response["description"]))}</li> }.into_any()
        })
        .collect();
    let permission = operation["x-permission"].as_str().map(|name| format!("Takes the permission {name}."));
    view! {
        <section class="card stack" aria-labelledby=id.clone()>
            <h2 id=id.clone()>{text(&operation["summary"])}</h2>
            <p><code>{format!("{} {path}", method.to_uppercase())}</code></p>
            {operation["description"].as_str().map(|about| view! { <p>{about.to_owned()}</p> })}
            {permission.map(|permission| view! { <p>{permission}</p> })}
            {has_parameters.then(|| view! { <h3>"Parameters"</h3> <ul>{parameters}</ul> })}
            <h3>"Example"</h3>
            <pre tabindex="0"><code>{curl(document, server, path, method, operation)}</code></pre>
            <h3>"Answers"</h3>
            <ul>{responses}</ul>
        </section>
    }
    .into_any()
}

fn parameter(parameter: &Value) -> AnyView {
    let needed = if parameter["required"] == true { ", required" } else { "" };
    let about = format!(" ({}{needed}) {}", text(&parameter["in"]), text(&parameter["description"]));
    view! { <li><code>{text(&parameter["name"])}</code> {about}</li> }.into_any()
}

fn described(name: &str, schema: &Value) -> AnyView {
    let json = serde_json::to_string_pretty(schema).unwrap_or_default();
    view! {
        <details>
            <summary><code>{name.to_owned()}</code></summary>
            <pre tabindex="0"><code>{json}</code></pre>
        </details>
    }
    .into_any()
}

/// A command for a shell: what stands in it is quoted, so nothing of the document is more than a word.
fn curl(document: &Value, server: &str, path: &str, method: &str, operation: &Value) -> String {
    let mut lines = vec![format!("curl -X {}", method.to_uppercase())];
    lines.push("-H \"Authorization: Bearer $KEY\"".to_owned());
    let (mut address, mut query) = (format!("{server}{path}"), Vec::new());
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = text(&parameter["name"]);
        let example = example(document, parameter).or_else(|| example(document, &parameter["schema"]));
        let is_required = parameter["required"] == true;
        match (parameter["in"].as_str(), example) {
            (Some("path"), example) => {
                address = address
                    .replace(&format!("{{{name}}}"), &example.as_ref().map_or_else(|| name.to_uppercase(), plain));
            }
            (Some("query"), Some(example)) if is_required => query.push((name, plain(&example))),
            (Some("header"), Some(example)) if is_required => {
                lines.push(format!("-H {}", quoted(&format!("{name}: {}", plain(&example)))));
            }
            _ => {}
        }
    }
    if !query.is_empty() {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        address = format!("{address}?{query}");
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if let Some(body) = body(document, schema) {
        lines.push("-H 'Content-Type: application/json'".to_owned());
        lines.push(format!("-d {}", quoted(&body.to_string())));
    }
    let form = resolved(document, &operation["requestBody"]["content"]["multipart/form-data"]["schema"]);
    for (name, part) in form["properties"].as_object().into_iter().flatten() {
        // One of several is sent as one.
        let part = if part["items"].is_null() { part } else { &part["items"] };
        if resolved(document, part)["format"] == "binary" {
            lines.push(format!("-F {}", quoted(&format!("{name}=@{name}.bin"))));
        }
    }
    lines.push(quoted(&address));
    lines.join(" \\\n  ")
}

/// A body with what is required, and with what has an example.
fn body(document: &Value, schema: &Value) -> Option<Value> {
    let schema = resolved(document, schema);
    let properties = schema["properties"].as_object()?;
    let is_required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let members = properties.iter().filter_map(|(name, property)| {
        let example = example(document, property);
        let value = if is_required(name) { example.or_else(|| Some(Value::from(name.as_str()))) } else { example };
        Some((name.clone(), value?))
    });
    Some(Value::Object(members.collect()))
}

/// The example of a schema, or the first of its words.
fn example(document: &Value, schema: &Value) -> Option<Value> {
    let schema = resolved(document, schema);
    let said = [&schema["example"], &schema["examples"][0], &schema["enum"][0]];
    said.into_iter().find(|value| !value.is_null()).cloned()
}

/// What a reference leads to.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn files_are_sent_as_a_form() {
        let document = json!({ "components": { "schemas": {
            "Form": { "properties": { "body": { "type": "string" }, "files": { "items": { "$ref": "#/components/schemas/File" } } } },
            "File": { "type": "string", "format": "binary" },
        } } });
        let content = json!({ "multipart/form-data": { "schema": { "$ref": "#/components/schemas/Form" } } });
        let operation = json!({ "requestBody": { "content": content } });
        let command = curl(&document, "https://acme.app.example", "/api/v1/x", "post", &operation);
        assert!(command.contains(" \\\n  -F 'files=@files.bin' \\\n  "), "{command}");
        assert!(!command.contains("body"), "{command}");
    }

    #[test]
    fn examples_are_commands_that_can_be_pasted() {
        let document = json!({ "components": { "schemas": { "New": {
            "required": ["title"],
            "properties": {
                "title": { "type": "string", "example": "It's jammed" },
                "status": { "$ref": "#/components/schemas/Status" },
                "note": { "type": "string" },
            },
        }, "Status": { "enum": ["open", "closed"] } } } });
        let operation = json!({
            "parameters": [
                { "name": "key", "in": "path", "required": true, "example": "OPS-1" },
                { "name": "If-Match", "in": "header", "required": true, "example": "\"3\"" },
                { "name": "q", "in": "query", "required": false, "example": "left out" },
            ],
            "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/New" } } } },
        });
        let command = curl(&document, "https://acme.app.example", "/api/v1/tickets/{key}", "patch", &operation);
        assert_eq!(
            command.replace(" \\\n  ", " "),
            "curl -X PATCH -H \"Authorization: Bearer $KEY\" -H 'If-Match: \"3\"' \
             -H 'Content-Type: application/json' -d '{\"status\":\"open\",\"title\":\"It'\\''s jammed\"}' \
             'https://acme.app.example/api/v1/tickets/OPS-1'"
        );
    }
}
