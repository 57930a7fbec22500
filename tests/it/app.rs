//! The server in the test's own process, and a client that says exactly what it wants to say.

use std::{path::PathBuf, sync::Arc};

use axum::{
    Router,
    body::{Body, BodyDataStream, Bytes, to_bytes},
    http::{HeaderMap, HeaderName, Method, Request, StatusCode, header},
};
use rowhouse::{
    api,
    config::{Config, Sources},
    http::{Front, FrontSettings, Leaving, SiteSettings, apex_routes, router, tenant_routes},
    services::services,
};
use rowhouse_app::{
    api::ApiRoutes,
    context::Services,
    desk::project,
    routes::{self, SiteRoutes},
};
use rowhouse_platform::{
    access::{AssignedRole, Role},
    ambient::{Ambient, FixedClock, SystemEntropy},
    audit::Scribe,
    id::AccountId,
    identity::{
        EmailAddress,
        account::{self, NewAccount},
        known_device::DeviceToken,
        policy,
        session::{self, Device, Proof},
    },
    tenancy::{NewOwner, NewTenant, TenantHome, register},
};
use time::macros::datetime;
use tower::ServiceExt as _;

use crate::database::{TestDatabase, Way};

/// The password of every account that tests make.
pub const PASSWORD: &str = "correct horse battery";

/// Seals what tests keep secret.
pub const SECRET_KEY: &str = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A server on a database of its own. Its clock stands until a test moves it.
pub struct TestApp {
    pub db: TestDatabase,
    pub services: Arc<Services>,
    pub clock: Arc<FixedClock>,
    router: Router,
    pub site_root: PathBuf,
}

/// A tenant with a person of each built-in role, all signed in. The member is the agent.
pub struct TestTenant {
    pub slug: String,
    pub host: String,
    pub home: TenantHome,
    pub owner: AccountId,
    pub owner_cookie: String,
    pub member_cookie: String,
    /// A session of the owner that showed credentials an hour ago.
    pub stale_cookie: String,
    /// In the order of `Role::ALL`.
    pub role_cookies: Vec<String>,
}

