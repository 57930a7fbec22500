//! Tenants: how their names are formed, how a request finds one, how one comes to be.

pub mod directory;
pub mod domains;
pub mod host;
pub mod leaving;
pub mod register;
mod reserved;
pub mod settings;
pub mod slug;
mod suspension;
pub mod watch;

pub use directory::{Address, DirectorySettings, Lookup, TenantDirectory};
pub use host::{BaseDomain, HostError, HostName};
pub use register::{NewOwner, NewTenant, RegisterError, Registered};
pub use slug::{Slug, SlugError};
pub use suspension::set_suspended;

use std::sync::Arc;

use serde::Serialize;
use time::OffsetDateTime;

use crate::{branding::Branding, id::TenantId, placement::Placement, plan::Entitlements};

/// Which tenant, where its data lives, and what it may use: what a tenant transaction is opened with. Only this module
/// makes one, from the control plane's answer or for a tenant that is being registered, so that no id from outside becomes
/// one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TenantHome {
    id: TenantId,
    placement: Placement,
    #[serde(skip)]
    entitlements: Arc<Entitlements>,
}

impl TenantHome {
    /// The tenant.
    pub fn id(&self) -> TenantId {
        self.id
    }

    /// Where its data lives.
    pub fn placement(&self) -> Placement {
        self.placement
    }

    /// What it may use, as the directory last read it.
    pub fn entitlements(&self) -> &Arc<Entitlements> {
        &self.entitlements
    }
}

/// Whether a tenant is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TenantState {
    /// It is.
    Active,
    /// Its pages say that it is suspended, and nothing else.
    Suspended,
    /// An owner closed it, and may open it again until it is deleted.
    Closing,
}

/// A tenant as requests need it. Shared by all requests until something about it changes.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Which one, and where its data lives.
    pub home: TenantHome,
    /// Its name in the host.
    pub slug: String,
    /// What it is called.
    pub name: String,
    /// When it is deleted, where it is closing.
    pub closes_at: Option<OffsetDateTime>,
    /// Its main address, where that is a domain of its own and not the host under the base domain.
    pub primary_host: Option<Arc<str>>,
    /// Whether it is served.
    pub state: TenantState,
    /// What it may use. Its home, and every transaction opened with that, has the same.
    pub entitlements: Arc<Entitlements>,
    /// How its pages look.
    pub branding: Branding,
}
