//! What developers see of mail, and others do not.

use axum::http::StatusCode;
use rowhouse_app::routes;
use serde_json::Value;

use super::{LINK, queue, sender_with, server::MailServer};
use crate::app::TestApp;

const APEX: &str = "app.test:3000";

async fn json(app: &TestApp, query: &str) -> Vec<Value> {
    let answer = app.get(APEX, &format!("/dev/mail.json{query}")).send().await;
    assert_eq!(answer.status, StatusCode::OK);
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn letters_are_shown_with_their_state() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let server = MailServer::start().await;
    let empty = app.get(APEX, "/dev/mail").send().await;
    assert!(empty.body.contains("No mail yet"), "{}", empty.body);

    for to in ["never@acme.test", "later-9@acme.test", "ada@acme.test"] {
        queue(&app, &acme.home, "Acme <b>", to).await;
    }
    sender_with(&app, server.port, |settings| settings.keep_texts = true).deliver_due().await.unwrap();
    queue(&app, &acme.home, "Acme <b>", "waiting@acme.test").await;

    let page = app.get(APEX, "/dev/mail").send().await;
    assert_eq!(page.status, StatusCode::OK);
    for words in [
        "Given up just now: permanent error (550)",
        "Waiting: attempt 2 is in less than a minute, because transient error (451)",
        "Sent just now",
        "Waiting to be sent",
        "Choose a new password for Acme &lt;b&gt;",
    ] {
        assert!(page.body.contains(words), "{words}\n{}", page.body);
    }
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    let newest = page.body.find("To waiting@acme.test").unwrap();
    assert!(newest < page.body.find("To never@acme.test").unwrap(), "newest first");

    let some = app.get(APEX, "/dev/mail?to=ADA%40acme.test").send().await;
    assert!(some.body.contains("To ada@acme.test") && !some.body.contains("To waiting@acme.test"));
    let none = app.get(APEX, "/dev/mail?to=nobody%40acme.test").send().await;
    assert!(none.body.contains("Nothing was queued for nobody@acme.test."), "{}", none.body);

    let states: Vec<_> = json(&app, "").await.iter().map(|mail| mail["state"].as_str().unwrap().to_owned()).collect();
    assert_eq!(states, ["waiting", "sent", "waiting", "failed"]);
    let ada = json(&app, "?to=ada%40acme.test").await.pop().unwrap();
    assert!(ada["text"].as_str().unwrap().contains(LINK) && ada["from_name"] == "Acme <b>", "{ada}");
}

#[tokio::test]
async fn a_letter_is_shown_in_a_frame_that_does_nothing() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    queue(&app, &acme.home, "<script>alert(1)</script>", "ada@acme.test").await;
    let id = json(&app, "").await[0]["id"].as_str().unwrap().to_owned();
    let page = app.get(APEX, "/dev/mail").send().await;
    assert!(page.body.contains(&format!("src=\"/dev/mail/{id}/html\"")), "{}", page.body);
    assert!(page.body.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""), "{}", page.body);

    let letter = app.get(APEX, &format!("/dev/mail/{id}/html")).send().await;
    assert_eq!(letter.status, StatusCode::OK);
    assert!(letter.body.contains("<base target=\"_blank\">") && !letter.body.contains("<script"), "{}", letter.body);
    let policy = letter.headers["content-security-policy"].to_str().unwrap();
    for part in [
        "default-src 'none'",
        "img-src data: http://app.test:3000 http://*.app.test:3000",
        "frame-ancestors 'self'",
        "sandbox allow-popups",
    ] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(!policy.contains("script-src") && !policy.contains("allow-scripts"), "{policy}");
    assert_eq!(letter.headers["x-frame-options"], "SAMEORIGIN");

    for nothing in ["00000000-0000-0000-0000-000000000000", "x", "1%20OR%201"] {
        let answer = app.get(APEX, &format!("/dev/mail/{nothing}/html")).send().await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{nothing}");
    }
}

#[tokio::test]
async fn many_letters_have_pages() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for number in 0..25 {
        queue(&app, &acme.home, "Acme", &format!("a{number}@acme.test")).await;
    }
    let first = app.get(APEX, "/dev/mail").send().await.body;
    assert_eq!(first.matches("<article").count(), 20);
    let start = first.find("/dev/mail?before=").unwrap();
    let older = first[start..].split('"').next().unwrap();
    let second = app.get(APEX, older).send().await.body;
    assert_eq!(second.matches("<article").count(), 5);
    assert!(second.contains("To a4@acme.test") && second.contains("To a0@acme.test"), "{second}");
    assert!(second.contains(">Newest<") && !second.contains("rel=\"next\""), "{second}");
}

#[tokio::test]
async fn only_a_development_server_shows_mail() {
    let paths = |development| {
        let site = routes::apex(development);
        site.table().iter().filter(|route| route.path.starts_with("/dev")).count()
    };
    assert_eq!((paths(true), paths(false)), (3, 0));
    let app = TestApp::start().await;
    app.tenant("acme").await;
    for path in ["/dev/mail", "/dev/mail.json"] {
        assert_eq!(app.get("acme.app.test:3000", path).send().await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
