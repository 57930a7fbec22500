//! Who somebody is here: accounts of people who come through a connection.

mod arriving;
mod owners;
mod required;
mod roles;
mod sessions;

use std::collections::BTreeMap;

use rowhouse_platform::{
    access::Principal,
    db::DbError,
    id::AccountId,
    identity::session::{self, SessionToken},
    sso::{
        AttributeMap, ClientAuthentication, Connection, ConnectionId, Identity, LogoutHandle, OidcSettings, Protocol,
        Reason, Refused, Report, connection, people,
    },
};
use sqlx::{AssertSqlSafe, Row as _};

use crate::app::{TestApp, TestTenant};

/// Somebody at a provider, with an address of the tenant.
fn identity(subject: &str, email: &str) -> Identity {
    Identity {
        subject: subject.to_owned(),
        email: Some(email.to_owned()),
        email_verified: true,
        name: Some("Ann Lee".to_owned()),
        groups: Vec::new(),
        attributes: BTreeMap::new(),
        authenticated_at: None,
        logout: LogoutHandle::default(),
        id_token: None,
    }
}

fn with_groups(groups: &[&str], identity: Identity) -> Identity {
    Identity { groups: groups.iter().map(|group| (*group).to_owned()).collect(), ..identity }
}

async fn run(app: &TestApp, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut app.db.admin().await).await.unwrap();
}

/// A connection that is on, with the domain `<slug>.test`. No owner vouches for it.
async fn connected(app: &TestApp, tenant: &TestTenant, hint: &str) -> Connection {
    let settings = Protocol::Oidc(OidcSettings {
        issuer: "https://idp.test".to_owned(),
        client_id: "rowhouse".to_owned(),
        client_authentication: ClientAuthentication::Basic,
        scopes: Vec::new(),
        trusts_addresses: false,
        asks_userinfo: true,
        attributes: AttributeMap::default(),
    });
    let (id, settings) = (app.services.ambient.uuid(), serde_json::to_string(&settings).unwrap());
    let (tenant_id, slug) = (tenant.home.id().0, &tenant.slug);
    let sealed = |what: &str| {
        let context = format!("sso/{what}/{tenant_id}/{}", ConnectionId(id));
        let sealed = app.services.secrets.seal(&context, what.as_bytes(), &app.services.ambient);
        sealed.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
    };
    let sql = format!(
        "INSERT INTO pooled.email_domain (tenant_id, domain, claimed_at, verified_at)
         VALUES ('{tenant_id}', '{slug}.test', now(), now()) ON CONFLICT DO NOTHING;
         INSERT INTO pooled.sso_connection (tenant_id, id, kind, provider, name, hint, state, show_button, settings,
             base_url, client_secret, private_key, certificate, creates_accounts, default_role, applies_roles,
             trusts_second_factor, vouched_by_owner, tested_at, protocol_changed_at, created_at, updated_at)
         VALUES ('{tenant_id}', '{id}', 'oidc', 'generic', 'Company {hint}', '{hint}', 'on', true, '{settings}',
             'http://{slug}.app.test:3000', '\\x{secret}', '\\x{key}', 'c', true, 'agent', false, true, false, now(),
             '2026-05-01', now(), now());
         INSERT INTO pooled.sso_connection_domain (tenant_id, connection_id, domain)
         VALUES ('{tenant_id}', '{id}', '{slug}.test');",
        secret = sealed("client-secret"),
        key = sealed("private-key"),
    );
    run(app, sql).await;
    again(app, tenant, &ConnectionId(id)).await
}

/// The connection as it is now.
async fn again(app: &TestApp, tenant: &TestTenant, id: &ConnectionId) -> Connection {
    let mut tx = app.services.database.begin(&tenant.home).await.unwrap();
    connection::find(&mut tx, *id).await.unwrap().unwrap()
}

/// The connection with some columns set.
async fn set(app: &TestApp, tenant: &TestTenant, connection: &Connection, columns: &str) -> Connection {
    run(app, format!("UPDATE pooled.sso_connection SET {columns} WHERE id = '{}'", connection.id.0)).await;
    again(app, tenant, &connection.id).await
}

