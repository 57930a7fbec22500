//! Single sign-on that is required: of everybody but one owner, and nobody is locked out by it.

use axum::http::StatusCode;
use rowhouse_platform::{id::AccountId, tenancy::leaving};

use super::{account_of, arrive, connected, identity, recorded, role_of, run, set, with_groups};
use crate::{
    app::{Answer, PASSWORD, TestApp, TestTenant},
    database::Way,
};

async fn save(app: &TestApp, tenant: &TestTenant, cookie: &str, changes: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("password", "on"),
        ("passkey", "on"),
        ("sso", "on"),
        ("mfa_grace_days", "7"),
        ("password_min_length", "10"),
        ("password_min_score", "2"),
        ("idle_minutes", ""),
        ("lifetime_hours", ""),
        ("networks", ""),
        ("invitation_domains", ""),
    ];
    for change in changes {
        form.retain(|(name, _)| name != &change.0);
        if change.1 != "-" {
            form.push(*change);
        }
    }
    app.post(&tenant.host, "/admin/security").cookie(cookie).form(&form).send().await
}

async fn require(app: &TestApp, tenant: &TestTenant, owner: AccountId) -> Answer {
    let owner = owner.to_string();
    save(app, tenant, &tenant.owner_cookie, &[("sso_required", "on"), ("break_glass", &owner)]).await
}

async fn status(app: &TestApp, tenant: &TestTenant, cookie: &str) -> StatusCode {
    app.get(&tenant.host, "/tickets").cookie(cookie).send().await.status
}

async fn sign_in(app: &TestApp, tenant: &TestTenant, email: &str, password: &str) -> Answer {
    let form = [("email", email), ("password", password)];
    app.post(&tenant.host, "/sign-in").form(&form).send().await
}

#[tokio::test]
async fn it_is_required_only_where_nobody_is_locked_out() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let page = async || app.get(&acme.host, "/admin/security").cookie(&acme.owner_cookie).send().await.body;
    assert!(!page().await.contains("Require single sign-on"), "there is no connection");
    // What the form does not show, it does not take.
    assert_eq!(require(&app, &acme, acme.owner).await.status, StatusCode::SEE_OTHER);
    assert_eq!(status(&app, &acme, &acme.member_cookie).await, StatusCode::OK);

    let company = connected(&app, &acme, "company").await;
    assert!(page().await.contains("Require single sign-on"));
    let (owner, member) = (acme.owner.to_string(), account_of(&app, "member@acme.test").await.to_string());
    let refused = async |cookie: &str, changes: &[(&str, &str)], words: &str| {
        let answer = save(&app, &acme, cookie, changes).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    };
    let olga = acme.owner_cookie.as_str();
    refused(olga, &[("sso_required", "on"), ("break_glass", "")], "Choose the owner who can come in").await;
    refused(olga, &[("sso_required", "on"), ("break_glass", &member)], "Choose somebody who is an active owner").await;
    refused(olga, &[("sso_required", "on"), ("break_glass", &owner), ("sso", "-")], "Allow single sign-on").await;
    let only_keys = [("sso_required", "on"), ("break_glass", owner.as_str()), ("password", "-")];
    began_by(&app, &acme, "passkey").await;
    refused(olga, &only_keys, "no password and no passkey").await;
    began_by(&app, &acme, "password").await;
    let admin = acme.cookie_of(rowhouse_platform::access::Role::Admin);
    refused(admin, &[("sso_required", "on"), ("break_glass", &owner)], "You are not signed in by single sign-on").await;
    set(&app, &acme, &company, "state = 'off'").await;
    refused(olga, &[("sso_required", "on"), ("break_glass", &owner)], "Switch a connection on first").await;
    set(&app, &acme, &company, "state = 'on'").await;
    assert_eq!(require(&app, &acme, acme.owner).await.status, StatusCode::SEE_OTHER);
    assert!(recorded(&app, "policy.changed").await.last().unwrap().1.contains("\"sso_required\":true"));
}