impl TestTenant {
    pub fn cookie_of(&self, role: Role) -> &str {
        let place = Role::ALL.iter().position(|other| *other == role).unwrap();
        &self.role_cookies[place]
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    /// `name=value` of a cookie that was set.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let set = self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap());
        set.filter_map(|cookie| cookie.split(';').next())
            .find(|pair| pair.split('=').next() == Some(name))
            .map(ToOwned::to_owned)
    }
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(Way::Direct, &[]).await
    }

    /// With settings beside the tests' own, as environment variables.
    pub async fn start_with(way: Way, settings: &[(&str, &str)]) -> Self {
        Self::on(TestDatabase::new().await, way, settings, tenant_routes())
    }

    /// On a database that is there, with other pages for tenants.
    pub fn on(db: TestDatabase, way: Way, settings: &[(&str, &str)], tenant_routes: SiteRoutes) -> Self {
        Self::with(db, way, settings, tenant_routes, api::routes())
    }

    /// The same, with other endpoints for programs too.
    pub fn with(
        db: TestDatabase,
        way: Way,
        settings: &[(&str, &str)],
        tenant_routes: SiteRoutes,
        endpoints: ApiRoutes,
    ) -> Self {
        let site_root = std::env::temp_dir().join(format!("rowhouse-site-{}", Ambient::system().uuid().simple()));
        std::fs::create_dir_all(site_root.join("pkg")).unwrap();
        let manifest = r#"{"css":"/pkg/test.css","output_name":"test","fonts":[],"files":{}}"#;
        std::fs::write(site_root.join("manifest.json"), manifest).unwrap();
        std::fs::write(site_root.join("pkg/test.css"), "body{}").unwrap();

        let mut environment = vec![
            ("ROWHOUSE_SERVER__MODE".to_owned(), "development".to_owned()),
            ("ROWHOUSE_SERVER__PUBLIC_URL".to_owned(), "http://app.test:3000".to_owned()),
            ("ROWHOUSE_SERVER__SITE_ROOT".to_owned(), site_root.display().to_string()),
            ("ROWHOUSE_DATABASE__URL".to_owned(), db.url(way, "rowhouse_app")),
            ("ROWHOUSE_DATABASE__OPERATOR_URL".to_owned(), db.url(Way::Direct, "rowhouse_operator")),
            ("ROWHOUSE_SECRETS__KEYS".to_owned(), SECRET_KEY.to_owned()),
            ("ROWHOUSE_DATABASE__POOL_SIZE".to_owned(), "4".to_owned()),
            ("ROWHOUSE_OUTBOUND__ALLOW_LOOPBACK".to_owned(), "true".to_owned()),
            // Tests ask more in the one minute that their clock shows than people do, and hold transactions open beside
            // requests; what limits do is tried in `limits`.
            ("ROWHOUSE_LIMITS__ENABLED".to_owned(), "false".to_owned()),
            ("ROWHOUSE_DATABASE__TENANT_SHARE_PERCENT".to_owned(), "100".to_owned()),
            ("ROWHOUSE_DATABASE__TENANT_LINE".to_owned(), "10000".to_owned()),
            ("ROWHOUSE_STORAGE__FOLDER".to_owned(), site_root.join("files").display().to_string()),
            (
                "ROWHOUSE_DATABASE__POOLER".to_owned(),
                if way == Way::Pooler { "transaction" } else { "none" }.to_owned(),
            ),
        ];
        environment.retain(|(name, _)| settings.iter().all(|(own, _)| own != name));
        environment.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let sources = Sources { file: None, environment, read_file: &|path| std::fs::read_to_string(path) };
        let config = Config::load(&sources).unwrap();
        let clock = Arc::new(FixedClock::new(datetime!(2026-06-01 12:00 UTC)));
        let services = services(&config, Ambient::new(Arc::clone(&clock), SystemEntropy)).unwrap();
        let settings = FrontSettings {
            site: SiteSettings {
                base_domain: config.server.public_url.base_domain.clone(),
                trusted_proxies: config.server.trusted_proxies.clone(),
                path_prefix: config.tenancy.path_prefix,
            },
            request_timeout: config.server.request_timeout,
            body_limit: config.server.body_limit,
            site_root: site_root.clone(),
        };
        let sites = (apex_routes(true), tenant_routes);
        let leaving = Arc::new(Leaving::default());
        let front = Front::with_sites(Arc::clone(&services), settings, leaving, sites, endpoints);
        Self { db, router: router(front), services, clock, site_root }
    }

    /// Registers a tenant with an owner and a member.
    pub async fn tenant(&self, slug: &str) -> TestTenant {
        let services = &self.services;
        let hash = services.passwords.hash(&services.ambient, PASSWORD.to_owned()).await.unwrap();
        let tenant = NewTenant { slug: slug.parse().unwrap(), name: format!("Company {slug}"), is_demo: false };
        let email = |name: &str| EmailAddress::parse(&format!("{name}@{slug}.test")).unwrap();
        let owner = NewOwner {
            name: format!("Olga of {slug}"),
            email: email("owner"),
            password_hash: hash.clone(),
            email_verified: true,
        };
        let registered = register::register(&services.database, &self.scribe(), tenant, owner).await.unwrap();
        services.directory.forget_all();

        let mut tx = services.database.begin(&registered.home).await.unwrap();
        // As signing up does: the project SUP.
        project::ensure_first(&mut tx, &services.ambient).await.unwrap();
        let mut accounts = vec![registered.owner];
        for (role, name, mailbox) in
            [(Role::Admin, "Ada", "admin"), (Role::Agent, "Max", "member"), (Role::Viewer, "Vera", "viewer")]
        {
            let new = NewAccount {
                name: format!("{name} of {slug}"),
                email: email(mailbox),
                role: AssignedRole::BuiltIn(role),
                password_hash: Some(hash.clone()),
                email_verified: true,
            };
            accounts.push(account::insert(&mut tx, &services.ambient, new).await.unwrap());
        }
        let token = DeviceToken::new(&services.ambient);
        let device = Device { user_agent: "test".to_owned(), address: "192.0.2.1".to_owned(), token };
        let proof = Proof::first(policy::Method::Password);
        let mut cookies = Vec::new();
        for account in accounts.into_iter().chain([registered.owner]) {
            let (ambient, lives) = (&services.ambient, services.session_policy);
            let token = session::open(&mut tx, ambient, lives, account, proof, &device).await.unwrap();
            cookies.push(format!("__Host-session={}", token.as_str()));
        }
        tx.commit().await.unwrap();
        let stale_cookie = cookies.pop().unwrap();
        let mut admin = self.db.admin().await;
        sqlx::query(
            "UPDATE pooled.session SET authenticated_at = authenticated_at - interval '1 hour'
             WHERE token_hash = sha256(convert_to($1, 'UTF8'))",
        )
        .bind(stale_cookie.split_once('=').unwrap().1)
        .execute(&mut admin)
        .await
        .unwrap();
        TestTenant {
            slug: slug.to_owned(),
            host: format!("{slug}.app.test:3000"),
            home: registered.home,
            owner: registered.owner,
            owner_cookie: cookies[0].clone(),
            member_cookie: cookies[2].clone(),
            stale_cookie,
            role_cookies: cookies,
        }
    }

    /// A session of the owner's that begins now: where the clock was moved, the first ones are over.
    pub async fn owner_signs_in(&self, tenant: &TestTenant) -> String {
        let email = format!("owner@{}.test", tenant.slug);
        let form = [("email", email.as_str()), ("password", PASSWORD)];
        self.post(&tenant.host, "/sign-in").form(&form).send().await.cookie("__Host-session").unwrap()
    }

    /// Writes audit records as a command of the operator would.
    pub fn scribe(&self) -> Scribe {
        Scribe::system(self.services.ambient.clone(), self.services.audit_keys.clone())
    }

    /// Opens a ticket through its form and answers its path.
    pub async fn ticket(&self, tenant: &TestTenant, title: &str) -> String {
        let form = [("title", title), ("description", "It does not work."), ("priority", "normal")];
        let answer = self.post(&tenant.host, "/tickets/new").cookie(&tenant.owner_cookie).form(&form).send().await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        answer.location().to_owned()
    }

    /// The server, for a test that lets others ask it over a socket.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    pub fn get(&self, host: &str, path: &str) -> Ask<'_> {
        self.ask(Method::GET, path).header("host", host)
    }

    pub fn post(&self, host: &str, path: &str) -> Ask<'_> {
        self.ask(Method::POST, path).header("host", host).header("origin", &format!("http://{host}"))
    }

    /// A request without any header.
    pub fn ask(&self, method: Method, target: &str) -> Ask<'_> {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = target.parse().unwrap();
        Ask { app: self, request }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // A folder left in the system's temporary folder does no harm.
        let _ = std::fs::remove_dir_all(&self.site_root);
    }
}

