//! `OpenID` Connect: the way to a provider and back (`OpenID` Connect Core 1.0, section 3.1), and signing out.
//!
//! 1. [`authorise`] leads the browser to the provider, with the state, the nonce and the PKCE challenge of a flow.
//! 2. [`callback`] takes what the browser brings back: whose answer it is (RFC 9207), and the code, for which
//!    [`exchange`] gets the tokens.
//! 3. [`jws`] checks the ID token's signature with the keys of [`provider_keys`], and [`id_token`] what it says.
//! 4. [`userinfo`] asks for more where that is wished, and [`claims`] reads the person out of it all.
//!
//! What the provider is and where it is comes from its discovery document ([`discovery`]). Everything is fetched through
//! [`Fetcher`], and remembered for one tenant alone.

mod authorise;
mod callback;
mod claims;
mod client_assertion;
mod discovery;
mod exchange;
mod id_token;
mod jws;
mod logout;
mod logout_token;
mod provider_keys;
mod quote;
mod token_claims;
mod userinfo;

use std::{sync::Arc, time::Duration as StdDuration};

use moka::future::Cache;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use tokio::{
    sync::Mutex,
    time::{error::Elapsed, timeout},
};
use uuid::Uuid;

use self::provider_keys::ProviderKeys;
pub use self::{client_assertion::jwks, discovery::Discovered};
use super::{
    Connection, Identity, OidcSettings, Protocol, Reason, Refused, Report,
    connection::ConnectionSecrets,
    flow::{Begun, Flow},
};
use crate::{ambient::Ambient, fetch::Fetcher};

/// How far the provider's clock and ours may be apart.
const CLOCK_SKEW: Duration = Duration::minutes(2);
/// How long a discovery document and keys are good without being fetched again.
const KEPT: Duration = Duration::hours(1);
/// Providers remembered, of all tenants.
const PROVIDERS: u64 = 10_000;
/// Bytes of documents that are remembered, of all tenants, and as many of keys: what those of some thousand providers
/// take.
const REMEMBERED: u64 = 64 * 1024 * 1024;
/// How long everything that is asked of a provider for one answer may take: less than a request may.
const DEADLINE: StdDuration = StdDuration::from_secs(20);

/// The way to every provider. Cheap to clone.
#[derive(Clone)]
pub struct OidcClient {
    fetcher: Fetcher,
    ambient: Ambient,
    deadline: StdDuration,
    /// By tenant and issuer: what one tenant's provider says is nothing to another tenant, even where both name the same.
    documents: Cache<(Uuid, String), Arc<Kept<Discovered>>>,
    keys: Cache<(Uuid, String), Arc<Kept<ProviderKeys>>>,
    /// When keys were last fetched again on account of an unknown one.
    fetched_again: Cache<(Uuid, String), Arc<Mutex<Option<OffsetDateTime>>>>,
}

impl std::fmt::Debug for OidcClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OidcClient")
    }
}

/// What was fetched, and when.
struct Kept<T> {
    value: T,
    at: OffsetDateTime,
}

/// What the browser brings back to the callback.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct CallbackParams {
    /// Of the flow; who calls has taken it.
    pub state: Option<String>,
    /// What the tokens are got for.
    pub code: Option<String>,
    /// Whose answer it is (RFC 9207).
    pub iss: Option<String>,
    /// Why there is no code (RFC 6749, section 4.1.2.1).
    pub error: Option<String>,
    /// The same in words.
    pub error_description: Option<String>,
}

/// A provider says that a session of somebody ended there (`OpenID` Connect Back-Channel Logout 1.0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutToken {
    /// The provider.
    pub issuer: String,
    /// The token's own name: it is taken once.
    pub jti: String,
    /// Who signed out. At least one of this and `sid` is there.
    pub subject: Option<String>,
    /// Which session ended.
    pub sid: Option<String>,
    /// Until when it could be used.
    pub expires_at: OffsetDateTime,
}

impl OidcClient {
    /// The way through `fetcher`.
    pub fn new(fetcher: Fetcher, ambient: Ambient) -> Self {
        // The clock of `ambient` says how long something is good; the cache only lets go of what nobody asks for.
        let keep = StdDuration::from_hours(2);
        Self {
            fetcher,
            ambient,
            deadline: DEADLINE,
            documents: Cache::builder()
                .weigher(|key, kept: &Arc<Kept<Discovered>>| weight(key, kept.value.weight()))
                .max_capacity(REMEMBERED)
                .time_to_live(keep)
                .build(),
            keys: Cache::builder()
                .weigher(|key, kept: &Arc<Kept<ProviderKeys>>| weight(key, kept.value.weight()))
                .max_capacity(REMEMBERED)
                .time_to_live(keep)
                .build(),
            fetched_again: Cache::builder().max_capacity(PROVIDERS).time_to_idle(keep).build(),
        }
    }

