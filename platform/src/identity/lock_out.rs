//! Policies that would lock people out: they are not saved.

use super::{
    account,
    passkey::keys,
    policy::{Method, SignInPolicy},
};
use crate::{
    access::Principal,
    db::{DbError, TenantTx},
    sso::ways_in,
};

/// A policy by which whoever saves it would lock themselves out at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockOut {
    /// Nobody could sign in.
    #[error("Allow at least one way of signing in.")]
    NoMethod,
    /// The person's own session began in a way that would not be allowed any more.
    #[error("You are signed in this way yourself. Sign in another way first, then switch this one off.")]
    OwnMethod(Method),
    /// The person's own address would not be let in.
    #[error("Your own address, {0}, is not in these networks: you would lock yourself out. Add it.")]
    OwnAddress(String),
    /// Single sign-on is required, and not among the ways of signing in.
    #[error("Allow single sign-on as a way of signing in, or do not require it.")]
    SsoNotAllowed,
    /// Single sign-on is required, and nobody could come in by it.
    #[error("Switch a connection on first, under Single sign-on, with a test sign-in that passed.")]
    NoConnection,
    /// Single sign-on is required, and nobody is let in without it.
    #[error("Choose the owner who can come in when the identity provider is away.")]
    NoBreakGlass,
    /// Who would be let in is no owner, or not active.
    #[error("Choose somebody who is an active owner.")]
    BreakGlassNotOwner,
    /// Who would be let in could not come in.
    #[error(
        "{0} has no password and no passkey that the ways of signing in allow. They add one first, or you choose another owner."
    )]
    BreakGlassWithoutWay(String),
    /// The person would be signed out, and could come in neither way.
    #[error(
        "You are not signed in by single sign-on yourself, and would be signed out. Sign in by it first, or choose yourself as the owner who can come in without it."
    )]
    OwnSession,
}

/// Whether somebody who is here by `method` from `address` may save a policy without locking themselves out.
///
/// # Errors
/// [`LockOut`].
pub fn check_lock_out(policy: &SignInPolicy, method: Method, address: &str) -> Result<(), LockOut> {
    if policy.methods.is_empty() {
        return Err(LockOut::NoMethod);
    }
    if !policy.allows(method) {
        return Err(LockOut::OwnMethod(method));
    }
    if !policy.networks.allow(address) {
        return Err(LockOut::OwnAddress(address.to_owned()));
    }
    Ok(())
}

/// Whether `person` may require single sign-on as a policy says, without anybody being locked out: there is a connection
/// that lets people in, an owner who comes in without one, and the person stays in. Who switches the last connection
/// off, or makes the owner none, at the same time waits.
///
/// # Errors
/// [`DbError`].
pub async fn check_sso(
    tx: &mut TenantTx,
    policy: &SignInPolicy,
    person: &Principal,
) -> Result<Result<(), LockOut>, DbError> {
    if !policy.sso_required {
        return Ok(Ok(()));
    }
    if !policy.allows(Method::Sso) {
        return Ok(Err(LockOut::SsoNotAllowed));
    }
    // Accounts before connections, as everybody locks them.
    let Some(break_glass) = policy.break_glass else { return Ok(Err(LockOut::NoBreakGlass)) };
    let Some(owner) = account::lock_owner(tx, break_glass).await? else {
        return Ok(Err(LockOut::BreakGlassNotOwner));
    };
    let has_way = (policy.allows(Method::Password) && owner.has_password)
        || (policy.allows(Method::Passkey) && keys::has_any(tx, break_glass).await?);
    if !has_way {
        return Ok(Err(LockOut::BreakGlassWithoutWay(owner.name)));
    }
    if ways_in::lock_those_on(tx).await?.is_empty() {
        return Ok(Err(LockOut::NoConnection));
    }
    if person.session().is_none_or(|session| policy.bars(session.method, person.account)) {
        return Ok(Err(LockOut::OwnSession));
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::policy::Networks;

    #[test]
    fn nobody_locks_themselves_out() {
        let mut policy = SignInPolicy::default();
        let check = |policy: &SignInPolicy| check_lock_out(policy, Method::Password, "192.0.2.7");
        assert_eq!(check(&policy), Ok(()));
        policy.networks = Networks::from_column(&["198.51.100.0/24".to_owned()]);
        assert_eq!(check(&policy), Err(LockOut::OwnAddress("192.0.2.7".to_owned())));
        policy.methods = vec![Method::Passkey];
        assert_eq!(check(&policy), Err(LockOut::OwnMethod(Method::Password)));
        policy.methods.clear();
        assert_eq!(check(&policy), Err(LockOut::NoMethod));
    }
}
