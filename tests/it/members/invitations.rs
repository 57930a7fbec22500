//! Inviting by address, and accepting.

use axum::http::StatusCode;
use rowhouse_platform::access::Role;
use time::Duration;

use super::{account, invite, join, mails, newcomer, only_domain, recorded, standing, token};
use crate::app::{PASSWORD, TestApp};

#[tokio::test]
async fn an_invited_person_joins_once() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let sent = invite(&app, &acme, Role::Admin, "Nora New <Nora@Elsewhere.test>", "viewer").await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/admin/members/invitations"), "{}", sent.body);
    let mail = mails(&app, "Nora@Elsewhere.test").await;
    assert!(mail[0].contains("Ada of acme") && mail[0].contains("Viewer") && mail[0].contains("See you inside."));

    // Programs that open the links of mail use nothing up.
    let token = token(&app, "Nora@Elsewhere.test").await;
    for _ in 0..2 {
        let page = app.get(&acme.host, &format!("/join?token={token}")).send().await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Ada of acme invites you to Company acme as Viewer."), "{}", page.body);
    }
    let poor = app.post(&acme.host, "/join").form(&[("token", &token), ("name", "Nora"), ("password", "short")]);
    let poor = poor.send().await;
    assert_eq!(poor.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(poor.body.contains("value=\"Nora\""), "what was typed stays");

    let joined = join(&app, &acme, &token, "Nora New").await;
    assert_eq!((joined.status, joined.location()), (StatusCode::SEE_OTHER, "/tickets"), "{}", joined.body);
    let cookie = joined.cookie("__Host-session").unwrap();
    assert!(app.get(&acme.host, "/tickets").cookie(&cookie).send().await.body.contains("Nora New"));
    let nora = account(&app, "nora@elsewhere.test").await;
    assert_eq!(standing(&app, nora).await, ("viewer".to_owned(), "active".to_owned()));
    let mut tx = app.services.database.begin(&acme.home).await.unwrap();
    let verified =
        sqlx::query("SELECT 1 FROM account WHERE tenant_id = $1 AND id = $2 AND email_verified_at IS NOT NULL");
    assert!(verified.bind(acme.home.id().0).bind(nora.0).fetch_optional(&mut tx).await.unwrap().is_some());
    tx.commit().await.unwrap();

    let again = join(&app, &acme, &token, "Nora New").await;
    assert_eq!(again.status, StatusCode::GONE);
    assert!(again.body.contains("This invitation was accepted already"));
    let form = [("email", "nora@elsewhere.test"), ("password", PASSWORD)];
    assert_eq!(app.post(&acme.host, "/sign-in").form(&form).send().await.location(), "/tickets");
    assert_eq!(recorded(&app, "member.invited").await[0].0, "Nora@Elsewhere.test");
    assert!(recorded(&app, "member.joined").await[0].2.contains("Ada of acme"));
}

