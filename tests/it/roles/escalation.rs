//! Nobody gives or takes more than they hold, whatever form they send; and nobody shuts themselves out.

use axum::http::StatusCode;
use rowhouse_platform::access::Role;

use super::{AUDIT, account, fields, give, group, id, post, recorded, role, status};
use crate::app::{Answer, TestApp, TestTenant};

const TOO_MIGHTY: &str = "That takes permissions that you do not have yourself.";

/// Max manages roles and reads tickets, and that is all.
async fn steward(app: &TestApp, tenant: &TestTenant) -> String {
    let steward = role(app, tenant, "Steward", &["role.manage", "ticket.read"]).await;
    let max = account(app, "member@acme.test").await;
    assert_eq!(give(app, tenant, max, id(&steward)).await.status, StatusCode::SEE_OTHER);
    steward
}

fn refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert!(answer.body.contains(why), "{}", answer.body);
}

#[tokio::test]
async fn nobody_makes_a_role_that_holds_more_than_they_do() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let own = steward(&app, &acme).await;
    let max = acme.member_cookie.as_str();
    let page = app.get(&acme.host, "/admin/roles/new").cookie(max).send().await;
    assert!(page.body.contains("You do not have this permission, so you cannot give it."), "{}", page.body);
    let path = "/admin/roles/new";
    refused(&post(&app, &acme, max, path, &fields("Mine", &["audit.read"])).await, TOO_MIGHTY);
    refused(&post(&app, &acme, max, &own, &fields("Steward", &["role.manage", "audit.read"])).await, TOO_MIGHTY);
    // What no role of a tenant's own can hold, and what there is not: not even for an owner.
    for name in ["workspace.own", "account.own", "god"] {
        let answer = post(&app, &acme, &acme.owner_cookie, path, &fields("Mine", &[name])).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}");
    }
    assert_eq!(recorded(&app, "role.created").await.len(), 1, "the steward's own alone");
    assert_eq!(post(&app, &acme, max, path, &fields("Reader", &["ticket.read"])).await.status, StatusCode::SEE_OTHER);
    assert_eq!(status(&app, &acme, max, AUDIT).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn nobody_changes_or_deletes_what_holds_more_than_they_do() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    steward(&app, &acme).await;
    let max = acme.member_cookie.as_str();
    let auditor = role(&app, &acme, "Auditor", &["audit.read"]).await;
    let reader = role(&app, &acme, "Reader", &["ticket.read"]).await;
    let page = app.get(&acme.host, &auditor).cookie(max).send().await;
    assert!(page.body.contains("only others can change it") && !page.body.contains("Save role"), "{}", page.body);
    refused(&post(&app, &acme, max, &auditor, &fields("Auditor", &[])).await, TOO_MIGHTY);
    let gone = |role: &str, name: &str| {
        let (path, form) = (role.to_owned() + "/delete", [("role", "viewer".to_owned()), ("name", name.to_owned())]);
        let (app, acme) = (&app, &acme);
        async move {
            let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            post(app, acme, max, &path, &form).await
        }
    };
    refused(&gone(&auditor, "Auditor").await, TOO_MIGHTY);
    // Nor do they put a mightier one in the place of a weak one.
    for to in ["admin", id(&auditor)] {
        let form = [("role", to), ("name", "Reader")];
        refused(&post(&app, &acme, max, &format!("{reader}/delete"), &form).await, TOO_MIGHTY);
    }
    let form = [("role", "owner"), ("name", "Reader")];
    let owners = post(&app, &acme, &acme.owner_cookie, &format!("{reader}/delete"), &form).await;
    refused(&owners, "The role Owner is given to people one by one.");
    assert_eq!(gone(&reader, "Reader").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn nobody_gets_at_a_group_that_gives_more_than_they_hold() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    steward(&app, &acme).await;
    let max = acme.member_cookie.as_str();
    for to in ["admin", "owner"] {
        let form = [("name", "Mine"), ("description", ""), ("role", to)];
        let answer = post(&app, &acme, max, "/admin/groups/new", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{to}");
    }
    let form = [("name", "Mine"), ("description", ""), ("role", "owner")];
    let owners = post(&app, &acme, &acme.owner_cookie, "/admin/groups/new", &form).await;
    refused(&owners, "The role Owner is given to people one by one.");
    let admins = group(&app, &acme, "Admins", "admin").await;
    let save = [("intent", "save"), ("name", "Admins"), ("description", ""), ("role", "viewer")];
    let add = [("intent", "add"), ("who", "member@acme.test")];
    refused(&post(&app, &acme, max, &admins, &save).await, TOO_MIGHTY);
    refused(&post(&app, &acme, max, &admins, &add).await, TOO_MIGHTY);
    refused(&post(&app, &acme, max, &format!("{admins}/delete"), &[("name", "Admins")]).await, TOO_MIGHTY);
    let weak = group(&app, &acme, "Weak", "viewer").await;
    let raise = [("intent", "save"), ("name", "Weak"), ("description", ""), ("role", "admin")];
    refused(&post(&app, &acme, max, &weak, &raise).await, TOO_MIGHTY);
    assert_eq!(post(&app, &acme, max, &weak, &add).await.status, StatusCode::SEE_OTHER);
    assert_eq!(status(&app, &acme, max, AUDIT).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn nobody_takes_the_management_of_roles_from_themselves() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let own = steward(&app, &acme).await;
    let max = acme.member_cookie.as_str();
    let why = "You could not manage roles any more.";
    refused(&post(&app, &acme, max, &own, &fields("Steward", &["ticket.read"])).await, why);
    let form = [("role", "viewer"), ("name", "Steward")];
    refused(&post(&app, &acme, max, &format!("{own}/delete"), &form).await, why);
    assert_eq!(status(&app, &acme, max, "/admin/roles").await, StatusCode::OK);
    assert!(recorded(&app, "role.changed").await.is_empty() && recorded(&app, "role.deleted").await.is_empty());

    // The same where a group gives it.
    let vera = account(&app, "viewer@acme.test").await;
    let stewards = group(&app, &acme, "Stewards", id(&own)).await;
    let add = [("intent", "add"), ("who", "viewer@acme.test")];
    post(&app, &acme, &acme.owner_cookie, &stewards, &add).await;
    let cookie = acme.cookie_of(Role::Viewer);
    let vera = vera.to_string();
    let save = [("intent", "save"), ("name", "Stewards"), ("description", ""), ("role", "")];
    refused(&post(&app, &acme, cookie, &stewards, &save).await, why);
    refused(&post(&app, &acme, cookie, &stewards, &[("intent", "remove"), ("account", &vera)]).await, why);
    refused(&post(&app, &acme, cookie, &format!("{stewards}/delete"), &[("name", "Stewards")]).await, why);
    // Who holds it in another way too may.
    post(&app, &acme, &acme.owner_cookie, &stewards, &[("intent", "add"), ("who", "member@acme.test")]).await;
    assert_eq!(post(&app, &acme, max, &stewards, &save).await.status, StatusCode::SEE_OTHER);
    assert_eq!(status(&app, &acme, cookie, "/admin/roles").await, StatusCode::FORBIDDEN);
}
