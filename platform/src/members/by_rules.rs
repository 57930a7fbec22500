//! Roles that nobody gives by hand: an identity provider's groups say them, by the rules of a connection.

use serde_json::json;

use super::{
    RoleChoice,
    change::{Locks, is_break_glass, set_role},
    list::State,
    roles, settle,
};
use crate::{
    access::{AssignedRole, Role},
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
};

/// What came of giving somebody the role that rules say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Assigned {
    /// They have it: what it was called before, and what it is called now.
    Changed { before: String, after: String },
    /// They had it already.
    Same,
    /// They are the last active owner, and stay so.
    LastOwner,
    /// They are the owner who can come in without single sign-on, and stay so.
    BreakGlass,
    /// The tenant has no such role.
    NoSuchRole,
    /// They are not active any more.
    Gone,
}

/// Gives somebody the role that rules say, and `reason` into the audit log. It holds from their next request on.
pub(crate) async fn assign_by_rules(
    tx: &mut TenantTx,
    scribe: &Scribe,
    account: AccountId,
    to: AssignedRole,
    reason: &str,
) -> Result<Assigned, DbError> {
    let locks = Locks::take(tx, &[account.0]).await?;
    let Ok(person) = locks.of(account) else { return Ok(Assigned::Gone) };
    if person.state != State::Active {
        return Ok(Assigned::Gone);
    }
    if person.role == to {
        return Ok(Assigned::Same);
    }
    if locks.keep_an_owner(&person).is_err() {
        return Ok(Assigned::LastOwner);
    }
    if person.role.is(Role::Owner) && is_break_glass(tx, account).await? {
        return Ok(Assigned::BreakGlass);
    }
    let Some(new) = roles::role(tx, to).await? else { return Ok(Assigned::NoSuchRole) };
    let Some(old) = roles::role(tx, person.role).await? else { return Ok(Assigned::NoSuchRole) };
    set_role(tx, account, to).await?;
    let mut act = Act::by_nobody(Action::MemberRoleChanged)
        .on("account", account.to_string(), &person.name)
        .change(json!({ "role": person.role_label }), json!({ "role": new.label }))
        .because(reason);
    if !surely_covers(&new, &old) {
        // As with every lesser role: what they invited to does not wait any more.
        let revoked = settle::revoke_of(tx, scribe.ambient(), &[account]).await?;
        if revoked > 0 {
            act = act.because(format!("{reason} Invitations and links of theirs that were revoked: {revoked}."));
        }
    }
    audit::record(tx, scribe, act).await?;
    Ok(Assigned::Changed { before: person.role_label, after: new.label })
}

/// Whether a role holds all that another does, as far as that is known without the catalogue of all permissions: each
/// built-in role holds what the weaker ones do.
fn surely_covers(new: &RoleChoice, old: &RoleChoice) -> bool {
    match (new.role, old.role) {
        (AssignedRole::BuiltIn(Role::Owner), _) => true,
        (AssignedRole::BuiltIn(new), AssignedRole::BuiltIn(old)) => new <= old,
        (AssignedRole::Custom(_), AssignedRole::Custom(_)) => new.grants.names_cover(&old.grants),
        _ => false,
    }
}

/// The role that new people get: `wanted`, or `otherwise` where it does not exist any more. None: neither does.
pub(crate) async fn role_to_give(
    tx: &mut TenantTx,
    wanted: AssignedRole,
    otherwise: AssignedRole,
) -> Result<Option<RoleChoice>, DbError> {
    match roles::role(tx, wanted).await? {
        Some(role) => Ok(Some(role)),
        None => roles::role(tx, otherwise).await,
    }
}