/// A request in the making.
pub struct Ask<'a> {
    app: &'a TestApp,
    request: Request<Body>,
}

impl Ask<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.request.headers_mut().append(name, value.parse().unwrap());
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.request.headers_mut().remove(name);
        self
    }

    pub fn cookie(self, pair: &str) -> Self {
        self.header("cookie", pair)
    }

    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let pairs: Vec<_> = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let body = routes::query_string(&pairs).trim_start_matches('?').to_owned();
        self.body("application/x-www-form-urlencoded", body.into())
    }

    pub fn body(self, kind: &str, body: Vec<u8>) -> Self {
        self.streamed(kind, Body::from(body))
    }

    pub fn streamed(mut self, kind: &str, body: Body) -> Self {
        *self.request.body_mut() = body;
        self.header("content-type", kind)
    }

    /// Live changes, as they come.
    pub async fn listen(self) -> BodyDataStream {
        let response = self.app.router.clone().oneshot(self.request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.into_body().into_data_stream()
    }

    pub async fn send(self) -> Answer {
        let response = self.app.router.clone().oneshot(self.request).await.unwrap();
        let (parts, body) = response.into_parts();
        // Live changes have no end: `listen` reads them.
        let is_endless = parts.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let bytes = if is_endless { Bytes::new() } else { to_bytes(body, 30_000_000).await.unwrap() };
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, body, bytes: bytes.to_vec() }
    }
}
