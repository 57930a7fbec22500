//! What an invoice says of itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{EventError, Reference, identifier, line, moment, moment_or_none, unreadable};

/// How an invoice stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InvoiceFacts {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub customer: String,
    /// The subscription that it is for.
    pub subscription: Option<String>,
    /// Its number, once it has one.
    pub number: Option<String>,
    /// How it stands: draft, open, uncollectible, deleted, void, paid.
    pub status: String,
    /// Which of several events of one second is later.
    pub rank: u8,
    /// ISO 4217, in small letters.
    pub currency: String,
    /// In the currency's smallest unit.
    pub total: i64,
    /// What of it is tax.
    pub tax: i64,
    /// What is to be paid.
    pub amount_due: i64,
    /// What was paid.
    pub amount_paid: i64,
    /// When it was made.
    pub made: i64,
    /// The beginning of the period that it is for.
    pub period_start: Option<i64>,
    /// Its end.
    pub period_end: Option<i64>,
    /// When it was paid.
    pub paid: Option<i64>,
    /// When payment is tried again.
    pub next_attempt: Option<i64>,
    /// Where it is read and paid.
    pub page: Option<String>,
    /// Its PDF.
    pub pdf: Option<String>,
    /// Whether the event says that paying it failed.
    pub failed: bool,
    /// What it bills; none where the event has only a part of that.
    pub lines: Option<Vec<LineFacts>>,
}

/// Something that an invoice bills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineFacts {
    /// Its price.
    pub price: String,
    /// How many.
    pub quantity: i64,
    /// From when.
    pub start: i64,
    /// Until when.
    pub end: i64,
}

#[derive(Deserialize)]
struct Raw {
    /// A preview of an invoice to come has none.
    id: Option<String>,
    customer: Option<Reference>,
    subscription: Option<Reference>,
    parent: Option<Value>,
    number: Option<String>,
    status: Option<String>,
    currency: String,
    #[serde(default)]
    total: i64,
    tax: Option<i64>,
    total_taxes: Option<Vec<Tax>>,
    #[serde(default)]
    amount_due: i64,
    #[serde(default)]
    amount_paid: i64,
    created: Option<i64>,
    date: Option<i64>,
    period_start: Option<i64>,
    period_end: Option<i64>,
    status_transitions: Option<Transitions>,
    next_payment_attempt: Option<i64>,
    hosted_invoice_url: Option<String>,
    invoice_pdf: Option<String>,
    lines: Option<Value>,
}

#[derive(Deserialize)]
struct Tax {
    amount: i64,
}

#[derive(Deserialize)]
struct Transitions {
    paid_at: Option<i64>,
}

/// `None` for a preview, which is no invoice yet, and for one without a customer.
pub(super) fn read(object: &Value, kind: &str) -> Result<Option<InvoiceFacts>, EventError> {
    let raw = Raw::deserialize(object).map_err(unreadable)?;
    let (Some(id), Some(customer)) = (raw.id, raw.customer) else { return Ok(None) };
    let status = match (kind, raw.status.as_deref()) {
        ("invoice.deleted", _) => "deleted",
        (_, Some(status @ ("draft" | "open" | "uncollectible" | "void" | "paid"))) => status,
        (_, None) => "draft",
        (_, Some(other)) => return Err(EventError::Unreadable(format!("an invoice is {}", line(other, 40)))),
    };
    if raw.currency.len() != 3 || !raw.currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Err(EventError::Unreadable(format!("{} is no currency", line(&raw.currency, 20))));
    }
    let of_parent = raw.parent.as_ref().and_then(|parent| {
        let subscription = &parent["subscription_details"]["subscription"];
        subscription.as_str().or_else(|| subscription["id"].as_str())
    });
    let subscription = of_parent.or(raw.subscription.as_ref().map(Reference::id));
    let taxes = raw.total_taxes.unwrap_or_default().iter().fold(0_i64, |sum, tax| sum.saturating_add(tax.amount));
    Ok(Some(InvoiceFacts {
        id: identifier(&id, "invoice")?,
        customer: identifier(customer.id(), "customer")?,
        subscription: subscription.map(|id| identifier(id, "subscription")).transpose()?,
        number: raw.number.map(|number| line(&number, 120)),
        status: status.to_owned(),
        rank: if kind == "invoice.created" { 1 } else { 2 },
        currency: raw.currency,
        total: raw.total,
        tax: raw.tax.unwrap_or(taxes),
        amount_due: raw.amount_due,
        amount_paid: raw.amount_paid,
        made: moment(raw.created.or(raw.date).unwrap_or(0))?,
        period_start: moment_or_none(raw.period_start)?,
        period_end: moment_or_none(raw.period_end)?,
        paid: moment_or_none(raw.status_transitions.and_then(|transitions| transitions.paid_at))?,
        next_attempt: moment_or_none(raw.next_payment_attempt)?,
        page: raw.hosted_invoice_url.and_then(link),
        pdf: raw.invoice_pdf.and_then(link),
        failed: kind == "invoice.payment_failed",
        lines: raw.lines.as_ref().and_then(lines),
    }))
}

/// All lines that have a price and a quantity. What cannot be read of a line is no reason to refuse its invoice.
fn lines(list: &Value) -> Option<Vec<LineFacts>> {
    let all = list["data"].as_array().filter(|_| list["has_more"] != true)?;
    let read = all.iter().filter_map(|each| {
        let by_details = &each["pricing"]["price_details"]["price"];
        let price = [by_details, &by_details["id"], &each["price"]["id"], &each["plan"]["id"]];
        Some(LineFacts {
            price: line(price.into_iter().find_map(Value::as_str)?, 255),
            quantity: each["quantity"].as_i64()?,
            start: moment(each["period"]["start"].as_i64()?).ok()?,
            end: moment(each["period"]["end"].as_i64()?).ok()?,
        })
    });
    Some(read.collect())
}

/// A link that a page may show.
fn link(address: String) -> Option<String> {
    let is_fine = address.len() <= 2000 && address.bytes().all(|byte| byte.is_ascii_graphic());
    (is_fine && address.starts_with("https://")).then_some(address)
}
