//! Invoices, as their tenant sees them.

use time::OffsetDateTime;

use crate::db::{DbError, TenantTx};

/// An invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its id at Stripe.
    pub id: String,
    /// Its number.
    pub number: Option<String>,
    /// How it stands: open, uncollectible, void, paid.
    pub status: String,
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
    pub made_at: OffsetDateTime,
    /// The beginning of the period that it is for.
    pub period_start: Option<OffsetDateTime>,
    /// Its end.
    pub period_end: Option<OffsetDateTime>,
    /// When it was paid.
    pub paid_at: Option<OffsetDateTime>,
    /// When payment is tried again.
    pub next_attempt_at: Option<OffsetDateTime>,
    /// Whether paying it failed at some time.
    pub has_failed: bool,
    /// Where it is read and paid.
    pub page: Option<String>,
    /// Its PDF.
    pub pdf: Option<String>,
}

impl Invoice {
    /// Whether it is still to be paid.
    pub fn is_owed(&self) -> bool {
        matches!(self.status.as_str(), "open" | "uncollectible")
    }
}

/// The newest invoices of the transaction's tenant.
///
/// # Errors
/// [`DbError`].
pub async fn newest(tx: &mut TenantTx, most: i32) -> Result<Vec<Invoice>, DbError> {
    Ok(sqlx::query_as!(
        Invoice,
        r#"SELECT id AS "id!", number, status AS "status!", currency AS "currency!", total AS "total!", tax AS "tax!",
                  amount_due AS "amount_due!", amount_paid AS "amount_paid!", made_at AS "made_at!", period_start,
                  period_end, paid_at, next_attempt_at, has_failed AS "has_failed!", page, pdf
           FROM control.own_invoices($1)"#,
        most
    )
    .fetch_all(tx)
    .await?)
}
