//! The examples of the reference: each a command for a shell, made of the document and of what there is in a workspace.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What there is in a workspace, for examples to name. A name is that of a parameter of paths in braces (`{project}`), or of
/// a header. For one endpoint alone it begins with the endpoint's name and a slash, and can be that of a member of its
/// body, too: `createTicket/project`, where `null` leaves the member out.
#[derive(Debug, Clone, Default)]
pub struct Samples(BTreeMap<String, Value>);

impl Samples {
    /// Notes it.
    pub fn put(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.insert(name.into(), value.into());
    }

    fn of_operation(&self, operation: &str, name: &str) -> Option<&Value> {
        self.0.get(&format!("{operation}/{name}"))
    }

    fn of(&self, operation: &str, name: &str) -> Option<&Value> {
        self.of_operation(operation, name).or_else(|| self.0.get(name))
    }
}

/// An example of an endpoint.
pub(super) struct Example {
    /// What is pasted. What stands in it is quoted, so nothing of the document or of a workspace is more than a word.
    pub(super) command: String,
    /// What it names that is in no workspace: the parameters of its path that nothing stands for.
    pub(super) made_up: Vec<String>,
}

impl Example {
    pub(super) fn of(document: &Value, samples: Option<&Samples>, path: &str, method: &str, operation: &Value) -> Self {
        let id = text(&operation["operationId"]);
        let sample = |name: &str| samples.and_then(|samples| samples.of(&id, name)).cloned();
        let (mut lines, mut made_up) = (vec![format!("curl -X {}", method.to_uppercase())], Vec::new());
        lines.push("-H \"Authorization: Bearer $KEY\"".to_owned());
        let (mut address, mut query) = (format!("{}{path}", text(&document["servers"][0]["url"])), Vec::new());
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = text(&parameter["name"]);
            let documented = || example(document, parameter).or_else(|| example(document, &parameter["schema"]));
            let is_required = parameter["required"] == true;
            match parameter["in"].as_str() {
                Some("path") => {
                    let in_braces = format!("{{{name}}}");
                    // One of a few words is good in every workspace.
                    let is_word = resolved(document, &parameter["schema"])["enum"].is_array();
                    let sample = sample(&in_braces);
                    if sample.is_none() && !is_word {
                        made_up.push(name.clone());
                    }
                    let value = sample.or_else(documented);
                    let value = value.as_ref().map_or_else(|| name.to_uppercase(), plain);
                    address = address.replace(&in_braces, &value);
                }
                Some("query") if is_required => query.extend(documented().map(|value| (name, plain(&value)))),
                Some("header") if is_required => {
                    let value = sample(&name).or_else(documented);
                    lines.extend(value.map(|value| format!("-H {}", quoted(&format!("{name}: {}", plain(&value))))));
                }
                _ => {}
            }
        }
        if !query.is_empty() {
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            address = format!("{address}?{query}");
        }
        let content = &operation["requestBody"]["content"];
        let of_body = |name: &str| samples.and_then(|samples| samples.of_operation(&id, name)).cloned();
        if let Some(body) = body(document, &content["application/json"]["schema"], of_body) {
            lines.push("-H 'Content-Type: application/json'".to_owned());
            lines.push(format!("-d {}", quoted(&body.to_string())));
        }
        let form = resolved(document, &content["multipart/form-data"]["schema"]);
        for (name, part) in form["properties"].as_object().into_iter().flatten() {
            // One of several is sent as one.
            let part = if part["items"].is_null() { part } else { &part["items"] };
            if resolved(document, part)["format"] == "binary" {
                // A file that need not be there first, and that is good as a table too.
                lines[0] = format!("printf 'title\\nThe printer is jammed\\n' | {}", lines[0]);
                lines.push(format!("-F {}", quoted(&format!("{name}=@-;filename=example.csv"))));
            }
        }
        lines.push(quoted(&address));
        Self { command: lines.join(" \\\n  "), made_up }
    }
}