/// The owner's session began so.
async fn began_by(app: &TestApp, tenant: &TestTenant, method: &str) {
    run(app, format!("UPDATE pooled.session SET method = '{method}' WHERE account_id = '{}'", tenant.owner.0)).await;
}

#[tokio::test]
async fn everybody_but_one_owner_comes_by_it_from_the_next_request_on() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    connected(&app, &acme, "company").await;
    assert_eq!(require(&app, &acme, acme.owner).await.status, StatusCode::SEE_OTHER);
    assert_eq!(status(&app, &acme, &acme.member_cookie).await, StatusCode::SEE_OTHER);
    assert_eq!(status(&app, &acme, &acme.owner_cookie).await, StatusCode::OK);
    let email = "member@acme.test";
    run(&app, "UPDATE pooled.session SET method = 'sso'".to_owned()).await;
    assert_eq!(status(&app, &acme, &acme.member_cookie).await, StatusCode::OK, "a session that began there");

    // A right password of somebody else says no more than a wrong one.
    let (right, wrong) = (sign_in(&app, &acme, email, PASSWORD).await, sign_in(&app, &acme, email, "wrong").await);
    let nobody = sign_in(&app, &acme, "nobody@acme.test", "wrong").await;
    assert_eq!(right.status, StatusCode::FORBIDDEN);
    assert!(right.cookie("__Host-session").is_none() && right.body.contains("identity provider"), "{}", right.body);
    let words = |answer: &Answer| {
        let at = answer.body.find("You cannot sign in this way").unwrap();
        answer.body[at..at + 250].to_owned()
    };
    assert_eq!((words(&right), right.status), (words(&wrong), wrong.status));
    assert_eq!((words(&right), right.status), (words(&nobody), nobody.status));
    let acts = recorded(&app, "sign_in.refused").await;
    assert!(acts.iter().filter(|act| act.2.contains("requires single sign-on")).count() == 2, "{acts:?}");
    let in_again = sign_in(&app, &acme, "owner@acme.test", PASSWORD).await;
    assert!(in_again.cookie("__Host-session").is_some(), "{}", in_again.body);
    assert_eq!(sign_in(&app, &acme, "owner@acme.test", "wrong").await.status, StatusCode::FORBIDDEN);

    // A new password is mailed to the one whom it is of use to.
    for (email, mails) in [(email, 0_i64), ("owner@acme.test", 1)] {
        app.post(&acme.host, "/reset-password").form(&[("email", email)]).send().await;
        let sql = "SELECT count(*) FROM control.mail WHERE recipient = $1 AND subject ILIKE '%password%'";
        let sent: i64 = sqlx::query_scalar(sql).bind(email).fetch_one(&mut app.db.admin().await).await.unwrap();
        assert_eq!(sent, mails, "{email}");
    }
}

