//! Before and after, side by side, field by field.

use leptos::prelude::*;
use rowhouse_platform::audit::Entry;
use serde_json::{Map, Value};

/// A field, before and after; none where it was not there.
#[derive(Debug, PartialEq)]
struct Row {
    field: String,
    before: Option<String>,
    after: Option<String>,
}

pub(super) fn view(entry: &Entry) -> AnyView {
    let rows = rows(entry.before.as_deref(), entry.after.as_deref());
    if rows.is_empty() {
        return ().into_any();
    }
    let rows = rows.into_iter().map(row).collect_view();
    view! {
        <table class="audit-diff">
            <caption class="visually-hidden">"What changed"</caption>
            <thead>
                <tr>
                    <th scope="col">"Field"</th>
                    <th scope="col">"Before"</th>
                    <th scope="col">"After"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(row: Row) -> AnyView {
    let changed = row.before != row.after;
    let absent = || view! { <span class="muted">"–"</span> }.into_any();
    let before = match row.before {
        Some(text) if changed => view! { <del>{text}</del> }.into_any(),
        Some(text) => text.into_any(),
        None => absent(),
    };
    let after = match row.after {
        Some(text) if changed => view! { <ins>{text}</ins> }.into_any(),
        Some(text) => text.into_any(),
        None => absent(),
    };
    view! {
        <tr>
            <th scope="row">{row.field}</th>
            <td>{before}</td>
            <td>{after}</td>
        </tr>
    }
    .into_any()
}

/// Objects field by field, those of `after` first; anything else as one value.
fn rows(before: Option<&str>, after: Option<&str>) -> Vec<Row> {
    let read = |text: Option<&str>| text.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let (before, after) = (read(before), read(after));
    let fields = |value: &Option<Value>| match value {
        None => Some(Map::new()),
        Some(Value::Object(fields)) => Some(fields.clone()),
        Some(_) => None,
    };
    let (Some(old), Some(new)) = (fields(&before), fields(&after)) else {
        return vec![Row {
            field: "Value".to_owned(),
            before: before.as_ref().map(words),
            after: after.as_ref().map(words),
        }];
    };
    let gone = old.keys().filter(|field| !new.contains_key(*field));
    new.keys()
        .chain(gone)
        .map(|field| Row {
            field: field.replace('_', " "),
            before: old.get(field).map(words),
            after: new.get(field).map(words),
        })
        .collect()
}

fn words(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_laid_side_by_side() {
        let row = |field: &str, before: Option<&str>, after: Option<&str>| Row {
            field: field.to_owned(),
            before: before.map(ToOwned::to_owned),
            after: after.map(ToOwned::to_owned),
        };
        assert_eq!(
            rows(Some(r#"{"name":"Acme","logo":null}"#), Some(r#"{"name":"Acme Works","grace_days":3}"#)),
            [
                row("grace days", None, Some("3")),
                row("name", Some("Acme"), Some("Acme Works")),
                row("logo", Some("none"), None),
            ]
        );
        assert_eq!(rows(None, Some(r#"["a","b"]"#)), [row("Value", None, Some("a, b"))]);
        assert_eq!(rows(None, None), []);
    }
}
