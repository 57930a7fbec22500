//! Opening a ticket.

use super::{account, done, get, main_of, page, post};
use crate::app::TestApp;

#[tokio::test]
async fn a_ticket_is_opened_with_all_that_is_known() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let cookie = &acme.member_cookie;
    done(&app, &acme, cookie, "/labels", &[("name", "bug"), ("colour", "red")]).await;
    let (ada, olga) = (account(&app, "admin@acme.test").await, account(&app, "owner@acme.test").await);
    let empty = page(&app, &acme, cookie, "/tickets/new").await;
    assert!(empty.contains("name=\"project\" value=\"SUP\""), "the only project needs no choice: {}", main_of(&empty));
    let label = empty.split_once("name=\"label\" value=\"").unwrap().1.split('"').next().unwrap();
    let mut form = vec![
        ("project", "SUP"),
        ("title", "Printer"),
        ("description", "**Hot**"),
        ("priority", "high"),
        ("assignee", ada.as_str()),
        ("due", "2026-07-01"),
        ("label", label),
        ("watcher", olga.as_str()),
        ("watcher", ada.as_str()),
    ];
    // The preview first: all stays, nothing is opened.
    form.push(("preview", "on"));
    let again = post(&app, &acme, cookie, "/tickets/new", &form).await;
    assert_eq!(again.status, 200);
    for kept in ["value=\"Printer\"", "<strong>Hot</strong>", "\n**Hot**</textarea>", "value=\"2026-07-01\""] {
        assert!(again.body.contains(kept), "{kept}: {}", main_of(&again.body));
    }
    assert!(again.body.contains(&format!("<option value=\"{ada}\" selected")));
    assert_eq!(again.body.matches(" checked").count(), 3, "{}", main_of(&again.body));
    form.pop();
    let to = done(&app, &acme, cookie, "/tickets/new", &form).await;
    assert_eq!(to, "/tickets/SUP-1");
    let shown = page(&app, &acme, &format!("{cookie}; __Host-flash=ticket-created"), &to).await;
    for known in
        ["<strong>Hot</strong>", "priority--high", "1 July 2026", "label--red", "Ada of acme", "data-draft-sent"]
    {
        assert!(shown.contains(known), "{known}: {}", main_of(&shown));
    }
}

#[tokio::test]
async fn the_project_is_chosen_where_there_are_several() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for (key, access) in [("OPS", "open"), ("SEC", "members")] {
        let form = [("name", key), ("key", key), ("description", ""), ("access", access)];
        done(&app, &acme, &acme.owner_cookie, "/projects/new", &form).await;
    }
    let cookie = &acme.member_cookie;
    let empty = page(&app, &acme, cookie, "/tickets/new").await;
    assert!(empty.contains("Choose a project") && empty.contains("(OPS)") && !empty.contains("(SEC)"));
    assert!(page(&app, &acme, cookie, "/tickets/new?project=ops").await.contains("<option value=\"OPS\" selected"));
    let form = |project| [("title", "Kept"), ("description", ""), ("priority", "low"), ("project", project)];
    for project in ["", "SEC", "NONE", "x\u{0}"] {
        let again = post(&app, &acme, cookie, "/tickets/new", &form(project)).await;
        assert_eq!(again.status, 422, "{project}");
        assert!(again.body.contains("Choose the project") && again.body.contains("value=\"Kept\""), "{project}");
    }
    assert_eq!(done(&app, &acme, cookie, "/tickets/new", &form("OPS")).await, "/tickets/OPS-1");
    assert_eq!(done(&app, &acme, &acme.owner_cookie, "/tickets/new", &form("SEC")).await, "/tickets/SEC-1");
    assert_eq!(get(&app, &acme, cookie, "/tickets/SEC-1").await.status, 404);

    // Who can be chosen depends on the project.
    let switch =
        |project| [("title", ""), ("description", ""), ("priority", "low"), ("project", project), ("switch", "on")];
    let open = post(&app, &acme, &acme.owner_cookie, "/tickets/new", &switch("OPS")).await;
    assert!(open.status == 200 && main_of(&open.body).contains("Max of acme"));
    let closed = post(&app, &acme, &acme.owner_cookie, "/tickets/new", &switch("SEC")).await;
    assert!(closed.status == 200 && !main_of(&closed.body).contains("Max of acme"));
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ada = "usr_00000000000000000000000001";
    for (field, typed, message) in [
        ("due", "never", "This is no day"),
        ("assignee", ada, "does not have access to this project"),
        ("assignee", "Nobody", "Nobody who reaches this project"),
        ("watcher", "Nobody", "Nobody who reaches this project"),
        ("label", "lbl_00000000000000000000000001", "does not exist any more"),
    ] {
        let form = [("title", "Kept"), ("description", "this too"), ("priority", "low"), (field, typed)];
        let again = post(&app, &acme, &acme.member_cookie, "/tickets/new", &form).await;
        assert_eq!(again.status, 422, "{field}");
        let body = main_of(&again.body);
        assert!(
            body.contains(message) && body.contains("value=\"Kept\"") && body.contains("this too"),
            "{field}: {body}"
        );
    }
    let form = [("title", "x"), ("description", ""), ("priority", "low"), ("label", "x")];
    assert_eq!(post(&app, &acme, &acme.member_cookie, "/tickets/new", &form).await.status, 404);
    let form = [("title", "x"), ("description", ""), ("priority", "lost")];
    assert_eq!(post(&app, &acme, &acme.member_cookie, "/tickets/new", &form).await.status, 400);
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM pooled.ticket").fetch_one(&mut app.db.admin().await).await.unwrap();
    assert_eq!(count, 0);
}