#[tokio::test]
async fn whom_it_depends_on_stays() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    let company = set(&app, &acme, &company, "vouched_by_owner = true, applies_roles = true").await;
    super::rules(&app, &acme, &company, &[("boss", "owner")]).await;
    let bob = arrive(&app, &acme, &company, &with_groups(&["boss"], identity("bob", "bob@acme.test"))).await.unwrap();
    assert_eq!(require(&app, &acme, acme.owner).await.status, StatusCode::SEE_OTHER);
    // Somebody else who is an owner, and in by single sign-on.
    run(
        &app,
        format!(
            "UPDATE pooled.session SET method = 'sso', account_id = '{}' WHERE account_id <> '{}'",
            bob.0, acme.owner.0
        ),
    )
    .await;
    let (boss, olga) = (&acme.member_cookie, acme.owner);
    let words = "This is the owner who can come in without single sign-on.";
    let refused = async |cookie: &str, path: &str, form: &[(&str, &str)]| {
        let answer = app.post(&acme.host, path).cookie(cookie).form(form).send().await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", answer.body);
        assert!(answer.body.contains(words), "{path}: {}", answer.body);
    };
    let path = format!("/admin/members/{olga}");
    refused(boss, &path, &[("intent", "role"), ("role", "admin")]).await;
    refused(boss, &path, &[("intent", "deactivate")]).await;
    refused(boss, &format!("{path}/remove"), &[("email", "owner@acme.test"), ("heir", "")]).await;
    let own = acme.owner_cookie.as_str();
    refused(own, "/account/leave", &[("email", "owner@acme.test")]).await;
    refused(own, "/admin/settings/transfer", &[("to", &bob.to_string()), ("slug", "acme")]).await;
    // Nor does the provider make her less.
    arrive(&app, &acme, &company, &identity("olga", "owner@acme.test")).await.unwrap();
    assert_eq!(role_of(&app, olga).await, "owner");
    // Another one may take her place, and she may then go.
    run(&app, format!("UPDATE pooled.account SET password_hash = 'x' WHERE id = '{}'", bob.0)).await;
    assert_eq!(require(&app, &acme, bob).await.status, StatusCode::UNPROCESSABLE_ENTITY, "she would be out");
    let form = [("sso_required", "on"), ("break_glass", &bob.to_string())];
    assert_eq!(save(&app, &acme, boss, &form).await.status, StatusCode::SEE_OTHER);
    let done = app.post(&acme.host, &path).cookie(boss).form(&[("intent", "deactivate")]).send().await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
}

#[tokio::test]
async fn a_tenant_that_requires_it_can_be_deleted_whole() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    arrive(&app, &acme, &company, &identity("ann", "ann@acme.test")).await.unwrap();
    assert_eq!(require(&app, &acme, acme.owner).await.status, StatusCode::SEE_OTHER);
    let sql = "UPDATE control.tenant SET state = 'closing', closes_at = '2026-05-01'";
    run(&app, sql.to_owned()).await;
    let operator = app.db.url(Way::Direct, "rowhouse_operator");
    assert_eq!(leaving::delete_closed(&operator, &app.services.ambient).await.unwrap(), ["acme"]);
    let sql = "SELECT (SELECT count(*) FROM pooled.sso_connection) + (SELECT count(*) FROM pooled.sign_in_policy)
                   + (SELECT count(*) FROM pooled.account)";
    let left: i64 = sqlx::query_scalar(sql).fetch_one(&mut app.db.admin().await).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn the_last_connection_stays_on_while_it_is_required() {
    use rowhouse_platform::{
        access::ManageSso,
        identity::session::SessionToken,
        sso::{
            Editor,
            connection::{self, Switch},
        },
    };
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (company, other) = (connected(&app, &acme, "company").await, connected(&app, &acme, "other").await);
    assert_eq!(require(&app, &acme, acme.owner).await.status, StatusCode::SEE_OTHER);
    let switch_off = async |id| {
        let services = &app.services;
        let token = SessionToken::parse(acme.owner_cookie.split_once('=').unwrap().1).unwrap();
        let visitor = rowhouse_platform::access::Visitor { token: Some(&token), address: "192.0.2.1" };
        let (database, policy) = (&services.database, services.session_policy);
        let permit =
            rowhouse_platform::access::authorise::<ManageSso>(database, &services.ambient, policy, &acme.home, visitor);
        let mut permit = permit.await.unwrap();
        let done = connection::switch(&mut Editor::Admin(&mut permit), &app.scribe(), id, Switch::Off).await;
        if done.is_ok() {
            permit.commit().await.unwrap();
        }
        done.map_err(|error| error.to_string())
    };
    assert_eq!(switch_off(company.id).await, Ok(()));
    let refused = switch_off(other.id).await.unwrap_err();
    assert!(refused.contains("the only connection that is on"), "{refused}");
    run(&app, "DELETE FROM pooled.sign_in_policy".to_owned()).await;
    assert_eq!(switch_off(other.id).await, Ok(()));
}
