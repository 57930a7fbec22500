//! Mail from the transaction that queues it to the mail server that takes it, and what is seen of it on the way.

mod delivery;
mod outages;
mod pages;
mod queueing;
mod server;

use std::time::Duration;

use rowhouse_platform::{
    mail::{
        self, Letter, Letterhead,
        sender::{Sender, SenderSettings},
    },
    tenancy::TenantHome,
};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{app::TestApp, database::Way};

pub const LINK: &str = "http://acme.app.test:3000/reset?token=2f6b1c&n=1";

/// A sender of a server in production, for the mail server on this port.
pub fn sender(app: &TestApp, port: u16) -> Sender {
    sender_with(app, port, |_| ())
}

pub fn sender_with(app: &TestApp, port: u16, change: impl FnOnce(&mut SenderSettings)) -> Sender {
    let mut settings = SenderSettings {
        operator_url: app.db.url(Way::Direct, "rowhouse_operator"),
        smtp: format!("smtp://127.0.0.1:{port}?tls=none").parse().unwrap(),
        from: "Rowhouse <no-reply@app.test>".parse().unwrap(),
        public_origin: "http://app.test:3000".to_owned(),
        attempts: 3,
        parallel: 4,
        poll_interval: Duration::from_millis(50),
        timeout: Duration::from_secs(2),
        keep: time::Duration::days(30),
        keep_texts: false,
    };
    change(&mut settings);
    Sender::new(app.services.ambient.clone(), settings).unwrap()
}

pub fn letter() -> Letter {
    Letter::ResetPassword { link: LINK.to_owned(), valid_for: "30 minutes".to_owned() }
}

/// Queues a letter in a transaction of its own.
pub async fn queue(app: &TestApp, home: &TenantHome, name: &str, to: &str) {
    let letterhead = Letterhead::plain(name, "http://acme.app.test:3000");
    // Ids sort by their time.
    app.clock.advance(time::Duration::milliseconds(1));
    let mut tx = app.services.database.begin(home).await.unwrap();
    mail::queue(&mut tx, &app.services.ambient, &letterhead, to, &letter()).await.unwrap();
    tx.commit().await.unwrap();
}

/// What the queue knows of a message.
#[derive(Debug, sqlx::FromRow)]
pub struct Row {
    pub tenant_id: Option<Uuid>,
    pub body: String,
    pub html: Option<String>,
    pub sent_at: Option<OffsetDateTime>,
    pub failed_at: Option<OffsetDateTime>,
    pub attempts: i32,
    pub last_error: Option<String>,
}

pub async fn rows(admin: &mut PgConnection) -> Vec<Row> {
    sqlx::query_as(
        "SELECT tenant_id, body, html, sent_at, failed_at, attempts, last_error FROM control.mail ORDER BY id",
    )
    .fetch_all(admin)
    .await
    .unwrap()
}
