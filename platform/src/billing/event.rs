//! What an event of Stripe's says, in words of our own.
//!
//! The shape of an event depends on the version of the API that the webhook was made with. What moved between versions is
//! read in either place: periods stand at a subscription or at its items, an invoice names its subscription itself or in
//! its parent, an item has a price or a plan.

mod invoice;
mod payment;
mod subscription;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

pub use self::{
    invoice::{InvoiceFacts, LineFacts},
    payment::{PayerFacts, PaymentMethodFacts},
    subscription::SubscriptionFacts,
};
use super::BillingSettings;

/// Why an event is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// It is not JSON or not an event; or, of what was fetched, a part that matters cannot be read.
    #[error("the event cannot be read: {0}")]
    Unreadable(String),
    /// It is about another account of Stripe's.
    #[error("the event is of another account")]
    OtherAccount,
    /// It is about real money where tests are done, or the other way round.
    #[error("the event is of the other mode, live or test, than the secret key")]
    OtherMode,
}

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Its id: one event has one, however often it is delivered.
    pub id: String,
    /// Its type, such as `invoice.paid`.
    pub kind: String,
    /// When it happened, in seconds, by Stripe's clock.
    pub created: i64,
    /// Whether it is about real money.
    pub live: bool,
    /// The version of the API that gave it its shape.
    pub api_version: Option<String>,
    /// What it is about.
    pub object: Option<String>,
    /// Whom it is about.
    pub customer: Option<String>,
    /// The tenant that the object itself names.
    pub tenant: Option<Uuid>,
    /// Where it is about a subscription: how that stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<SubscriptionFacts>,
    /// Where it is about an invoice: how that stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceFacts>,
    /// Where it is about a customer: what that pays with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<PayerFacts>,
    /// Where it is about a card or the like: what that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<PaymentMethodFacts>,
    /// Why nothing comes of it, where what it is about cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[derive(Deserialize)]
struct Envelope {
    id: String,
    object: String,
    #[serde(rename = "type")]
    kind: String,
    created: i64,
    livemode: bool,
    api_version: Option<String>,
    account: Option<String>,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
    previous_attributes: Option<Value>,
}

/// Reads an event that is for us. One whose object cannot be read is an event all the same, of which nothing comes: if it
/// were refused, Stripe would send it again for days, and then nothing any more. It has a [`Facts::note`].
///
/// # Errors
/// [`EventError`].
pub fn read(body: &[u8], settings: &BillingSettings) -> Result<Facts, EventError> {
    let event: Envelope = serde_json::from_slice(body).map_err(unreadable)?;
    if event.object != "event" {
        return Err(EventError::Unreadable(format!("it is a {}", line(&event.object, 40))));
    }
    // Events of accounts under a platform's name theirs; those of one's own account name none.
    if event.account.is_some() && event.account != settings.account {
        return Err(EventError::OtherAccount);
    }
    if event.livemode != settings.is_live() {
        return Err(EventError::OtherMode);
    }
    let mut facts = match of_object(&event.data.object, &event.kind) {
        Ok(facts) => facts,
        Err(error) => unread(&event.data.object, &error),
    };
    if let Some(method) = &mut facts.payment_method
        && method.customer.is_none()
    {
        // It was taken away: it says nothing of its customer any more.
        let before = event.data.previous_attributes.as_ref().and_then(|before| before["customer"].as_str());
        method.customer = before.and_then(|id| identifier(id, "customer").ok());
        facts.customer.clone_from(&method.customer);
    }
    facts.id = identifier(&event.id, "id")?;
    facts.created = moment(event.created)?;
    facts.live = event.livemode;
    facts.api_version = event.api_version.map(|version| line(&version, 60));
    facts.kind = word(&event.kind, 100)?;
    Ok(facts)
}

/// What an object says that was fetched from Stripe, or that Stripe answered with: as if there were an event about it.
///
/// # Errors
/// [`EventError::Unreadable`].
pub fn of_fetched(object: &Value, said_at: OffsetDateTime, id: Uuid, is_live: bool) -> Result<Facts, EventError> {
    let mut facts = of_object(object, "rowhouse.fetched")?;
    facts.id = format!("fetched_{}", id.simple());
    facts.created = moment(said_at.unix_timestamp())?;
    facts.live = is_live;
    Ok(facts)
}

/// What every object of Stripe's that matters here has.
#[derive(Deserialize)]
struct Known {
    id: Option<String>,
    #[serde(default)]
    object: String,
    customer: Option<Reference>,
    client_reference_id: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
}

