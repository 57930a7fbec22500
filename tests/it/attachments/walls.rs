//! Who sees a file, who adds one, who removes one.

use axum::http::StatusCode;
use rowhouse_platform::access::Role;

use super::{Form, attached, upload, world};
use crate::app::TestApp;

/// Closes the only project, and lets these people in, by their mailbox and role.
async fn close_project(app: &TestApp, members: &[(&str, &str)]) {
    let mut admin = app.db.admin().await;
    sqlx::query("UPDATE pooled.project SET is_open = false").execute(&mut admin).await.unwrap();
    for (email, role) in members {
        sqlx::query(
            "INSERT INTO pooled.project_member (tenant_id, project_id, account_id, role, added_at)
             SELECT a.tenant_id, p.id, a.id, $2, now()
             FROM pooled.account a JOIN pooled.project p ON p.tenant_id = a.tenant_id WHERE a.email = $1
             ON CONFLICT (tenant_id, project_id, account_id) DO UPDATE SET role = $2",
        )
        .bind(email)
        .bind(role)
        .execute(&mut admin)
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn a_file_of_another_tenant_does_not_exist() {
    let (app, acme, ticket) = world(&[]).await;
    let globex = app.tenant("globex").await;
    let file = attached(&app, &acme, &ticket, Form::new().file("secret.txt", b"secret")).await.remove(0);
    let never = "/attachments/att_01m7pt4xtgfv4v4b4yswcshy0c";
    let bodies = async |path: &str| {
        let answer = app.get(&globex.host, path).cookie(&globex.owner_cookie).send().await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        // Without what differs with each request.
        answer.body.split_whitespace().filter(|word| !word.contains("nonce") && word.len() < 30).count()
    };
    assert_eq!(bodies(&file).await, bodies(never).await);
    let answer = app.post(&globex.host, &format!("{file}/remove")).cookie(&globex.owner_cookie).form(&[]).send().await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    // A session of one on the host of the other is no session.
    let answer = app.get(&acme.host, &file).cookie(&globex.owner_cookie).send().await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.location().starts_with("/sign-in"));
    let answer = upload(&app, &globex, &globex.owner_cookie, &ticket.replace("-1", "-9"), Form::new()).send().await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_file_of_a_closed_project_is_for_its_members() {
    let (app, acme, ticket) = world(&[]).await;
    let file = attached(&app, &acme, &ticket, Form::new().file("a.txt", b"a")).await.remove(0);
    let open = async |cookie: &str| app.get(&acme.host, &file).cookie(cookie).send().await.status;
    assert_eq!(open(&acme.member_cookie).await, StatusCode::OK);
    close_project(&app, &[("viewer@acme.test", "viewer")]).await;
    assert_eq!(open(&acme.member_cookie).await, StatusCode::NOT_FOUND, "an agent who is no member");
    assert_eq!(open(acme.cookie_of(Role::Viewer)).await, StatusCode::OK, "a viewer who is");
    assert_eq!(open(acme.cookie_of(Role::Admin)).await, StatusCode::OK, "an admin, everywhere");
    let form = || Form::new().file("b.txt", b"b");
    let answer = upload(&app, &acme, &acme.member_cookie, &ticket, form()).send().await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    close_project(&app, &[("member@acme.test", "viewer")]).await;
    let answer = upload(&app, &acme, &acme.member_cookie, &ticket, form()).send().await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "a member who only reads");
    close_project(&app, &[("member@acme.test", "contributor")]).await;
    let answer = upload(&app, &acme, &acme.member_cookie, &ticket, form()).send().await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
}

#[tokio::test]
async fn others_files_are_removed_by_who_leads() {
    let (app, acme, ticket) = world(&[]).await;
    let files = attached(&app, &acme, &ticket, Form::new().file("a.txt", b"a").file("b.txt", b"b")).await;
    let remove = async |place: usize, cookie: &str| {
        app.post(&acme.host, &format!("{}/remove", files[place])).cookie(cookie).form(&[]).send().await.status
    };
    assert_eq!(remove(0, &acme.member_cookie).await, StatusCode::FORBIDDEN);
    let page = app.get(&acme.host, &ticket).cookie(&acme.member_cookie).send().await;
    assert!(!page.body.contains("/remove\""), "nobody is offered what they may not do");
    close_project(&app, &[("member@acme.test", "lead")]).await;
    assert_eq!(remove(0, &acme.member_cookie).await, StatusCode::SEE_OTHER);
    assert_eq!(remove(1, acme.cookie_of(Role::Viewer)).await, StatusCode::FORBIDDEN);
    // In an archive nothing changes.
    let mut admin = app.db.admin().await;
    sqlx::query("UPDATE pooled.project SET archived_at = now()").execute(&mut admin).await.unwrap();
    assert_eq!(remove(1, &acme.owner_cookie).await, StatusCode::FORBIDDEN);
    let form = Form::new().file("c.txt", b"c");
    let answer = upload(&app, &acme, &acme.owner_cookie, &ticket, form).send().await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let open = app.get(&acme.host, &files[1]).cookie(&acme.owner_cookie).send().await;
    assert_eq!(open.status, StatusCode::OK);
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let (app, acme, ticket) = world(&[]).await;
    let ask = app
        .ask(axum::http::Method::POST, &format!("{ticket}/attachments"))
        .header("host", &acme.host)
        .header("origin", "http://evil.example")
        .cookie(&acme.owner_cookie)
        .body(super::KIND, Form::new().file("a.txt", b"a").bytes());
    assert_eq!(ask.send().await.status, StatusCode::FORBIDDEN);
    super::assert_nothing(&app, &acme).await;
}
