//! The endpoints of single sign-on, asked as browsers and providers ask them.

mod load;
mod logout;
mod oidc;
mod pages;
mod saml;
mod walls;

use axum::http::{StatusCode, header};
use rowhouse_platform::{
    access::{ManageSso, Visitor, authorise},
    identity::session::SessionToken,
    sso::{
        AttributeMap, ClientAuthentication, ConnectionId, Editor, NameIdFormat, OidcSettings, Protocol,
        Provider as Vendor, RequestBinding, SamlSettings,
        connection::{self, NewConnection, Switch},
        trace::{self, Trace},
    },
};
use sqlx::Row as _;

use super::{
    provider::{CLIENT, Provider, SECRET},
    saml_provider::{ENTITY, SamlProvider, Says, attribute, in_address},
};
use crate::{
    app::{Answer, TestApp, TestTenant},
    database::Way,
};

/// A workspace with a connection that is on.
struct World {
    app: TestApp,
    tenant: TestTenant,
    connection: ConnectionId,
}

pub fn saml_settings(provider: &SamlProvider) -> SamlSettings {
    SamlSettings {
        entity_id: ENTITY.to_owned(),
        metadata_url: None,
        sign_on_redirect: Some("https://idp.test/sso".to_owned()),
        sign_on_post: Some("https://idp.test/sso-post".to_owned()),
        logout_redirect: Some("https://idp.test/slo".to_owned()),
        logout_response: None,
        logout_post: None,
        certificates: vec![provider.certificate()],
        request_binding: RequestBinding::Redirect,
        signs_requests: true,
        signs_metadata: false,
        requires_encryption: false,
        allows_idp_initiated: false,
        name_id_format: NameIdFormat::Persistent,
        attributes: AttributeMap::default(),
    }
}

pub fn oidc_settings(provider: &Provider) -> OidcSettings {
    OidcSettings {
        issuer: provider.issuer.clone(),
        client_id: CLIENT.to_owned(),
        client_authentication: ClientAuthentication::Basic,
        scopes: vec!["email".to_owned(), "profile".to_owned()],
        trusts_addresses: false,
        asks_userinfo: false,
        attributes: AttributeMap::default(),
    }
}

/// Adds a connection of a tenant that is on and vouches for the tenant's domain.
pub async fn connect(app: &TestApp, tenant: &TestTenant, hint: &str, protocol: Protocol) -> ConnectionId {
    let services = &app.services;
    let token = SessionToken::parse(tenant.owner_cookie.split_once('=').unwrap().1).unwrap();
    let visitor = Visitor { token: Some(&token), address: "192.0.2.1" };
    let (ambient, lives) = (&services.ambient, services.session_policy);
    let mut permit = authorise::<ManageSso>(&services.database, ambient, lives, &tenant.home, visitor).await.unwrap();
    let mut editor = Editor::Admin(&mut permit);
    let secret = matches!(protocol, Protocol::Oidc(_)).then(|| SECRET.to_owned());
    let new = NewConnection {
        provider: Vendor::Generic,
        name: format!("{hint} login"),
        hint: hint.to_owned(),
        protocol,
        client_secret: secret,
        base_url: format!("http://{}", tenant.host),
    };
    let pair = connection::new_keys("acme", ambient).unwrap();
    let scribe = app.scribe();
    let id = connection::create(&mut editor, &scribe, &services.secrets, new, pair).await.unwrap();
    let made = connection::find(&mut editor, id).await.unwrap().unwrap();
    assert!(connection::note_passed_test(&mut editor, ambient, &made).await.unwrap());
    connection::switch(&mut editor, &scribe, id, Switch::On(made.version())).await.unwrap();
    permit.commit().await.unwrap();
    let domain = format!("{}.test", tenant.slug);
    let mut admin = app.db.admin().await;
    sqlx::query(
        "INSERT INTO pooled.email_domain (tenant_id, domain, claimed_at, verified_at) VALUES ($1, $2, now(), now())
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant.home.id().0)
    .bind(&domain)
    .execute(&mut admin)
    .await
    .unwrap();
    sqlx::query("INSERT INTO pooled.sso_connection_domain (tenant_id, connection_id, domain) VALUES ($1, $2, $3)")
        .bind(tenant.home.id().0)
        .bind(id.0)
        .bind(&domain)
        .execute(&mut admin)
        .await
        .unwrap();
    id
}

/// A browser that was sent to the provider: where to, and what its cookie holds.
struct Sent {
    to: String,
    cookie: String,
}

impl World {
    async fn oidc() -> (Self, Provider) {
        let app = TestApp::start().await;
        let tenant = app.tenant("acme").await;
        let provider = Provider::start(&app.clock).await;
        let connection = connect(&app, &tenant, "okta", Protocol::Oidc(oidc_settings(&provider))).await;
        (Self { app, tenant, connection }, provider)
    }

