//! How often people and programs may ask.
//!
//! A program is counted for its key and for its workspace, whose plan says how many requests a minute it has. A person is
//! counted for their account and for the workspace too, generously, and apart from programs. Whoever is nobody yet is counted
//! for their address. Keys and people are counted once it is known that they are who they say: nobody uses up what a
//! workspace has by asking in its name.

mod headers;
mod pressure;

use rowhouse_platform::{
    access::api_key::ApiKeyId,
    id::AccountId,
    identity::throttle::{Throttled, one_network},
    plan::Limit,
    rate_limit::{ADDRESS, Limiter, LimiterError, LimiterSettings, Outcome, Quota, RateLimiter, Subject, Verdict},
    tenancy::Tenant,
};
use time::{Duration, OffsetDateTime};

use crate::ui::time::counted;

pub use headers::headers;
pub use pressure::Pressure;

/// The scope of a key.
const KEY: &str = "key";
/// The scope of a workspace: of its programs, or of its people.
const WORKSPACE: &str = "workspace";

/// Wrong tokens that are answered for one address.
const GUESSES: Quota = Quota { most: 60, burst: 0, window: Duration::minutes(10) };
/// Addresses with wrong tokens that are counted at the same time.
const CAPACITY: usize = 100_000;
/// Pages that a workspace's people may open for each request that its plan gives its programs.
const PAGES_A_REQUEST: i64 = 10;

/// What the operator decided.
#[derive(Clone)]
pub struct LimitSettings {
    /// Whether requests are counted at all.
    pub enabled: bool,
    /// Where they are counted.
    pub limiter: LimiterSettings,
    /// How much more than their quota somebody may ask in a minute, in percent of it, after a minute that was quieter.
    pub burst_percent: u32,
    /// Requests of one key in a minute, at most, whatever the plan says.
    pub key_per_minute: u32,
    /// Pages of one person in a minute.
    pub user_pages_per_minute: u32,
    /// Pages of all people of a workspace in a minute, at least: larger plans have more.
    pub workspace_pages_per_minute: u32,
    /// Pages for one address of whoever is not signed in, in a minute.
    pub address_pages_per_minute: u32,
}

/// The limits. One a server.
#[derive(Debug)]
pub struct RequestLimits {
    limiter: Limiter,
    guesses: RateLimiter<String>,
    pressures: pressure::Pressures,
    enabled: bool,
    burst_percent: u32,
    key: u32,
    user_pages: u32,
    workspace_pages: u32,
    address_pages: u32,
}

impl RequestLimits {
    /// As the operator decided.
    ///
    /// # Errors
    /// [`LimiterError`] where the address of Redis cannot be read.
    pub fn new(settings: &LimitSettings) -> Result<Self, LimiterError> {
        Ok(Self {
            limiter: Limiter::new(&settings.limiter)?,
            guesses: RateLimiter::new(CAPACITY),
            pressures: pressure::Pressures::default(),
            enabled: settings.enabled,
            burst_percent: settings.burst_percent,
            key: settings.key_per_minute,
            user_pages: settings.user_pages_per_minute,
            workspace_pages: settings.workspace_pages_per_minute,
            address_pages: settings.address_pages_per_minute,
        })
    }

    /// Counts a request of a key, for it and for its workspace. By an access token it counts as one of the key.
    pub async fn program(&self, tenant: &Tenant, key: ApiKeyId, now: OffsetDateTime) -> Outcome {
        let of_plan = tenant.entitlements.limit(Limit::ApiRequestsPerMinute).map(whole);
        let mut subjects = vec![self.bursting(KEY, &key.to_string(), self.key.min(of_plan.unwrap_or(u32::MAX)))];
        if let Some(of_plan) = of_plan {
            subjects.push(self.bursting(WORKSPACE, "api", of_plan));
        }
        let outcome = self.take(tenant, &subjects, now).await;
        if let Some(of_plan) = of_plan {
            self.pressures.note(tenant.home.id(), of_plan, &outcome, now);
        }
        outcome
    }

    /// How far the workspace's programs used the plan's requests a minute in the last hour, as far as this server
    /// counted them; none where there was room.
    pub fn pressure(&self, tenant: &Tenant, now: OffsetDateTime) -> Option<Pressure> {
        self.pressures.lately(tenant.home.id(), now)
    }

