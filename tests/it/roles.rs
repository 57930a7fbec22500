//! Roles of a tenant's own, and groups, from outside: who may make them, what they hold, and from when on.

mod deletion;
mod escalation;
mod groups;

use axum::http::StatusCode;
use rowhouse_platform::{access::Role, id::AccountId};
use sqlx::Row as _;

use crate::app::{Answer, TestApp, TestTenant};

const AUDIT: &str = "/admin/audit";

/// The id of the account of this address.
async fn account(app: &TestApp, email: &str) -> AccountId {
    let row = sqlx::query("SELECT id FROM pooled.account WHERE email_key = $1").bind(email);
    AccountId(row.fetch_one(&mut app.db.admin().await).await.unwrap().get("id"))
}

/// What the audit log says of an action: label of the target, before, after, reason.
async fn recorded(app: &TestApp, action: &str) -> Vec<[String; 4]> {
    let rows = sqlx::query(
        "SELECT coalesce(target_label, '') AS target, coalesce(before::text, '') AS before,
             coalesce(after::text, '') AS after, coalesce(reason, '') AS reason
         FROM pooled.audit_event WHERE action = $1 ORDER BY seq",
    )
    .bind(action)
    .fetch_all(&mut app.db.admin().await)
    .await
    .unwrap();
    rows.iter().map(|row| ["target", "before", "after", "reason"].map(|name| row.get(name))).collect()
}

async fn post(app: &TestApp, tenant: &TestTenant, cookie: &str, path: &str, form: &[(&str, &str)]) -> Answer {
    app.post(&tenant.host, path).cookie(cookie).form(form).send().await
}

async fn status(app: &TestApp, tenant: &TestTenant, cookie: &str, path: &str) -> StatusCode {
    app.get(&tenant.host, path).cookie(cookie).send().await.status
}

fn fields<'a>(name: &'a str, permissions: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let permissions = permissions.iter().map(|permission| ("permission", *permission));
    [("name", name), ("description", "")].into_iter().chain(permissions).collect()
}

/// Makes a role and answers its address.
async fn role(app: &TestApp, tenant: &TestTenant, name: &str, permissions: &[&str]) -> String {
    let made = post(app, tenant, &tenant.owner_cookie, "/admin/roles/new", &fields(name, permissions)).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    made.location().to_owned()
}

/// Makes a group and answers its address.
async fn group(app: &TestApp, tenant: &TestTenant, name: &str, role: &str) -> String {
    let form = [("name", name), ("description", ""), ("role", role)];
    let made = post(app, tenant, &tenant.owner_cookie, "/admin/groups/new", &form).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    made.location().to_owned()
}

/// The last part of an address.
fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

async fn give(app: &TestApp, tenant: &TestTenant, whom: AccountId, role: &str) -> Answer {
    let form = [("intent", "role"), ("role", role)];
    post(app, tenant, &tenant.owner_cookie, &format!("/admin/members/{whom}"), &form).await
}

#[tokio::test]
async fn a_role_is_made_given_and_changed_and_holds_from_the_next_request_on() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let max = account(&app, "member@acme.test").await;
    let auditor = role(&app, &acme, "Auditor", &["audit.read", "ticket.read", "audit.read"]).await;
    assert_eq!(status(&app, &acme, &acme.member_cookie, AUDIT).await, StatusCode::FORBIDDEN);
    assert_eq!(give(&app, &acme, max, id(&auditor)).await.status, StatusCode::SEE_OTHER);
    assert_eq!(status(&app, &acme, &acme.member_cookie, AUDIT).await, StatusCode::OK);
    assert_eq!(status(&app, &acme, &acme.member_cookie, "/tickets/new").await, StatusCode::FORBIDDEN);
    // Whatever the role, the own account stays open.
    assert_eq!(status(&app, &acme, &acme.member_cookie, "/account/profile").await, StatusCode::OK);

    let page = app.get(&acme.host, &auditor).cookie(&acme.owner_cookie).send().await.body;
    assert!(page.contains(&format!("/admin/members/{max}")) && page.contains("Max of acme"), "{page}");
    let list = app.get(&acme.host, "/admin/roles").cookie(&acme.owner_cookie).send().await.body;
    assert!(list.contains("Auditor") && list.contains("1 person"), "{list}");

    let saved = post(&app, &acme, &acme.owner_cookie, &auditor, &fields("Reader", &["ticket.read"])).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(status(&app, &acme, &acme.member_cookie, AUDIT).await, StatusCode::FORBIDDEN);
    assert_eq!(status(&app, &acme, &acme.member_cookie, "/tickets").await, StatusCode::OK);
    let created = recorded(&app, "role.created").await;
    assert!(created[0][2].contains(r#""permissions":["ticket.read","audit.read"]"#), "{created:?}");
    let changed = recorded(&app, "role.changed").await;
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0][0], "Reader");
    assert!(changed[0][1].contains("audit.read") && !changed[0][2].contains("audit.read"), "{changed:?}");
    // The same again is no change.
    post(&app, &acme, &acme.owner_cookie, &auditor, &fields("Reader", &["ticket.read"])).await;
    assert_eq!(recorded(&app, "role.changed").await.len(), 1);
}

