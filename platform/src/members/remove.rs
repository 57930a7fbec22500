//! Removing somebody, or leaving: the row stays, for what they did, and has only their name.

use serde_json::json;

use super::{
    change::{ChangeError, Locked, Locks, begin, keep_break_glass, take_back},
    list::State,
    roles,
};
use crate::{
    access::{ManageMembers, PermissionInfo, Permit, Principal, SignedIn, api_key},
    ambient::Ambient,
    audit::{self, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
    identity::{EmailAddress, account, passkey::keys, recovery_codes, totp},
};

/// Removes somebody. `typed` is their address, typed by whoever removes them.
///
/// # Errors
/// [`ChangeError`]; the caller drops the transaction.
pub async fn remove(
    permit: &mut Permit<ManageMembers>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    account: AccountId,
    typed: &str,
) -> Result<(), ChangeError> {
    let (principal, tx) = permit.parts();
    if principal.account == account {
        return Err(ChangeError::Yourself);
    }
    let (locks, person) = begin(tx, principal, catalogue, account).await?;
    confirm(&person, typed)?;
    locks.keep_an_owner(&person)?;
    keep_break_glass(tx, &person).await?;
    forget(tx, scribe, principal, &person).await?;
    Ok(())
}

/// Leaves the workspace. `typed` is the person's own address.
///
/// # Errors
/// [`ChangeError`]; the caller drops the transaction.
pub async fn leave(permit: &mut Permit<SignedIn>, scribe: &Scribe, typed: &str) -> Result<(), ChangeError> {
    let (principal, tx) = permit.parts();
    let locks = Locks::take(tx, &[principal.account.0]).await?;
    let person = locks.of(principal.account)?;
    confirm(&person, typed)?;
    locks.keep_an_owner(&person)?;
    keep_break_glass(tx, &person).await?;
    forget(tx, scribe, principal, &person).await?;
    Ok(())
}

fn confirm(person: &Locked, typed: &str) -> Result<(), ChangeError> {
    let typed = EmailAddress::parse(typed).map_err(|_| ChangeError::WrongEmail)?;
    if person.email_key.as_deref() == Some(typed.key()) { Ok(()) } else { Err(ChangeError::WrongEmail) }
}

async fn forget(tx: &mut TenantTx, scribe: &Scribe, principal: &Principal, person: &Locked) -> Result<(), DbError> {
    let ambient = scribe.ambient();
    account::forget_credentials(tx, person.account()).await?;
    totp::remove(tx, person.account()).await?;
    recovery_codes::remove(tx, person.account()).await?;
    keys::forget(tx, person.account()).await?;
    api_key::revoke_all_of(tx, ambient, person.account()).await?;
    roles::leave_groups(tx, person.account()).await?;
    clear_row(tx, ambient, person.account()).await?;
    let act = person.act(principal, Action::MemberRemoved).change(
        json!({ "email": person.email, "role": person.role_label, "state": person.state.word() }),
        json!({ "state": State::Removed.word() }),
    );
    let act = take_back(tx, ambient, person, act).await?;
    audit::record(tx, scribe, act).await
}

/// The weakest of the built-in roles stands in for the one they had: nothing holds on to it any more.
async fn clear_row(tx: &mut TenantTx, ambient: &Ambient, account: AccountId) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE account SET state = 'removed', state_changed_at = $3, email = NULL, email_key = NULL,
             email_verified_at = NULL, password_hash = NULL, role = 'viewer', custom_role_id = NULL, avatar = NULL,
             avatar_hash = NULL, notifications = '{}'
         WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        account.0,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(())
}
