//! What the server does for single sign-on by itself.

mod expiry;
mod refresh;
mod served_time;
mod server;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rowhouse_platform::{
    sso::{
        AttributeMap, ConnectionId, NameIdFormat, Protocol, RequestBinding, SamlSettings, connection, keys,
        upkeep::SsoChore,
    },
    tenancy::TenantHome,
    upkeep::Upkeep,
};
use sqlx::{AssertSqlSafe, Row as _, postgres::PgRow};
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::{
    app::{TestApp, TestTenant},
    database::Way,
};
use server::MetadataServer;

const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);
const ENTITY: &str = "https://idp.test/metadata";

/// A server with a tenant, and the metadata of a provider.
struct World {
    app: TestApp,
    acme: TestTenant,
    provider: MetadataServer,
}

/// A certificate, DER in base64, that is good for so long from now on.
fn certificate(good_for: Duration) -> String {
    // They are made for ten years.
    let pair = keys::generate("idp.test", NOW + good_for - Duration::days(3650)).unwrap();
    STANDARD.encode(pair.certificate)
}

fn settings(certificates: &[&str], metadata_url: Option<String>) -> SamlSettings {
    SamlSettings {
        entity_id: ENTITY.to_owned(),
        metadata_url,
        sign_on_redirect: Some("https://idp.test/old".to_owned()),
        sign_on_post: None,
        logout_redirect: None,
        logout_response: None,
        logout_post: None,
        certificates: certificates.iter().map(|&text| text.to_owned()).collect(),
        request_binding: RequestBinding::Redirect,
        signs_requests: true,
        signs_metadata: false,
        requires_encryption: false,
        allows_idp_initiated: true,
        name_id_format: NameIdFormat::Persistent,
        attributes: AttributeMap::default(),
    }
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start_with(Way::Direct, &[]).await;
        let acme = app.tenant("acme").await;
        Self { acme, provider: MetadataServer::start().await, app }
    }

    async fn run(&self, sql: String) {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.app.db.admin().await).await.unwrap();
    }

    async fn rows(&self, sql: &'static str) -> Vec<PgRow> {
        sqlx::query(sql).fetch_all(&mut self.app.db.admin().await).await.unwrap()
    }

    /// A connection of a tenant that is on; an owner vouches for it.
    async fn connect(&self, home: &TenantHome, settings: SamlSettings) -> ConnectionId {
        let id = ConnectionId(self.app.services.ambient.uuid());
        let settings = serde_json::to_string(&Protocol::Saml(settings)).unwrap();
        self.run(format!(
            "INSERT INTO pooled.sso_connection (tenant_id, id, kind, provider, name, hint, state, show_button, settings,
                 base_url, private_key, certificate, creates_accounts, default_role, applies_roles, trusts_second_factor,
                 vouched_by_owner, tested_at, protocol_changed_at, created_at, updated_at)
             VALUES ('{}', '{}', 'saml', 'okta', 'Company login', '{}', 'on', true, '{settings}',
                 'http://acme.app.test:3000', 'k', 'c', true, 'agent', false, true, true, '{NOW}', '{NOW}', '{NOW}',
                 '{NOW}')",
            home.id().0,
            id.0,
            id.0.simple(),
        ))
        .await;
        id
    }

    async fn connection(&self, id: ConnectionId) -> connection::Connection {
        let mut tx = self.app.services.database.begin(&self.acme.home).await.unwrap();
        connection::find(&mut tx, id).await.unwrap().unwrap()
    }

    async fn settings(&self, id: ConnectionId) -> SamlSettings {
        let Protocol::Saml(settings) = self.connection(id).await.protocol else { panic!("not SAML") };
        settings
    }

    fn upkeep(&self) -> Upkeep<SsoChore> {
        let operator_url = self.app.db.url(Way::Direct, "rowhouse_operator");
        rowhouse::services::sso_upkeep(&self.app.services, operator_url)
    }

    /// Lets time pass, and the server look.
    async fn after(&self, time: Duration) {
        self.app.clock.advance(time);
        self.upkeep().round().await.unwrap();
    }

    /// Subjects and recipients of the mail that was queued.
    async fn letters(&self) -> Vec<(String, String)> {
        let rows = self.rows("SELECT subject, recipient FROM control.mail ORDER BY created_at, recipient").await;
        rows.iter().map(|row| (row.get("subject"), row.get("recipient"))).collect()
    }
}