/// An object that is named, or given whole.
#[derive(Deserialize)]
#[serde(untagged)]
enum Reference {
    Id(String),
    Object { id: String },
}

impl Reference {
    fn id(&self) -> &str {
        match self {
            Self::Id(id) | Self::Object { id } => id,
        }
    }
}

fn of_object(object: &Value, kind: &str) -> Result<Facts, EventError> {
    let is_ours = ["customer", "subscription", "invoice", "checkout.session", "payment_method"]
        .contains(&object["object"].as_str().unwrap_or_default());
    let known = match Known::deserialize(object) {
        Ok(known) => known,
        // Of what nobody asks for, nothing has to be readable.
        Err(_) if !is_ours => {
            Known { id: None, object: String::new(), customer: None, client_reference_id: None, metadata: None }
        }
        Err(error) => return Err(unreadable(error)),
    };
    let named = known.client_reference_id.as_deref().filter(|_| known.object == "checkout.session");
    let named = named.or_else(|| known.metadata.as_ref()?.get(TENANT).map(String::as_str));
    // What a payment method carries is written by the browser of whoever pays, and so says nothing of whose customer it is.
    let is_believed = is_ours && known.object != "payment_method";
    let tenant = named.and_then(|id| id.parse().ok()).filter(|_| is_believed);
    let customer = match known.object.as_str() {
        "customer" => known.id.clone(),
        _ => known.customer.as_ref().map(|customer| customer.id().to_owned()),
    };
    Ok(Facts {
        id: String::new(),
        kind: kind.to_owned(),
        created: 0,
        live: false,
        api_version: None,
        object: known.id.map(|id| line(&id, 255)),
        customer: customer.map(|id| identifier(&id, "customer")).transpose()?,
        tenant,
        subscription: (known.object == "subscription").then(|| subscription::read(object, kind)).transpose()?,
        invoice: match known.object.as_str() {
            "invoice" => invoice::read(object, kind)?,
            _ => None,
        },
        payer: (known.object == "customer").then(|| payment::payer(object, kind)).transpose()?,
        payment_method: (known.object == "payment_method").then(|| payment::method(object, kind)).transpose()?,
        note: None,
    })
}

/// What is left of an event whose object cannot be read: whom it is about, if that can be.
fn unread(object: &Value, error: &EventError) -> Facts {
    let customer = object["customer"].as_str().or_else(|| object["customer"]["id"].as_str());
    Facts {
        id: String::new(),
        kind: String::new(),
        created: 0,
        live: false,
        api_version: None,
        object: object["id"].as_str().map(|id| line(id, 255)),
        customer: customer.and_then(|id| identifier(id, "customer").ok()),
        tenant: None,
        subscription: None,
        invoice: None,
        payer: None,
        payment_method: None,
        note: Some(error.to_string()),
    }
}

/// The name under which objects at Stripe carry the tenant's id.
pub(super) const TENANT: &str = "tenant_id";
/// The name under which subscriptions carry the version of the plan that was chosen.
pub(super) const PLAN_VERSION: &str = "plan_version";

fn unreadable(error: impl std::fmt::Display) -> EventError {
    EventError::Unreadable(line(&error.to_string(), 300))
}

/// An id of Stripe's: letters, digits and underscores. It becomes part of addresses.
fn identifier(text: &str, what: &str) -> Result<String, EventError> {
    let is_fine =
        (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_fine { Ok(text.to_owned()) } else { Err(EventError::Unreadable(format!("{what} is no id of Stripe's"))) }
}

/// A word that is there.
fn word(text: &str, most: usize) -> Result<String, EventError> {
    Some(line(text, most))
        .filter(|word| !word.is_empty())
        .ok_or_else(|| EventError::Unreadable("a word is missing".to_owned()))
}

/// Seconds between 1970 and 2199. What follows from them, such as the day on which somebody who owes is suspended, has to
/// be a time too: there is none after 9999, and a tenant that has one could not be loaded any more.
fn moment(seconds: i64) -> Result<i64, EventError> {
    if (0..=7_258_118_399).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(EventError::Unreadable(format!("{seconds} is no time")))
    }
}

fn moment_or_none(seconds: Option<i64>) -> Result<Option<i64>, EventError> {
    seconds.map(moment).transpose()
}

/// Text without control characters, and no longer than that.
fn line(text: &str, most: usize) -> String {
    text.chars().filter(|sign| !sign.is_control()).take(most).collect()
}