#[tokio::test]
async fn a_token_is_worth_nothing_at_another_tenant_or_at_the_apex() {
    let app = TestApp::start().await;
    let (acme, globex) = (app.tenant("acme").await, app.tenant("globex").await);
    invite(&app, &acme, Role::Owner, "nora@elsewhere.test", "viewer").await;
    let token = token(&app, "nora@elsewhere.test").await;
    assert_eq!(app.get(&globex.host, &format!("/join?token={token}")).send().await.status, StatusCode::NOT_FOUND);
    assert_eq!(join(&app, &globex, &token, "Nora").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("app.test:3000", &format!("/join?token={token}")).send().await.status, StatusCode::NOT_FOUND);
    assert_eq!(join(&app, &acme, &token, "Nora").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn nobody_is_invited_until_all_addresses_are_right_and_each_wrong_one_is_named() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    invite(&app, &acme, Role::Owner, "waiting@acme.test", "viewer").await;
    only_domain(&app, &acme, "acme.test", "password").await;
    let list = "good@acme.test, nonsense; member@acme.test\nwaiting@acme.test stranger@elsewhere.test";
    let answer = invite(&app, &acme, Role::Owner, list, "agent").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in [
        "nonsense: An email address looks like",
        "member@acme.test: This person is a member already.",
        "waiting@acme.test: This person is invited already.",
        "stranger@elsewhere.test: This workspace does not invite to addresses of elsewhere.test",
        "/admin/members/invitations#inv_",
        "Send 5 invitations",
        "nonsense; member@acme.test",
        "See you inside.",
    ] {
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    assert!(mails(&app, "good@acme.test").await.is_empty());
    let answer = invite(&app, &acme, Role::Owner, "good@acme.test", "agent").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);

    let many: Vec<String> = (0..101).map(|number| format!("p{number}@acme.test\n")).collect();
    let many = many.concat();
    let answer = invite(&app, &acme, Role::Owner, &many, "agent").await;
    assert!(answer.body.contains("These are 101 addresses; 100 can be invited at once."), "{}", answer.body);
    let answer = invite(&app, &acme, Role::Owner, many.trim_end().rsplit_once('\n').unwrap().0, "agent").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(mails(&app, "p99@acme.test").await.len(), 1);
}

#[tokio::test]
async fn sending_again_kills_the_mail_before_and_is_limited() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    invite(&app, &acme, Role::Owner, "nora@elsewhere.test", "viewer").await;
    let old = token(&app, "nora@elsewhere.test").await;
    app.clock.advance(Duration::days(8));
    assert!(join(&app, &acme, &old, "Nora").await.body.contains("This invitation has expired"));

    let owner = app.get(&acme.host, "/admin/members/invitations");
    let cookie = fresh(&app, &acme).await;
    let page = owner.cookie(&cookie).send().await;
    assert!(page.body.contains("Expired"), "{}", page.body);
    let id = id_in(&page.body);
    let resend = || {
        app.clock.advance(Duration::seconds(1));
        app.post(&acme.host, "/admin/members/invitations").cookie(&cookie).form(&[("invitation", &id)])
    };
    assert_eq!(resend().send().await.status, StatusCode::SEE_OTHER);
    let new = token(&app, "nora@elsewhere.test").await;
    assert_eq!(join(&app, &acme, &old, "Nora").await.status, StatusCode::NOT_FOUND);
    assert_eq!(resend().send().await.status, StatusCode::SEE_OTHER);
    assert_eq!(join(&app, &acme, &new, "Nora").await.status, StatusCode::NOT_FOUND);
    assert_eq!(resend().send().await.status, StatusCode::SEE_OTHER);
    assert_eq!(resend().send().await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(mails(&app, "nora@elsewhere.test").await.len(), 4);

    let newest = token(&app, "nora@elsewhere.test").await;
    let path = format!("/admin/members/invitations/{id}/revoke");
    assert!(app.get(&acme.host, &path).cookie(&cookie).send().await.body.contains("nora@elsewhere.test"));
    assert_eq!(app.post(&acme.host, &path).cookie(&cookie).send().await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.post(&acme.host, &path).cookie(&cookie).send().await.status, StatusCode::NOT_FOUND);
    assert!(join(&app, &acme, &newest, "Nora").await.body.contains("This invitation was taken back"));
    assert_eq!(recorded(&app, "invitation.resent").await.len(), 3);
    assert_eq!(recorded(&app, "invitation.revoked").await.len(), 1);
}

/// The session of an owner who signs in now.
async fn fresh(app: &TestApp, tenant: &crate::app::TestTenant) -> String {
    let form = [("email", "owner@acme.test"), ("password", PASSWORD)];
    app.post(&tenant.host, "/sign-in").form(&form).send().await.cookie("__Host-session").unwrap()
}

/// The first id of an invitation in a page.
fn id_in(body: &str) -> String {
    let start = body.find("inv_").unwrap();
    body[start..start + 30].to_owned()
}

#[tokio::test]
async fn who_is_signed_in_is_told_so_and_a_deactivated_person_is_not_let_in_by_an_invitation() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    invite(&app, &acme, Role::Owner, "nora@elsewhere.test", "viewer").await;
    let token = token(&app, "nora@elsewhere.test").await;
    let page = app.get(&acme.host, &format!("/join?token={token}")).cookie(&acme.member_cookie).send().await;
    assert!(page.body.contains("You are signed in as Max of acme (member@acme.test)"), "{}", page.body);
    // The session of the other person ends with the new one.
    let form = [("token", token.as_str()), ("name", "Nora"), ("password", PASSWORD)];
    let joined = app.post(&acme.host, "/join").cookie(&acme.member_cookie).form(&form).send().await;
    assert_eq!(joined.status, StatusCode::SEE_OTHER, "{}", joined.body);
    let old = app.get(&acme.host, "/tickets").cookie(&acme.member_cookie).send().await;
    assert!(old.location().starts_with("/sign-in"));

    let nora = account(&app, "nora@elsewhere.test").await;
    super::change(&app, &acme, &acme.owner_cookie, nora, &[("intent", "deactivate")]).await;
    let answer = invite(&app, &acme, Role::Owner, "nora@elsewhere.test", "admin").await;
    assert!(answer.body.contains("This person is deactivated."), "{}", answer.body);
}

