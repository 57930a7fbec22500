//! The reference: the `OpenAPI` document as a page for people, made on the server and of nothing but the document.

use std::collections::BTreeMap;

use axum::response::Response;
use leptos::prelude::*;
use serde_json::{Map, Value};

use super::example::{Example, Samples, text};
use crate::{
    context::RequestContext,
    ui::{Head, frame::solo, page},
};

/// What all paths begin with.
const BASE: &str = "/api/v1";
/// The methods, in the order in which one meets them.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The page. The document names the server that the examples are sent to; `samples` are what whoever reads it has in their
/// workspace.
pub fn reference(context: &RequestContext, document: &Value, samples: Option<&Samples>) -> Response {
    page(context, Head::new("API reference").without_islands(), || {
        solo(context, true, view! { <h1 class="page__title">"API reference"</h1> }, content(document, samples))
    })
}

/// What is done on a path by a method.
#[derive(Clone, Copy)]
struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    of_document: &'a Value,
}

impl Operation<'_> {
    fn id(self) -> String {
        text(&self.of_document["operationId"])
    }
}

/// Operations of one kind, under the name that the document gives them.
struct Group<'a> {
    name: &'a str,
    operations: Vec<Operation<'a>>,
}

impl Group<'_> {
    /// Where it stands on the page. No operation is named so: those begin in lower case.
    fn id(&self) -> String {
        self.name.replace(' ', "-")
    }
}

/// All operations, by kind, path and method.
fn groups(document: &Value) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, of_document) in methods.as_object().into_iter().flatten() {
            if of_document["operationId"].is_string() {
                let name = of_document["tags"][0].as_str().unwrap_or("Others");
                groups.entry(name).or_default().push(Operation { path, method, of_document });
            }
        }
    }
    let place = |method: &str| METHODS.iter().position(|known| *known == method);
    let mut groups: Vec<Group<'_>> = groups.into_iter().map(|(name, operations)| Group { name, operations }).collect();
    for group in &mut groups {
        group.operations.sort_by_key(|operation| (operation.path, place(operation.method)));
    }
    groups
}

fn content(document: &Value, samples: Option<&Samples>) -> AnyView {
    let server = text(&document["servers"][0]["url"]);
    let groups = groups(document);
    let contents: Vec<AnyView> = groups.iter().map(listed).collect();
    let groups: Vec<AnyView> = groups
        .iter()
        .map(|group| {
            let id = group.id();
            let operations: Vec<AnyView> =
                group.operations.iter().map(|operation| one(document, samples, *operation)).collect();
            view! {
                <section class="reference__group stack" aria-labelledby=id.clone()>
                    <h2 id=id.clone()>{group.name.to_owned()}</h2>
                    {operations}
                </section>
            }
            .into_any()
        })
        .collect();
    let none = Map::new();
    let schemas = document["components"]["schemas"].as_object().unwrap_or(&none);
    let schemas: Vec<AnyView> = schemas.iter().map(|(name, schema)| described(name, schema)).collect();
    let whose = if samples.is_some() {
        "What they name is in your workspace, so they can be pasted as they are. Some change or delete it."
    } else {
        "What they name is made up. Signed in to your workspace, you see here what there is in it."
    };
    view! {
        <div class="reference">
            <nav class="reference__contents" aria-label="Contents">
                <ul>
                    {contents}
                    <li><a class="reference__kind" href="#Schemas">"Schemas"</a></li>
                </ul>
            </nav>
            <div class="reference__body stack">
                <p>"Every request carries a key as a bearer token. The examples take it from the variable KEY:"</p>
                <pre tabindex="0"><code>"export KEY='rhk_…'"</code></pre>
                <p>{whose}</p>
                <p><a href=format!("{server}/api/v1/openapi.json")>"The same as an OpenAPI 3.1 document"</a></p>
                {groups}
                <section class="reference__schemas stack" aria-labelledby="Schemas">
                    <h2 id="Schemas">"Schemas"</h2>
                    {schemas}
                </section>
            </div>
        </div>
    }
    .into_any()
}

/// A group in the contents, with what is in it.
fn listed(group: &Group<'_>) -> AnyView {
    let operations: Vec<AnyView> = group
        .operations
        .iter()
        .map(|operation| {
            view! {
                <li>
                    <a href=format!("#{}", operation.id())>
                        <code>{operation.method.to_uppercase()}</code>
                        " "
                        <span>{breakable(operation.path.strip_prefix(BASE).unwrap_or(operation.path))}</span>
                    </a>
                </li>
            }
            .into_any()
        })
        .collect();
    view! {
        <li>
            <a class="reference__kind" href=format!("#{}", group.id())>{group.name.to_owned()}</a>
            <ul>{operations}</ul>
        </li>
    }
    .into_any()
}

fn one(document: &Value, samples: Option<&Samples>, operation: Operation<'_>) -> AnyView {
    let id = operation.id();
    let Operation { path, method, of_document: operation } = operation;
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
            view! {
                <div>
                    <dt><code>{status.clone()}</code></dt>
                    <dd>{prose(&response["description"])}</dd>
                </div>
            }
            .into_any()
        })
        .collect();
    let permission = operation["x-permission"].as_str().map(str::to_owned);
    view! {
        <article class="card reference__operation" aria-labelledby=id.clone()>
            <div class="stack">
                <h3 id=id.clone()>{text(&operation["summary"])}</h3>
                <p><code>{format!("{} {path}", method.to_uppercase())}</code></p>
                {operation["description"].is_string().then(|| view! { <p>{prose(&operation["description"])}</p> })}
                {permission.map(|name| view! { <p>"Takes the permission " <code>{name}</code> "."</p> })}
                {has_parameters
                    .then(|| view! { <h4>"Parameters"</h4> <dl class="reference__parameters">{parameters}</dl> })}
            </div>
            <div class="stack">
                <h4>"Example"</h4>
                {missing.map(|missing| view! { <p>{missing}</p> })}
                <pre tabindex="0"><code>{command}</code></pre>
                <h4>"Answers"</h4>
                <dl class="reference__answers">{responses}</dl>
            </div>
        </article>
    }
    .into_any()
}

fn parameter(parameter: &Value) -> AnyView {
    let needed = if parameter["required"] == true { ", required" } else { "" };
    let place = format!("{}{needed}", text(&parameter["in"]));
    view! {
        <div>
            <dt><code>{text(&parameter["name"])}</code> " " <span>{place}</span></dt>
            <dd>{prose(&parameter["description"])}</dd>
        </div>
    }
    .into_any()
}

/// What the document says in Markdown, of which it uses the marks of code alone.
fn prose(markdown: &Value) -> Vec<AnyView> {
    let text = text(markdown);
    let parts = text.split('`').enumerate();
    parts
        .map(|(index, part)| {
            let part = part.to_owned();
            if index % 2 == 1 { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
        })
        .collect()
}

/// A path that may go on in another line after each of its slashes.
fn breakable(path: &str) -> Vec<AnyView> {
    path.split_inclusive('/').map(|part| view! { {part.to_owned()} <wbr /> }.into_any()).collect()
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
