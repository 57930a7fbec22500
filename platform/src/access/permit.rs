//! The proof that somebody may do something, with the transaction to do it in.

use std::{
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

use time::{Duration, OffsetDateTime};

use super::{AssignedRole, Grants, Permission, PermissionInfo};
use crate::{
    ambient::Ambient,
    db::{Database, DbError, TenantTx},
    id::{AccountId, SessionId},
    identity::{
        policy::{Method, SecondFactor},
        session::{self, Resumed, SessionPolicy, SessionToken},
    },
    tenancy::TenantHome,
};

/// For how long credentials that were shown count as fresh, for acts that cannot be undone.
const CONFIRMED_FOR: Duration = Duration::minutes(15);

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
    /// Whether the address was proven to be theirs.
    pub email_verified: bool,
    /// Names their picture, where they gave one.
    pub avatar_hash: Option<String>,
    /// How dates and numbers are written for them, such as `en-GB`, where they chose.
    pub locale: Option<String>,
    /// Their time zone, where they chose.
    pub time_zone: Option<String>,
    /// The role they have directly.
    pub role: AssignedRole,
    /// What they hold, by that role and by their groups.
    pub grants: Grants,
    /// How the session began.
    pub method: Method,
    /// When credentials were last shown in the session.
    pub authenticated_at: OffsetDateTime,
    /// When a second factor was last shown in it.
    pub second_factor_at: Option<OffsetDateTime>,
    /// Whether the tenant asks for one that was not shown.
    pub second_factor: SecondFactor,
}

impl Principal {
    /// Whether the principal holds a permission, for showing or hiding what leads to it. Doing it takes a [`Permit`].
    pub fn may<P: Permission>(&self) -> bool {
        self.grants.hold(&PermissionInfo::of::<P>())
    }

    /// Whether credentials were shown lately enough for acts that cannot be undone.
    pub fn is_confirmed(&self, now: OffsetDateTime) -> bool {
        self.authenticated_at + CONFIRMED_FOR > now
    }
}

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
    /// There is no session of this tenant, or it has ended.
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

fn grant<P: Permission>(tx: TenantTx, principal: Principal) -> Result<Permit<P>, AccessError> {
    if !principal.may::<P>() {
        return Err(AccessError::Forbidden { permission: P::NAME, principal: Box::new(principal) });
    }
    Ok(Permit { tx, principal, permission: PhantomData })
}
