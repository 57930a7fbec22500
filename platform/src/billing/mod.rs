//! Billing through Stripe, by its REST API and its webhooks.
//!
//! What Stripe says comes in at the webhook ([`signature`], [`event`], [`take`]) and is applied by a function of the
//! database, `control.take_stripe_event`, which depends on what was said and not on its order: Stripe delivers late, twice
//! and in any order. `docs/billing.md` has the rules.
//!
//! What Stripe is told goes two ways. Only where somebody waits for a page of Stripe's is it asked in the request
//! ([`checkout`]). All else is a row of the outbox, written in the tenant's own transaction ([`request`]) and sent by the
//! upkeep ([`outbox`]), again and again under the same key until Stripe's answer is known: so a slow Stripe is nothing to
//! those who work, and nothing is told twice. Where what Stripe said leaves something open, the upkeep asks (`look.rs`).
//!
//! Without a key of Stripe's there is no [`Billing`], and the operator changes plans by hand.

pub mod checkout;
pub mod event;
pub mod invoice;
mod look;
mod notice;
pub mod outbox;
pub mod payment_method;
pub mod request;
pub mod signature;
mod stripe;
pub mod sync;
pub mod take;
pub mod upkeep;
pub(crate) mod usage;

use std::{fmt, sync::Arc};

pub use self::{
    event::{EventError, Facts},
    stripe::{Stripe, StripeError},
    take::Outcome,
    usage::BilledMeter,
};
use crate::fetch::{FetchError, FetchSettings, Fetcher};

/// Where Stripe's API is.
pub const API: &str = "https://api.stripe.com";
/// How long Stripe may take for an answer.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);
/// Most bytes of an answer.
const ANSWER: usize = 2 * 1024 * 1024;

/// What the operator set about billing.
#[derive(Clone)]
pub struct BillingSettings {
    /// The secret key of the API.
    pub secret_key: String,
    /// The secrets that webhooks are signed with: several while one is changed for another.
    pub webhook_secrets: Vec<String>,
    /// Where the API is: [`API`], or a stand-in's.
    pub api: String,
    /// The account that events are of, where the key is that of a platform with others under it.
    pub account: Option<String>,
    /// Whether Stripe computes taxes.
    pub automatic_tax: bool,
    /// The meters that Stripe is told of.
    pub meters: Vec<BilledMeter>,
}

impl fmt::Debug for BillingSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BillingSettings")
            .field("api", &self.api)
            .field("account", &self.account)
            .field("automatic_tax", &self.automatic_tax)
            .field("meters", &self.meters)
            .finish_non_exhaustive()
    }
}

impl BillingSettings {
    /// Whether the key is one for real money.
    pub fn is_live(&self) -> bool {
        self.secret_key.contains("_live_")
    }
}

/// Billing, where it is set up. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Billing {
    stripe: Stripe,
    settings: Arc<BillingSettings>,
}

impl Billing {
    /// Prepares the way to Stripe; nothing is asked yet.
    ///
    /// # Errors
    /// [`FetchError::Setup`].
    pub fn new(settings: BillingSettings) -> Result<Self, FetchError> {
        // The address is the operator's: it may be this machine's, where a stand-in is.
        let allow_loopback = settings.api != API;
        let fetcher = Fetcher::new(&FetchSettings { allow_loopback, timeout: PATIENCE, max_bytes: ANSWER })?;
        let stripe = Stripe::new(fetcher, &settings.api, &settings.secret_key);
        Ok(Self { stripe, settings: Arc::new(settings) })
    }

    /// The way to Stripe.
    pub fn stripe(&self) -> &Stripe {
        &self.stripe
    }

    /// What the operator set.
    pub fn settings(&self) -> &BillingSettings {
        &self.settings
    }
}
