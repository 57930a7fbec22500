//! Another role, a pause, the return: who may do it to whom, and from when on it holds.

use axum::http::StatusCode;
use rowhouse_platform::access::Role;

use super::{account, change, invite, make, own_role, recorded, standing};
use crate::app::{PASSWORD, TestApp, TestTenant};

const TICKET: [(&str, &str); 3] = [("title", "Printer"), ("description", "It burns."), ("priority", "normal")];

async fn opens_tickets(app: &TestApp, tenant: &TestTenant, cookie: &str) -> StatusCode {
    app.post(&tenant.host, "/tickets/new").cookie(cookie).form(&TICKET).send().await.status
}

#[tokio::test]
async fn a_role_holds_from_the_next_request_on() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let max = account(&app, "member@acme.test").await;
    assert_eq!(opens_tickets(&app, &acme, &acme.member_cookie).await, StatusCode::SEE_OTHER);
    let made = make(&app, &acme, Role::Admin, max, "viewer").await;
    assert_eq!((made.status, made.location()), (StatusCode::SEE_OTHER, format!("/admin/members/{max}").as_str()));
    assert_eq!(opens_tickets(&app, &acme, &acme.member_cookie).await, StatusCode::FORBIDDEN);
    let auditor = own_role(&app, &acme, "Auditor", "ticket.read,audit.read").await;
    make(&app, &acme, Role::Admin, max, &auditor).await;
    assert_eq!(app.get(&acme.host, "/admin/audit").cookie(&acme.member_cookie).send().await.status, StatusCode::OK);
    let acts = recorded(&app, "member.role_changed").await;
    assert_eq!(acts.len(), 2);
    assert_eq!(acts[1].0, "Max of acme");
    assert!(acts[1].1.contains("Viewer") && acts[1].2.contains("Auditor"), "{acts:?}");
}

