//! Links by which people ask for an invitation.

use axum::http::StatusCode;
use rowhouse_platform::access::Role;
use time::Duration;

use super::{account, join, mails, only_domain, standing, token};
use crate::app::{Answer, TestApp, TestTenant};

/// The token of a link in the page that shows it.
pub(super) fn token_in(body: &str) -> String {
    let token = body.split("/join/link?token=").nth(1).unwrap_or_else(|| panic!("no link in {body}"));
    token.chars().take_while(char::is_ascii_hexdigit).collect()
}

async fn create(app: &TestApp, tenant: &TestTenant, form: &[(&str, &str)]) -> Answer {
    app.post(&tenant.host, "/admin/members/links/new").cookie(&tenant.owner_cookie).form(form).send().await
}

async fn ask(app: &TestApp, tenant: &TestTenant, token: &str, email: &str) -> Answer {
    let form = [("token", token), ("name", "Nora New"), ("email", email)];
    app.post(&tenant.host, "/join/link").form(&form).send().await
}

#[tokio::test]
async fn a_link_leads_to_mail_and_mail_leads_in() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let made = create(&app, &acme, &[("role", "agent"), ("days", "3"), ("max_uses", "1")]).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    let link = token_in(&made.body);
    let list = app.get(&acme.host, "/admin/members/invitations").cookie(&acme.owner_cookie).send().await;
    assert!(list.body.contains("0 of 1") && !list.body.contains(&link), "it is shown once");

    assert_eq!(app.get(&acme.host, &format!("/join/link?token={link}")).send().await.status, StatusCode::OK);
    for email in ["nora@elsewhere.test", "paul@elsewhere.test"] {
        let asked = ask(&app, &acme, &link, email).await;
        assert!(asked.body.contains("Check your mail"), "{}", asked.body);
    }
    assert!(
        join(&app, &acme, &link, "Nora").await.body.contains("This invitation is not known"),
        "a link lets nobody in"
    );
    let (nora, paul) = (token(&app, "nora@elsewhere.test").await, token(&app, "paul@elsewhere.test").await);
    let page = app.get(&acme.host, &format!("/join?token={nora}")).send().await;
    assert!(page.body.contains("value=\"Nora New\""), "the name is not asked for twice");
    assert_eq!(join(&app, &acme, &nora, "Nora New").await.status, StatusCode::SEE_OTHER);
    assert_eq!(standing(&app, account(&app, "nora@elsewhere.test").await).await.0, "agent");
    let second = join(&app, &acme, &paul, "Paul").await;
    assert!(second.body.contains("The link is used up"), "{}", second.body);
    assert_eq!(app.get(&acme.host, &format!("/join/link?token={link}")).send().await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_answer_does_not_tell_who_is_a_member() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let link = token_in(&create(&app, &acme, &[("role", "agent"), ("days", "3")]).await.body);
    let known = ask(&app, &acme, &link, "member@acme.test").await;
    let unknown = ask(&app, &acme, &link, "nobody@acme.test").await;
    assert_eq!(known.status, unknown.status);
    assert!(known.body.contains("Check your mail") && unknown.body.contains("Check your mail"));
    assert!(mails(&app, "member@acme.test").await.is_empty());
    assert_eq!(mails(&app, "nobody@acme.test").await.len(), 1);
}

#[tokio::test]
async fn mail_that_strangers_ask_for_is_limited() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let link = token_in(&create(&app, &acme, &[("role", "agent"), ("days", "3")]).await.body);
    for _ in 0..3 {
        app.clock.advance(Duration::seconds(1));
        assert_eq!(ask(&app, &acme, &link, "victim@elsewhere.test").await.status, StatusCode::OK);
    }
    assert_eq!(ask(&app, &acme, &link, "victim@elsewhere.test").await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(mails(&app, "victim@elsewhere.test").await.len(), 3);
    // Only the newest of these mails is good.
    let newest = token(&app, "victim@elsewhere.test").await;
    assert_eq!(join(&app, &acme, &newest, "Nora").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_link_takes_the_domains_of_the_policy_and_ends_with_its_time_or_when_it_is_revoked() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    only_domain(&app, &acme, "acme.test", "password").await;
    let link = token_in(&create(&app, &acme, &[("role", "agent"), ("days", "1")]).await.body);
    let refused = ask(&app, &acme, &link, "nora@elsewhere.test").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("Use an address of acme.test.") && refused.body.contains("value=\"nora@elsewhere.test\"")
    );
    assert_eq!(ask(&app, &acme, &link, "nora@acme.test").await.status, StatusCode::OK);

    let list = app.get(&acme.host, "/admin/members/invitations").cookie(&acme.owner_cookie).send().await.body;
    let start = list.find("lnk_").unwrap();
    let path = format!("/admin/members/links/{}/revoke", &list[start..start + 30]);
    assert_eq!(app.post(&acme.host, &path).cookie(&acme.owner_cookie).send().await.status, StatusCode::SEE_OTHER);
    assert_eq!(ask(&app, &acme, &link, "paul@acme.test").await.status, StatusCode::NOT_FOUND);
    let asked_before = token(&app, "nora@acme.test").await;
    assert!(join(&app, &acme, &asked_before, "Nora").await.body.contains("This invitation was taken back"));

    let link = token_in(&create(&app, &acme, &[("role", "agent"), ("days", "1")]).await.body);
    app.clock.advance(Duration::hours(25));
    assert_eq!(ask(&app, &acme, &link, "paul@acme.test").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_link_makes_no_owner_and_its_limits_are_checked() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    for (form, words) in [
        ([("role", "owner"), ("days", "3"), ("max_uses", "")], "Choose a role from the list."),
        ([("role", "agent"), ("days", "31"), ("max_uses", "")], "from 1 to 30"),
        ([("role", "agent"), ("days", "3"), ("max_uses", "0")], "from 1 to 1000"),
    ] {
        let answer = create(&app, &acme, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    let refused = app.post(&acme.host, "/admin/members/links/new").cookie(acme.cookie_of(Role::Agent));
    assert_eq!(refused.form(&[("role", "agent"), ("days", "3")]).send().await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_invitation_from_a_person_stays_what_it_is_when_a_link_is_used() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    super::invite(&app, &acme, Role::Owner, "nora@elsewhere.test", "admin").await;
    let link = token_in(&create(&app, &acme, &[("role", "viewer"), ("days", "3")]).await.body);
    app.clock.advance(Duration::seconds(1));
    ask(&app, &acme, &link, "nora@elsewhere.test").await;
    let newest = token(&app, "nora@elsewhere.test").await;
    assert_eq!(join(&app, &acme, &newest, "Nora").await.status, StatusCode::SEE_OTHER);
    assert_eq!(standing(&app, account(&app, "nora@elsewhere.test").await).await.0, "admin");
}
