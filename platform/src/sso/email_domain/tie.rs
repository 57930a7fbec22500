//! For which proven domains a connection speaks.

use serde_json::json;

use super::super::{ConnectionId, connection, rules};
use crate::{
    access::{ManageSso, OwnWorkspace, Permit},
    audit::{self, Act, Action, Scribe},
    db::DbError,
};

/// Why domains cannot be tied to a connection. Nothing was done; the caller drops the transaction.
#[derive(Debug, thiserror::Error)]
pub enum TieError {
    /// There is no such connection.
    #[error("there is no such connection")]
    NotFound,
    /// The tenant has no such domain, or has not proven it (any more).
    #[error("“{0}” is not proven to be yours. Prove it first.")]
    NotProven(String),
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<sqlx::Error> for TieError {
    fn from(error: sqlx::Error) -> Self {
        DbError::from(error).into()
    }
}

/// What tying came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tied {
    /// It was so already.
    Same,
    /// It is so now.
    Changed,
    /// It is so now, and no owner vouches for the connection any more.
    NoLongerVouched,
}

/// Ties exactly these domains to a connection. What is tied already and not proven any more may stay. Unless an owner
/// adds one, no owner vouches for the connection any more: whom it can find an account for is more than they saw.
///
/// # Errors
/// [`TieError`].
pub async fn tie(
    permit: &mut Permit<ManageSso>,
    scribe: &Scribe,
    id: ConnectionId,
    wanted: &[String],
) -> Result<Tied, TieError> {
    let is_owner = permit.principal().may::<OwnWorkspace>();
    let (principal, tx) = permit.parts();
    let tenant = tx.tenant_id();
    if !rules::lock(tx, id).await? {
        return Err(TieError::NotFound);
    }
    let found = connection::find(tx, id).await?.ok_or(TieError::NotFound)?;
    let before = tied(tx, id).await?;
    let added: Vec<String> = wanted.iter().filter(|domain| !before.contains(domain)).cloned().collect();
    let removed: Vec<String> = before.iter().filter(|domain| !wanted.contains(domain)).cloned().collect();
    if added.is_empty() && removed.is_empty() {
        return Ok(Tied::Same);
    }
    // Whoever removes one of them waits, and so does the check that would find its proof gone.
    let proven = sqlx::query_scalar!(
        "SELECT domain FROM email_domain
         WHERE tenant_id = $1 AND domain = ANY ($2) AND verified_at IS NOT NULL ORDER BY domain FOR SHARE",
        tenant,
        &added
    )
    .fetch_all(&mut *tx)
    .await?;
    if let Some(missing) = added.iter().find(|domain| !proven.contains(domain)) {
        return Err(TieError::NotProven(missing.clone()));
    }
    sqlx::query!(
        "DELETE FROM sso_connection_domain WHERE tenant_id = $1 AND connection_id = $2 AND domain = ANY ($3)",
        tenant,
        id.0,
        &removed
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO sso_connection_domain (tenant_id, connection_id, domain)
         SELECT $1, $2, added FROM unnest($3::text[]) AS added",
        tenant,
        id.0,
        &proven
    )
    .execute(&mut *tx)
    .await?;
    let unvouched = found.vouched_by_owner && !is_owner && !added.is_empty();
    if unvouched {
        super::super::admitting::end_vouching(tx, scribe, id).await?;
    }
    let after = tied(tx, id).await?;
    let mut act = Act::by(principal, Action::SsoConnectionChanged)
        .on("sso_connection", id.to_string(), &found.name)
        .change(json!({ "email_domains": before }), json!({ "email_domains": after }));
    if unvouched {
        act = act.because("No owner vouches for the connection any more.");
    }
    audit::record(tx, scribe, act).await?;
    Ok(if unvouched { Tied::NoLongerVouched } else { Tied::Changed })
}

async fn tied(tx: &mut crate::db::TenantTx, id: ConnectionId) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT domain FROM sso_connection_domain WHERE tenant_id = $1 AND connection_id = $2 ORDER BY domain",
        tx.tenant_id(),
        id.0
    )
    .fetch_all(tx)
    .await?)
}
