//! Letters enter the queue with the transaction of what they tell of, in the name of its tenant, and nobody who serves
//! reads them.

use rowhouse_platform::mail::{self, Letterhead};

use super::{letter, queue, rows};
use crate::{app::TestApp, database::Way};

#[tokio::test]
async fn a_letter_belongs_to_the_transactions_tenant_and_ends_with_it() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    queue(&app, &acme.home, "Acme", "ada@acme.test").await;
    let mut tx = app.services.database.begin(&acme.home).await.unwrap();
    let letterhead = Letterhead::plain("Acme", "http://acme.app.test:3000");
    mail::queue(&mut tx, &app.services.ambient, &letterhead, "undone@acme.test", &letter()).await.unwrap();
    drop(tx);

    let mut admin = app.db.admin().await;
    let queued = rows(&mut admin).await;
    assert_eq!(queued.len(), 1, "what is undone sends nothing");
    assert_eq!(queued[0].tenant_id, Some(acme.home.id().0));
    assert!(queued[0].body.contains(super::LINK) && queued[0].attempts == 0);
}

#[tokio::test]
async fn the_serving_role_queues_and_reads_nothing() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    queue(&app, &acme.home, "Acme", "ada@acme.test").await;
    let mut serving = app.db.serving(Way::Direct).await;
    for statement in [
        "SELECT body FROM control.mail",
        "UPDATE control.mail SET recipient = 'me@evil.test'",
        "DELETE FROM control.mail",
        "INSERT INTO control.mail (id, recipient, subject, body, created_at) VALUES (gen_random_uuid(), 'a@b.c', 's', 'b', now())",
    ] {
        let error = sqlx::query(statement).execute(&mut serving).await.unwrap_err().to_string();
        assert!(error.contains("permission denied"), "{statement}: {error}");
    }
    let queue = "SELECT control.queue_mail(gen_random_uuid(), $1, 'Acme', $2, 'text', 'html', now())";
    let outside = sqlx::query(queue).bind("a@b.test").bind("Hello").execute(&mut serving).await.unwrap_err();
    assert!(outside.to_string().contains("in a transaction of a tenant"), "{outside}");

    // Even who has the role's connection writes no header of their own.
    sqlx::query(sqlx::AssertSqlSafe(format!("SET app.tenant_id = '{}'", acme.home.id().0)))
        .execute(&mut serving)
        .await
        .unwrap();
    for (to, subject) in [("a@b.test\r\nBcc: c@d.test", "Hello"), ("a@b.test", "Hello\nBcc: c@d.test"), ("", "Hello")] {
        let refused = sqlx::query(queue).bind(to).bind(subject).execute(&mut serving).await.unwrap_err();
        assert!(refused.to_string().contains("check constraint"), "{to:?} {subject:?}: {refused}");
    }
}
