//! Handing the ownership over: one becomes an owner, the other an admin, in the same moment.

use serde_json::json;

use super::change::{ChangeError, begin, keep_break_glass, set_role, take_back};
use crate::{
    access::{AssignedRole, OwnWorkspace, PermissionInfo, Permit, Role},
    audit::{self, Action, Scribe},
    id::AccountId,
    members::State,
};

/// Who owns the tenant now: name and address, for the letter about it.
#[derive(Debug, Clone)]
pub struct NewOwner {
    /// What they are called.
    pub name: String,
    /// Where they get mail.
    pub email: String,
}

/// Makes an active person an owner, and the owner who does so an admin.
///
/// # Errors
/// [`ChangeError`]; the caller drops the transaction.
pub async fn transfer_ownership(
    permit: &mut Permit<OwnWorkspace>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    to: AccountId,
) -> Result<NewOwner, ChangeError> {
    let (principal, tx) = permit.parts();
    if principal.account == to {
        return Err(ChangeError::Yourself);
    }
    let (locks, person) = begin(tx, principal, catalogue, to).await?;
    let (State::Active, Some(email)) = (person.state, person.email.clone()) else { return Err(ChangeError::NotFound) };
    keep_break_glass(tx, &locks.of(principal.account)?).await?;
    set_role(tx, to, AssignedRole::BuiltIn(Role::Owner)).await?;
    set_role(tx, principal.account, AssignedRole::BuiltIn(Role::Admin)).await?;
    let act = person
        .act(principal, Action::OwnershipTransferred)
        .change(json!({ "owner": principal.name }), json!({ "owner": person.name }));
    // As with every lesser role: nobody whom they invited as an owner becomes one now.
    let act = take_back(tx, scribe.ambient(), &locks.of(principal.account)?, act).await?;
    audit::record(tx, scribe, act).await?;
    Ok(NewOwner { name: person.name, email })
}
