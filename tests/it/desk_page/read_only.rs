//! Projects that one may read and not change: no forms, and the reason.

use rowhouse_platform::access::Role;

use super::{get, main_of, page, post, set};
use crate::app::TestApp;

#[tokio::test]
async fn a_viewer_sees_no_form_and_reads_why() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    let viewer = acme.cookie_of(Role::Viewer).to_owned();
    for edit in ["", "?edit=title", "?edit=description", "?edit=assignee", "?edit=watchers"] {
        let seen = page(&app, &acme, &viewer, &format!("{path}{edit}")).await;
        let main = main_of(&seen);
        assert!(main.contains("Your role in this workspace lets you read tickets and not change them."));
        assert!(
            !main.contains("name=\"intent\" value=\"title\"") && !main.contains("<textarea") && !main.contains("edit=")
        );
        assert_eq!(main.matches("<form").count(), 1, "who reads may watch: {main}");
    }
    let watched = post(&app, &acme, &viewer, &format!("{path}/watch"), &[("intent", "watch")]).await;
    assert_eq!(watched.location(), format!("{path}#fact-watchers"));
    assert!(page(&app, &acme, &viewer, &path).await.contains("Unwatch"));
    let sent = post(&app, &acme, &viewer, &path, &[("intent", "comment"), ("body", "x")]).await;
    assert_eq!(sent.status, 403);
    assert_eq!(get(&app, &acme, &viewer, "/tickets/new").await.status, 403);
}

#[tokio::test]
async fn a_viewer_of_the_project_alone_reads_that_too() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    set(
        &app,
        "INSERT INTO pooled.project_member (tenant_id, project_id, account_id, role, added_at)
         SELECT a.tenant_id, p.id, a.id, 'viewer', now() FROM pooled.account a
         JOIN pooled.project p ON p.tenant_id = a.tenant_id WHERE a.email_key = 'member@acme.test'",
    )
    .await;
    let seen = page(&app, &acme, &acme.member_cookie, &path).await;
    assert!(main_of(&seen).contains("You are a viewer in the project"));
    assert!(!main_of(&seen).contains("<textarea"));
    let sent = post(&app, &acme, &acme.member_cookie, &path, &[("intent", "comment"), ("body", "My <b>words")]).await;
    assert_eq!(sent.status, 403);
    assert!(sent.body.contains("What you sent has not been saved"));
    assert!(sent.body.contains("\nMy &lt;b&gt;words</textarea>"), "nothing that was typed is lost");
    let new = page(&app, &acme, &acme.member_cookie, "/tickets/new").await;
    assert!(new.contains("No project takes tickets from you") && !main_of(&new).contains("<form"));
    let sent = post(
        &app,
        &acme,
        &acme.member_cookie,
        "/tickets/new",
        &[("title", "x"), ("description", ""), ("priority", "low"), ("project", "SUP")],
    )
    .await;
    assert_eq!(sent.status, 422);
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM pooled.ticket").fetch_one(&mut app.db.admin().await).await.unwrap();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn an_archived_project_changes_for_nobody() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let path = app.ticket(&acme, "Printer").await;
    set(&app, "UPDATE pooled.project SET archived_at = now()").await;
    let seen = page(&app, &acme, &acme.owner_cookie, &format!("{path}?edit=title")).await;
    assert!(main_of(&seen).contains("is archived. Its tickets can be read and not changed."));
    assert!(!main_of(&seen).contains("<form"));
    for form in [
        vec![("intent", "comment"), ("body", "x")],
        vec![("intent", "status"), ("status", "closed")],
        vec![("intent", "title"), ("title", "x")],
        vec![("intent", "link"), ("relation", "blocks"), ("link", "SUP-1")],
    ] {
        let sent = post(&app, &acme, &acme.owner_cookie, &path, &form).await;
        assert!([403, 422].contains(&sent.status.as_u16()), "{form:?}: {}", sent.status);
        assert!(sent.body.contains("is archived"), "{form:?}");
    }
    let sent = post(&app, &acme, &acme.owner_cookie, &format!("{path}/watch"), &[("intent", "watch")]).await;
    assert_eq!(sent.status, 400);
    assert!(page(&app, &acme, &acme.owner_cookie, &path).await.contains("status--open"));
}
