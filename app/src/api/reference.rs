//! The reference: the `OpenAPI` document as a page for people, made on the server and of nothing but the document.

use axum::response::Response;
use leptos::prelude::*;
use serde_json::{Map, Value};

use super::example::{Example, Samples, text};
use crate::{
    context::RequestContext,
    ui::{Head, frame::solo, page},
};

/// The page. The document names the server that the examples are sent to; `samples` are what whoever reads it has in their
/// workspace.
pub fn reference(context: &RequestContext, document: &Value, samples: Option<&Samples>) -> Response {
    page(context, Head::new("API reference").without_islands(), || {
        solo(context, true, view! { <h1 class="page__title">"API reference"</h1> }, content(document, samples))
    })
}

fn content(document: &Value, samples: Option<&Samples>) -> AnyView {
    let server = text(&document["servers"][0]["url"]);
    let none = Map::new();
    let paths = document["paths"].as_object().unwrap_or(&none);
    let operations: Vec<AnyView> = paths
        .iter()
        .flat_map(|(path, methods)| methods.as_object().into_iter().flatten().map(move |found| (path, found)))
        .filter(|(_, (_, operation))| operation["operationId"].is_string())
        .map(|(path, (method, operation))| one(document, samples, path, (method, operation)))
        .collect();
    let schemas = document["components"]["schemas"].as_object().unwrap_or(&none);
    let schemas: Vec<AnyView> = schemas.iter().map(|(name, schema)| described(name, schema)).collect();
    let whose = if samples.is_some() {
        "What they name is in your workspace, so they can be pasted as they are. Some change or delete it."
    } else {
        "What they name is made up. Signed in to your workspace, you see here what there is in it."
    };
    view! {
        <div class="reference stack">
            <p>"Every request carries a key as a bearer token. The examples take it from the variable KEY:"</p>
            <pre tabindex="0"><code>"export KEY='rhk_…'"</code></pre>
            <p>{whose}</p>
            <p><a href=format!("{server}/api/v1/openapi.json")>"The same as an OpenAPI 3.1 document"</a></p>
            {operations}
            <h2>"Schemas"</h2>
            {schemas}
        </div>
    }
    .into_any()
}

fn one(document: &Value, samples: Option<&Samples>, path: &str, (method, operation): (&String, &Value)) -> AnyView {
    let id = text(&operation["operationId"]);
    let Example { command, made_up } = Example::of(document, samples, path, method, operation);
    let missing = (samples.is_some() && !made_up.is_empty())
        .then(|| format!("There is none in your workspace that this could be done with: {}.", made_up.join(", ")));
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
            {missing.map(|missing| view! { <p>{missing}</p> })}
            <pre tabindex="0"><code>{command}</code></pre>
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
