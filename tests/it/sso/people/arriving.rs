//! Found, connected, or made: and every reason why not.

use rowhouse_platform::{
    plan::Limit,
    sso::{Identity, Reason, Report, connection, people},
};

use super::{
    account_of, again, arrive, connected, identity, recorded, role_of, run, set, standing, try_to_arrive, with_groups,
};
use crate::{
    app::{TestApp, TestTenant},
    plans::{known, limited},
};

async fn invite(app: &TestApp, tenant: &TestTenant, email: &str, role: &str) {
    let form = [("emails", email), ("role", role), ("message", "")];
    let answer = app.post(&tenant.host, "/admin/members/invite").cookie(&tenant.owner_cookie).form(&form).send().await;
    assert_eq!(answer.status, 303, "{}", answer.body);
}

async fn invitation(app: &TestApp, email: &str) -> String {
    let sql = "SELECT state FROM pooled.invitation WHERE email = $1";
    sqlx::query_scalar(sql).bind(email).fetch_one(&mut app.db.admin().await).await.unwrap()
}

#[tokio::test]
async fn somebody_new_gets_an_account_and_stays_who_they_are() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    let ann = arrive(&app, &acme, &company, &identity("1", "Ann@acme.test")).await.unwrap();
    let expected = |role: &str| {
        let text = str::to_owned;
        (text("Ann Lee"), text("Ann@acme.test"), text(role), text("active"), true, false)
    };
    assert_eq!(standing(&app, ann).await, expected("agent"));
    let acts = recorded(&app, "member.joined").await;
    assert!(acts[0].1.contains("Ann@acme.test") && acts[0].2.contains("Company company"), "{acts:?}");

    // The subject says who it is, whatever becomes of the address there; the one here stays.
    for email in ["ann.lee@acme.test", "ann@elsewhere.test", "owner@acme.test"] {
        let moved = Identity { email_verified: false, name: None, ..identity("1", email) };
        assert_eq!(arrive(&app, &acme, &company, &moved).await, Ok(ann), "{email}");
    }
    assert_eq!(arrive(&app, &acme, &company, &Identity { email: None, ..identity("1", "") }).await, Ok(ann));
    assert_eq!(standing(&app, ann).await, expected("agent"));
    // The subject is compared exactly, and another person does not get the address.
    let other = arrive(&app, &acme, &company, &identity("1 ", "ann@acme.test")).await;
    assert_eq!(other, Err(Reason::OtherIdentity));
    assert_eq!(recorded(&app, "member.joined").await.len(), 1);
}

#[tokio::test]
async fn an_address_counts_only_where_it_is_proven_twice() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    let try_it = async |identity: Identity| arrive(&app, &acme, &company, &identity).await.unwrap_err();
    let ann = || identity("1", "ann@acme.test");
    assert_eq!(try_it(Identity { email: None, ..ann() }).await, Reason::NoEmail);
    assert_eq!(try_it(identity("1", "ann")).await, Reason::NoEmail);
    assert_eq!(try_it(Identity { email_verified: false, ..ann() }).await, Reason::EmailUnverified);
    assert_eq!(try_it(identity("1", "ann@globex.test")).await, Reason::ForeignDomain);
    assert_eq!(try_it(identity("1", "ann@sub.acme.test")).await, Reason::ForeignDomain);
    for subject in [String::new(), "\0".to_owned(), "x".repeat(1025), "🦀".repeat(600)] {
        assert_eq!(try_it(identity(&subject, "ann@acme.test")).await, Reason::Subject, "{subject:?}");
    }
    // A domain that was lost, or is another connection's, counts for nothing.
    run(&app, "UPDATE pooled.email_domain SET verified_at = NULL".to_owned()).await;
    assert_eq!(try_it(ann()).await, Reason::ForeignDomain);
    run(&app, "UPDATE pooled.email_domain SET verified_at = now()".to_owned()).await;
    let other = connected(&app, &acme, "other").await;
    run(&app, format!("DELETE FROM pooled.sso_connection_domain WHERE connection_id = '{}'", company.id.0)).await;
    assert_eq!(try_it(ann()).await, Reason::ForeignDomain);
    arrive(&app, &acme, &other, &ann()).await.unwrap();
    // Of two tenants with the same domain, each has its own people.
    let globex = app.tenant("globex").await;
    let theirs = connected(&app, &globex, "company").await;
    assert_eq!(arrive(&app, &globex, &theirs, &ann()).await, Err(Reason::ForeignDomain));
    assert_eq!(arrive(&app, &globex, &other, &ann()).await, Err(Reason::ForeignDomain), "a connection of acme");
}

