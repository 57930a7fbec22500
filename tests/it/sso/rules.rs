//! Who comes in through a connection, and as what: settings, rules, and the people who came.

use axum::http::StatusCode;
use rowhouse_platform::{
    access::{AssignedRole, Role},
    sso::rules,
};
use serde_json::json;

use super::managed::{Managed, flash};
use crate::app::{Answer, TestTenant};

impl Managed {
    async fn people(&self, tenant: &TestTenant, connection: &str, form: &[(&str, &str)]) -> Answer {
        self.send(tenant, &format!("{connection}/people"), form).await
    }

    async fn rule(&self, tenant: &TestTenant, connection: &str, value: &str, role: &str) -> Answer {
        self.people(tenant, connection, &[("intent", "add"), ("value", value), ("role", role)]).await
    }

    /// The list, as `value:role`.
    async fn list(&self, tenant: &TestTenant, connection: &str) -> Vec<String> {
        let id = self.find(tenant, connection).await.id;
        let mut tx = self.app.services.database.begin(&tenant.home).await.unwrap();
        let rules = rules::of(&mut tx, id).await.unwrap();
        assert!(rules.iter().zip(1..).all(|(rule, position)| rule.position == position), "{rules:?}");
        rules.iter().map(|rule| format!("{}:{}", rule.value, rule.role)).collect()
    }
}

/// What is wrong, where something was refused.
fn refused(answer: &Answer, words: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert!(answer.body.contains(words), "“{words}” is not in {}", answer.body);
}

