//! What a real mail server gets.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use rowhouse_platform::mail::sender::Round;
use serde_json::Value;

use super::{LINK, queue, rows, sender, sender_with, server::MailServer};
use crate::{app::TestApp, command_line};

fn header<'a>(mail: &'a Value, name: &str) -> Vec<&'a str> {
    let headers = mail["headers"].as_array().unwrap().iter();
    headers.filter(|pair| pair[0] == name).map(|pair| pair[1].as_str().unwrap()).collect()
}

const ONE_SENT: Round = Round { sent: 1, postponed: 0, given_up: 0 };

#[tokio::test]
async fn a_letter_arrives_with_its_headers_and_both_parts() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut server = MailServer::start().await;
    queue(&app, &acme.home, "Müller & Söhne, \"Inc\"", "ada@acme.test").await;
    let sender = sender(&app, server.port);
    assert_eq!(sender.deliver_due().await.unwrap(), ONE_SENT);

    let mail = server.next().await;
    assert_eq!(mail["envelope"]["from"], "no-reply@app.test");
    assert_eq!(mail["envelope"]["to"], serde_json::json!(["ada@acme.test"]));
    assert_eq!(mail["from"]["address"], "no-reply@app.test");
    assert_eq!(mail["from"]["name"], "Müller & Söhne, \"Inc\"");
    assert_eq!(mail["to"][0]["address"], "ada@acme.test");
    assert_eq!(mail["subject"], "Choose a new password for Müller & Söhne, \"Inc\"");
    assert!(mail["text"].as_str().unwrap().contains(LINK), "{}", mail["text"]);
    let html = mail["html"].as_str().unwrap();
    assert!(html.contains(&LINK.replace('&', "&amp;")) && html.contains("Müller &amp; Söhne"), "{html}");
    assert_eq!(header(&mail, "date"), ["Mon, 01 Jun 2026 12:00:00 +0000"]);
    assert_eq!(header(&mail, "auto-submitted"), ["auto-generated"]);
    assert!(header(&mail, "message-id")[0].ends_with("@app.test>"));
    assert!(header(&mail, "content-type")[0].starts_with("multipart/alternative"));
    assert!(mail["raw"].as_str().unwrap().is_ascii(), "every mail server can carry it");

    // Sent is sent; the text, which lets people in, is gone.
    assert_eq!(sender.deliver_due().await.unwrap(), Round::default());
    let rows = rows(&mut app.db.admin().await).await;
    assert!(rows[0].sent_at.is_some() && rows[0].attempts == 1);
    assert!(rows[0].body.is_empty() && rows[0].html.is_none());
    assert!(server.rest().is_empty());
}

#[tokio::test]
async fn hostile_names_stay_names() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut server = MailServer::start().await;
    let sender = sender(&app, server.port);
    for name in [
        "<script>alert(1)</script>",
        "Acme\r\nBcc: everybody@example.test\r\n\r\n<b>hello</b>",
        "Acme <boss@example.test>",
        "Acme, boss@example.test",
        "=?utf-8?q?Acme=0D=0ABcc:_x@example.test?=",
        "\u{202e}moc.elpmaxe",
        "ü\r\nBcc: everybody@example.test",
    ] {
        queue(&app, &acme.home, name, "ada@acme.test").await;
        assert_eq!(sender.deliver_due().await.unwrap(), ONE_SENT, "{name:?}");
        let mail = server.next().await;
        assert_eq!(mail["envelope"]["to"], serde_json::json!(["ada@acme.test"]), "{name:?}");
        assert_eq!(mail["from"]["address"], "no-reply@app.test", "{name:?}");
        let allowed = ["message-id", "date", "from", "to", "subject", "auto-submitted", "mime-version", "content-type"];
        let there: BTreeSet<&str> =
            mail["headers"].as_array().unwrap().iter().map(|pair| pair[0].as_str().unwrap()).collect();
        assert_eq!(there, BTreeSet::from(allowed), "{name:?}");
        assert!(!mail["html"].as_str().unwrap().contains("<script"), "{name:?}");
    }
}

#[tokio::test]
async fn user_and_password_are_given_to_the_mail_server() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut server = MailServer::start().await;
    queue(&app, &acme.home, "Acme", "ada@acme.test").await;
    let with = |password: &str| {
        let url = format!("smtp://desk%40app.test:{password}@127.0.0.1:{}?tls=none", server.port);
        sender_with(&app, 1, |settings| settings.smtp = url.parse().unwrap())
    };
    // That is no fault of the message: somebody will correct the setting.
    let round = with("wrong").deliver_due().await.unwrap();
    assert_eq!(round, Round { postponed: 1, ..Round::default() });
    let rows = rows(&mut app.db.admin().await).await;
    let error = rows[0].last_error.as_deref().unwrap();
    assert!(error.contains("535") && !error.contains("wrong"), "{error}");

    app.clock.advance(time::Duration::minutes(1));
    assert_eq!(with("right").deliver_due().await.unwrap(), ONE_SENT);
    assert_eq!(server.next().await["user"], "desk@app.test");
}

