//! What a tenant wants changed at Stripe: written down in its own transaction, sent soon after.

use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
};

/// Something to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// How many seats are paid for; what that costs or saves until the period's end stands on the next invoice.
    Seats(i32),
    /// Another plan, from now on, for so many seats; what was paid for the one before is taken into account.
    Plan {
        /// Its version.
        version: Uuid,
        /// What it costs at Stripe.
        price: String,
        /// For how many people; none where it is not priced by seat.
        seats: Option<i32>,
        /// What people call it.
        name: String,
    },
    /// The end, with the period that is paid.
    Cancel,
    /// No end after all.
    Resume,
    /// The tax id that stands on invoices.
    TaxId {
        /// Stripe's word for its kind, such as `eu_vat`.
        kind: String,
        /// The number.
        value: String,
    },
}

impl Request {
    fn kind(&self) -> &'static str {
        match self {
            Self::Seats(_) => "seats",
            Self::Plan { .. } => "plan",
            Self::Cancel => "cancel",
            Self::Resume => "resume",
            Self::TaxId { .. } => "tax_id",
        }
    }

    fn body(&self) -> Value {
        match self {
            Self::Seats(seats) => json!({ "seats": seats }),
            Self::Plan { version, price, seats, name } => {
                json!({ "version": version, "price": price, "seats": seats, "name": name })
            }
            Self::Cancel | Self::Resume => json!({}),
            Self::TaxId { kind, value } => json!({ "type": kind, "value": value }),
        }
    }
}

/// Writes a request down. It goes to Stripe soon after the transaction is committed, and not at all if it is undone.
///
/// # Errors
/// [`DbError`].
pub async fn ask(tx: &mut TenantTx, ambient: &Ambient, request: &Request) -> Result<(), DbError> {
    sqlx::query!(
        "SELECT control.request_billing($1, $2, $3, $4)",
        ambient.uuid(),
        request.kind(),
        request.body(),
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A request that is on its way, or that Stripe refused lately.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// What for: `seats`, `plan`, `cancel`, `resume`, `tax_id`.
    pub kind: String,
    /// How.
    pub body: Value,
    /// When.
    pub created_at: OffsetDateTime,
    /// Whether it was refused.
    pub failed: bool,
    /// Why.
    pub why: Option<String>,
}

/// The requests of the transaction's tenant that are on their way, and those that Stripe refused lately.
///
/// # Errors
/// [`DbError`].
pub async fn asked(tx: &mut TenantTx, ambient: &Ambient) -> Result<Vec<Asked>, DbError> {
    Ok(sqlx::query_as!(
        Asked,
        r#"SELECT kind AS "kind!", body AS "body!", created_at AS "created_at!", failed AS "failed!", why
           FROM control.own_billing_requests($1)"#,
        ambient.now()
    )
    .fetch_all(tx)
    .await?)
}
