//! The proof that somebody may do something, with the transaction to do it in.

use std::{
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

use super::{Permission, Role};
use crate::{
    ambient::Ambient,
    db::{Database, DbError, TenantTx},
    id::{AccountId, SessionId},
    identity::session::{self, SessionPolicy, SessionToken},
    tenancy::TenantHome,
};

/// Who acts.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The account.
    pub account: AccountId,
    /// The session it acts through.
    pub session: SessionId,
    /// What the person is called.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What they are in the tenant.
    pub role: Role,
}

impl Principal {
    /// Whether the principal holds a permission, for showing or hiding what leads to it. Doing it takes a [`Permit`].
    pub fn may<P: Permission>(&self) -> bool {
        P::HELD_BY.contains(&self.role)
    }
}

/// Why somebody may not.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// There is no session of this tenant, or it has ended.
    #[error("not signed in")]
    SignedOut,
    /// The session is good, the role does not hold the permission.
    #[error("the role {} does not hold the permission {permission}", role.as_str())]
    Forbidden {
        /// What would have been needed.
        permission: &'static str,
        /// What the person is.
        role: Role,
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

/// Opens the tenant's transaction, finds the session in it, and checks its role.
///
/// # Errors
/// [`AccessError`].
pub async fn authorise<P: Permission>(
    database: &Database,
    ambient: &Ambient,
    policy: SessionPolicy,
    home: &TenantHome,
    token: Option<&SessionToken>,
) -> Result<Permit<P>, AccessError> {
    let token = token.ok_or(AccessError::SignedOut)?;
    let mut tx = database.begin(home).await?;
    let principal = session::resume(&mut tx, ambient, policy, token).await?.ok_or(AccessError::SignedOut)?;
    grant(tx, principal)
}

fn grant<P: Permission>(tx: TenantTx, principal: Principal) -> Result<Permit<P>, AccessError> {
    if !principal.may::<P>() {
        return Err(AccessError::Forbidden { permission: P::NAME, role: principal.role });
    }
    Ok(Permit { tx, principal, permission: PhantomData })
}