#[tokio::test]
async fn a_connection_that_makes_no_accounts_or_is_off_lets_nobody_new_in() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    let company = set(&app, &acme, &company, "creates_accounts = false").await;
    assert_eq!(arrive(&app, &acme, &company, &identity("1", "ann@acme.test")).await, Err(Reason::NoAccount));
    invite(&app, &acme, "bob@acme.test", "viewer").await;
    let (arrived, _) = try_to_arrive(&app, &acme, &company, &identity("2", "bob@acme.test")).await.unwrap();
    assert!(arrived.unwrap_err().words.contains("An invitation waits"));
    assert_eq!(invitation(&app, "bob@acme.test").await, "pending");
    // Who has an account comes in all the same.
    let max = account_of(&app, "member@acme.test").await;
    assert_eq!(arrive(&app, &acme, &company, &identity("3", "member@acme.test")).await, Ok(max));
    let company = set(&app, &acme, &company, "state = 'off'").await;
    assert_eq!(arrive(&app, &acme, &company, &identity("3", "member@acme.test")).await, Err(Reason::Off));
}

#[tokio::test]
async fn an_account_is_connected_once_and_never_taken_over() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let (company, other) = (connected(&app, &acme, "company").await, connected(&app, &acme, "other").await);
    let max = account_of(&app, "member@acme.test").await;
    assert_eq!(arrive(&app, &acme, &company, &identity("max", "MEMBER@acme.test")).await, Ok(max));
    assert_eq!(standing(&app, max).await.0, "Max of acme", "the name stays");
    let acts = recorded(&app, "sso_identity.linked").await;
    assert!(acts[0].0 == "Company company" && acts[0].1.contains("\"max\""), "{acts:?}");
    assert_eq!(arrive(&app, &acme, &company, &identity("eve", "member@acme.test")).await, Err(Reason::OtherIdentity));
    // At another connection, it may be connected too.
    assert_eq!(arrive(&app, &acme, &other, &identity("eve", "member@acme.test")).await, Ok(max));
    assert_eq!(arrive(&app, &acme, &company, &identity("max", "gone@acme.test")).await, Ok(max));
}

#[tokio::test]
async fn who_is_deactivated_stays_out_and_who_is_removed_is_forgotten() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    let (max, vera) = (account_of(&app, "member@acme.test").await, account_of(&app, "viewer@acme.test").await);
    arrive(&app, &acme, &company, &identity("max", "member@acme.test")).await.unwrap();
    for id in [max, vera] {
        let path = format!("/admin/members/{id}");
        app.post(&acme.host, &path).cookie(&acme.owner_cookie).form(&[("intent", "deactivate")]).send().await;
    }
    let max_there = identity("max", "member@acme.test");
    assert_eq!(arrive(&app, &acme, &company, &max_there).await, Err(Reason::Deactivated));
    let vera_there = identity("vera", "viewer@acme.test");
    assert_eq!(arrive(&app, &acme, &company, &vera_there).await, Err(Reason::Deactivated), "by the address");

    let form = [("email", "member@acme.test"), ("heir", "")];
    let path = format!("/admin/members/{max}/remove");
    assert_eq!(app.post(&acme.host, &path).cookie(&acme.owner_cookie).form(&form).send().await.status, 303);
    let sql = "SELECT count(*) FROM pooled.sso_identity";
    let left: i64 = sqlx::query_scalar(sql).fetch_one(&mut app.db.admin().await).await.unwrap();
    assert_eq!(left, 0);
    // The provider still vouches for them: whoever comes is new, and nothing of the old account is theirs.
    let new = arrive(&app, &acme, &company, &max_there).await.unwrap();
    assert_ne!(new, max);
}

