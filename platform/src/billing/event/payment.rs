//! What a customer pays with, and what a card or the like says of itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{EventError, Reference, identifier, line, unreadable, word};

/// What a customer pays with, where its subscription says nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayerFacts {
    /// The customer.
    pub customer: String,
    /// The payment method; none: it has none.
    pub payment_method: Option<String>,
    /// Which of several events of one second is later.
    pub rank: u8,
}

/// A payment method, as far as people know it by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaymentMethodFacts {
    /// Its id.
    pub id: String,
    /// Whose it is, or was.
    pub customer: Option<String>,
    /// Stripe's word: `card`, `sepa_debit`.
    pub kind: String,
    /// Of a card, which: `visa`.
    pub brand: Option<String>,
    /// The last four signs.
    pub last4: Option<String>,
    /// Of a card: the month in which it expires.
    pub exp_month: Option<i32>,
    /// And the year.
    pub exp_year: Option<i32>,
    /// Whether its customer took it away.
    pub detached: bool,
}

#[derive(Deserialize)]
struct RawCustomer {
    id: String,
    invoice_settings: Option<InvoiceSettings>,
    default_source: Option<Reference>,
}

#[derive(Deserialize)]
struct InvoiceSettings {
    default_payment_method: Option<Reference>,
}

pub(super) fn payer(object: &Value, kind: &str) -> Result<PayerFacts, EventError> {
    let raw = RawCustomer::deserialize(object).map_err(unreadable)?;
    // Before there were payment methods there were sources, which can be fetched as such.
    let method = raw.invoice_settings.and_then(|settings| settings.default_payment_method).or(raw.default_source);
    Ok(PayerFacts {
        customer: identifier(&raw.id, "customer")?,
        payment_method: method.map(|method| identifier(method.id(), "payment method")).transpose()?,
        rank: if kind == "customer.created" { 1 } else { 2 },
    })
}

#[derive(Deserialize)]
struct RawMethod {
    id: String,
    customer: Option<Reference>,
    #[serde(rename = "type")]
    kind: String,
}

pub(super) fn method(object: &Value, kind: &str) -> Result<PaymentMethodFacts, EventError> {
    let raw = RawMethod::deserialize(object).map_err(unreadable)?;
    let kind_of_it = word(&raw.kind, 40)?;
    // Each kind has its own part, under its own name.
    let of_kind = &object[kind_of_it.as_str()];
    let text = |name: &str, most| of_kind[name].as_str().map(|text| line(text, most)).filter(|text| !text.is_empty());
    let number = |name: &str, least, most| {
        let number = of_kind[name].as_i64().and_then(|number| i32::try_from(number).ok());
        number.filter(|number| (least..=most).contains(number))
    };
    Ok(PaymentMethodFacts {
        id: identifier(&raw.id, "payment method")?,
        customer: raw.customer.as_ref().map(|customer| identifier(customer.id(), "customer")).transpose()?,
        brand: text("brand", 40),
        last4: text("last4", 8),
        exp_month: number("exp_month", 1, 12),
        exp_year: number("exp_year", 1970, 9999),
        kind: kind_of_it,
        // Fetched, it says so by having none: whatever is taken away is nobody's any more.
        detached: kind == "payment_method.detached" || raw.customer.is_none(),
    })
}
