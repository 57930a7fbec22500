//! A workspace that manages its single sign-on, and what people do on those pages.

use axum::http::StatusCode;
use rowhouse_platform::{
    id::AccountId,
    identity::{
        known_device::DeviceToken,
        policy,
        session::{self, Device, Proof},
    },
    sso::{Connection, ConnectionId, connection},
};
use sqlx::{PgConnection, Row as _};

use crate::{
    app::{Answer, TestApp, TestTenant},
    database::Way,
    domains::dns_server::DnsServer,
};

pub struct Managed {
    pub app: TestApp,
    pub dns: DnsServer,
}

impl Managed {
    pub async fn new() -> Self {
        let dns = DnsServer::start().await;
        let resolver = dns.address.to_string();
        let settings = [("ROWHOUSE_DOMAINS__RESOLVER", resolver.as_str()), ("ROWHOUSE_DOMAINS__TIMEOUT_MS", "600")];
        Self { app: TestApp::start_with(Way::Direct, &settings).await, dns }
    }

    pub async fn see(&self, tenant: &TestTenant, path: &str) -> Answer {
        self.app.get(&tenant.host, path).cookie(&tenant.owner_cookie).send().await
    }

    pub async fn send(&self, tenant: &TestTenant, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send_as(tenant, &tenant.owner_cookie, path, form).await
    }

    pub async fn send_as(&self, tenant: &TestTenant, cookie: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        self.app.post(&tenant.host, path).cookie(cookie).form(form).send().await
    }

    /// The workspace with its owner signed in anew: sessions of long ago are over.
    pub async fn again(&self, tenant: &mut TestTenant) {
        let services = &self.app.services;
        let mut tx = services.database.begin(&tenant.home).await.unwrap();
        let token = DeviceToken::new(&services.ambient);
        let device = Device { user_agent: "test".to_owned(), address: "192.0.2.1".to_owned(), token };
        let proof = Proof::first(policy::Method::Password);
        let (ambient, lives) = (&services.ambient, services.session_policy);
        let token = session::open(&mut tx, ambient, lives, tenant.owner, proof, &device).await.unwrap();
        tx.commit().await.unwrap();
        tenant.owner_cookie = format!("__Host-session={}", token.as_str());
    }

    /// Adds a connection and answers its path.
    pub async fn connection(&self, tenant: &TestTenant, name: &str) -> String {
        let form = [("provider", "generic"), ("protocol", "oidc"), ("name", name)];
        let answer = self.send(tenant, "/admin/sso/new", &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        format!("/admin/sso/{}", id_of(answer.location()))
    }

    pub async fn find(&self, tenant: &TestTenant, path: &str) -> Connection {
        let mut tx = self.app.services.database.begin(&tenant.home).await.unwrap();
        connection::find(&mut tx, id_of(path)).await.unwrap().unwrap()
    }

    /// As if an owner had switched it on.
    pub async fn vouched(&self, path: &str) {
        let mut admin = self.app.db.admin().await;
        sqlx::query(
            "UPDATE pooled.sso_connection SET state = 'on', tested_at = created_at, vouched_by_owner = true
             WHERE id = $1",
        )
        .bind(id_of(path).0)
        .execute(&mut admin)
        .await
        .unwrap();
    }

    pub async fn account(&self, tenant: &TestTenant, email: &str) -> AccountId {
        let mut admin = self.app.db.admin().await;
        let row = sqlx::query("SELECT id FROM pooled.account WHERE tenant_id = $1 AND email = $2")
            .bind(tenant.home.id().0)
            .bind(email)
            .fetch_one(&mut admin)
            .await
            .unwrap();
        AccountId(row.get("id"))
    }

    /// Connects somebody, as if they had come through a connection.
    pub async fn came(&self, tenant: &TestTenant, path: &str, email: &str, subject: &str) {
        let account = self.account(tenant, email).await;
        let mut admin = self.app.db.admin().await;
        sqlx::query(
            "INSERT INTO pooled.sso_identity (tenant_id, connection_id, subject, account_id, made_account, linked_at,
                 last_sign_in_at, by_person)
             VALUES ($1, $2, $3, $4, false, $5, $5, false)",
        )
        .bind(tenant.home.id().0)
        .bind(id_of(path).0)
        .bind(subject)
        .bind(account.0)
        .bind(self.app.services.ambient.now())
        .execute(&mut admin)
        .await
        .unwrap();
        let session = "INSERT INTO pooled.sso_session (tenant_id, session_id, connection_id, subject, handle)
             SELECT tenant_id, id, $2, $3, '{}' FROM pooled.session WHERE tenant_id = $1 AND account_id = $4";
        sqlx::query(session)
            .bind(tenant.home.id().0)
            .bind(id_of(path).0)
            .bind(subject)
            .bind(account.0)
            .execute(&mut admin)
            .await
            .unwrap();
    }

    /// What the audit log says of an action, as JSON, the oldest first.
    pub async fn audited(&self, action: &str) -> Vec<(serde_json::Value, serde_json::Value, Option<String>)> {
        let mut admin: PgConnection = self.app.db.admin().await;
        let rows = sqlx::query(
            "SELECT coalesce(before::jsonb, 'null') AS before, coalesce(after::jsonb, 'null') AS after, reason
             FROM pooled.audit_event WHERE action = $1 ORDER BY seq",
        )
        .bind(action)
        .fetch_all(&mut admin)
        .await
        .unwrap();
        rows.iter().map(|row| (row.get("before"), row.get("after"), row.get("reason"))).collect()
    }
}

pub fn id_of(path: &str) -> ConnectionId {
    let start = path.find("sso_").unwrap();
    path[start..].split(['/', '#', '?']).next().unwrap().parse().unwrap()
}

/// The word of the toast that an answer leads to.
pub fn flash(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.cookie("__Host-flash").unwrap_or_default().replace("__Host-flash=", "")
}
