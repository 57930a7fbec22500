//! Who may change connections: the tenant's admins, and whoever holds a set-up link for one of them.

use std::ops::{Deref, DerefMut};

use super::{ConnectionId, SetupLinkId};
use crate::{
    access::{ManageSso, OwnWorkspace, Permit},
    audit::{Act, Action},
    db::TenantTx,
    plan::{Feature, PlanError},
};

/// Proof of a set-up link, with the transaction in which it was found. It is good for one connection.
#[derive(Debug)]
pub struct SetupPermit {
    pub(super) tx: TenantTx,
    pub(super) link: SetupLinkId,
    pub(super) connection: ConnectionId,
    pub(super) recipient: String,
    pub(super) by_owner: bool,
}

impl SetupPermit {
    /// The link.
    pub fn link(&self) -> SetupLinkId {
        self.link
    }

    /// The one connection that it is good for.
    pub fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// For whom the link is.
    pub fn recipient(&self) -> &str {
        &self.recipient
    }

    /// Whether an owner made the link, who thereby vouches for what is set up by it.
    pub fn is_by_owner(&self) -> bool {
        self.by_owner
    }

    /// Makes the changes lasting.
    ///
    /// # Errors
    /// [`DbError`](crate::db::DbError).
    pub async fn commit(self) -> Result<(), crate::db::DbError> {
        self.tx.commit().await
    }
}

impl Deref for SetupPermit {
    type Target = TenantTx;

    fn deref(&self) -> &TenantTx {
        &self.tx
    }
}

impl DerefMut for SetupPermit {
    fn deref_mut(&mut self) -> &mut TenantTx {
        &mut self.tx
    }
}

/// Who changes a connection, and the transaction for it.
#[derive(Debug)]
pub enum Editor<'a> {
    /// An admin of the tenant.
    Admin(&'a mut Permit<ManageSso>),
    /// Somebody with a set-up link.
    Link(&'a mut SetupPermit),
}

impl Editor<'_> {
    /// Whether connections may be set up at all: the plan includes them, and is paid.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn may_set_up(&self) -> Result<(), PlanError> {
        let plan = self.entitlements();
        plan.require_writable()?;
        plan.require(Feature::Sso)
    }

    /// Whether an owner acts, or somebody whom an owner asked to.
    pub fn is_owner(&self) -> bool {
        match self {
            Self::Admin(permit) => permit.principal().may::<OwnWorkspace>(),
            Self::Link(permit) => permit.by_owner,
        }
    }

    /// Whether an owner who vouches for a connection that is on goes on doing so when it is changed: only for what they do
    /// themselves. A link is a key that others may come by, and who has it needs to confirm nothing.
    pub fn keeps_an_owners_word(&self) -> bool {
        match self {
            Self::Admin(_) => self.is_owner(),
            Self::Link(_) => false,
        }
    }

    /// An act of theirs, for the audit log.
    pub fn act(&self, action: Action) -> Act {
        match self {
            Self::Admin(permit) => Act::by(permit.principal(), action),
            Self::Link(permit) => {
                Act::by_nobody(action).because(format!("By the set-up link {} for {}.", permit.link, permit.recipient))
            }
        }
    }
}

impl Deref for Editor<'_> {
    type Target = TenantTx;

    fn deref(&self) -> &TenantTx {
        match self {
            Self::Admin(permit) => permit,
            Self::Link(permit) => permit,
        }
    }
}

impl DerefMut for Editor<'_> {
    fn deref_mut(&mut self) -> &mut TenantTx {
        match self {
            Self::Admin(permit) => permit,
            Self::Link(permit) => permit,
        }
    }
}
