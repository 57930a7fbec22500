//! The examples of the reference, as somebody who is signed in sees them: each is read as a shell would, and sent.

use axum::http::Method;
use rowhouse_app::desk::import::State;

use super::{
    furnished::{furnish, mighty_key},
    read,
};
use crate::{
    api::run,
    app::{Answer, TestApp, TestTenant},
};

/// The words of a command, with its variable. What stands before a pipe is the input.
fn words(command: &str, key: &str) -> Vec<String> {
    let (mut words, mut word, mut is_open) = (Vec::new(), String::new(), false);
    let mut signs = command.chars();
    let mut quote = None;
    while let Some(sign) = signs.next() {
        match (quote, sign) {
            (Some(end), sign) if sign == end => quote = None,
            (None, '\'' | '"') => (quote, is_open) = (Some(sign), true),
            (None, '\\') => match signs.next().unwrap() {
                '\n' => {}
                escaped => word.push(escaped),
            },
            (None, ' ') => {
                if is_open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                is_open = false;
            }
            (_, sign) => word.push(sign),
        }
    }
    assert!(quote.is_none(), "{command}");
    words.push(word);
    words.into_iter().map(|word| word.replace("$KEY", key)).collect()
}

/// The command beside this endpoint.
fn command(page: &str, id: &str) -> String {
    let section = page.split(&format!("<h3 id=\"{id}\"")).nth(1).unwrap_or_else(|| panic!("{id} is not on the page"));
    let section = section.split("</article>").next().unwrap();
    assert!(!section.contains("There is none in your workspace"), "{id}: {section}");
    let command = section.split("<pre").nth(1).and_then(|rest| rest.split("<code>").nth(1)).unwrap();
    let command = command.split("</code>").next().unwrap();
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(command.to_owned(), |text, (written, sign)| text.replace(written, sign))
}

/// Does what `curl` would do.
async fn curl(app: &TestApp, command: &str, key: &str) -> Answer {
    let words = words(command, key);
    let (input, words) = match words.split_first().unwrap() {
        (first, rest) if first == "printf" => {
            assert_eq!(rest[1..3], ["|", "curl"], "{command}");
            (rest[0].replace("\\n", "\n"), &rest[3..])
        }
        (first, rest) => {
            assert_eq!(first, "curl");
            (String::new(), rest)
        }
    };
    let (mut method, mut headers, mut body, mut form, mut address) = (None, Vec::new(), None, None, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut next = || words.next().unwrap().clone();
        match word.as_str() {
            "-X" => method = Some(Method::from_bytes(next().as_bytes()).unwrap()),
            "-H" => headers.push(next()),
            "-d" => body = Some(next()),
            "-F" => form = Some(next()),
            other => assert!(address.replace(other.to_owned()).is_none(), "{command}"),
        }
    }
    let address = address.unwrap();
    let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut request = app.ask(method.unwrap(), &format!("/{path}")).header("host", host);
    for header in &headers {
        let (name, value) = header.split_once(": ").unwrap();
        // Said with the body.
        if !name.eq_ignore_ascii_case("content-type") {
            request = request.header(name, value);
        }
    }
    if let Some(form) = form {
        let (part, file) = form.split_once("=@-;filename=").unwrap();
        let body = super::form(part, file, input.as_bytes());
        return request.body("multipart/form-data; boundary=rowhouse", body).send().await;
    }
    match body {
        Some(body) => request.body("application/json", body.into_bytes()).send().await,
        None => request.send().await,
    }
}

async fn page(app: &TestApp, tenant: &TestTenant) -> String {
    let page = app.get(&tenant.host, "/api/v1/docs").cookie(&tenant.owner_cookie).send().await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.body
}

/// What an import must be for this to be done with it.
fn state_for(id: &str) -> (State, &'static str) {
    match id {
        "runImport" => (State::Checked, "0"),
        "undoImport" => (State::Done, "1"),
        _ => (State::Mapping, "0"),
    }
}

#[tokio::test]
async fn every_example_works_when_it_is_pasted() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let key = mighty_key(&app, &acme).await;
    let document = read(&app.ask(Method::GET, "/api/v1/openapi.json").header("host", &acme.host).send().await);
    let paths = document["paths"].as_object().unwrap().values();
    let operations: Vec<_> = paths.flat_map(|all| all.as_object().unwrap().values()).collect();
    assert!(operations.len() > 50, "{}", operations.len());
    let mut wrong = Vec::new();
    // With the one of each round, there are always two labels.
    furnish(&app, &acme, &key, "scanner").await;
    for (round, operation) in operations.iter().enumerate() {
        let id = operation["operationId"].as_str().unwrap();
        // What a round makes is newer than what there is.
        app.clock.advance(time::Duration::seconds(1));
        // Whatever the examples before this one did, there is one of everything.
        let sql = "UPDATE pooled.project SET archived_at = NULL; DELETE FROM pooled.project_member; \
                   DELETE FROM pooled.saved_view";
        run(&app, sql.to_owned()).await;
        furnish(&app, &acme, &key, &format!("printer {round}")).await;
        let (state, made) = state_for(id);
        let sql = "UPDATE pooled.desk_import SET state = '{state}', made = {made} WHERE object_id IS NOT NULL";
        run(&app, sql.replace("{state}", state.word()).replace("{made}", made)).await;
        let command = command(&page(&app, &acme).await, id);
        let answer = curl(&app, &command, &key.token).await;
        if !(answer.status.is_success() || answer.status == 304) {
            wrong.push(format!("{id}: {} {}\n{command}", answer.status, answer.body));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test]
async fn nobody_sees_what_there_is_in_a_workspace() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let key = mighty_key(&app, &acme).await;
    let names = furnish(&app, &acme, &key, "printer").await;
    let label = &names["label"];
    assert!(page(&app, &acme).await.contains(label.as_str()));
    let signed_out = app.get(&acme.host, "/api/v1/docs").send().await;
    let stranger = app.get(&acme.host, "/api/v1/docs").cookie(&globex.owner_cookie).send().await;
    let apex = app.get(crate::api::APEX, "/api/v1/docs").send().await;
    for answer in [signed_out, stranger, apex] {
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains("made up") && !answer.body.contains(label.as_str()), "{}", answer.body);
    }
    // A cookie is good for this page, and for nothing beside it.
    let me = app.get(&acme.host, "/api/v1/me").cookie(&acme.owner_cookie).send().await;
    assert_eq!(me.status, 401);
}