#[tokio::test]
async fn a_name_is_taken_once_in_a_tenant_in_any_case() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    role(&app, &acme, "Auditor", &["audit.read"]).await;
    let reader = role(&app, &acme, "Reader", &["ticket.read"]).await;
    for (path, name) in [("/admin/roles/new", "AUDITOR"), ("/admin/roles/new", "owner"), (reader.as_str(), "auditor")] {
        let form = fields(name, &["ticket.read"]);
        let answer = post(&app, &acme, &acme.owner_cookie, path, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(answer.body.contains("There is one of this name."), "{}", answer.body);
        assert!(answer.body.contains(&format!("value=\"{name}\"")), "what was typed stays");
    }
    role(&app, &globex, "Auditor", &["audit.read"]).await;
    group(&app, &acme, "Staff", "").await;
    let form = [("name", "STAFF"), ("description", ""), ("role", "")];
    let answer = post(&app, &acme, &acme.owner_cookie, "/admin/groups/new", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for name in ["", " ", "a\u{1}b", "much too long a name for a role because it has more than sixty letters"] {
        let answer = post(&app, &acme, &acme.owner_cookie, "/admin/roles/new", &fields(name, &[])).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
}

#[tokio::test]
async fn roles_and_groups_of_another_tenant_do_not_exist() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    let foreign = role(&app, &globex, "Auditor", &["audit.read"]).await;
    let foreign_group = group(&app, &globex, "Staff", "agent").await;
    let max = account(&app, "member@acme.test").await;
    for path in [&foreign, &foreign_group, &format!("{foreign}/delete"), &format!("{foreign_group}/delete")] {
        assert_eq!(status(&app, &acme, &acme.owner_cookie, path).await, StatusCode::NOT_FOUND, "{path}");
    }
    let save = [("intent", "save"), ("name", "Mine"), ("description", ""), ("role", "")];
    for (path, form) in [
        (foreign.clone(), fields("Mine", &["ticket.read"])),
        (format!("{foreign}/delete"), vec![("role", "agent"), ("name", "Auditor")]),
        (foreign_group.clone(), save.to_vec()),
        (foreign_group.clone(), vec![("intent", "add"), ("who", "member@acme.test")]),
        (format!("{foreign_group}/delete"), vec![("name", "Staff")]),
    ] {
        let answer = post(&app, &acme, &acme.owner_cookie, &path, &form).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.body);
    }
    // Nor can they be given: not to a person, not by a group, not in the place of another.
    assert_eq!(give(&app, &acme, max, id(&foreign)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let form = [("name", "Readers"), ("description", ""), ("role", id(&foreign))];
    let made = post(&app, &acme, &acme.owner_cookie, "/admin/groups/new", &form).await;
    assert_eq!(made.status, StatusCode::UNPROCESSABLE_ENTITY);
    let own = role(&app, &acme, "Own", &["ticket.read"]).await;
    let form = [("role", id(&foreign)), ("name", "Own")];
    let gone = post(&app, &acme, &acme.owner_cookie, &format!("{own}/delete"), &form).await;
    assert_eq!(gone.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(gone.body.contains("That role does not exist any more."), "{}", gone.body);
    assert_eq!(status(&app, &globex, &globex.owner_cookie, &foreign).await, StatusCode::OK);
    for path in ["/admin/roles/none", "/admin/roles/rol_01m7pt4xtgfv4v4b4yswcshy0c", "/admin/groups/none"] {
        assert_eq!(status(&app, &acme, &acme.owner_cookie, path).await, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn built_in_roles_show_what_they_hold_and_stay_as_they_are() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let page = app.get(&acme.host, "/admin/roles/agent").cookie(acme.cookie_of(Role::Admin)).send().await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Work on tickets") && !page.body.contains("Manage members"), "{}", page.body);
    assert!(page.body.contains("Max of acme") && !page.body.contains("Save role"));
    for path in ["/admin/roles/agent", "/admin/roles/agent/delete"] {
        let answer = post(&app, &acme, &acme.owner_cookie, path, &fields("Agent", &["audit.read"])).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
    }
    assert_eq!(status(&app, &acme, &acme.member_cookie, AUDIT).await, StatusCode::FORBIDDEN);
}