/// The rules of a connection: groups and built-in roles.
async fn rules(app: &TestApp, tenant: &TestTenant, connection: &Connection, rules: &[(&str, &str)]) {
    for ((value, role), position) in rules.iter().zip(1..) {
        let tenant = tenant.home.id().0;
        let sql = format!(
            "INSERT INTO pooled.sso_role_rule (tenant_id, connection_id, position, value, role)
             VALUES ('{tenant}', '{}', {position}, '{value}', '{role}')",
            connection.id.0
        );
        run(app, sql).await;
    }
}

async fn try_to_arrive(
    app: &TestApp,
    tenant: &TestTenant,
    connection: &Connection,
    identity: &Identity,
) -> Result<(Result<AccountId, Refused>, Report), DbError> {
    let mut report = Report::default();
    let mut tx = app.services.database.begin(&tenant.home).await?;
    let arrived = people::arrive(&mut tx, &app.scribe(), connection, identity, &mut report).await?;
    tx.commit().await?;
    Ok((arrived, report))
}

async fn arrive(
    app: &TestApp,
    tenant: &TestTenant,
    connection: &Connection,
    identity: &Identity,
) -> Result<AccountId, Reason> {
    let (arrived, report) = try_to_arrive(app, tenant, connection, identity).await.unwrap();
    // Each refusal is the report's last step, in words that say more than the reason.
    if let Err(refused) = &arrived {
        let last = report.steps.last().unwrap();
        assert!(!last.passed && last.words == refused.words && last.words.len() > 40, "{last:?}");
    } else {
        assert!(report.steps.iter().all(|step| step.passed), "{report:?}");
    }
    arrived.map_err(|refused| refused.reason)
}

/// Name, address, role, state, and whether the address is proven and there is a password.
async fn standing(app: &TestApp, account: AccountId) -> (String, String, String, String, bool, bool) {
    let sql = "SELECT name, coalesce(email, '') AS email, role, state, email_verified_at IS NOT NULL AS proven,
                   password_hash IS NOT NULL AS password
               FROM pooled.account WHERE id = $1";
    let row = sqlx::query(sql).bind(account.0).fetch_one(&mut app.db.admin().await).await.unwrap();
    (row.get("name"), row.get("email"), row.get("role"), row.get("state"), row.get("proven"), row.get("password"))
}

async fn role_of(app: &TestApp, account: AccountId) -> String {
    standing(app, account).await.2
}

async fn account_of(app: &TestApp, email: &str) -> AccountId {
    let sql = "SELECT id FROM pooled.account WHERE email = $1";
    AccountId(sqlx::query_scalar(sql).bind(email).fetch_one(&mut app.db.admin().await).await.unwrap())
}

/// What the audit log has of an action: target, before and after, reason.
async fn recorded(app: &TestApp, action: &str) -> Vec<(String, String, String)> {
    let sql = "SELECT coalesce(target_label, '') AS target, coalesce(before::text, '') || coalesce(after::text, '') AS change,
                   coalesce(reason, '') AS reason
               FROM pooled.audit_event WHERE action = $1 ORDER BY seq";
    let rows = sqlx::query(sql).bind(action).fetch_all(&mut app.db.admin().await).await.unwrap();
    rows.iter().map(|row| (row.get("target"), row.get("change"), row.get("reason"))).collect()
}

/// Whoever a session cookie is of.
async fn principal(app: &TestApp, tenant: &TestTenant, cookie: &str) -> Principal {
    let services = &app.services;
    let token = SessionToken::parse(cookie.split_once('=').unwrap().1).unwrap();
    let mut tx = services.database.begin(&tenant.home).await.unwrap();
    let resumed = session::resume(&mut tx, &services.ambient, services.session_policy, &token).await.unwrap();
    resumed.unwrap().principal
}

async fn connect(
    app: &TestApp,
    tenant: &TestTenant,
    cookie: &str,
    connection: &Connection,
    identity: &Identity,
) -> Result<(), Reason> {
    let person = principal(app, tenant, cookie).await;
    let mut tx = app.services.database.begin(&tenant.home).await.unwrap();
    let mut report = Report::default();
    let connected = people::connect(&mut tx, &app.scribe(), &person, connection, identity, &mut report).await.unwrap();
    tx.commit().await.unwrap();
    connected.map_err(|refused| refused.reason)
}
