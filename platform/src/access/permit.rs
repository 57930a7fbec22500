//! The proof that somebody may do something, with the transaction to do it in.

use std::{
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

use super::{Permission, Principal, api_key};
use crate::{
    ambient::Ambient,
    db::{Database, DbError, TenantTx},
    identity::{
        policy::SecondFactor,
        session::{self, Resumed, SessionPolicy, SessionToken},
    },
    tenancy::TenantHome,
};

/// Who asks to be let in, as the request shows it.
#[derive(Debug, Clone, Copy)]
pub struct Visitor<'a> {
    /// What the session cookie holds.
    pub token: Option<&'a SessionToken>,
    /// The network address that the request came from.
    pub address: &'a str,
}

/// Why somebody may not.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// There is no session or key of this tenant, or it has ended.
    #[error("not signed in")]
    SignedOut,
    /// The tenant lets nobody in from this network.
    #[error("the tenant's policy does not allow the address {0}")]
    AddressRefused(String),
    /// The tenant requires a second factor, and none was shown in this session.
    #[error("a second factor is required")]
    SecondFactorNeeded,
    /// The session is good, its roles do not hold the permission.
    #[error("{} does not hold the permission {permission}", principal.account)]
    Forbidden {
        /// What would have been needed.
        permission: &'static str,
        /// Who asked.
        principal: Box<Principal>,
    },
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Permission `P`, held by a principal, in the tenant transaction in which that was found out. What is done with it is
/// done in the same transaction: a role taken away before it began is not there, and one round trip is saved.
#[derive(Debug)]
pub struct Permit<P> {
    tx: TenantTx,
    principal: Principal,
    permission: PhantomData<P>,
}

impl<P: Permission> Permit<P> {
    /// Who holds it.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Who holds it, and the transaction, for what needs both at once.
    pub fn parts(&mut self) -> (&Principal, &mut TenantTx) {
        (&self.principal, &mut self.tx)
    }

    /// The same transaction under another permission, if the principal holds that one too.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`]; the transaction is undone.
    pub fn also<Q: Permission>(self) -> Result<Permit<Q>, AccessError> {
        grant(self.tx, self.principal)
    }

    /// Makes the changes lasting and ends the permit.
    ///
    /// # Errors
    /// [`DbError::Sql`] when PostgreSQL did not confirm.
    pub async fn commit(self) -> Result<Principal, DbError> {
        self.tx.commit().await?;
        Ok(self.principal)
    }
}

impl<P> Deref for Permit<P> {
    type Target = TenantTx;

    fn deref(&self) -> &TenantTx {
        &self.tx
    }
}

impl<P> DerefMut for Permit<P> {
    fn deref_mut(&mut self) -> &mut TenantTx {
        &mut self.tx
    }
}

/// Opens the tenant's transaction, finds the session in it, and checks the tenant's policy and the person's roles.
///
/// # Errors
/// [`AccessError`].
pub async fn authorise<P: Permission>(
    database: &Database,
    ambient: &Ambient,
    policy: SessionPolicy,
    home: &TenantHome,
    visitor: Visitor<'_>,
) -> Result<Permit<P>, AccessError> {
    let token = visitor.token.ok_or(AccessError::SignedOut)?;
    let mut tx = database.begin(home).await?;
    let Resumed { principal, networks } =
        session::resume(&mut tx, ambient, policy, token).await?.ok_or(AccessError::SignedOut)?;
    if !networks.allow(visitor.address) {
        return Err(AccessError::AddressRefused(visitor.address.to_owned()));
    }
    if P::NEEDS_SECOND_FACTOR && principal.second_factor == SecondFactor::Owed {
        return Err(AccessError::SecondFactorNeeded);
    }
    grant(tx, principal)
}

/// The same for a program: finds the key in the tenant's transaction, and checks the tenant's policy, what the key may and
/// what its owner holds now. All of it is read in the transaction that the work is then done in, so a key that was revoked,
/// or an owner who lost a role, counts from that moment on; for access tokens too.
///
/// A request that only reads gives its name, as `call`, and is counted in the same statement: the permit is committed if it
/// is answered with success, and dropped otherwise.
///
/// # Errors
/// [`AccessError`]; [`AccessError::SignedOut`] for every token that is not good, whatever the reason.
pub async fn authorise_bearer<P: Permission>(
    database: &Database,
    ambient: &Ambient,
    home: &TenantHome,
    bearer: &api_key::Bearer,
    address: &str,
    call: Option<&str>,
) -> Result<Permit<P>, AccessError> {
    // Whose token it is was compared with the host before; here is the second wall.
    if bearer.tenant() != home.id() {
        return Err(AccessError::SignedOut);
    }
    let mut tx = database.begin(home).await?;
    let Resumed { principal, networks } =
        api_key::resume(&mut tx, ambient, bearer, call).await?.ok_or(AccessError::SignedOut)?;
    if !networks.allow(address) {
        return Err(AccessError::AddressRefused(address.to_owned()));
    }
    grant(tx, principal)
}

fn grant<P: Permission>(tx: TenantTx, principal: Principal) -> Result<Permit<P>, AccessError> {
    if !principal.may::<P>() {
        return Err(AccessError::Forbidden { permission: P::NAME, principal: Box::new(principal) });
    }
    Ok(Permit { tx, principal, permission: PhantomData })
}
