//! Asking Stripe how a tenant's subscriptions, invoices and payment method stand, for when its events went astray.

use time::OffsetDateTime;

use super::{
    Billing, Facts, StripeError, event, look,
    outbox::Outbox,
    stripe::{Answer, Stripe},
    take,
};
use crate::{ambient::Ambient, db::DbError};

/// Objects of a list that are fetched at a time. Long invoices fit into an answer, too.
const PAGE: u32 = 50;

/// Why it cannot be found out.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Stripe did not answer as it should.
    #[error(transparent)]
    Stripe(#[from] StripeError),
    /// It answered what cannot be read.
    #[error(transparent)]
    Event(#[from] super::EventError),
    /// `PostgreSQL` refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// What a customer has a list of.
#[derive(Clone, Copy)]
enum Of {
    Subscriptions,
    Invoices,
}

impl Of {
    async fn page(self, stripe: &Stripe, customer: &str, after: &str) -> Result<Answer, StripeError> {
        match self {
            Self::Subscriptions => {
                let path = format!("/v1/subscriptions?customer={customer}&status=all&limit={PAGE}{after}");
                look::subscription(stripe, &path, "data.discounts").await
            }
            Self::Invoices => stripe.get(&format!("/v1/invoices?customer={customer}&limit={PAGE}{after}")).await,
        }
    }
}

/// Fetches the subscriptions and invoices of a tenant's customers and what they pay with, and applies them. Answers how
/// many subscriptions and invoices those were.
///
/// # Errors
/// [`SyncError`]; what was applied before stays so.
pub async fn sync(billing: &Billing, outbox: &Outbox, ambient: &Ambient, slug: &str) -> Result<usize, SyncError> {
    let asking = Asking { billing, outbox, ambient };
    let customers = sqlx::query_scalar!(
        "SELECT c.id FROM control.stripe_customer c JOIN control.tenant t ON t.id = c.tenant_id
         WHERE t.slug = $1 ORDER BY c.id",
        slug
    )
    .fetch_all(outbox.pool())
    .await
    .map_err(DbError::from)?;
    let mut applied = 0;
    for customer in customers {
        for of in [Of::Subscriptions, Of::Invoices] {
            applied += asking.list(of, &customer).await?;
        }
        asking.payment(&customer).await?;
    }
    Ok(applied)
}

struct Asking<'a> {
    billing: &'a Billing,
    outbox: &'a Outbox,
    ambient: &'a Ambient,
}

impl Asking<'_> {
    /// All of a list, a page after the other.
    async fn list(&self, of: Of, customer: &str) -> Result<usize, SyncError> {
        let (mut applied, mut after) = (0, String::new());
        loop {
            let answer = of.page(self.billing.stripe(), customer, &after).await?;
            let (Some(said_at), Some(objects)) = (answer.said_at, answer.body["data"].as_array()) else {
                return Err(StripeError::Unreadable.into());
            };
            let mut last = None;
            for object in objects {
                last = self.apply(object, said_at).await?.object;
                applied += 1;
            }
            match last.map(|id| format!("&starting_after={id}")) {
                Some(next) if answer.body["has_more"] == true && next != after => after = next,
                _ => return Ok(applied),
            }
        }
    }

    /// What a customer pays with, and what it names.
    async fn payment(&self, customer: &str) -> Result<(), SyncError> {
        let stripe = self.billing.stripe();
        let answer = match stripe.get(&format!("/v1/customers/{customer}")).await {
            Err(StripeError::Refused { status: 404, .. }) => return Ok(()),
            other => other?,
        };
        self.apply(&answer.body, answer.said_at.ok_or(StripeError::Unreadable)?).await?;
        let named = sqlx::query_scalar!(
            r#"SELECT p.payment_method AS "id!" FROM control.stripe_payer p
               WHERE p.stripe_customer = $1 AND p.payment_method IS NOT NULL
               UNION
               SELECT s.payment_method FROM control.stripe_subscription s
               WHERE s.stripe_customer = $1 AND s.payment_method IS NOT NULL AND s.status <> 'canceled'"#,
            customer
        )
        .fetch_all(self.outbox.pool())
        .await
        .map_err(DbError::from)?;
        for id in named {
            match stripe.get(&format!("/v1/payment_methods/{id}")).await {
                Ok(answer) => {
                    self.apply(&answer.body, answer.said_at.ok_or(StripeError::Unreadable)?).await?;
                }
                // It was taken away.
                Err(StripeError::Refused { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn apply(&self, object: &serde_json::Value, said_at: OffsetDateTime) -> Result<Facts, SyncError> {
        let id = self.ambient.uuid();
        let facts = event::of_fetched(object, said_at, id, self.billing.settings().is_live())?;
        take::take(self.outbox.pool(), &facts, &object.to_string(), self.ambient.now()).await?;
        Ok(facts)
    }
}