#[tokio::test]
async fn rules_are_put_into_an_order() {
    let world = Managed::new().await;
    let acme = world.app.tenant("acme").await;
    let connection = world.connection(&acme, "Okta").await;
    let page = world.see(&acme, &format!("{connection}/people")).await.body;
    assert!(page.contains("There are no rules: new people become Agent"), "{page}");
    for (value, role) in [("staff", "viewer"), (" support ", "agent"), ("it", "admin")] {
        assert_eq!(flash(&world.rule(&acme, &connection, value, role).await), "sso-rules-saved");
    }
    assert_eq!(world.list(&acme, &connection).await, ["staff:viewer", "support:agent", "it:admin"]);
    let sets = |applies: bool| format!("UPDATE pooled.sso_connection SET applies_roles = {applies}");
    for (applies, words) in [
        (true, "The first rule that names one of a person’s groups says their role. Everybody else becomes Agent."),
        (
            false,
            "When an account is made, the first rule that names one of the person’s groups says its role; without one it \
             is Agent. Who has an account already keeps their role.",
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sets(applies))).execute(&mut world.app.db.admin().await).await.unwrap();
        let page = world.see(&acme, &format!("{connection}/people")).await.body;
        assert!(page.contains(words), "{page}");
    }
    for (intent, value, order) in [
        ("up", "it", ["staff:viewer", "it:admin", "support:agent"]),
        ("up", "it", ["it:admin", "staff:viewer", "support:agent"]),
        ("up", "it", ["it:admin", "staff:viewer", "support:agent"]),
        ("down", "staff", ["it:admin", "support:agent", "staff:viewer"]),
        ("down", "staff", ["it:admin", "support:agent", "staff:viewer"]),
    ] {
        let answer = world.people(&acme, &connection, &[("intent", intent), ("value", value)]).await;
        assert_eq!(flash(&answer), "sso-rules-saved");
        assert_eq!(world.list(&acme, &connection).await, order, "{intent} {value}");
    }
    let answer = world.people(&acme, &connection, &[("intent", "remove"), ("value", "support")]).await;
    assert_eq!(flash(&answer), "sso-rules-saved");
    assert_eq!(world.list(&acme, &connection).await, ["it:admin", "staff:viewer"]);
    let audited = world.audited("sso_connection.rules_changed").await;
    let (before, after, _) = audited.last().unwrap();
    assert_eq!(before["rules"], json!(["1. it → Admin", "2. support → Agent", "3. staff → Viewer"]));
    assert_eq!(after["rules"], json!(["1. it → Admin", "2. staff → Viewer"]));

    refused(&world.rule(&acme, &connection, "it", "viewer").await, "There is a rule for “it” already.");
    refused(&world.rule(&acme, &connection, " ", "viewer").await, "The group is missing.");
    refused(&world.rule(&acme, &connection, "new", "god").await, "Choose a role from the list.");
    let gone = world.rule(&acme, &connection, "new", "rol_01m7pt4xtgfv4v4b4yswcshy0c").await;
    refused(&gone, "That role does not exist any more.");
    assert!(gone.body.contains("value=\"new\""), "what was typed stays: {}", gone.body);
    for intent in ["up", "down", "remove"] {
        let answer = world.people(&acme, &connection, &[("intent", intent), ("value", "support")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{intent}");
    }
    let answer = world.people(&acme, &connection, &[("intent", "dance")]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn only_owners_touch_what_makes_owners() {
    let world = Managed::new().await;
    let acme = world.app.tenant("acme").await;
    let connection = world.connection(&acme, "Okta").await;
    let path = format!("{connection}/people");
    let admin = acme.cookie_of(Role::Admin);
    let page = world.app.get(&acme.host, &path).cookie(admin).send().await.body;
    assert!(page.contains("value=\"admin\"") && !page.contains("value=\"owner\""), "not offered: {page}");
    let send = async |form: &[(&str, &str)]| world.send_as(&acme, admin, &path, form).await;
    let mighty = "“Owner” holds permissions that you do not have yourself";
    refused(&send(&[("intent", "add"), ("value", "boss"), ("role", "owner")]).await, mighty);
    for (value, role) in [("staff", "viewer"), ("boss", "owner"), ("rest", "agent")] {
        assert_eq!(flash(&world.rule(&acme, &connection, value, role).await), "sso-rules-saved");
    }
    // Each of these would make another person an owner, or take it from one.
    for (intent, value) in [("up", "boss"), ("down", "boss"), ("remove", "boss"), ("remove", "staff"), ("up", "rest")] {
        refused(&send(&[("intent", intent), ("value", value)]).await, mighty);
    }
    // Below it, the list is theirs.
    assert_eq!(flash(&send(&[("intent", "add"), ("value", "it"), ("role", "admin")]).await), "sso-rules-saved");
    assert_eq!(flash(&send(&[("intent", "up"), ("value", "it")]).await), "sso-rules-saved");
    assert_eq!(flash(&send(&[("intent", "remove"), ("value", "rest")]).await), "sso-rules-saved");
    assert_eq!(world.list(&acme, &connection).await, ["staff:viewer", "boss:owner", "it:admin"]);
    let applied =
        [("intent", "admitting"), ("default_role", "agent"), ("applies_roles", "on"), ("creates_accounts", "on")];
    refused(&send(&applied).await, mighty);
    assert!(!world.find(&acme, &connection).await.admitting.applies_roles);
}

#[tokio::test]
async fn no_role_of_the_workspaces_own_says_who_is_who() {
    let world = Managed::new().await;
    let acme = world.app.tenant("acme").await;
    let connection = world.connection(&acme, "Okta").await;
    assert!(!world.see(&acme, "/admin/roles/new").await.body.contains("value=\"sso.manage\""), "not offered");
    let form = [("name", "Identity"), ("description", ""), ("permission", "sso.manage")];
    let made = world.send(&acme, "/admin/roles/new", &form).await;
    assert!(made.status.is_client_error(), "{}", made.status);
    // One that was made before holds nothing by it.
    let tenant = acme.home.id().0;
    let sql = format!(
        "INSERT INTO pooled.role VALUES ('{tenant}', '{tenant}', 'Identity', 'identity', '', '{{sso.manage}}', now(), now());
         UPDATE pooled.account SET role = 'custom', custom_role_id = '{tenant}' WHERE email = 'member@acme.test'"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut world.app.db.admin().await).await.unwrap();
    for path in ["/admin/sso".to_owned(), format!("{connection}/people")] {
        let page = world.app.get(&acme.host, &path).cookie(acme.cookie_of(Role::Agent)).send().await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn settings_are_saved_and_written_down() {
    let world = Managed::new().await;
    let acme = world.app.tenant("acme").await;
    let connection = world.connection(&acme, "Okta").await;
    let form = [
        ("intent", "admitting"),
        ("default_role", "viewer"),
        ("applies_roles", "on"),
        ("creates_accounts", "on"),
        ("show_button", "on"),
        ("trusts_second_factor", "on"),
    ];
    assert_eq!(flash(&world.people(&acme, &connection, &form).await), "settings-saved");
    let admitting = world.find(&acme, &connection).await.admitting;
    assert!(admitting.applies_roles && admitting.default_role == AssignedRole::BuiltIn(Role::Viewer));
    let audited = world.audited("sso_connection.changed").await;
    let (before, after, _) = audited.last().unwrap();
    assert_eq!(
        (&before["admitting"]["default_role"], &after["admitting"]["default_role"]),
        (&json!("agent"), &json!("viewer"))
    );
    let count = audited.len();
    assert_eq!(flash(&world.people(&acme, &connection, &form).await), "settings-saved");
    assert_eq!(world.audited("sso_connection.changed").await.len(), count, "nothing changed, nothing written");
    let owner = [("intent", "admitting"), ("default_role", "owner")];
    refused(&world.people(&acme, &connection, &owner).await, "People become owners by a rule only.");

    // An owner's word does not hold for what spares people the second factor, unless an owner did that.
    world.vouched(&connection).await;
    let admin = acme.cookie_of(Role::Admin);
    let path = format!("{connection}/people");
    let off = &form[..5];
    assert_eq!(flash(&world.send_as(&acme, admin, &path, off).await), "settings-saved");
    let before = world.find(&acme, &connection).await;
    assert!(before.vouched_by_owner);
    world.app.clock.advance(time::Duration::seconds(1));
    assert_eq!(flash(&world.send_as(&acme, admin, &path, &form).await), "sso-no-longer-vouched");
    // Nor does that of an owner who connected their own account before.
    let after = world.find(&acme, &connection).await;
    assert!(!after.vouched_by_owner && after.protocol_changed_at > before.protocol_changed_at && !after.is_tested());
}

#[tokio::test]
async fn a_role_that_is_deleted_is_replaced_in_rules_too() {
    let world = Managed::new().await;
    let acme = world.app.tenant("acme").await;
    let connection = world.connection(&acme, "Okta").await;
    let form = [("name", "Night shift"), ("description", ""), ("permission", "ticket.read")];
    let made = world.send(&acme, "/admin/roles/new", &form).await;
    let role = made.location().rsplit('/').next().unwrap().to_owned();
    assert_eq!(flash(&world.rule(&acme, &connection, "night", &role).await), "sso-rules-saved");
    let default = [("intent", "admitting"), ("default_role", role.as_str())];
    assert_eq!(flash(&world.people(&acme, &connection, &default).await), "settings-saved");
    let delete = format!("/admin/roles/{role}/delete");
    assert!(world.see(&acme, &delete).await.body.contains("2 rules of single sign-on"));
    let answer = world.send(&acme, &delete, &[("role", "viewer"), ("name", "Night shift")]).await;
    assert_eq!(flash(&answer), "role-deleted");
    assert_eq!(world.list(&acme, &connection).await, ["night:viewer"]);
    assert!(world.find(&acme, &connection).await.admitting.default_role.is(Role::Viewer));
}

#[tokio::test]
async fn people_who_came_are_listed_and_disconnected() {
    let world = Managed::new().await;
    let acme = world.app.tenant("acme").await;
    let connection = world.connection(&acme, "Okta").await;
    let path = format!("{connection}/people");
    assert!(world.see(&acme, &path).await.body.contains("Nobody has come through this connection yet."));
    world.came(&acme, &connection, "member@acme.test", "00u-<max>").await;
    world.came(&acme, &connection, "owner@acme.test", "00u-olga").await;
    let page = world.see(&acme, &path).await.body;
    for shown in ["Max of acme", "member@acme.test", "00u-&lt;max&gt;", "Olga of acme", "2 in all"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let [owner, member] =
        [world.account(&acme, "owner@acme.test").await, world.account(&acme, "member@acme.test").await];
    let (owner, member) = (owner.to_string(), member.to_string());
    refused(
        &world.people(&acme, &connection, &[("intent", "disconnect"), ("account", &owner)]).await,
        "Disconnect your own account on the page",
    );
    let admin = acme.cookie_of(Role::Admin);
    let answer = world.send_as(&acme, admin, &path, &[("intent", "disconnect"), ("account", &owner)]).await;
    refused(&answer, "Olga of acme holds permissions that you do not have yourself");

    let form = [("intent", "disconnect"), ("account", member.as_str())];
    assert_eq!(world.app.get(&acme.host, "/tickets").cookie(&acme.member_cookie).send().await.status, StatusCode::OK);
    assert_eq!(flash(&world.send_as(&acme, admin, &path, &form).await), "sso-disconnected");
    let tickets = world.app.get(&acme.host, "/tickets").cookie(&acme.member_cookie).send().await;
    assert_eq!(tickets.status, StatusCode::SEE_OTHER, "the session that began there is over");
    assert!(!world.see(&acme, &path).await.body.contains("Max of acme"));
    assert_eq!(world.audited("sso_identity.unlinked").await[0].0["subject"], json!("00u-<max>"));
    assert_eq!(world.send_as(&acme, admin, &path, &form).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn another_workspaces_connection_is_none() {
    let world = Managed::new().await;
    let (acme, globex) = (world.app.tenant("acme").await, world.app.tenant("globex").await);
    let connection = world.connection(&acme, "Okta").await;
    world.rule(&acme, &connection, "staff", "viewer").await;
    let path = format!("{connection}/people");
    assert_eq!(world.see(&globex, &path).await.status, StatusCode::NOT_FOUND);
    for form in [
        &[("intent", "domains")][..],
        &[("intent", "admitting"), ("default_role", "viewer")],
        &[("intent", "add"), ("value", "x"), ("role", "viewer")],
        &[("intent", "remove"), ("value", "staff")],
    ] {
        assert_eq!(world.send(&globex, &path, form).await.status, StatusCode::NOT_FOUND, "{form:?}");
    }
    assert_eq!(world.list(&acme, &connection).await, ["staff:viewer"]);
    assert_eq!(world.see(&acme, "/admin/sso/none/people").await.status, StatusCode::NOT_FOUND);
    let bad_page = world.see(&acme, &format!("{path}?page=0")).await;
    assert_eq!(bad_page.status, StatusCode::BAD_REQUEST);
}
