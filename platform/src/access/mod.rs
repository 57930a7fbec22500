//! Who may do what.
//!
//! A permission is a type. What needs one takes `&mut Permit<ThatPermission>`, and a [`Permit`] comes only out of
//! [`authorise`], which found a live session, the tenant's policy kept, and a role that holds the permission: a
//! forgotten check does not compile.
//!
//! ```compile_fail,E0308
//! # use rowhouse_platform::{access::{Permit, ManageBranding}, db::TenantTx};
//! async fn write(permit: &mut Permit<ManageBranding>) {}
//! async fn forgotten(tx: &mut TenantTx) {
//!     write(tx).await; // no permit, no compilation
//! }
//! ```

pub mod api_key;
pub mod custom_role;
pub mod group;
mod guard;
mod holders;
mod permission;
mod permit;
mod principal;
mod role;
pub mod role_use;
pub(crate) mod turn;

pub use guard::RoleError;
pub use holders::addresses_of_holders;
pub use permission::{
    CATALOGUE, Grants, ManageApiKeys, ManageBranding, ManageDomains, ManageMembers, ManagePlan, ManageRoles,
    ManageSecurity, ManageSettings, ManageSso, OwnWorkspace, Permission, PermissionInfo, ProveIdentity, ReadAudit,
    ReadMembers, ReadUsage, SignedIn, UseApi,
};
pub use permit::{AccessError, Permit, Visitor, authorise, authorise_bearer};
pub use principal::{Credential, KeyUse, Principal, SessionUse};
pub use role::{AssignedRole, GroupId, Role, RoleId};
