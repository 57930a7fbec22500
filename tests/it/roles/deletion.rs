//! A role goes: what depends on it gets another, also while it is being given.

use axum::http::StatusCode;
use futures_util::future::join_all;
use rowhouse_platform::access::Role;
use sqlx::Row as _;

use super::{AUDIT, account, give, group, id, post, recorded, role, status};
use crate::app::{Answer, TestApp, TestTenant};

async fn delete(app: &TestApp, tenant: &TestTenant, role: &str, to: &str, name: &str) -> Answer {
    post(app, tenant, &tenant.owner_cookie, &format!("{role}/delete"), &[("role", to), ("name", name)]).await
}

async fn invite(app: &TestApp, tenant: &TestTenant, cookie: &str, email: &str, role: &str) -> Answer {
    let form = [("emails", email), ("role", role), ("message", "")];
    post(app, tenant, cookie, "/admin/members/invite", &form).await
}

async fn column(app: &TestApp, sql: &'static str) -> Vec<String> {
    let rows = sqlx::query(sql).fetch_all(&mut app.db.admin().await).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn people_groups_invitations_and_links_get_the_role_in_its_place() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (max, vera) = (account(&app, "member@acme.test").await, account(&app, "viewer@acme.test").await);
    let auditor = role(&app, &acme, "Auditor", &["audit.read", "ticket.read"]).await;
    give(&app, &acme, max, id(&auditor)).await;
    let staff = group(&app, &acme, "Staff", id(&auditor)).await;
    post(&app, &acme, &acme.owner_cookie, &staff, &[("intent", "add"), ("who", "viewer@acme.test")]).await;
    assert_eq!(status(&app, &acme, acme.cookie_of(Role::Viewer), AUDIT).await, StatusCode::OK);
    let invited = invite(&app, &acme, &acme.owner_cookie, "nora@elsewhere.test", id(&auditor)).await;
    assert_eq!(invited.status, StatusCode::SEE_OTHER, "{}", invited.body);
    let form = [("role", id(&auditor)), ("days", "1"), ("max_uses", "")];
    post(&app, &acme, &acme.owner_cookie, "/admin/members/links/new", &form).await;

    let page = app.get(&acme.host, &format!("{auditor}/delete")).cookie(&acme.owner_cookie).send().await.body;
    for words in ["1 person who have it directly", "1 group that gives it", "1 invitation that waits", "1 link for"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for (to, name, why) in [
        ("", "Auditor", "Choose the role that takes its place."),
        ("agent", "Somebody", "That is not the name."),
        (id(&auditor), "Auditor", "That role does not exist any more."),
    ] {
        let answer = delete(&app, &acme, &auditor, to, name).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
        assert!(answer.body.contains(why), "{why}: {}", answer.body);
    }
    assert_eq!(status(&app, &acme, &acme.member_cookie, AUDIT).await, StatusCode::OK);
    let done = delete(&app, &acme, &auditor, "viewer", "auditor").await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/admin/roles"), "{}", done.body);
    for cookie in [acme.member_cookie.as_str(), acme.cookie_of(Role::Viewer)] {
        assert_eq!(status(&app, &acme, cookie, AUDIT).await, StatusCode::FORBIDDEN);
        assert_eq!(status(&app, &acme, cookie, "/tickets").await, StatusCode::OK);
    }
    for sql in [
        "SELECT role FROM pooled.account WHERE email_key = 'member@acme.test'",
        "SELECT role FROM pooled.member_group",
        "SELECT role FROM pooled.invitation",
        "SELECT role FROM pooled.invite_link",
    ] {
        assert_eq!(column(&app, sql).await, ["viewer"], "{sql}");
    }
    let acts = recorded(&app, "role.deleted").await;
    assert_eq!(acts.len(), 1);
    assert!(acts[0][1].contains("audit.read"), "{acts:?}");
    assert!(
        acts[0][2].contains(r#""groups":1,"invitations":1,"links":1,"people":1,"replaced_by":"Viewer""#),
        "{acts:?}"
    );
    let page = app.get(&acme.host, "/admin/roles/viewer").cookie(&acme.owner_cookie).send().await.body;
    assert!(page.contains(&max.to_string()) && page.contains(&vera.to_string()) && page.contains("by the group"));
}

#[tokio::test]
async fn it_takes_credentials_that_were_shown_lately() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let auditor = role(&app, &acme, "Auditor", &["audit.read"]).await;
    let form = [("role", "viewer"), ("name", "Auditor")];
    let answer = post(&app, &acme, &acme.stale_cookie, &format!("{auditor}/delete"), &form).await;
    assert!(answer.location().starts_with("/confirm?"), "{} {}", answer.status, answer.location());
    assert_eq!(status(&app, &acme, &acme.owner_cookie, &auditor).await, StatusCode::OK);
}

#[tokio::test]
async fn who_holds_less_by_a_change_loses_what_they_have_sent() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let max = account(&app, "member@acme.test").await;
    let manager = role(&app, &acme, "Manager", &["member.read", "member.manage", "ticket.read"]).await;
    give(&app, &acme, max, id(&manager)).await;
    let invited = invite(&app, &acme, &acme.member_cookie, "nora@elsewhere.test", "viewer").await;
    assert_eq!(invited.status, StatusCode::SEE_OTHER, "{}", invited.body);
    // More, or another name, takes nothing back.
    let more = super::fields("Managers", &["member.read", "member.manage", "ticket.read", "ticket.write"]);
    assert_eq!(post(&app, &acme, &acme.owner_cookie, &manager, &more).await.status, StatusCode::SEE_OTHER);
    assert_eq!(column(&app, "SELECT state FROM pooled.invitation").await, ["pending"]);
    let less = super::fields("Managers", &["member.read", "ticket.read"]);
    post(&app, &acme, &acme.owner_cookie, &manager, &less).await;
    assert_eq!(column(&app, "SELECT state FROM pooled.invitation").await, ["revoked"]);
    let acts = recorded(&app, "role.changed").await;
    assert_eq!(acts.last().unwrap()[3], "One invitation or link of somebody who holds less now was revoked.");
}

