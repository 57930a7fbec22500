//! An `OpenID` provider in the test's own process: real HTTP on loopback, strict about its clients, and lying about
//! whatever a test tells it to.
//!
//! [`Provider::sign_in`] does what a browser would do at the authorization endpoint, which answers over HTTP too.

mod keys;
pub mod reply;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use rowhouse_platform::ambient::{Clock as _, FixedClock};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub use keys::{Signing, sign};
pub use reply::{Reply, merge};

/// The client that it knows.
pub const CLIENT: &str = "rowhouse at/acme";
/// Its secret, with characters that have to be escaped in HTTP Basic.
pub const SECRET: &str = "s3cret +/%:ü";

/// How the client shows who it is.
#[derive(Debug, Clone)]
pub enum Proof {
    Basic,
    Post,
    /// `private_key_jwt`, with this key set.
    Key(Value),
}

/// What it does. Patches are merged as RFC 7396 says: null takes away.
#[derive(Debug, Clone)]
pub struct Behaviour {
    pub discovery: Reply,
    pub jwks: Reply,
    pub token: Reply,
    pub userinfo: Reply,
    /// What it says of the person.
    pub person: Value,
    /// Patch of the ID token's claims.
    pub claims: Value,
    /// Patch of its header.
    pub header: Value,
    pub signing: Signing,
    /// Names of the keys in its key set.
    pub published: Vec<&'static str>,
    /// `iss` of the callback (RFC 9207).
    pub callback_issuer: Option<String>,
    pub proof: Proof,
}

#[derive(Debug, Clone)]
struct Grant {
    redirect_uri: String,
    nonce: Option<String>,
    challenge: String,
    auth_time: bool,
}

#[derive(Debug, Default)]
struct Memory {
    grants: BTreeMap<String, Grant>,
    /// How often each endpoint was asked.
    asked: BTreeMap<&'static str, usize>,
    /// The redirect URIs that are registered; none: any.
    redirect_uris: Vec<String>,
}

struct Shared {
    issuer: String,
    clock: Arc<FixedClock>,
    behaviour: Mutex<Behaviour>,
    memory: Mutex<Memory>,
}

pub struct Provider {
    pub issuer: String,
    shared: Arc<Shared>,
}

impl Provider {
    /// Starts one that shows the time of `clock`.
    pub async fn start(clock: &Arc<FixedClock>) -> Self {
        // Made while nobody waits for an answer.
        keys::key("rsa-1");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let behaviour = Behaviour {
            discovery: Reply::Usual,
            jwks: Reply::Usual,
            token: Reply::Usual,
            userinfo: Reply::Usual,
            person: json!({ "sub": "248289761001", "name": "Jane Doe", "email": "jane@acme.test", "email_verified": true }),
            claims: json!({}),
            header: json!({}),
            signing: Signing::Key("rsa-1"),
            published: vec!["rsa-1"],
            callback_issuer: None,
            proof: Proof::Basic,
        };
        let shared = Arc::new(Shared {
            issuer: issuer.clone(),
            clock: Arc::clone(clock),
            behaviour: Mutex::new(behaviour),
            memory: Mutex::default(),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .route("/jwks", get(jwks))
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { issuer, shared }
    }

    /// Changes what it does from now on.
    pub fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.shared.behaviour.lock().unwrap());
    }

    /// What it says of the person.
    pub fn person(&self) -> Value {
        self.shared.behaviour().person
    }

    /// Lets only this redirect URI in.
    pub fn register_redirect(&self, uri: &str) {
        self.shared.memory.lock().unwrap().redirect_uris.push(uri.to_owned());
    }

    /// How often an endpoint was asked: `discovery`, `jwks`, `token`, `userinfo`.
    pub fn asked(&self, endpoint: &str) -> usize {
        self.shared.memory.lock().unwrap().asked.get(endpoint).copied().unwrap_or(0)
    }

    /// The person signs in at the address to which the browser was led; answers where it is led back to.
    pub fn sign_in(&self, authorization_url: &str) -> Result<String, String> {
        let (endpoint, query) = authorization_url.split_once('?').unwrap();
        assert_eq!(endpoint, format!("{}/authorize", self.issuer));
        self.shared.authorize(&reply::form(query))
    }

    /// A logout token for the client, with its claims patched.
    pub fn logout_token(&self, header: &Value, claims: &Value) -> String {
        let now = self.shared.clock.now().unix_timestamp();
        let mut all = json!({
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": format!("logout-{now}"),
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
            "sub": "248289761001", "sid": "session-1",
        });
        merge(&mut all, claims);
        let mut head = json!({ "typ": "logout+jwt" });
        merge(&mut head, header);
        let signing = self.shared.behaviour().signing;
        sign(&signing, &head, &all)
    }
}

impl Shared {
    fn behaviour(&self) -> Behaviour {
        self.behaviour.lock().unwrap().clone()
    }

    fn asked(&self, endpoint: &'static str) -> Behaviour {
        *self.memory.lock().unwrap().asked.entry(endpoint).or_default() += 1;
        self.behaviour()
    }

