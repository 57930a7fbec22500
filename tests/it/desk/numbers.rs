//! Numbers of tickets.

use futures_util::future::join_all;
use rowhouse_app::desk::{
    permission::ManageProjects,
    project::{self, NewProject, ProjectDraft},
    ticket::{ChangeError, NewTicket, create},
};

use super::{open, permit, writer};
use crate::{app::TestApp, database::Way};

async fn numbers(app: &TestApp) -> Vec<(String, i64)> {
    sqlx::query_as(
        "SELECT p.key, t.number FROM pooled.ticket t JOIN pooled.project p ON p.id = t.project_id ORDER BY 1, 2",
    )
    .fetch_all(&mut app.db.admin().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn fifty_at_once_leave_no_gap_and_no_duplicate() {
    // Fifty wait for four connections.
    let app = TestApp::start_with(Way::Direct, &[("ROWHOUSE_DATABASE__ACQUIRE_TIMEOUT_MS", "60000")]).await;
    let acme = app.tenant("acme").await;
    let titles: Vec<_> = (0..50).map(|number| format!("Ticket {number}")).collect();
    join_all(titles.iter().map(|title| open(&app, &acme, &acme.member_cookie, title, ""))).await;
    let expected: Vec<_> = (1..=50).map(|number| ("SUP".to_owned(), number)).collect();
    assert_eq!(numbers(&app).await, expected);
}

#[tokio::test]
async fn who_gives_up_leaves_no_gap_and_each_project_counts_for_itself() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let mut owner = permit::<ManageProjects>(&app, &acme, &acme.owner_cookie).await;
    let draft = ProjectDraft { name: "Operations".to_owned(), description: String::new(), is_open: true };
    let new = NewProject { key: Some("OPS".to_owned()), draft };
    project::create(&mut owner, &app.scribe(), new).await.unwrap();
    owner.commit().await.unwrap();

    let (mut permit, reach) = writer(&app, &acme, &acme.member_cookie).await;
    let ops = reach.of_key("OPS").unwrap().id;
    for number in 1..=2 {
        let new = NewTicket::new(ops, "Given up".to_owned());
        let made = create::create(&mut permit, &app.services.ambient, &reach, new).await.unwrap().unwrap();
        assert_eq!(made.key.to_string(), format!("OPS-{number}"));
    }
    drop(permit);
    for cookie in [&acme.member_cookie, &acme.owner_cookie] {
        let (mut permit, reach) = writer(&app, &acme, cookie).await;
        for key in ["OPS", "SUP"] {
            let new = NewTicket::new(reach.of_key(key).unwrap().id, "Kept".to_owned());
            create::create(&mut permit, &app.services.ambient, &reach, new).await.unwrap().unwrap();
        }
        permit.commit().await.unwrap();
    }
    let expected = [("OPS", 1), ("OPS", 2), ("SUP", 1), ("SUP", 2)];
    assert_eq!(numbers(&app).await, expected.map(|(key, number)| (key.to_owned(), number)));
}

#[tokio::test]
async fn a_project_archived_in_this_moment_takes_no_ticket() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (mut permit, reach) = writer(&app, &acme, &acme.member_cookie).await;
    let project = reach.of_key("SUP").unwrap().id;
    sqlx::query("UPDATE pooled.project SET archived_at = now()").execute(&mut app.db.admin().await).await.unwrap();
    let new = NewTicket::new(project, "Too late".to_owned());
    let refused = create::create(&mut permit, &app.services.ambient, &reach, new).await.unwrap();
    assert_eq!(refused, Err(ChangeError::ReadOnly));
    permit.commit().await.unwrap();
    assert_eq!(numbers(&app).await, []);
}
