//! Projects and what the plan has room for.

use axum::http::StatusCode;
use futures_util::future::join_all;
use rowhouse_platform::plan::Limit;

use super::{get, post, project};
use crate::{
    app::{Answer, TestApp, TestTenant},
    plans::limited,
};

async fn create(app: &TestApp, tenant: &TestTenant, key: &str) -> Answer {
    let form = [("name", key), ("key", key), ("description", ""), ("access", "open")];
    post(app, tenant, &tenant.owner_cookie, "/projects/new", &form).await
}

async fn open_ticket(app: &TestApp, tenant: &TestTenant, key: &str) -> Answer {
    let form = [("project", key), ("title", "Printer"), ("description", "It burns."), ("priority", "normal")];
    post(app, tenant, &tenant.owner_cookie, "/tickets/new", &form).await
}

#[tokio::test]
async fn archiving_makes_room_and_restoring_takes_it() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    limited(&app, &acme, Limit::Projects, 2).await;
    let ops = project(&app, &acme, "OPS", "open").await;
    let refused = create(&app, &acme, "MORE").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("2 of 2 projects are in use"), "{}", refused.body);
    assert!(refused.body.contains("Archive a project that is done"), "{}", refused.body);

    let archived = post(&app, &acme, &acme.owner_cookie, &format!("{ops}/archive"), &[("key", "OPS")]).await;
    assert_eq!(archived.status, StatusCode::SEE_OTHER, "{}", archived.body);
    assert_eq!(create(&app, &acme, "MORE").await.status, StatusCode::SEE_OTHER);
    let refused = post(&app, &acme, &acme.owner_cookie, &format!("{ops}/restore"), &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("2 of 2 projects are in use"), "{}", refused.body);
    limited(&app, &acme, Limit::Projects, 3).await;
    let restored = post(&app, &acme, &acme.owner_cookie, &format!("{ops}/restore"), &[]).await;
    assert_eq!(restored.status, StatusCode::SEE_OTHER, "{}", restored.body);
}

#[tokio::test]
async fn the_newest_over_the_limit_are_read_and_not_changed() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    app.clock.advance(time::Duration::seconds(1));
    let ops = project(&app, &acme, "OPS", "open").await;
    let made = open_ticket(&app, &acme, "OPS").await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    limited(&app, &acme, Limit::Projects, 1).await;

    assert_ne!(open_ticket(&app, &acme, "OPS").await.status, StatusCode::SEE_OTHER);
    let page = get(&app, &acme, &acme.owner_cookie, "/tickets/OPS-1").await;
    assert_eq!(page.status, StatusCode::OK, "it can be read");
    let comment = [("intent", "comment"), ("body", "More")];
    let refused = post(&app, &acme, &acme.owner_cookie, "/tickets/OPS-1", &comment).await;
    assert!(refused.status.is_client_error(), "{}", refused.status);
    let comments: i64 = sqlx::query_scalar("SELECT count(*) FROM pooled.ticket_comment")
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap();
    assert_eq!(comments, 0);
    assert_eq!(open_ticket(&app, &acme, "SUP").await.status, StatusCode::SEE_OTHER, "the oldest goes on");

    // Whoever archives the older one can change the newer one again.
    let archived = post(&app, &acme, &acme.owner_cookie, "/projects/SUP/archive", &[("key", "SUP")]).await;
    assert_eq!(archived.status, StatusCode::SEE_OTHER, "{}", archived.body);
    assert_eq!(open_ticket(&app, &acme, "OPS").await.status, StatusCode::SEE_OTHER);
    assert_eq!(get(&app, &acme, &acme.owner_cookie, &ops).await.status, StatusCode::OK);
}

#[tokio::test]
async fn of_many_that_are_made_at_once_as_many_are_there_as_fit() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    limited(&app, &acme, Limit::Projects, 3).await;
    let keys: Vec<_> = (0..8).map(|number| format!("P{number}")).collect();
    let answers = join_all(keys.iter().map(|key| create(&app, &acme, key))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count(), 2);
}
