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
use tokio::sync::Mutex;
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

/// The way to every provider. Cheap to clone.
#[derive(Clone)]
pub struct OidcClient {
    fetcher: Fetcher,
    ambient: Ambient,
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
            documents: Cache::builder().max_capacity(PROVIDERS).time_to_live(keep).build(),
            keys: Cache::builder().max_capacity(PROVIDERS).time_to_live(keep).build(),
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
        discovery::check(self, tenant, settings, report).await
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
        authorise::address(self, tenant, connection, begun, login_hint, again, report).await
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
        callback::finish(self, tenant, connection, secrets, flow, params, report).await
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
        logout::address(self, tenant, connection, id_token, state, report).await
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
        logout_token::read(self, tenant, connection, token, report).await
    }
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