#[tokio::test]
async fn a_role_that_goes_while_it_is_given_goes_or_stays_whole() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let max = account(&app, "member@acme.test").await;
    for round in 0..6 {
        let name = format!("Auditor {round}");
        let auditor = role(&app, &acme, &name, &["audit.read", "ticket.read"]).await;
        let emails: Vec<_> = (0..4).map(|number| format!("p{round}-{number}@elsewhere.test")).collect();
        let (app, acme, auditor, name) = (&app, &acme, auditor.as_str(), name.as_str());
        let answers = join_all((0..9).map(|number| {
            let email = emails[number % 4].as_str();
            async move {
                match number {
                    4 => delete(app, acme, auditor, "viewer", name).await,
                    0 | 3 | 6 => give(app, acme, max, id(auditor)).await,
                    1 | 7 => invite(app, acme, &acme.owner_cookie, email, id(auditor)).await,
                    2 | 8 => {
                        let form = [("role", id(auditor)), ("days", "1"), ("max_uses", "")];
                        post(app, acme, &acme.owner_cookie, "/admin/members/links/new", &form).await
                    }
                    _ => {
                        let group = format!("Group {round}");
                        let form = [("name", group.as_str()), ("description", ""), ("role", id(auditor))];
                        post(app, acme, &acme.owner_cookie, "/admin/groups/new", &form).await
                    }
                }
            }
        }))
        .await;
        for answer in &answers {
            assert!(!answer.status.is_server_error(), "{}: {}", answer.status, answer.body);
        }
        assert_eq!(answers[4].status, StatusCode::SEE_OTHER, "{}", answers[4].body);
        give(app, acme, max, "agent").await;
    }
    assert!(column(&app, "SELECT name FROM pooled.role").await.is_empty());
    assert_eq!(recorded(&app, "role.deleted").await.len(), 6);
    // Nothing that was given is left without a role.
    for sql in [
        "SELECT role FROM pooled.account WHERE role = 'custom'",
        "SELECT role FROM pooled.invitation WHERE role = 'custom'",
        "SELECT role FROM pooled.invite_link WHERE role = 'custom'",
        "SELECT role FROM pooled.member_group WHERE role = 'custom'",
    ] {
        assert!(column(&app, sql).await.is_empty(), "{sql}");
    }
}

#[tokio::test]
async fn two_roles_that_each_go_in_favour_of_the_other_leave_one() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (a, b) = (role(&app, &acme, "A", &["ticket.read"]).await, role(&app, &acme, "B", &["ticket.read"]).await);
    let (first, second) = tokio::join!(delete(&app, &acme, &a, id(&b), "A"), delete(&app, &acme, &b, id(&a), "B"));
    let mut seen = [first.status, second.status];
    seen.sort_unstable();
    assert_eq!(seen, [StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY]);
    assert_eq!(column(&app, "SELECT name FROM pooled.role").await.len(), 1);
}
