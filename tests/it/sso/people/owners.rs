//! Owners: let in, and made, by whom an owner trusts.

use rowhouse_platform::sso::{Reason, Report, people};

use super::{again, arrive, connect, connected, identity, principal, recorded, role_of, rules, set, with_groups};
use crate::app::TestApp;

#[tokio::test]
async fn an_owner_comes_in_by_what_an_owner_vouches_for() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    let olga = identity("olga", "owner@acme.test");
    assert_eq!(arrive(&app, &acme, &company, &olga).await, Err(Reason::OwnerNotVouched));
    let vouched = set(&app, &acme, &company, "vouched_by_owner = true").await;
    assert_eq!(arrive(&app, &acme, &vouched, &olga).await, Ok(acme.owner));
    // Connected she may be; without an owner's word she stays out.
    let company = set(&app, &acme, &company, "vouched_by_owner = false").await;
    assert_eq!(arrive(&app, &acme, &company, &olga).await, Err(Reason::OwnerNotVouched));
}

#[tokio::test]
async fn an_owner_who_connects_herself_comes_in_until_the_connection_changes() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    // Whatever address she has there.
    let olga = identity("olga", "olga@private.test");
    assert_eq!(connect(&app, &acme, &acme.stale_cookie, &company, &olga).await, Err(Reason::Stale));
    assert_eq!(connect(&app, &acme, &acme.owner_cookie, &company, &olga).await, Ok(()));
    assert_eq!(arrive(&app, &acme, &company, &olga).await, Ok(acme.owner));
    let changed = set(&app, &acme, &company, "protocol_changed_at = '2026-06-02'").await;
    assert_eq!(arrive(&app, &acme, &changed, &olga).await, Err(Reason::OwnerNotVouched));
    app.clock.advance(time::Duration::days(2));
    let form = [("email", "owner@acme.test"), ("password", crate::app::PASSWORD)];
    let answer = app.post(&acme.host, "/sign-in").form(&form).send().await;
    let cookie = answer.cookie("__Host-session").unwrap();
    assert_eq!(connect(&app, &acme, &cookie, &changed, &olga).await, Ok(()), "she says so again");
    assert_eq!(arrive(&app, &acme, &changed, &olga).await, Ok(acme.owner));
    assert_eq!(recorded(&app, "sso_identity.linked").await.len(), 2);
}

#[tokio::test]
async fn nobody_connects_what_is_anothers() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    arrive(&app, &acme, &company, &identity("ann", "ann@acme.test")).await.unwrap();
    let ann = identity("ann", "member@acme.test");
    assert_eq!(connect(&app, &acme, &acme.member_cookie, &company, &ann).await, Err(Reason::OtherIdentity));
    assert_eq!(connect(&app, &acme, &acme.member_cookie, &company, &identity("max", "")).await, Ok(()));
    let second = connect(&app, &acme, &acme.member_cookie, &company, &identity("max2", "")).await;
    assert_eq!(second, Err(Reason::OtherIdentity));
    let off = set(&app, &acme, &company, "state = 'off'").await;
    assert_eq!(connect(&app, &acme, &acme.member_cookie, &off, &identity("max", "")).await, Err(Reason::Off));
}

#[tokio::test]
async fn rules_make_owners_only_by_an_owners_word_and_keep_the_last() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    let company = set(&app, &acme, &company, "applies_roles = true").await;
    rules(&app, &acme, &company, &[("boss", "owner")]).await;
    let ann = with_groups(&["boss"], identity("ann", "ann@acme.test"));
    let id = arrive(&app, &acme, &company, &ann).await.unwrap();
    assert_eq!(role_of(&app, id).await, "agent", "the rule is not applied");
    let company = set(&app, &acme, &company, "vouched_by_owner = true").await;
    arrive(&app, &acme, &company, &ann).await.unwrap();
    assert_eq!(role_of(&app, id).await, "owner");
    // Two owners: one of them may become less, the last one stays.
    let olga = identity("olga", "owner@acme.test");
    arrive(&app, &acme, &company, &olga).await.unwrap();
    assert_eq!(role_of(&app, acme.owner).await, "agent");
    let (arrived, report) =
        super::try_to_arrive(&app, &acme, &company, &identity("ann", "ann@acme.test")).await.unwrap();
    assert_eq!((arrived.unwrap(), role_of(&app, id).await.as_str()), (id, "owner"));
    assert!(report.steps.iter().any(|step| step.words.contains("the last owner")), "{report:?}");
}

#[tokio::test]
async fn rules_of_admins_take_nothing_from_owners() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    let company = set(&app, &acme, &company, "applies_roles = true, vouched_by_owner = true").await;
    rules(&app, &acme, &company, &[("x", "viewer")]).await;
    super::run(&app, "UPDATE pooled.account SET role = 'owner' WHERE email = 'member@acme.test'".to_owned()).await;
    for groups in [&["x"][..], &[]] {
        for (subject, email) in [("olga", "owner@acme.test"), ("max", "member@acme.test")] {
            let id = arrive(&app, &acme, &company, &with_groups(groups, identity(subject, email))).await.unwrap();
            assert_eq!(role_of(&app, id).await, "owner", "{email} {groups:?}");
        }
    }
}

#[tokio::test]
async fn who_confirms_is_the_person_who_is_signed_in() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    arrive(&app, &acme, &company, &identity("max", "member@acme.test")).await.unwrap();
    arrive(&app, &acme, &company, &identity("vera", "viewer@acme.test")).await.unwrap();
    run_back(&app).await;
    let max = principal(&app, &acme, &acme.member_cookie).await;
    assert!(!max.is_confirmed(app.services.ambient.now()));
    let confirm = async |subject: &str| {
        let mut tx = app.services.database.begin(&acme.home).await.unwrap();
        let (mut report, someone) = (Report::default(), identity(subject, "member@acme.test"));
        let company = again(&app, &acme, &company.id).await;
        let done = people::confirmed(&mut tx, &app.scribe(), &max, &company, &someone, &mut report).await.unwrap();
        tx.commit().await.unwrap();
        done.map_err(|refused| refused.reason)
    };
    assert_eq!(confirm("vera").await, Err(Reason::OtherPerson));
    assert_eq!(confirm("nobody").await, Err(Reason::OtherPerson));
    assert!(!principal(&app, &acme, &acme.member_cookie).await.is_confirmed(app.services.ambient.now()));
    assert_eq!(confirm("max").await, Ok(()));
    let after = principal(&app, &acme, &acme.member_cookie).await;
    assert!(after.is_confirmed(app.services.ambient.now()) && after.session().unwrap().second_factor_at.is_some());
    assert_eq!((recorded(&app, "step_up.refused").await.len(), recorded(&app, "step_up.passed").await.len()), (2, 1));
    set(&app, &acme, &company, "state = 'off'").await;
    assert_eq!(confirm("max").await, Err(Reason::Off));
}

/// All sessions showed credentials an hour ago.
async fn run_back(app: &TestApp) {
    super::run(app, "UPDATE pooled.session SET authenticated_at = authenticated_at - interval '1 hour'".to_owned())
        .await;
}
