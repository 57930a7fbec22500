//! Projects, from outside: who reaches them, who changes them, who is in them.

mod access;
mod lifecycle;
mod members;
mod plan;
mod races;
mod settings;

use rowhouse_platform::{
    access::{AssignedRole, Role},
    id::AccountId,
    identity::{
        EmailAddress,
        account::{self, NewAccount},
        known_device::DeviceToken,
        policy,
        session::{self, Device, Proof},
    },
};
use sqlx::Row as _;

use crate::app::{Answer, TestApp, TestTenant};

async fn get(app: &TestApp, tenant: &TestTenant, cookie: &str, path: &str) -> Answer {
    app.get(&tenant.host, path).cookie(cookie).send().await
}

async fn post(app: &TestApp, tenant: &TestTenant, cookie: &str, path: &str, form: &[(&str, &str)]) -> Answer {
    app.post(&tenant.host, path).cookie(cookie).form(form).send().await
}

/// Makes a project as the owner, who becomes its lead, and answers its address.
async fn project(app: &TestApp, tenant: &TestTenant, key: &str, access: &str) -> String {
    let name = format!("Project {key}");
    let form = [("name", name.as_str()), ("key", key), ("description", ""), ("access", access)];
    let made = post(app, tenant, &tenant.owner_cookie, "/projects/new", &form).await;
    assert_eq!(made.status, 303, "{}", made.body);
    assert_eq!(made.location(), format!("/projects/{key}"));
    made.location().to_owned()
}

async fn add(app: &TestApp, tenant: &TestTenant, cookie: &str, path: &str, who: &str, role: &str) -> Answer {
    let form = [("intent", "add"), ("who", who), ("role", role)];
    post(app, tenant, cookie, &format!("{path}/members"), &form).await
}

/// Puts somebody into a project as the owner.
async fn put_in(app: &TestApp, tenant: &TestTenant, path: &str, who: &str, role: &str) {
    let added = add(app, tenant, &tenant.owner_cookie, path, who, role).await;
    assert_eq!(added.status, 303, "{}", added.body);
}

async fn set_role(
    app: &TestApp,
    tenant: &TestTenant,
    cookie: &str,
    path: &str,
    account: AccountId,
    role: &str,
) -> Answer {
    let account = account.to_string();
    let form = [("intent", "role"), ("account", account.as_str()), ("role", role)];
    post(app, tenant, cookie, &format!("{path}/members"), &form).await
}

async fn take_out(app: &TestApp, tenant: &TestTenant, cookie: &str, path: &str, account: AccountId) -> Answer {
    let account = account.to_string();
    let form = [("intent", "remove"), ("account", account.as_str())];
    post(app, tenant, cookie, &format!("{path}/members"), &form).await
}

/// Saves a project with a version and no other change than its name.
async fn rename(app: &TestApp, tenant: &TestTenant, cookie: &str, path: &str, version: &str, name: &str) -> Answer {
    let form = [("version", version), ("name", name), ("description", ""), ("access", "open")];
    post(app, tenant, cookie, path, &form).await
}

/// The id of the account of this address.
async fn account(app: &TestApp, email: &str) -> AccountId {
    let row = sqlx::query("SELECT id FROM pooled.account WHERE email_key = $1").bind(email);
    AccountId(row.fetch_one(&mut app.db.admin().await).await.unwrap().get("id"))
}

/// One more person with a role of the workspace, signed in.
async fn person(app: &TestApp, tenant: &TestTenant, name: &str, role: AssignedRole) -> (AccountId, String) {
    let mut tx = app.services.database.begin(&tenant.home).await.unwrap();
    let email = format!("{}@{}.test", name.to_lowercase().replace(' ', "."), tenant.slug);
    let email = EmailAddress::parse(&email).unwrap();
    let new = NewAccount { name: name.to_owned(), email, role, password_hash: None, email_verified: true };
    let account = account::insert(&mut tx, &app.services.ambient, new).await.unwrap();
    let token = DeviceToken::new(&app.services.ambient);
    let device = Device { user_agent: "test".to_owned(), address: "192.0.2.1".to_owned(), token };
    let (ambient, lives) = (&app.services.ambient, app.services.session_policy);
    let proof = Proof::first(policy::Method::Password);
    let session = session::open(&mut tx, ambient, lives, account, proof, &device).await.unwrap();
    tx.commit().await.unwrap();
    (account, format!("__Host-session={}", session.as_str()))
}

async fn agent(app: &TestApp, tenant: &TestTenant, name: &str) -> (AccountId, String) {
    person(app, tenant, name, AssignedRole::BuiltIn(Role::Agent)).await
}

/// What the audit logs say of an action: label of the target, before, after, reason.
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

/// Who is in a project: names and roles, by name.
async fn listed(app: &TestApp, tenant: &TestTenant, key: &str) -> Vec<(String, String)> {
    let rows = sqlx::query(
        "SELECT a.name, m.role FROM pooled.project_member m
         JOIN pooled.project p ON p.tenant_id = m.tenant_id AND p.id = m.project_id
         JOIN pooled.account a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
         WHERE m.tenant_id = $1 AND p.key = $2 ORDER BY a.name",
    )
    .bind(tenant.home.id().0)
    .bind(key)
    .fetch_all(&mut app.db.admin().await)
    .await
    .unwrap();
    rows.iter().map(|row| (row.get("name"), row.get("role"))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, role)| ((*name).to_owned(), (*role).to_owned())).collect()
}

/// How many projects of the tenant have such a name.
async fn count_called(app: &TestApp, tenant: &TestTenant, pattern: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM pooled.project WHERE tenant_id = $1 AND name LIKE $2")
        .bind(tenant.home.id().0)
        .bind(pattern)
        .fetch_one(&mut app.db.admin().await)
        .await
        .unwrap()
}
