//! Sending files, with a comment and without.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Form, addresses, attached, states, stored, upload, usage, world};

#[tokio::test]
async fn files_stand_on_the_ticket_and_are_counted() {
    let (app, acme, ticket) = world(&[]).await;
    let form = Form::new().file("readme.txt", b"Read me").file("data.bin", &[0, 159, 146, 150]);
    let files = attached(&app, &acme, &ticket, form).await;
    assert_eq!(files.len(), 2);
    assert_eq!(usage(&app, &acme).await, (11, 2));
    assert_eq!(states(&app).await, [("stored".to_owned(), 2)]);
    // Below the tenant, and named by nothing that was typed.
    let prefix = app.site_root.join("files/tenants").join(acme.home.id().0.as_hyphenated().to_string());
    let paths = stored(&app);
    assert_eq!(paths.len(), 2);
    assert!(paths.iter().all(|path| path.starts_with(&prefix)), "{paths:?}");

    let page = app.get(&acme.host, &ticket).cookie(&acme.owner_cookie).send().await;
    for said in ["readme.txt", "7 bytes", "data.bin", "4 bytes", "Olga of acme"] {
        assert!(page.body.contains(said), "{said} in {}", page.body);
    }
    let file = app.get(&acme.host, &files[1]).cookie(&acme.member_cookie).send().await;
    assert_eq!((file.status, file.bytes.as_slice()), (StatusCode::OK, &[0, 159, 146, 150][..]));

    let sql = "SELECT kind || detail::text FROM pooled.ticket_event WHERE kind <> 'created' ORDER BY id";
    let events: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut app.db.admin().await).await.unwrap();
    assert_eq!(events, ["attached{\"name\": \"readme.txt\"}", "attached{\"name\": \"data.bin\"}"]);
}

#[tokio::test]
async fn files_come_with_a_comment() {
    let (app, acme, ticket) = world(&[]).await;
    let form = Form::new().text("body", "The log, as you asked.").file("printer.log", b"on fire");
    let files = attached(&app, &acme, &ticket, form).await;
    assert_eq!(files.len(), 1);
    let sql = "SELECT c.body FROM pooled.attachment f
               JOIN pooled.ticket_comment c ON c.tenant_id = f.tenant_id AND c.id = f.comment_id";
    let body: String = sqlx::query_scalar(sql).fetch_one(&mut app.db.admin().await).await.unwrap();
    assert_eq!(body, "The log, as you asked.");
    // A comment alone is a comment, too.
    let form = Form::new().text("body", "Thanks").file("", b"");
    assert_eq!(attached(&app, &acme, &ticket, form).await.len(), 1);
    let page = app.get(&acme.host, &ticket).cookie(&acme.owner_cookie).send().await;
    assert!(page.body.contains("Thanks") && page.body.contains("printer.log"));
}

#[tokio::test]
async fn the_script_is_told_in_its_own_words() {
    let (app, acme, ticket) = world(&[]).await;
    let form = Form::new().file("a.txt", b"a");
    let answer =
        upload(&app, &acme, &acme.owner_cookie, &ticket, form).header("accept", "application/json").send().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(said, json!({ "location": ticket }));
    assert_eq!(answer.cookie("__Host-flash").unwrap(), "__Host-flash=files-attached");
    let form = Form::new().file("b.txt", b"");
    let answer =
        upload(&app, &acme, &acme.owner_cookie, &ticket, form).header("accept", "application/json").send().await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(said, json!({ "errors": ["“b.txt” is empty."] }));
}

#[tokio::test]
async fn who_sent_a_file_removes_it() {
    let (app, acme, ticket) = world(&[]).await;
    let form = Form::new().file("a.txt", b"first").file("b.txt", b"second");
    let files = attached(&app, &acme, &ticket, form).await;
    let remove = format!("{}/remove", files[0]);
    let page = app.get(&acme.host, &remove).cookie(&acme.owner_cookie).send().await;
    assert!(page.status == StatusCode::OK && page.body.contains("Remove this file?"), "{}", page.body);
    assert!(page.body.contains("a.txt") && page.body.contains("5 bytes"), "{}", page.body);
    let answer = app.post(&acme.host, &remove).cookie(&acme.owner_cookie).form(&[]).send().await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, ticket.as_str()));
    let again = app.post(&acme.host, &remove).cookie(&acme.owner_cookie).form(&[]).send().await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let gone = app.get(&acme.host, &files[0]).cookie(&acme.owner_cookie).send().await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(usage(&app, &acme).await, (6, 1), "it is counted no longer, though its file is still there");
    let page = app.get(&acme.host, &ticket).cookie(&acme.owner_cookie).send().await;
    assert_eq!(addresses(&page), files[1..]);
}