/// A body with what is required, and with what has an example.
fn body(document: &Value, schema: &Value, sample: impl Fn(&str) -> Option<Value>) -> Option<Value> {
    let schema = resolved(document, schema);
    let properties = schema["properties"].as_object()?;
    let is_required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let mut members = Map::new();
    for (name, property) in properties {
        let value = match sample(name) {
            Some(Value::Null) => None,
            Some(value) => Some(value),
            None if is_required(name) => Some(example(document, property).unwrap_or_else(|| usual(property, name))),
            None => example(document, property),
        };
        members.extend(value.map(|value| (name.clone(), value)));
    }
    Some(Value::Object(members))
}

/// What is required and has no example.
fn usual(property: &Value, name: &str) -> Value {
    if property["type"] == "boolean" { Value::Bool(true) } else { Value::from(name) }
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

pub(super) fn text(value: &Value) -> String {
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

    const SERVER: &str = "https://acme.app.example";

    fn command(document: &Value, samples: Option<&Samples>, path: &str, method: &str, operation: &Value) -> String {
        Example::of(document, samples, path, method, operation).command
    }

    #[test]
    fn files_are_sent_as_a_form() {
        let document = json!({ "servers": [{ "url": SERVER }], "components": { "schemas": {
            "Form": { "properties": { "body": { "type": "string" }, "files": { "items": { "$ref": "#/components/schemas/File" } } } },
            "File": { "type": "string", "format": "binary" },
        } } });
        let content = json!({ "multipart/form-data": { "schema": { "$ref": "#/components/schemas/Form" } } });
        let operation = json!({ "requestBody": { "content": content } });
        let command = command(&document, None, "/api/v1/x", "post", &operation);
        assert!(command.starts_with(r"printf 'title\nThe printer is jammed\n' | curl -X POST"), "{command}");
        assert!(command.contains(" \\\n  -F 'files=@-;filename=example.csv' \\\n  "), "{command}");
        assert!(!command.contains("body"), "{command}");
    }

    #[test]
    fn examples_are_commands_that_can_be_pasted() {
        let document = json!({ "servers": [{ "url": SERVER }], "components": { "schemas": { "New": {
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
        let command = command(&document, None, "/api/v1/tickets/{key}", "patch", &operation);
        assert_eq!(
            command.replace(" \\\n  ", " "),
            "curl -X PATCH -H \"Authorization: Bearer $KEY\" -H 'If-Match: \"3\"' \
             -H 'Content-Type: application/json' -d '{\"status\":\"open\",\"title\":\"It'\\''s jammed\"}' \
             'https://acme.app.example/api/v1/tickets/OPS-1'"
        );
    }

    #[test]
    fn examples_name_what_there_is() {
        let document = json!({ "servers": [{ "url": SERVER }] });
        let schema = json!({ "required": ["project", "is_read"], "properties": {
            "project": { "type": "string", "example": "OPS" },
            "is_read": { "type": "boolean" },
            "columns": { "example": ["title"] },
        } });
        let operation = json!({
            "operationId": "doIt",
            "parameters": [
                { "name": "project", "in": "path", "required": true, "example": "OPS" },
                { "name": "label", "in": "path", "required": true },
                { "name": "relation", "in": "path", "required": true, "schema": { "enum": ["relates"] } },
                { "name": "If-Match", "in": "header", "required": true, "example": "\"3\"" },
            ],
            "requestBody": { "content": { "application/json": { "schema": schema } } },
        });
        let mut samples = Samples::default();
        samples.put("{project}", "SUP");
        samples.put("If-Match", "*");
        samples.put("doIt/project", "SUP");
        samples.put("doIt/columns", Value::Null);
        let path = "/api/v1/{project}/{label}/{relation}";
        let Example { command, made_up } = Example::of(&document, Some(&samples), path, "put", &operation);
        assert_eq!(made_up, ["label"]);
        assert_eq!(
            command.replace(" \\\n  ", " "),
            "curl -X PUT -H \"Authorization: Bearer $KEY\" -H 'If-Match: *' -H 'Content-Type: application/json' \
             -d '{\"is_read\":true,\"project\":\"SUP\"}' 'https://acme.app.example/api/v1/SUP/LABEL/relates'"
        );
    }
}
