//! "Find my workspace": the answer goes by mail to the address itself, so that nobody learns from the page who has an
//! account where.

use super::EmailAddress;
use crate::{
    ambient::Ambient,
    db::{ControlTx, DbError},
};

/// Queues the mail. The same is done, and the same time taken, whether the address is known or not.
///
/// `public_origin` is the apex as people see it, such as `https://app.example`.
///
/// # Errors
/// [`DbError`].
pub async fn request(
    tx: &mut ControlTx,
    ambient: &Ambient,
    email: &EmailAddress,
    public_origin: &str,
) -> Result<(), DbError> {
    sqlx::query!(
        "SELECT control.mail_workspaces($1, $2, $3, $4, $5)",
        ambient.uuid(),
        email.key(),
        email.as_str(),
        public_origin,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(())
}
