//! A server whose DNS is the test's own, and what people do on the page of domains.

use axum::http::StatusCode;
use rowhouse_platform::tenancy::domains::Watch;

use super::dns_server::DnsServer;
use crate::{
    app::{Answer, TestApp, TestTenant},
    database::Way,
};

pub struct World {
    pub app: TestApp,
    pub dns: DnsServer,
}

impl World {
    /// With one tenant's worth of settings: short waits, and the test's own peer as a proxy that is believed.
    pub async fn new() -> Self {
        let dns = DnsServer::start().await;
        let resolver = dns.address.to_string();
        let settings = [
            ("ROWHOUSE_DOMAINS__RESOLVER", resolver.as_str()),
            ("ROWHOUSE_DOMAINS__TIMEOUT_MS", "600"),
            ("ROWHOUSE_DOMAINS__ADDRESSES", "192.0.2.10,2001:db8::10"),
            ("ROWHOUSE_SERVER__TRUSTED_PROXIES", "0.0.0.0/32"),
        ];
        Self { app: TestApp::start_with(Way::Direct, &settings).await, dns }
    }

    /// Sends a form of the page.
    pub async fn send(&self, tenant: &TestTenant, fields: &[(&str, &str)]) -> Answer {
        self.app.post(&tenant.host, "/admin/domains").cookie(&tenant.owner_cookie).form(fields).send().await
    }

    /// The page.
    pub async fn page(&self, tenant: &TestTenant) -> String {
        let page = self.app.get(&tenant.host, "/admin/domains?stay").cookie(&tenant.owner_cookie).send().await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        page.body
    }

    /// Claims a domain and answers what its record must hold.
    pub async fn claim(&self, tenant: &TestTenant, host: &str) -> String {
        let answer = self.send(tenant, &[("intent", "add"), ("host", host)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        self.expected(tenant, host).await
    }

    /// What the record of a claim must hold, as the page says.
    pub async fn expected(&self, tenant: &TestTenant, host: &str) -> String {
        let page = self.page(tenant).await;
        let name = page.find(&format!("_rowhouse-challenge.{host}<")).unwrap_or_else(|| panic!("no record: {page}"));
        let value = &page[name..][page[name..].find("rowhouse-verification=").unwrap()..];
        let end = value.find('<').unwrap();
        assert_eq!(end, "rowhouse-verification=".len() + 40, "a token of 40 characters");
        value[..end].to_owned()
    }

    pub async fn check(&self, tenant: &TestTenant, host: &str) -> Answer {
        self.send(tenant, &[("intent", "check"), ("host", host)]).await
    }

    /// Claims a domain, sets its record and has it checked.
    pub async fn prove(&self, tenant: &TestTenant, host: &str) {
        let value = self.claim(tenant, host).await;
        self.dns.set_text(&format!("_rowhouse-challenge.{host}"), &value);
        let answer = self.check(tenant, host).await;
        assert_eq!(answer.cookie("__Host-flash").as_deref(), Some("__Host-flash=domain-verified"), "{}", answer.body);
    }

    /// The status with which a host answers its sign-in page.
    pub async fn status_at(&self, host: &str) -> StatusCode {
        self.app.get(host, "/sign-in").send().await.status
    }

    pub fn watch(&self) -> Watch {
        rowhouse::services::domain_watch(&self.app.services)
    }
}