#[tokio::test]
async fn who_is_deactivated_is_out_at_once_and_comes_back_as_they_were() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let max = account(&app, "member@acme.test").await;
    let sign_in = || {
        let form = [("email", "member@acme.test"), ("password", PASSWORD)];
        app.post(&acme.host, "/sign-in").form(&form).send()
    };
    let done = change(&app, &acme, acme.cookie_of(Role::Admin), max, &[("intent", "deactivate")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let out = app.get(&acme.host, "/tickets").cookie(&acme.member_cookie).send().await;
    assert!(out.location().starts_with("/sign-in"));
    assert_eq!(sign_in().await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = app.get(&acme.host, &format!("/admin/members/{max}")).cookie(&acme.owner_cookie).send().await;
    assert!(page.body.contains("Reactivate Max of acme"), "{}", page.body);
    change(&app, &acme, acme.cookie_of(Role::Admin), max, &[("intent", "reactivate")]).await;
    assert_eq!(standing(&app, max).await, ("agent".to_owned(), "active".to_owned()));
    assert_eq!(sign_in().await.location(), "/tickets");
    for action in ["member.deactivated", "member.reactivated"] {
        assert_eq!(recorded(&app, action).await.len(), 1, "{action}");
    }
}

#[tokio::test]
async fn nobody_gives_or_takes_more_than_they_hold() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (olga, max) = (acme.owner, account(&app, "member@acme.test").await);
    let refusal = "That takes permissions that you do not have yourself.";
    // An admin neither makes owners nor acts on one.
    for (whom, form) in [
        (max, vec![("intent", "role"), ("role", "owner")]),
        (olga, vec![("intent", "role"), ("role", "viewer")]),
        (olga, vec![("intent", "deactivate")]),
    ] {
        let answer = change(&app, &acme, acme.cookie_of(Role::Admin), whom, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{form:?}");
        assert!(answer.body.contains(refusal), "{form:?}: {}", answer.body);
    }
    let answer = invite(&app, &acme, Role::Admin, "nora@elsewhere.test", "owner").await;
    assert!(answer.body.contains("Choose a role from the list."), "{}", answer.body);

    // Somebody whose own role manages members, and holds little else.
    let steward = own_role(&app, &acme, "Steward", "member.read,member.manage,ticket.read").await;
    let writer = own_role(&app, &acme, "Writer", "ticket.read,ticket.write").await;
    let reader = own_role(&app, &acme, "Reader", "ticket.read").await;
    assert_eq!(make(&app, &acme, Role::Owner, max, &steward).await.status, StatusCode::SEE_OTHER);
    let own = app.get(&acme.host, "/account/leave").cookie(&acme.member_cookie).send().await;
    assert_eq!(own.status, StatusCode::OK, "the own account is everybody's");
    let vera = account(&app, "viewer@acme.test").await;
    for (role, expected) in [
        ("admin", StatusCode::UNPROCESSABLE_ENTITY),
        ("agent", StatusCode::UNPROCESSABLE_ENTITY),
        (writer.as_str(), StatusCode::UNPROCESSABLE_ENTITY),
        (reader.as_str(), StatusCode::SEE_OTHER),
        ("viewer", StatusCode::SEE_OTHER),
        ("rol_00000000000000000000000000", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let form = [("intent", "role"), ("role", role)];
        let answer = change(&app, &acme, &acme.member_cookie, vera, &form).await;
        assert_eq!(answer.status, expected, "{role}: {}", answer.body);
    }
    let ada = account(&app, "admin@acme.test").await;
    let answer = change(&app, &acme, &acme.member_cookie, ada, &[("intent", "deactivate")]).await;
    assert!(answer.body.contains(refusal), "{}", answer.body);
    // Somebody who holds more by a group is not acted on either.
    let sql = format!(
        "INSERT INTO pooled.member_group VALUES ('{t}', '{t}', 'Staff', 'staff', '', 'admin', NULL, now(), now());
         INSERT INTO pooled.group_member VALUES ('{t}', '{vera}', '{t}', now());",
        t = acme.home.id().0,
        vera = vera.0
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut app.db.admin().await).await.unwrap();
    let answer = change(&app, &acme, &acme.member_cookie, vera, &[("intent", "deactivate")]).await;
    assert!(answer.body.contains(refusal), "{}", answer.body);
    let page = app.get(&acme.host, &format!("/admin/members/{vera}")).cookie(&acme.owner_cookie).send().await;
    assert!(page.body.contains("given directly") && page.body.contains("by the group"), "{}", page.body);
}

#[tokio::test]
async fn an_owner_makes_another_and_then_may_step_back() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let ada = account(&app, "admin@acme.test").await;
    let alone = make(&app, &acme, Role::Owner, acme.owner, "admin").await;
    assert_eq!(alone.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(alone.body.contains("This is the last active owner."), "{}", alone.body);
    let form = [("intent", "deactivate")];
    let oneself = change(&app, &acme, &acme.owner_cookie, acme.owner, &form).await;
    assert!(oneself.body.contains("You cannot do that to yourself."), "{}", oneself.body);

    assert_eq!(make(&app, &acme, Role::Owner, ada, "owner").await.status, StatusCode::SEE_OTHER);
    // A deactivated owner does not count.
    change(&app, &acme, &acme.owner_cookie, ada, &form).await;
    assert_eq!(make(&app, &acme, Role::Owner, acme.owner, "admin").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    change(&app, &acme, &acme.owner_cookie, ada, &[("intent", "reactivate")]).await;
    assert_eq!(make(&app, &acme, Role::Owner, acme.owner, "agent").await.status, StatusCode::SEE_OTHER);
    assert_eq!(standing(&app, acme.owner).await.0, "agent");
}

#[tokio::test]
async fn people_of_another_tenant_do_not_exist() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let stranger = account(&app, "member@globex.test").await;
    let nobody = "usr_00000000000000000000000000";
    for id in [stranger.to_string(), nobody.to_owned(), "inv_1".to_owned()] {
        for path in [format!("/admin/members/{id}"), format!("/admin/members/{id}/remove")] {
            let page = app.get(&acme.host, &path).cookie(&acme.owner_cookie).send().await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    for form in [vec![("intent", "deactivate")], vec![("intent", "role"), ("role", "viewer")]] {
        let answer = change(&app, &acme, &acme.owner_cookie, stranger, &form).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    let max = account(&app, "member@acme.test").await;
    let answer = super::remove(&app, &acme, &acme.owner_cookie, max, "member@acme.test", &stranger.to_string()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("this person cannot take over"), "{}", answer.body);
    assert_eq!(standing(&app, stranger).await, ("agent".to_owned(), "active".to_owned()));
    let page = app.get(&globex.host, "/tickets").cookie(&globex.member_cookie).send().await;
    assert_eq!(page.status, StatusCode::OK);
}
