//! Invitations that are over: expired ones make room, old ones go, and those of somebody who may not invite any more
//! are taken back.

use time::Duration;

use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
    identity::EmailAddress,
    sso::setup_link,
};

/// How long what was accepted or revoked is kept, so that an old link says what became of it.
const KEPT: Duration = Duration::days(90);

/// Makes room for new invitations to these addresses: expired ones are over. What was settled long ago goes.
pub(super) async fn clear(tx: &mut TenantTx, ambient: &Ambient, addresses: &[EmailAddress]) -> Result<(), DbError> {
    let now = ambient.now();
    let keys: Vec<String> = addresses.iter().map(|address| address.key().to_owned()).collect();
    sqlx::query!(
        "UPDATE invitation SET state = 'revoked', settled_at = $3
         WHERE tenant_id = $1 AND email_key = ANY($2) AND state = 'pending' AND expires_at <= $3",
        tx.tenant_id(),
        &keys,
        now
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM invitation WHERE tenant_id = $1 AND state <> 'pending' AND settled_at < $2",
        tx.tenant_id(),
        now - KEPT
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes back what these people have invited, and their links, those for setting up single sign-on too: they do not
/// answer for it any more. Answers how many of all there were.
pub(crate) async fn revoke_of(tx: &mut TenantTx, ambient: &Ambient, inviters: &[AccountId]) -> Result<u64, DbError> {
    let now = ambient.now();
    let ids: Vec<_> = inviters.iter().map(|inviter| inviter.0).collect();
    let invitations = sqlx::query!(
        "UPDATE invitation SET state = 'revoked', settled_at = $3
         WHERE tenant_id = $1 AND invited_by = ANY($2) AND state = 'pending'",
        tx.tenant_id(),
        &ids,
        now
    )
    .execute(&mut *tx)
    .await?;
    let links = sqlx::query!(
        "UPDATE invite_link SET revoked_at = $3
         WHERE tenant_id = $1 AND created_by = ANY($2) AND revoked_at IS NULL AND expires_at > $3",
        tx.tenant_id(),
        &ids,
        now
    )
    .execute(&mut *tx)
    .await?;
    let setup_links = setup_link::end_of(tx, ambient, inviters).await?;
    Ok(invitations.rows_affected() + links.rows_affected() + setup_links)
}