#[tokio::test]
async fn where_passwords_are_not_allowed_none_is_asked_for() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    invite(&app, &acme, Role::Owner, "nora@elsewhere.test paul@elsewhere.test rosa@elsewhere.test", "viewer").await;
    let token_of = async |email: &str| token(&app, email).await;
    only_domain(&app, &acme, "elsewhere.test", "magic_link").await;
    let nora = token_of("nora@elsewhere.test").await;
    let page = app.get(&acme.host, &format!("/join?token={nora}")).send().await;
    assert!(!page.body.contains("type=\"password\""));
    let joined = app.post(&acme.host, "/join").form(&[("token", &nora), ("name", "Nora")]).send().await;
    assert_eq!((joined.status, joined.location()), (StatusCode::SEE_OTHER, "/tickets"), "{}", joined.body);

    let mut admin = app.db.admin().await;
    sqlx::query("UPDATE pooled.sign_in_policy SET methods = '{passkey}'").execute(&mut admin).await.unwrap();
    let rosa = token_of("rosa@elsewhere.test").await;
    let joined = app.post(&acme.host, "/join").form(&[("token", &rosa), ("name", "Rosa")]).send().await;
    assert_eq!((joined.status, joined.location()), (StatusCode::SEE_OTHER, "/account/passkeys/new"), "{}", joined.body);
    let add =
        app.get(&acme.host, "/account/passkeys/new").cookie(&joined.cookie("__Host-session").unwrap()).send().await;
    assert_eq!(add.status, StatusCode::OK);

    sqlx::query("UPDATE pooled.sign_in_policy SET methods = '{sso}'").execute(&mut admin).await.unwrap();
    let paul = token_of("paul@elsewhere.test").await;
    let joined = app.post(&acme.host, "/join").form(&[("token", &paul), ("name", "Paul")]).send().await;
    assert_eq!((joined.status, joined.location()), (StatusCode::SEE_OTHER, "/sign-in"), "{}", joined.body);
    assert!(joined.cookie("__Host-session").is_none());
    assert_eq!(standing(&app, account(&app, "paul@elsewhere.test").await).await.1, "active");
}

#[tokio::test]
async fn what_the_policy_says_when_somebody_comes_counts() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    invite(&app, &acme, Role::Owner, "nora@elsewhere.test", "viewer").await;
    let token = token(&app, "nora@elsewhere.test").await;
    only_domain(&app, &acme, "acme.test", "password").await;
    let refused = join(&app, &acme, &token, "Nora").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("This address is not taken here"));
    let mut admin = app.db.admin().await;
    let networks = "UPDATE pooled.sign_in_policy SET invitation_domains = '{}', allowed_networks = '{203.0.113.0/24}'";
    sqlx::query(networks).execute(&mut admin).await.unwrap();
    let refused = join(&app, &acme, &token, "Nora").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("You cannot join from here"), "{}", refused.body);
    sqlx::query("DELETE FROM pooled.sign_in_policy").execute(&mut admin).await.unwrap();
    assert_eq!(join(&app, &acme, &token, "Nora").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn invitations_and_links_of_somebody_who_is_demoted_die() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    invite(&app, &acme, Role::Admin, "backdoor@elsewhere.test", "admin").await;
    let form = [("role", "admin"), ("days", "30"), ("max_uses", "")];
    let made = app.post(&acme.host, "/admin/members/links/new").cookie(acme.cookie_of(Role::Admin)).form(&form);
    let made = made.send().await;
    let link = super::links::token_in(&made.body);
    let admin = account(&app, "admin@acme.test").await;
    assert_eq!(super::make(&app, &acme, Role::Owner, admin, "agent").await.status, StatusCode::SEE_OTHER);
    let token = token(&app, "backdoor@elsewhere.test").await;
    assert_eq!(join(&app, &acme, &token, "Eve").await.status, StatusCode::GONE);
    assert_eq!(app.get(&acme.host, &format!("/join/link?token={link}")).send().await.status, StatusCode::NOT_FOUND);
    // Who keeps their role keeps them.
    newcomer(&app, &acme, "nora@elsewhere.test", "viewer").await;
}
