//! The people of a workspace, from outside: who comes in and how, and what becomes of them.

mod changes;
mod invitations;
mod links;
mod list;
mod races;
mod removal;
mod seats;

use axum::http::StatusCode;
use rowhouse_platform::{access::Role, id::AccountId};
use sqlx::Row as _;

use crate::app::{Answer, PASSWORD, TestApp, TestTenant};

/// The id of the account of this address.
async fn account(app: &TestApp, email: &str) -> AccountId {
    let mut admin = app.db.admin().await;
    let row = sqlx::query("SELECT id FROM pooled.account WHERE email_key = $1").bind(email);
    AccountId(row.fetch_one(&mut admin).await.unwrap().get("id"))
}

/// Role and state of an account.
async fn standing(app: &TestApp, account: AccountId) -> (String, String) {
    let mut admin = app.db.admin().await;
    let row = sqlx::query("SELECT role, state FROM pooled.account WHERE id = $1").bind(account.0);
    let row = row.fetch_one(&mut admin).await.unwrap();
    (row.get("role"), row.get("state"))
}

/// The texts of all mail to an address, in the order in which it was queued.
async fn mails(app: &TestApp, to: &str) -> Vec<String> {
    let mut admin = app.db.admin().await;
    let rows = sqlx::query("SELECT body FROM control.mail WHERE recipient = $1 ORDER BY created_at, ctid").bind(to);
    rows.fetch_all(&mut admin).await.unwrap().iter().map(|row| row.get("body")).collect()
}

/// The token in the newest mail to an address. Mail of one moment has no order: the clock is moved before the next.
async fn token(app: &TestApp, to: &str) -> String {
    let mails = mails(app, to).await;
    let mail = mails.last().unwrap_or_else(|| panic!("no mail to {to}"));
    let token = mail.split("/join?token=").nth(1).unwrap_or_else(|| panic!("no link in {mail}"));
    token.chars().take_while(char::is_ascii_hexdigit).collect()
}

/// What the audit log of all tenants says of an action: label of the target, before, after.
async fn recorded(app: &TestApp, action: &str) -> Vec<(String, String, String)> {
    let mut admin = app.db.admin().await;
    let rows = sqlx::query(
        "SELECT coalesce(target_label, '') AS target, coalesce(before::text, '') AS before,
             coalesce(after::text, '') AS after
         FROM pooled.audit_event WHERE action = $1 ORDER BY seq",
    )
    .bind(action);
    let rows = rows.fetch_all(&mut admin).await.unwrap();
    rows.iter().map(|row| (row.get("target"), row.get("before"), row.get("after"))).collect()
}

async fn invite(app: &TestApp, tenant: &TestTenant, by: Role, emails: &str, role: &str) -> Answer {
    let form = [("emails", emails), ("role", role), ("message", "See you inside.")];
    app.post(&tenant.host, "/admin/members/invite").cookie(tenant.cookie_of(by)).form(&form).send().await
}

async fn join(app: &TestApp, tenant: &TestTenant, token: &str, name: &str) -> Answer {
    let form = [("token", token), ("name", name), ("password", PASSWORD)];
    app.post(&tenant.host, "/join").form(&form).send().await
}

/// Invites somebody, who accepts; answers the cookie of their session.
async fn newcomer(app: &TestApp, tenant: &TestTenant, email: &str, role: &str) -> String {
    let sent = invite(app, tenant, Role::Owner, email, role).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let joined = join(app, tenant, &token(app, email).await, "Nora New").await;
    assert_eq!(joined.status, StatusCode::SEE_OTHER, "{}", joined.body);
    joined.cookie("__Host-session").unwrap()
}

/// Sends a form of somebody's page.
async fn change(app: &TestApp, tenant: &TestTenant, cookie: &str, whom: AccountId, form: &[(&str, &str)]) -> Answer {
    app.post(&tenant.host, &format!("/admin/members/{whom}")).cookie(cookie).form(form).send().await
}

async fn make(app: &TestApp, tenant: &TestTenant, by: Role, whom: AccountId, role: &str) -> Answer {
    change(app, tenant, tenant.cookie_of(by), whom, &[("intent", "role"), ("role", role)]).await
}

async fn remove(app: &TestApp, tenant: &TestTenant, cookie: &str, whom: AccountId, email: &str, heir: &str) -> Answer {
    let form = [("email", email), ("heir", heir)];
    app.post(&tenant.host, &format!("/admin/members/{whom}/remove")).cookie(cookie).form(&form).send().await
}

/// A role of the tenant's own, as rows make it.
async fn own_role(app: &TestApp, tenant: &TestTenant, name: &str, permissions: &str) -> String {
    let id = app.services.ambient.uuid();
    sqlx::query(
        "INSERT INTO pooled.role (tenant_id, id, name, name_key, description, permissions, created_at, updated_at)
         VALUES ($1, $2, $3, lower($3), '', string_to_array($4, ','), now(), now())",
    )
    .bind(tenant.home.id().0)
    .bind(id)
    .bind(name)
    .bind(permissions)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
    rowhouse_platform::access::RoleId(id).to_string()
}

/// The tenant invites addresses of this domain only.
async fn only_domain(app: &TestApp, tenant: &TestTenant, domain: &str, methods: &str) {
    sqlx::query(
        "INSERT INTO pooled.sign_in_policy (tenant_id, methods, mfa_grace_days, password_min_length,
             password_min_score, allowed_networks, invitation_domains, updated_at, sso_required)
         VALUES ($1, string_to_array($2, ','), 7, 10, 0, '{}', string_to_array($3, ','), now(), false)",
    )
    .bind(tenant.home.id().0)
    .bind(methods)
    .bind(domain)
    .execute(&mut app.db.admin().await)
    .await
    .unwrap();
}