    async fn saml(change: impl FnOnce(&mut SamlSettings)) -> (Self, SamlProvider) {
        Self::saml_with(&[], change).await
    }

    async fn saml_with(settings: &[(&str, &str)], change: impl FnOnce(&mut SamlSettings)) -> (Self, SamlProvider) {
        let app = TestApp::start_with(Way::Direct, settings).await;
        let tenant = app.tenant("acme").await;
        let provider = SamlProvider::new();
        let mut settings = saml_settings(&provider);
        change(&mut settings);
        let connection = connect(&app, &tenant, "adfs", Protocol::Saml(settings)).await;
        (Self { app, tenant, connection }, provider)
    }

    fn path(&self, endpoint: &str) -> String {
        format!("/sso/{}/{endpoint}", self.connection)
    }

    /// Where the connection's addresses begin: `http://acme.app.test:3000/sso/sso_…`.
    fn base(&self) -> String {
        format!("http://{}/sso/{}", self.tenant.host, self.connection)
    }

    async fn get(&self, path: &str, cookies: &str) -> Answer {
        self.app.get(&self.tenant.host, path).cookie(cookies).send().await
    }

    /// As a page of the provider posts it.
    async fn post(&self, endpoint: &str, cookies: &str, form: &[(&str, &str)]) -> Answer {
        let ask = self.app.post(&self.tenant.host, &self.path(endpoint)).without("origin");
        ask.header("origin", "https://idp.test")
            .header("sec-fetch-site", "cross-site")
            .cookie(cookies)
            .form(form)
            .send()
            .await
    }

    /// Begins, with what follows `start`.
    async fn leave(&self, query: &str, cookies: &str) -> Sent {
        let answer = self.get(&self.path(&format!("start{query}")), cookies).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let cookie = answer.cookie("__Host-sso").unwrap();
        Sent { to: answer.location().to_owned(), cookie }
    }

    /// Comes back to an address of this site.
    async fn back(&self, address: &str, cookies: &str) -> Answer {
        let path = address.strip_prefix(&format!("http://{}", self.tenant.host)).unwrap();
        self.get(path, cookies).await
    }

    async fn traces(&self) -> Vec<Trace> {
        let mut tx = self.app.services.database.begin(&self.tenant.home).await.unwrap();
        // The clock stands, and ids of one moment have no order: the newest row is the one that was written last.
        let lines = sqlx::query("SELECT id FROM pooled.sso_trace WHERE tenant_id = $1 ORDER BY ctid DESC")
            .bind(self.tenant.home.id().0)
            .fetch_all(&mut self.app.db.admin().await)
            .await
            .unwrap();
        let mut traces = Vec::new();
        for line in lines {
            traces.push(trace::find(&mut tx, line.get::<uuid::Uuid, _>(0).into()).await.unwrap().unwrap());
        }
        tx.commit().await.unwrap();
        traces
    }

    /// The words of the reasons of all that was refused, the newest first.
    async fn refusals(&self) -> Vec<&'static str> {
        self.traces()
            .await
            .iter()
            .filter_map(|trace| trace.reason.map(rowhouse_platform::sso::Reason::as_str))
            .collect()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).bind(self.tenant.home.id().0).fetch_one(&mut self.app.db.admin().await).await.unwrap()
    }

    async fn audited(&self, action: &str) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM pooled.audit_event WHERE tenant_id = $1 AND action = $2")
            .bind(self.tenant.home.id().0)
            .bind(action)
            .fetch_one(&mut self.app.db.admin().await)
            .await
            .unwrap()
    }

    async fn sessions(&self) -> i64 {
        self.count("SELECT count(*) FROM pooled.sso_session WHERE tenant_id = $1").await
    }

    /// Whether a session is good.
    async fn is_in(&self, session: &str) -> bool {
        self.get("/tickets", session).await.status == StatusCode::OK
    }
}

/// The session of somebody who was let in.
fn session(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.cookie("__Host-session").unwrap()
}

/// Everything that an answer sets of a cookie.
fn set_cookie<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let mut all = answer.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap());
    all.rfind(|cookie| cookie.starts_with(&format!("{name}="))).unwrap()
}

/// What people read who are refused: what to do, a reference, and nothing of the inside.
fn assert_plain(answer: &Answer, status: StatusCode, title: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.body.contains(title), "{title}: {}", answer.body);
    assert!(answer.body.contains("Reference "), "{}", answer.body);
    let page = answer.body.split_once("<body").unwrap().1;
    for inside in ["SAMLResponse", "assertion", "InResponseTo", "nonce", "PKCE", "state", "signature", "panic", "sqlx"]
    {
        assert!(!page.contains(inside), "{inside}: {page}");
    }
}