    /// Fetches what the provider says of itself and its keys, now, and checks both: for trying settings out.
    ///
    /// # Errors
    /// What is wrong, as noted in the report.
    pub async fn discover(
        &self,
        tenant: Uuid,
        settings: &OidcSettings,
        report: &mut Report,
    ) -> Result<Discovered, Refused> {
        let done = timeout(self.deadline, discovery::check(self, tenant, settings, report)).await;
        self.in_time(done, report)
    }

    /// The address at the provider that the browser is led to. `again`: the person has to show credentials, even if
    /// they are signed in there.
    ///
    /// # Errors
    /// What is wrong, as noted in the report.
    pub async fn authorise(
        &self,
        tenant: Uuid,
        connection: &Connection,
        begun: &Begun,
        login_hint: Option<&str>,
        again: bool,
        report: &mut Report,
    ) -> Result<String, Refused> {
        let asked = authorise::address(self, tenant, connection, begun, login_hint, again, report);
        let done = timeout(self.deadline, asked).await;
        self.in_time(done, report)
    }

    /// Who it is that comes back.
    ///
    /// # Errors
    /// What is wrong, as noted in the report.
    pub async fn finish(
        &self,
        tenant: Uuid,
        connection: &Connection,
        secrets: &ConnectionSecrets,
        flow: &Flow,
        params: &CallbackParams,
        report: &mut Report,
    ) -> Result<Identity, Refused> {
        let finished = callback::finish(self, tenant, connection, secrets, flow, params, report);
        let done = timeout(self.deadline, finished).await;
        self.in_time(done, report)
    }

    /// The address at the provider where the browser signs out there (`OpenID` Connect RP-Initiated Logout 1.0), where
    /// the provider has one. It comes back to the connection's `signed-out` with `state`.
    pub async fn logout_address(
        &self,
        tenant: Uuid,
        connection: &Connection,
        id_token: Option<&str>,
        state: &str,
        report: &mut Report,
    ) -> Option<String> {
        let address = logout::address(self, tenant, connection, id_token, state, report);
        let done = timeout(self.deadline, async { Ok(address.await) }).await;
        self.in_time(done, report).ok().flatten()
    }

    /// Reads and checks a logout token. That it is taken once is for the caller
    /// ([`used_message`](super::used_message)).
    ///
    /// # Errors
    /// What is wrong, as noted in the report.
    pub async fn read_logout_token(
        &self,
        tenant: Uuid,
        connection: &Connection,
        token: &str,
        report: &mut Report,
    ) -> Result<LogoutToken, Refused> {
        let done = timeout(self.deadline, logout_token::read(self, tenant, connection, token, report)).await;
        self.in_time(done, report)
    }

    /// A provider that takes too long in all is one that cannot be reached: said here, before the request is given up
    /// without a trace.
    fn in_time<T>(&self, done: Result<Result<T, Refused>, Elapsed>, report: &mut Report) -> Result<T, Refused> {
        done.unwrap_or_else(|_| {
            let words = format!(
                "The provider took more than {} seconds for all that it was asked, which is too long for somebody who \
                 waits.",
                self.deadline.as_secs()
            );
            Err(report.refuse("Time", Reason::ProviderUnreachable, words))
        })
    }
}

/// What is remembered of a provider, in bytes.
fn weight(key: &(Uuid, String), value: usize) -> u32 {
    u32::try_from(key.1.len() + value).unwrap_or(u32::MAX)
}

/// The settings of a connection of this protocol.
fn settings_of<'a>(connection: &'a Connection, report: &mut Report) -> Result<&'a OidcSettings, Refused> {
    match &connection.protocol {
        Protocol::Oidc(settings) => Ok(settings),
        Protocol::Saml(_) => Err(report.refuse(
            "Settings",
            Reason::Settings,
            "The connection is of SAML 2.0, and this is OpenID Connect.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fetch::FetchSettings,
        sso::{AttributeMap, ClientAuthentication},
    };

    #[tokio::test]
    async fn a_provider_that_takes_too_long_in_all_is_refused_in_words() {
        // It takes the connection and never says anything.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let fetcher = Fetcher::new(&FetchSettings::new(true)).unwrap();
        let client =
            OidcClient { deadline: StdDuration::from_millis(50), ..OidcClient::new(fetcher, Ambient::system()) };
        let settings = OidcSettings {
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            client_id: "rowhouse".to_owned(),
            client_authentication: ClientAuthentication::Post,
            scopes: Vec::new(),
            trusts_addresses: false,
            asks_userinfo: false,
            attributes: AttributeMap::default(),
        };
        let mut report = Report::default();
        let refused = client.discover(Uuid::nil(), &settings, &mut report).await.unwrap_err();
        assert_eq!(refused.reason, Reason::ProviderUnreachable);
        assert_eq!(report.steps.last().unwrap().words, refused.words);
    }
}
