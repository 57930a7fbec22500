//! How often a key may ask, and how often an address may show wrong ones.

use rowhouse_platform::{
    access::api_key::ApiKeyId,
    id::TenantId,
    identity::throttle::one_network,
    rate_limit::{Quota, RateLimiter, Verdict},
};
use time::{Duration, OffsetDateTime};

/// Wrong tokens that are answered for one address.
const GUESSES: Quota = Quota { most: 60, window: Duration::minutes(10) };
/// Keys and addresses that are counted at the same time.
const CAPACITY: usize = 100_000;

/// The limits of the API. One a server.
#[derive(Debug)]
pub struct ApiLimits {
    quota: Quota,
    requests: RateLimiter<(TenantId, ApiKeyId)>,
    guesses: RateLimiter<String>,
}

impl ApiLimits {
    /// With so many requests a minute for each key.
    pub fn new(requests_per_minute: u32) -> Self {
        Self {
            quota: Quota { most: requests_per_minute, window: Duration::minutes(1) },
            requests: RateLimiter::new(CAPACITY),
            guesses: RateLimiter::new(CAPACITY),
        }
    }

    /// Counts a request of a key. By an access token it counts as one of the key.
    pub fn take(&self, tenant: TenantId, key: ApiKeyId, now: OffsetDateTime) -> Verdict {
        self.requests.take((tenant, key), self.quota, now)
    }

    /// Whether another token of this address is looked at.
    ///
    /// # Errors
    /// How long to wait.
    pub fn guesses_left(&self, address: &str, now: OffsetDateTime) -> Result<(), Verdict> {
        let verdict = self.guesses.look(&one_network(address).into_owned(), GUESSES, now);
        if verdict.is_refused { Err(verdict) } else { Ok(()) }
    }

    /// Notes that a token was wrong.
    pub fn guessed(&self, address: &str, now: OffsetDateTime) {
        self.guesses.take(one_network(address).into_owned(), GUESSES, now);
    }
}
