//! How often one network address may have something done here that nobody signed in for.

use rowhouse_app::{
    context::{RequestContext, Services},
    error::PageError,
};
use rowhouse_platform::{
    db::TenantTx,
    identity::throttle::{self, Limit},
};

/// What one network address may do, as a multiple of the sign-ins with a password that it may try. A company of thousands
/// is often one address, and nothing can be guessed here: the limit keeps tables small, and processors free.
const TIMES: u32 = 40;

fn of_address(services: &Services) -> Limit {
    let limit = services.sign_in_limits.address;
    Limit { attempts: limit.attempts.saturating_mul(TIMES), ..limit }
}

/// Counts what the address of the request does. The caller commits, whatever it is told.
///
/// # Errors
/// What the database said.
pub(super) async fn count(
    tx: &mut TenantTx,
    context: &RequestContext,
    what: &str,
) -> Result<Result<(), PageError>, PageError> {
    let (services, address) = (&context.services, context.device.address.as_str());
    let counted = throttle::count(tx, &services.ambient, &[what, address], of_address(services)).await?;
    Ok(counted.map_err(|wait| PageError::Throttled(wait.wait_in_words())))
}

/// Counts a message that belongs to no sign-in which began here, before it is looked into: anybody may send one, and
/// checking its signature is work.
///
/// # Errors
/// [`PageError::Throttled`], or what the database said.
pub(super) async fn message(context: &RequestContext) -> Result<(), PageError> {
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let counted = count(&mut tx, context, "sso message").await?;
    tx.commit().await?;
    counted
}
