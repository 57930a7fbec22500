//! Saved views, from outside.

use axum::http::StatusCode;
use rowhouse_platform::access::Role;

use super::tickets;
use crate::app::{Answer, TestApp, TestTenant};

async fn send(app: &TestApp, tenant: &TestTenant, cookie: &str, form: &[(&str, &str)]) -> Answer {
    app.post(&tenant.host, "/views").cookie(cookie).form(form).send().await
}

async fn see(app: &TestApp, tenant: &TestTenant, cookie: &str, path: &str) -> String {
    app.get(&tenant.host, path).cookie(cookie).send().await.body
}

/// The id in the form that deletes the view of this name.
fn id_of(page: &str, name: &str) -> String {
    let end = page.find(&format!("Delete: {name}\"")).unwrap_or_else(|| panic!("no form deletes {name}: {page}"));
    let before = &page[..end];
    let start = before.rfind("value=\"viw_").unwrap() + 7;
    before[start..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn views_are_saved_shared_renamed_and_deleted() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    tickets(&app, &acme, 5).await;
    let (max, vera) = (&acme.member_cookie, acme.cookie_of(Role::Viewer));
    let saved = send(
        &app,
        &acme,
        max,
        &[("intent", "create"), ("name", "  My day "), ("filter", "assignee=me&status=open"), ("shared", "yes")],
    )
    .await;
    assert_eq!((saved.status, saved.location()), (StatusCode::SEE_OTHER, "/tickets?status=open&assignee=me"));
    let page = see(&app, &acme, max, "/tickets?status=open&assignee=me").await;
    assert!(page.contains("aria-current=\"page\" class=\"tabs__link\">My day"), "{page}");

    // Everybody sees it, and only its owner and who manages projects may change it.
    assert!(see(&app, &acme, vera, "/tickets").await.contains("My day"));
    let mine = see(&app, &acme, max, "/views").await;
    let id = id_of(&mine, "My day");
    assert!(!see(&app, &acme, vera, "/views").await.contains("Delete: My day"));
    for intent in
        [[("intent", "remove"), ("id", id.as_str()), ("", "")], [("intent", "rename"), ("id", &id), ("name", "Hers")]]
    {
        assert_eq!(send(&app, &acme, vera, &intent).await.status, StatusCode::NOT_FOUND);
    }
    let renamed =
        send(&app, &acme, &acme.owner_cookie, &[("intent", "rename"), ("id", &id), ("name", "Triage round")]).await;
    assert_eq!(renamed.location(), "/views");
    assert!(see(&app, &acme, vera, "/tickets").await.contains("Triage round"));

    // Taken back, it is its owner's alone again.
    send(&app, &acme, max, &[("intent", "share"), ("id", &id), ("shared", "no")]).await;
    assert!(!see(&app, &acme, vera, "/tickets").await.contains("Triage round"));
    let gone = send(&app, &acme, &acme.owner_cookie, &[("intent", "remove"), ("id", &id)]).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(send(&app, &acme, max, &[("intent", "remove"), ("id", &id)]).await.status, StatusCode::SEE_OTHER);
    assert!(see(&app, &acme, max, "/views").await.contains("No saved views yet"));
}

#[tokio::test]
async fn what_cannot_be_saved_is_told_beside_its_field() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let globex = app.tenant("globex").await;
    let max = &acme.member_cookie;
    let create = async |name: String| {
        send(&app, &acme, max, &[("intent", "create"), ("name", &name), ("filter", "status=open")]).await
    };
    assert_eq!(create("Open".to_owned()).await.status, StatusCode::SEE_OTHER);
    for (name, message) in [
        (String::new(), "The name is missing."),
        ("x".repeat(81), "81 characters; 80 are allowed"),
        ("a\u{7}b".to_owned(), "control character"),
        ("OPEN".to_owned(), "There is a view of this name already."),
    ] {
        let page = create(name).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{message}");
        assert!(page.body.contains(message) && page.body.contains("value=\"status=open\""), "{}", page.body);
    }
    let second = create("Other".to_owned()).await;
    assert_eq!(second.status, StatusCode::SEE_OTHER);
    let id = id_of(&see(&app, &acme, max, "/views").await, "Other");
    let taken = send(&app, &acme, max, &[("intent", "rename"), ("id", &id), ("name", "open")]).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.body.contains("id=\"rename-error\""), "{}", taken.body);
    // A view of another tenant is one that does not exist.
    let foreign = send(&app, &globex, &globex.owner_cookie, &[("intent", "remove"), ("id", &id)]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);

    for number in 0..48 {
        assert_eq!(create(format!("View {number}")).await.status, StatusCode::SEE_OTHER);
    }
    let page = create("One too many".to_owned()).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("You have 50 views, which is the most."));
    let bad = send(&app, &acme, max, &[("intent", "create"), ("name", "x"), ("filter", "status=lost")]).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
}
