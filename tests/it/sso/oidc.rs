//! `OpenID` Connect against a provider that does as it should, and one that does not.

mod discovery;
mod logout;
mod right_path;
mod signatures;
mod tokens;

use std::{sync::Arc, time::Duration};

use rowhouse_platform::{
    ambient::{Ambient, FixedClock, SystemEntropy},
    fetch::{FetchSettings, Fetcher},
    sso::{
        AttributeMap, ClientAuthentication, Connection, ConnectionId, ConnectionState, Identity, OidcSettings,
        Protocol, Provider as Vendor, Purpose, Reason, Refused, Report,
        connection::{Admitting, ConnectionSecrets},
        flow::{Begun, Flow},
        keys,
        oidc::{CallbackParams, OidcClient},
    },
};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::provider::{CLIENT, Provider, SECRET, reply};

const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

/// A provider, and a connection to it.
struct World {
    clock: Arc<FixedClock>,
    ambient: Ambient,
    provider: Provider,
    oidc: OidcClient,
    tenant: Uuid,
    connection: Connection,
    secrets: ConnectionSecrets,
    report: Report,
}

impl World {
    async fn new() -> Self {
        Self::patient(Duration::from_secs(30)).await
    }

    /// One that waits so long for answers.
    async fn patient(timeout: Duration) -> Self {
        let clock = Arc::new(FixedClock::new(NOW));
        let ambient = Ambient::new(Arc::clone(&clock), SystemEntropy);
        let provider = Provider::start(&clock).await;
        let fetcher = Fetcher::new(&FetchSettings { timeout, ..FetchSettings::new(true) }).unwrap();
        let pair = keys::generate("acme", NOW).unwrap();
        let settings = OidcSettings {
            issuer: provider.issuer.clone(),
            client_id: CLIENT.to_owned(),
            client_authentication: ClientAuthentication::Basic,
            scopes: vec!["email".to_owned(), "profile".to_owned()],
            trusts_addresses: false,
            asks_userinfo: false,
            attributes: AttributeMap::default(),
        };
        let connection = Connection {
            id: ConnectionId(ambient.uuid()),
            provider: Vendor::Generic,
            name: "Acme".to_owned(),
            hint: "acme".to_owned(),
            state: ConnectionState::On,
            protocol: Protocol::Oidc(settings),
            has_client_secret: true,
            base_url: "https://acme.app.test".to_owned(),
            certificate: pair.certificate,
            admitting: Admitting::default(),
            vouched_by_owner: false,
            tested_at: None,
            protocol_changed_at: NOW,
            refreshed_at: None,
            refresh_error: None,
            created_at: NOW,
        };
        Self {
            oidc: OidcClient::new(fetcher, ambient.clone()),
            tenant: ambient.uuid(),
            secrets: ConnectionSecrets { client_secret: Some(SECRET.to_owned()), private_key: pair.private_key },
            report: Report::default(),
            clock,
            ambient,
            provider,
            connection,
        }
    }

    fn settings(&mut self) -> &mut OidcSettings {
        match &mut self.connection.protocol {
            Protocol::Oidc(settings) => settings,
            Protocol::Saml(_) => unreachable!(),
        }
    }

    fn begun(&self) -> Begun {
        let text = || self.ambient.bytes::<32>().map(|byte| format!("{byte:02x}")).concat();
        Begun { state: text(), nonce: text(), pkce_verifier: text(), request_id: text() }
    }

    /// The way to the provider; the address and what was begun.
    async fn lead(&mut self, again: bool) -> Result<(String, Begun), Refused> {
        let begun = self.begun();
        let report = &mut self.report;
        let address =
            self.oidc.authorise(self.tenant, &self.connection, &begun, Some("jane@acme.test"), again, report).await?;
        Ok((address, begun))
    }

    async fn finish(&mut self, begun: &Begun, purpose: Purpose, params: &CallbackParams) -> Result<Identity, Refused> {
        let flow = Flow {
            purpose,
            next: "/".to_owned(),
            session: None,
            setup_link: None,
            nonce: begun.nonce.clone(),
            pkce_verifier: begun.pkce_verifier.clone(),
            request_id: String::new(),
            begun_at: NOW,
        };
        let (tenant, connection, secrets) = (self.tenant, &self.connection, &self.secrets);
        self.oidc.finish(tenant, connection, secrets, &flow, params, &mut self.report).await
    }

    /// There and back.
    async fn sign_in(&mut self) -> Result<Identity, Refused> {
        self.go(Purpose::SignIn).await
    }

    async fn go(&mut self, purpose: Purpose) -> Result<Identity, Refused> {
        let (address, begun) = self.lead(purpose == Purpose::Confirm).await?;
        let params = self.params(&address, &begun);
        self.finish(&begun, purpose, &params).await
    }

    /// What the browser brings back.
    fn params(&self, address: &str, begun: &Begun) -> CallbackParams {
        let back = self.provider.sign_in(address).unwrap();
        let query = back.strip_prefix(&format!("{}?", self.connection.endpoint("callback"))).unwrap();
        let query = reply::form(query);
        assert_eq!(query["state"], begun.state);
        let of = |name: &str| query.get(name).cloned();
        CallbackParams { state: of("state"), code: of("code"), iss: of("iss"), ..CallbackParams::default() }
    }

    /// The refusal, which the report ends with, and which holds no secret.
    async fn refused(&mut self) -> Refused {
        let refused = self.sign_in().await.expect_err("it has to be refused");
        self.check_report(&refused);
        refused
    }

    fn check_report(&self, refused: &Refused) {
        let last = self.report.steps.last().unwrap();
        assert!(!last.passed && last.words == refused.words, "{last:?}\n{refused:?}");
        let all = serde_json::to_string(&self.report).unwrap();
        for secret in [SECRET, "access-token-of-jane", "eyJ"] {
            assert!(!all.contains(secret), "{secret} stands in {all}");
        }
    }
}

/// The reason, and words that must be among those of the refusal.
fn assert_refused(refused: &Refused, reason: Reason, words: &[&str]) {
    assert_eq!(refused.reason, reason, "{}", refused.words);
    for word in words {
        assert!(refused.words.contains(word), "no “{word}” in: {}", refused.words);
    }
}