#[tokio::test]
async fn an_invitation_says_the_role_where_no_rule_does() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    super::rules(&app, &acme, &company, &[("it", "admin")]).await;
    for (email, role) in [("a@acme.test", "viewer"), ("b@acme.test", "viewer"), ("c@acme.test", "owner")] {
        invite(&app, &acme, email, role).await;
    }
    let a = arrive(&app, &acme, &company, &identity("a", "a@acme.test")).await.unwrap();
    assert_eq!(
        (role_of(&app, a).await.as_str(), invitation(&app, "a@acme.test").await.as_str()),
        ("viewer", "accepted")
    );
    let b = arrive(&app, &acme, &company, &with_groups(&["it"], identity("b", "b@acme.test"))).await.unwrap();
    assert_eq!(
        (role_of(&app, b).await.as_str(), invitation(&app, "b@acme.test").await.as_str()),
        ("admin", "accepted")
    );
    let joined = recorded(&app, "member.joined").await;
    assert!(joined[0].1.contains("Olga of acme"), "{joined:?}");
    // Nobody becomes an owner by a connection that no owner vouches for.
    let c = identity("c", "c@acme.test");
    assert_eq!(arrive(&app, &acme, &company, &c).await, Err(Reason::OwnerNotVouched));
    assert_eq!(invitation(&app, "c@acme.test").await, "pending");
    let vouched = set(&app, &acme, &company, "vouched_by_owner = true").await;
    let c = arrive(&app, &acme, &vouched, &c).await.unwrap();
    assert_eq!(role_of(&app, c).await, "owner");
    // One that expired says nothing, and does not wait any more.
    invite(&app, &acme, "d@acme.test", "viewer").await;
    run(&app, "UPDATE pooled.invitation SET expires_at = '2026-01-01' WHERE state = 'pending'".to_owned()).await;
    let d = arrive(&app, &acme, &company, &identity("d", "d@acme.test")).await.unwrap();
    assert_eq!((role_of(&app, d).await.as_str(), invitation(&app, "d@acme.test").await.as_str()), ("agent", "revoked"));
}

#[tokio::test]
async fn a_test_says_what_would_be_and_changes_nothing() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    let draft = set(&app, &acme, &company, "state = 'draft', vouched_by_owner = false").await;
    let before = connection::domains(&mut app.services.database.begin(&acme.home).await.unwrap(), company.id).await;
    assert_eq!(before.unwrap(), ["acme.test"]);
    let preview = async |identity: &Identity| {
        let mut report = Report::default();
        let mut tx = app.services.database.begin(&acme.home).await.unwrap();
        let seen = people::preview(&mut tx, &app.scribe(), &draft, identity, &mut report).await.unwrap();
        tx.commit().await.unwrap();
        (seen.map_err(|refused| refused.reason), report)
    };
    let (seen, report) = preview(&identity("1", "ann@acme.test")).await;
    assert_eq!(seen, Ok(()));
    assert!(report.steps.iter().any(|step| step.words.contains("makes an account for Ann Lee")), "{report:?}");
    let (seen, report) = preview(&identity("2", "member@acme.test")).await;
    assert_eq!(seen, Ok(()));
    assert!(report.steps.iter().any(|step| step.words.contains("connects the account of Max")), "{report:?}");
    let (seen, report) = preview(&identity("3", "owner@acme.test")).await;
    assert_eq!(seen, Ok(()), "whoever sets it up is often an owner");
    assert!(report.steps.iter().any(|step| step.words.contains("after an owner has switched")), "{report:?}");
    assert_eq!(preview(&identity("4", "eve@evil.test")).await.0, Err(Reason::ForeignDomain));
    let sql = "SELECT (SELECT count(*) FROM pooled.account) + (SELECT count(*) FROM pooled.sso_identity)";
    let rows: i64 = sqlx::query_scalar(sql).fetch_one(&mut app.db.admin().await).await.unwrap();
    assert_eq!(rows, 4);
    assert!(!again(&app, &acme, &draft.id).await.is_on());
}

