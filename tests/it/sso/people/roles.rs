//! Groups at the provider, roles here.

use super::{account_of, arrive, connected, identity, recorded, role_of, rules, run, set, try_to_arrive, with_groups};
use crate::app::TestApp;

#[tokio::test]
async fn rules_are_applied_at_the_beginning_and_where_wanted_at_each_sign_in() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    rules(&app, &acme, &company, &[("staff", "viewer"), ("it", "admin")]).await;
    let there = |groups: &[&str]| with_groups(groups, identity("ann", "ann@acme.test"));
    let ann = arrive(&app, &acme, &company, &there(&["other", "it"])).await.unwrap();
    assert_eq!(role_of(&app, ann).await, "admin");
    arrive(&app, &acme, &company, &there(&["staff"])).await.unwrap();
    assert_eq!(role_of(&app, ann).await, "admin", "only at the beginning");

    let company = set(&app, &acme, &company, "applies_roles = true").await;
    // The first rule wins, compared to the letter; where none holds, the default role.
    for (groups, role) in [(&["it", "staff"][..], "viewer"), (&["IT"], "agent"), (&["it"], "admin"), (&[], "agent")] {
        arrive(&app, &acme, &company, &there(groups)).await.unwrap();
        assert_eq!(role_of(&app, ann).await, role, "{groups:?}");
    }
    let acts = recorded(&app, "member.role_changed").await;
    assert_eq!(acts.len(), 4);
    assert!(
        acts[0].1.contains("Viewer") && acts[0].2.contains("rules of the connection “Company company”"),
        "{acts:?}"
    );
    let many: Vec<String> = (0..300).map(|number| format!("{number}-{}", "x".repeat(290))).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    run(&app, "UPDATE pooled.account SET role = 'viewer' WHERE email = 'ann@acme.test'".to_owned()).await;
    arrive(&app, &acme, &company, &there(&many)).await.unwrap();
    assert_eq!(role_of(&app, ann).await, "agent", "long lists do no harm");

    // Without any rule, the roles that people were given stay.
    run(&app, "DELETE FROM pooled.sso_role_rule".to_owned()).await;
    run(&app, "UPDATE pooled.account SET role = 'viewer' WHERE email = 'ann@acme.test'".to_owned()).await;
    arrive(&app, &acme, &company, &there(&[])).await.unwrap();
    assert_eq!(role_of(&app, ann).await, "viewer");
}

#[tokio::test]
async fn a_lesser_role_holds_from_the_next_request_on_and_takes_invitations_back() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    let company = set(&app, &acme, &company, "applies_roles = true").await;
    rules(&app, &acme, &company, &[("it", "admin")]).await;
    let cookie = acme.cookie_of(rowhouse_platform::access::Role::Admin);
    let form = [("emails", "new@acme.test"), ("role", "agent"), ("message", "")];
    assert_eq!(app.post(&acme.host, "/admin/members/invite").cookie(cookie).form(&form).send().await.status, 303);
    assert_eq!(app.get(&acme.host, "/admin/members").cookie(cookie).send().await.status, 200);
    let ada = account_of(&app, "admin@acme.test").await;
    arrive(&app, &acme, &company, &with_groups(&["it"], identity("ada", "admin@acme.test"))).await.unwrap();
    assert_eq!(app.get(&acme.host, "/admin/members").cookie(cookie).send().await.status, 200);
    arrive(&app, &acme, &company, &identity("ada", "admin@acme.test")).await.unwrap();
    assert_eq!(role_of(&app, ada).await, "agent");
    assert_eq!(app.get(&acme.host, "/admin/members").cookie(cookie).send().await.status, 403);
    let sql = "SELECT state FROM pooled.invitation WHERE email = 'new@acme.test'";
    let state: String = sqlx::query_scalar(sql).fetch_one(&mut app.db.admin().await).await.unwrap();
    assert_eq!(state, "revoked");
}

#[tokio::test]
async fn roles_of_the_tenants_own_are_given_too() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let company = connected(&app, &acme, "company").await;
    let (tenant, id) = (acme.home.id().0, company.id.0);
    run(
        &app,
        format!(
            "INSERT INTO pooled.role VALUES ('{tenant}', '{tenant}', 'Auditor', 'auditor', '', '{{audit.read}}', now(), now());
             INSERT INTO pooled.sso_role_rule (tenant_id, connection_id, position, value, role, custom_role_id)
             VALUES ('{tenant}', '{id}', 1, 'audit', 'custom', '{tenant}')"
        ),
    )
    .await;
    let person = with_groups(&["audit"], identity("ann", "ann@acme.test"));
    let (arrived, report) = try_to_arrive(&app, &acme, &company, &person).await.unwrap();
    assert_eq!(role_of(&app, arrived.unwrap()).await, "custom");
    assert!(report.steps.iter().any(|step| step.words.starts_with("Auditor: ")), "{report:?}");
    // The default role may be one, too.
    let company =
        set(&app, &acme, &company, &format!("default_role = 'custom', default_custom_role_id = '{tenant}'")).await;
    let bob = arrive(&app, &acme, &company, &identity("bob", "bob@acme.test")).await.unwrap();
    assert_eq!(role_of(&app, bob).await, "custom");
}