#[tokio::test]
async fn two_senders_send_each_letter_once() {
    const LETTERS: usize = 60;
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut server = MailServer::start().await;
    for number in 0..LETTERS {
        queue(&app, &acme.home, "Acme", &format!("a{number}@acme.test")).await;
    }
    let drain = async |sender: rowhouse_platform::mail::sender::Sender| {
        let mut sent = 0;
        loop {
            let round = sender.deliver_due().await.unwrap();
            assert_eq!(round.postponed + round.given_up, 0);
            if round.sent == 0 {
                return sent;
            }
            sent += round.sent;
        }
    };
    let (first, second) = tokio::join!(drain(sender(&app, server.port)), drain(sender(&app, server.port)));
    assert_eq!(first + second, LETTERS);
    assert!(first > 0 && second > 0, "both had work: {first} and {second}");
    let mut ids = BTreeSet::new();
    let mut connections = BTreeSet::new();
    for _ in 0..LETTERS {
        let mail = server.next().await;
        ids.insert(header(&mail, "message-id")[0].to_owned());
        connections.insert(mail["connection"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), LETTERS);
    assert!(server.rest().is_empty(), "none came twice");
    assert!(connections.len() < LETTERS / 2, "connections are used again: {}", connections.len());
}

#[tokio::test]
async fn the_list_of_workspaces_wears_the_products_look() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let mut server = MailServer::start().await;
    let asked = app.post("app.test:3000", "/find").form(&[("email", "owner@acme.test")]).send().await;
    assert_eq!(asked.status, StatusCode::OK);
    sender(&app, server.port).deliver_due().await.unwrap();
    let mail = server.next().await;
    assert_eq!(mail["from"]["name"], "Rowhouse");
    assert_eq!(mail["subject"], "Your workspaces");
    assert!(mail["text"].as_str().unwrap().contains("Company acme: http://acme.app.test:3000"));
    assert!(mail["html"].as_str().unwrap().contains(r#"href="http://acme.app.test:3000""#), "{}", mail["html"]);
}

#[tokio::test]
async fn a_served_program_sends_by_itself_and_ends_well() {
    let program = command_line::Program::new().await;
    let mut server = MailServer::start().await;
    let url = format!("smtp://127.0.0.1:{}?tls=none", server.port);
    let mut admin = program.db.admin().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut served = program
        .command(&["serve"])
        .env("ROWHOUSE_SERVER__LISTEN", format!("127.0.0.1:{port}"))
        .env("ROWHOUSE_MAIL__SMTP_URL", &url)
        .env("ROWHOUSE_MAIL__FROM", "Desk <no-reply@desk.test>")
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    for recipient in ["ada@acme.test", "slow@acme.test"] {
        sqlx::query("INSERT INTO control.mail (id, recipient, subject, body, created_at) VALUES (gen_random_uuid(), $1, 'Hello', 'Text', now())")
            .bind(recipient)
            .execute(&mut admin)
            .await
            .unwrap();
        let mail = server.next().await;
        if recipient.starts_with("slow") {
            assert_eq!(mail["receiving"], recipient);
        } else {
            assert_eq!(mail["from"]["name"], "Desk");
        }
    }
    // The signal comes while a message is under way.
    let signal = std::process::Command::new("kill").args(["-TERM", &served.id().to_string()]).status().unwrap();
    assert!(signal.success());
    assert!(served.wait().unwrap().success());
    assert_eq!(server.next().await["envelope"]["to"][0], "slow@acme.test");
    let rows = rows(&mut admin).await;
    assert!(rows.iter().all(|row| row.sent_at.is_some() && row.attempts == 1), "{rows:?}");
    assert!(rows.iter().all(|row| row.body == "Text"), "development keeps texts for /dev/mail");
}

#[tokio::test]
async fn doctor_asks_the_mail_server() {
    let program = command_line::Program::new().await;
    let server = MailServer::start().await;
    let (good, text) = program.run(&["doctor"]);
    assert!(good && text.contains("mail.smtp_url is not set"), "{text}");
    let doctor = |url: &str| {
        let mut command = program.command(&["doctor"]);
        command.env("ROWHOUSE_MAIL__SMTP_URL", url).env("ROWHOUSE_MAIL__TIMEOUT_SECONDS", "2");
        command
    };
    let right = format!("smtp://desk:right@127.0.0.1:{}?tls=none", server.port);
    let (good, text) = command_line::said(doctor(&right).output().unwrap());
    assert!(good && text.contains("the mail server answers") && !text.contains("right@"), "{text}");
    let wrong = right.replace("right", "hunter2");
    let (good, text) = command_line::said(doctor(&wrong).output().unwrap());
    assert!(!good && text.contains("WRONG   mail.smtp_url") && text.contains("535"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    let (good, text) = command_line::said(doctor(&right).env("ROWHOUSE_DATABASE__OPERATOR_URL", "").output().unwrap());
    assert!(good && text.contains("database.operator_url is not: this server sends no mail"), "{text}");
}