    fn authorize(&self, request: &BTreeMap<String, String>) -> Result<String, String> {
        let of = |name: &str| request.get(name).cloned().unwrap_or_default();
        let mut memory = self.memory.lock().unwrap();
        let redirect_uri = of("redirect_uri");
        // What must not be redirected is told to the person.
        if of("client_id") != CLIENT {
            return Err("unknown client".to_owned());
        }
        if !memory.redirect_uris.is_empty() && !memory.redirect_uris.contains(&redirect_uri) {
            return Err(format!("redirect_uri {redirect_uri} is not registered"));
        }
        let wrong = [
            ("response_type", of("response_type") != "code"),
            ("scope", !of("scope").split(' ').any(|scope| scope == "openid")),
            ("code_challenge_method", of("code_challenge_method") != "S256"),
            ("state", of("state").len() < 32),
            ("nonce", of("nonce").len() < 32),
        ];
        if let Some((name, _)) = wrong.iter().find(|(_, wrong)| *wrong) {
            return Err(format!("{name} is wrong: {:?}", of(name)));
        }
        let code = BASE64URL.encode(Sha256::digest(format!("{}{}", of("state"), memory.grants.len())));
        let grant = Grant {
            redirect_uri: redirect_uri.clone(),
            nonce: request.get("nonce").cloned(),
            challenge: of("code_challenge"),
            auth_time: request.contains_key("max_age"),
        };
        memory.grants.insert(code.clone(), grant);
        let mut back = vec![("code", code), ("state", of("state"))];
        back.extend(self.behaviour().callback_issuer.map(|issuer| ("iss", issuer)));
        Ok(format!("{redirect_uri}?{}", reply::query(&back)))
    }

    /// Who the client is, or why not.
    fn client(&self, headers: &HeaderMap, form: &BTreeMap<String, String>) -> Result<(), String> {
        let of = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let holds = match self.behaviour().proof {
            Proof::Basic => headers.get("authorization").is_some_and(|header| {
                let encoded = header.to_str().unwrap().strip_prefix("Basic ").unwrap();
                let pair = base64::engine::general_purpose::STANDARD.decode(encoded).unwrap();
                let pair = String::from_utf8(pair).unwrap();
                let (id, secret) = pair.split_once(':').unwrap();
                (reply::unescape(id).as_str(), reply::unescape(secret).as_str()) == (CLIENT, SECRET)
            }),
            Proof::Post => of("client_id") == CLIENT && of("client_secret") == SECRET,
            Proof::Key(keys) => {
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                let now = self.clock.now().unix_timestamp();
                of("client_assertion_type") == kind
                    && keys::check_assertion(of("client_assertion"), &keys).is_some_and(|claims| {
                        let lives = claims["exp"].as_i64().unwrap() - now;
                        claims["iss"] == CLIENT
                            && claims["sub"] == CLIENT
                            && claims["aud"] == format!("{}/token", self.issuer)
                            && claims["jti"].as_str().is_some_and(|jti| jti.len() > 20)
                            && (1..=60).contains(&lives)
                    })
            }
        };
        if holds { Ok(()) } else { Err("invalid_client".to_owned()) }
    }

    /// RFC 6749, section 4.1.3, and RFC 7636, section 4.6. Each code is good once.
    fn redeem(&self, form: &BTreeMap<String, String>) -> Option<Grant> {
        let of = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let grant = self.memory.lock().unwrap().grants.remove(of("code"))?;
        let challenge = BASE64URL.encode(Sha256::digest(of("code_verifier")));
        let holds = of("grant_type") == "authorization_code"
            && of("redirect_uri") == grant.redirect_uri
            && challenge == grant.challenge;
        holds.then_some(grant)
    }

    fn tokens(&self, grant: &Grant) -> Value {
        let behaviour = self.behaviour();
        let now = self.clock.now().unix_timestamp();
        let access_token = "access-token-of-jane";
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": grant.nonce, "sid": "session-1",
            "at_hash": BASE64URL.encode(&Sha256::digest(access_token)[..16]),
        });
        if grant.auth_time {
            claims["auth_time"] = json!(now);
        }
        merge(&mut claims, &behaviour.person);
        merge(&mut claims, &behaviour.claims);
        json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": 300,
            "id_token": sign(&behaviour.signing, &behaviour.header, &claims),
        })
    }
}

async fn discovery(State(shared): State<Arc<Shared>>) -> Response {
    let issuer = &shared.issuer;
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "end_session_endpoint": format!("{issuer}/logout?from=discovery"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "backchannel_logout_supported": true,
    });
    shared.asked("discovery").discovery.answer(StatusCode::OK, document).await
}

async fn jwks(State(shared): State<Arc<Shared>>) -> Response {
    let behaviour = shared.asked("jwks");
    let keys: Vec<_> = behaviour.published.iter().map(|name| keys::public(name)).collect();
    behaviour.jwks.answer(StatusCode::OK, json!({ "keys": keys })).await
}

async fn authorize(State(shared): State<Arc<Shared>>, Query(request): Query<BTreeMap<String, String>>) -> Response {
    match shared.authorize(&request) {
        Ok(back) => Redirect::to(&back).into_response(),
        Err(words) => (StatusCode::BAD_REQUEST, words).into_response(),
    }
}

async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let reply = shared.asked("token").token;
    let (status, answer) = match shared.client(&headers, &form) {
        Err(error) => (StatusCode::UNAUTHORIZED, json!({ "error": error })),
        Ok(()) => match shared.redeem(&form) {
            Some(grant) => (StatusCode::OK, shared.tokens(&grant)),
            None => (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant" })),
        },
    };
    reply.answer(status, answer).await
}

async fn userinfo(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let behaviour = shared.asked("userinfo");
    if headers.get("authorization").is_none_or(|header| header != "Bearer access-token-of-jane") {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_token" }))).into_response();
    }
    behaviour.userinfo.answer(StatusCode::OK, behaviour.person).await
}
