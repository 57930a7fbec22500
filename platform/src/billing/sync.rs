//! Asking Stripe how a tenant's subscriptions and invoices stand, for when its events went astray.

use uuid::Uuid;

use super::{Billing, Facts, StripeError, event, outbox::Outbox, take};
use crate::{ambient::Ambient, db::DbError};

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

/// Fetches the subscriptions and invoices of a tenant's customers, and applies them. Answers how many objects those were.
///
/// # Errors
/// [`SyncError`]; what was applied before stays so.
pub async fn sync(billing: &Billing, outbox: &Outbox, ambient: &Ambient, slug: &str) -> Result<usize, SyncError> {
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
        for path in [
            format!("/v1/subscriptions?customer={customer}&status=all&limit=100"),
            format!("/v1/invoices?customer={customer}&limit=100"),
        ] {
            let answer = billing.stripe().get(&path).await?;
            let (Some(said_at), Some(objects)) = (answer.said_at, answer.body["data"].as_array()) else {
                return Err(StripeError::Unreadable.into());
            };
            for object in objects {
                let id: Uuid = ambient.uuid();
                let facts: Facts = event::of_fetched(object, said_at, id, billing.settings().is_live())?;
                take::take(outbox.pool(), &facts, &object.to_string(), ambient.now()).await?;
                applied += 1;
            }
        }
    }
    Ok(applied)
}
