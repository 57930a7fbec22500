//! Groups: who is in them, and what that gives.

use axum::http::StatusCode;
use rowhouse_platform::access::Role;

use super::{AUDIT, account, group, id, post, recorded, role, status};
use crate::app::TestApp;

#[tokio::test]
async fn a_group_gives_its_role_at_once_and_takes_it_at_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (owner, vera) = (acme.owner_cookie.as_str(), acme.cookie_of(Role::Viewer));
    let auditor = role(&app, &acme, "Auditor", &["audit.read"]).await;
    let staff = group(&app, &acme, "Staff", id(&auditor)).await;
    let (add, id_of_vera) = ([("intent", "add"), ("who", "viewer@acme.test")], account(&app, "viewer@acme.test").await);
    assert_eq!(status(&app, &acme, vera, AUDIT).await, StatusCode::FORBIDDEN);
    let added = post(&app, &acme, owner, &staff, &add).await;
    assert_eq!((added.status, added.location()), (StatusCode::SEE_OTHER, staff.as_str()), "{}", added.body);
    assert_eq!(status(&app, &acme, vera, AUDIT).await, StatusCode::OK);
    // Her own role stays beside it.
    assert_eq!(status(&app, &acme, vera, "/tickets").await, StatusCode::OK);
    let why = app.get(&acme.host, &auditor).cookie(owner).send().await.body;
    assert!(why.contains("Vera of acme") && why.contains("by the group") && why.contains("Staff"), "{why}");

    let save =
        |role: &'static str| [("intent", "save"), ("name", "Staff"), ("description", "All of us"), ("role", role)];
    assert_eq!(post(&app, &acme, owner, &staff, &save("")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(status(&app, &acme, vera, AUDIT).await, StatusCode::FORBIDDEN);
    post(&app, &acme, owner, &staff, &save("admin")).await;
    assert_eq!(status(&app, &acme, vera, AUDIT).await, StatusCode::OK);
    let out = [("intent", "remove"), ("account", &id_of_vera.to_string())];
    assert_eq!(post(&app, &acme, owner, &staff, &out).await.status, StatusCode::SEE_OTHER);
    assert_eq!(status(&app, &acme, vera, AUDIT).await, StatusCode::FORBIDDEN);
    assert_eq!(post(&app, &acme, owner, &staff, &out).await.status, StatusCode::NOT_FOUND, "she is not in it");

    post(&app, &acme, owner, &staff, &add).await;
    let wrong = post(&app, &acme, owner, &format!("{staff}/delete"), &[("name", "Stuff")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(status(&app, &acme, vera, AUDIT).await, StatusCode::OK);
    let gone = post(&app, &acme, owner, &format!("{staff}/delete"), &[("name", "staff ")]).await;
    assert_eq!((gone.status, gone.location()), (StatusCode::SEE_OTHER, "/admin/groups"), "{}", gone.body);
    assert_eq!(status(&app, &acme, vera, AUDIT).await, StatusCode::FORBIDDEN);
    assert_eq!(status(&app, &acme, owner, &staff).await, StatusCode::NOT_FOUND);

    assert_eq!(recorded(&app, "group.created").await.len(), 1);
    let changes = recorded(&app, "group.changed").await;
    assert_eq!(changes.len(), 5, "{changes:?}");
    assert!(changes[0][2].contains("viewer@acme.test"), "{changes:?}");
    assert!(changes[1][1].contains("Auditor") && changes[1][2].contains(r#""role":"""#), "{changes:?}");
    assert!(changes[3][1].contains("viewer@acme.test"), "{changes:?}");
    assert!(recorded(&app, "group.deleted").await[0][1].contains(r#""people":1"#));
}

#[tokio::test]
async fn people_are_added_by_address_or_by_a_name_that_one_has() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    app.tenant("globex").await;
    let owner = acme.owner_cookie.as_str();
    let staff = group(&app, &acme, "Staff", "").await;
    sqlx::query("UPDATE pooled.account SET name = 'Ada of acme' WHERE email_key = 'viewer@acme.test'")
        .execute(&mut app.db.admin().await)
        .await
        .unwrap();
    for (who, why) in [
        ("", "The email address or name is missing."),
        ("nobody@acme.test", "Nobody here has this address or name."),
        ("member@globex.test", "Nobody here has this address or name."),
        ("Max of globex", "Nobody here has this address or name."),
        ("ada of ACME", "Several people are called so."),
    ] {
        let answer = post(&app, &acme, owner, &staff, &[("intent", "add"), ("who", who)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{who}");
        assert!(answer.body.contains(why) && answer.body.contains("id=\"who-error\""), "{who}: {}", answer.body);
        assert!(answer.body.contains(&format!("value=\"{who}\"")), "what was typed stays");
    }
    for who in ["max OF acme", "Admin@Acme.test"] {
        let answer = post(&app, &acme, owner, &staff, &[("intent", "add"), ("who", who)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{who}: {}", answer.body);
    }
    let again = post(&app, &acme, owner, &staff, &[("intent", "add"), ("who", "member@acme.test")]).await;
    assert!(again.body.contains("This person is in the group already."), "{}", again.body);
    let page = app.get(&acme.host, &staff).cookie(owner).send().await.body;
    assert!(page.contains("Max of acme") && page.contains("admin@acme.test"), "{page}");
    let list = app.get(&acme.host, "/admin/groups").cookie(owner).send().await.body;
    assert!(list.contains("2 people") && list.contains("No role"), "{list}");
}

#[tokio::test]
async fn who_is_deactivated_is_shown_so_and_who_is_removed_is_out() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let owner = acme.owner_cookie.as_str();
    let max = account(&app, "member@acme.test").await;
    let staff = group(&app, &acme, "Staff", "agent").await;
    post(&app, &acme, owner, &staff, &[("intent", "add"), ("who", "member@acme.test")]).await;
    post(&app, &acme, owner, &format!("/admin/members/{max}"), &[("intent", "deactivate")]).await;
    let page = app.get(&acme.host, &staff).cookie(owner).send().await.body;
    assert!(page.contains("Max of acme") && page.contains("Deactivated"), "{page}");
    let remove = [("email", "member@acme.test"), ("heir", "")];
    let removed = post(&app, &acme, owner, &format!("/admin/members/{max}/remove"), &remove).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER, "{}", removed.body);
    let page = app.get(&acme.host, &staff).cookie(owner).send().await.body;
    assert!(page.contains("Nobody is in this group yet."), "{page}");
    let back = post(&app, &acme, owner, &staff, &[("intent", "add"), ("who", "Max of acme")]).await;
    assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody comes back by their name");
}