    /// Counts a page, or a call of a server function, of somebody who is signed in, for them and for the workspace.
    pub async fn person(&self, tenant: &Tenant, account: AccountId, now: OffsetDateTime) -> Outcome {
        let of_plan = tenant.entitlements.limit(Limit::ApiRequestsPerMinute);
        let mut subjects = vec![self.bursting("user", &account.to_string(), self.user_pages)];
        if let Some(of_plan) = of_plan {
            let pages = whole(of_plan.saturating_mul(PAGES_A_REQUEST)).max(self.workspace_pages);
            subjects.push(self.bursting(WORKSPACE, "pages", pages));
        }
        self.take(tenant, &subjects, now).await
    }

    /// Counts a request to a site (a workspace by its id, or the apex) of whoever it is, for their address.
    pub async fn visitor(&self, site: &str, address: &str, now: OffsetDateTime) -> Outcome {
        if !self.enabled {
            return Outcome::default();
        }
        let subjects = [self.bursting(ADDRESS, &one_network(address), self.address_pages)];
        self.limiter.take(site, &subjects, now).await
    }

    /// What was said to whoever showed this credential, where they were refused a moment ago.
    pub fn refused_before(&self, credential: &str, now: OffsetDateTime) -> Option<Outcome> {
        if self.enabled { self.limiter.refused_before(credential, now) } else { None }
    }

    /// Remembers for a moment that whoever showed this credential was refused, so that a flood costs nothing more.
    pub fn remember(&self, credential: &str, outcome: &Outcome, now: OffsetDateTime) {
        self.limiter.remember(credential, outcome, now);
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

    async fn take(&self, tenant: &Tenant, subjects: &[Subject], now: OffsetDateTime) -> Outcome {
        if !self.enabled {
            return Outcome::default();
        }
        self.limiter.take(&tenant.home.id().to_string(), subjects, now).await
    }

    fn bursting(&self, scope: &'static str, who: &str, most: u32) -> Subject {
        let burst = u64::from(most) * u64::from(self.burst_percent) / 100;
        let quota = Quota::per_minute(most).with_burst(u32::try_from(burst).unwrap_or(u32::MAX));
        Subject { scope, who: who.to_owned(), quota }
    }
}

/// To a program that was refused: which limit is used up, and what to do. None where it is neither the key's nor the
/// plan's.
pub fn used_up(outcome: &Outcome) -> Option<String> {
    let seconds = outcome.seconds();
    let requests = |of: &str| {
        let mut refused = outcome.verdicts.iter().filter(|(_, verdict)| verdict.is_refused);
        let (_, verdict) = refused.find(|(scope, _)| *scope == of)?;
        Some(counted(verdict.quota.most.into(), "request", "requests"))
    };
    // A key that has what the plan says uses up both: what helps is a larger plan.
    match (requests(WORKSPACE), requests(KEY)) {
        (Some(requests), _) => Some(format!(
            "The plan lets this workspace’s keys send {requests} a minute together, and they have. Wait {seconds} s \
             and send the request again, or choose a larger plan."
        )),
        (None, Some(requests)) => Some(format!(
            "This key may send {requests} a minute, and it has. Wait {seconds} s and send the request again."
        )),
        (None, None) => None,
    }
}

/// So many seconds, for people.
pub fn wait_in_words(seconds: u32) -> String {
    Throttled { wait: Duration::seconds(seconds.into()) }.wait_in_words()
}

/// A limit of a plan as a quota: at least one, or nobody could even learn that there is a limit.
fn whole(limit: i64) -> u32 {
    u32::try_from(limit.max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_speaks_of_the_plan_only_where_that_is_used_up() {
        let verdict = |most, is_refused| Verdict {
            quota: Quota::per_minute(most),
            is_refused,
            used: most,
            remaining: u32::from(!is_refused),
            reset: Duration::seconds(38),
        };
        let said = |key, workspace| used_up(&Outcome { verdicts: vec![(KEY, key), (WORKSPACE, workspace)] });
        let of_plan = "The plan lets this workspace’s keys send 1,000 requests a minute together, and they have. Wait \
                       38 s and send the request again, or choose a larger plan.";
        assert_eq!(said(verdict(1000, true), verdict(1000, true)).as_deref(), Some(of_plan));
        assert_eq!(said(verdict(1000, false), verdict(1000, true)).as_deref(), Some(of_plan));
        assert_eq!(
            said(verdict(1, true), verdict(1000, false)).as_deref(),
            Some("This key may send 1 request a minute, and it has. Wait 38 s and send the request again.")
        );
        assert_eq!(said(verdict(1, false), verdict(1000, false)), None);
    }
}