#[tokio::test]
async fn two_hundred_first_sign_ins_at_once_make_one_account() {
    let app = std::sync::Arc::new(TestApp::start().await);
    let acme = std::sync::Arc::new(app.tenant("acme").await);
    let company = connected(&app, &acme, "company").await;
    let company = set(&app, &acme, &company, "applies_roles = true").await;
    super::rules(&app, &acme, &company, &[("it", "admin")]).await;
    let mut all = tokio::task::JoinSet::new();
    for number in 0..200 {
        let (app, acme, company) = (app.clone(), acme.clone(), company.clone());
        all.spawn(async move {
            // The same person; some of them another one with the same address; and the role goes to and fro.
            let subject = if number % 10 == 9 { "other" } else { "ann" };
            let groups: &[&str] = if number % 3 == 0 { &["it"] } else { &[] };
            let person = with_groups(groups, identity(subject, "ann@acme.test"));
            try_to_arrive(&app, &acme, &company, &person).await.unwrap().0.map_err(|refused| refused.reason)
        });
    }
    let results = all.join_all().await;
    let accounts: std::collections::BTreeSet<_> = results.iter().filter_map(|result| result.ok()).collect();
    assert_eq!(accounts.len(), 1, "{results:?}");
    let refused: Vec<_> = results.iter().filter_map(|result| result.err()).collect();
    assert!(refused.iter().all(|reason| *reason == Reason::OtherIdentity), "{refused:?}");
    let sql = "SELECT count(*) FROM pooled.account WHERE email = 'ann@acme.test'";
    let made: i64 = sqlx::query_scalar(sql).fetch_one(&mut app.db.admin().await).await.unwrap();
    assert_eq!(made, 1);
    assert_eq!(recorded(&app, "member.joined").await.len(), 1);
}

#[tokio::test]
async fn who_tests_from_outside_learns_nothing_of_people_here() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    let mut tx = app.services.database.begin(&acme.home).await.unwrap();
    let mut words = Vec::new();
    for email in ["owner@acme.test", "member@acme.test", "nobody@acme.test"] {
        let (mut report, someone) = (Report::default(), identity("someone", email));
        people::preview_for_outsider(&mut tx, &company, &someone, &mut report).await.unwrap().unwrap();
        words.push(format!("{:?}", report.steps).replace(email, "…"));
    }
    assert!(words.iter().all(|each| *each == words[0]), "{words:?}");
    assert!(!words[0].contains("Olga") && !words[0].contains("owner"), "{words:?}");
    let (mut report, foreign) = (Report::default(), identity("someone", "ann@evil.test"));
    let refused = people::preview_for_outsider(&mut tx, &company, &foreign, &mut report).await.unwrap().unwrap_err();
    assert_eq!(refused.reason, Reason::ForeignDomain);
}

#[tokio::test]
async fn somebody_new_needs_a_seat_and_somebody_known_does_not() {
    let app = TestApp::start().await;
    let mut acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    limited(&app, &acme, Limit::Seats, 4).await;
    acme.home = known(&app, &acme).await.home.clone();
    assert_eq!(arrive(&app, &acme, &company, &identity("1", "ann@acme.test")).await, Err(Reason::SeatLimit));
    arrive(&app, &acme, &company, &identity("2", "member@acme.test")).await.unwrap();
    limited(&app, &acme, Limit::Seats, 5).await;
    acme.home = known(&app, &acme).await.home.clone();
    arrive(&app, &acme, &company, &identity("1", "ann@acme.test")).await.unwrap();
    assert_eq!(arrive(&app, &acme, &company, &identity("3", "ben@acme.test")).await, Err(Reason::SeatLimit));
}
