//! What is not taken, and what is said of it.

use axum::http::StatusCode;

use super::{Form, assert_nothing, attached, upload, usage, world};
use crate::app::Answer;

const SMALL: &[(&str, &str)] =
    &[("ROWHOUSE_STORAGE__FILE_LIMIT_MIB", "1"), ("ROWHOUSE_STORAGE__FILES_PER_UPLOAD", "2")];

fn assert_says(answer: &Answer, words: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    // Beside the field, and in the summary that leads to it.
    assert!(answer.body.contains("id=\"files-error\"") && answer.body.contains("href=\"#files\""), "{}", answer.body);
    assert!(answer.body.matches(words).count() >= 2, "{words} in {}", answer.body);
}

#[tokio::test]
async fn one_file_too_large_keeps_all_out() {
    let (app, acme, ticket) = world(SMALL).await;
    let form = Form::new()
        .text("body", "Both files, please.")
        .file("small.txt", b"small")
        .file("large.bin", &vec![7; 3 * 1024 * 1024 / 2]);
    let answer = upload(&app, &acme, &acme.owner_cookie, &ticket, form).send().await;
    assert_says(&answer, "“large.bin” has 1.5 MB; a file can have at most 1 MB.");
    assert!(answer.body.contains("Both files, please."), "what was typed stays");
    assert_nothing(&app, &acme).await;
    // Exactly the limit is allowed, one byte more is not.
    let form = Form::new().file("over.bin", &vec![7; 1024 * 1024 + 1]);
    let answer = upload(&app, &acme, &acme.owner_cookie, &ticket, form).send().await;
    assert_says(&answer, "“over.bin” has 1.1 MB; a file can have at most 1 MB.");
    let form = Form::new().file("just.bin", &vec![7; 1024 * 1024]);
    assert_eq!(attached(&app, &acme, &ticket, form).await.len(), 1);
    assert_eq!(usage(&app, &acme).await, (1024 * 1024, 1));
}

#[tokio::test]
async fn every_problem_is_said_at_once() {
    let (app, acme, ticket) = world(SMALL).await;
    let form = Form::new().file("empty.txt", b"").file("b.txt", b"b").file("c.txt", b"c");
    let answer = upload(&app, &acme, &acme.owner_cookie, &ticket, form).send().await;
    assert_says(&answer, "“empty.txt” is empty.");
    assert_says(&answer, "These are 3 files; 2 can be sent at a time.");
    assert_nothing(&app, &acme).await;
    for form in [Form::new(), Form::new().file("", b"").text("body", " ")] {
        let answer = upload(&app, &acme, &acme.owner_cookie, &ticket, form).send().await;
        assert_says(&answer, "Choose at least one file.");
    }
    let long = "x".repeat(20_001);
    let form = Form::new().file("b.txt", b"b").text("body", &long);
    let answer = upload(&app, &acme, &acme.owner_cookie, &ticket, form).send().await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("The comment has 20,001 characters; 20,000 are allowed."), "{}", answer.body);
    assert_nothing(&app, &acme).await;
}

#[tokio::test]
async fn a_request_larger_than_all_files_together_is_refused() {
    let (app, acme, ticket) = world(SMALL).await;
    let form = Form::new().file("large.bin", &vec![7; 5 * 1024 * 1024]);
    let answer = upload(&app, &acme, &acme.owner_cookie, &ticket, form).send().await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.body);
    // Other forms have the limit that they had.
    let profile = app.post(&acme.host, "/account/profile").cookie(&acme.owner_cookie);
    let answer = profile.body(super::KIND, Form::new().text("name", &"x".repeat(5 << 20)).bytes()).send().await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn text_is_taken_into_memory_and_so_not_as_much_as_files_have() {
    let (app, acme, ticket) = world(&[("ROWHOUSE_STORAGE__FILE_LIMIT_MIB", "10")]).await;
    let form = Form::new().text("body", &"x".repeat(5 * 1024 * 1024));
    let answer = upload(&app, &acme, &acme.owner_cookie, &ticket, form).send().await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.body);
    assert_nothing(&app, &acme).await;
}
