//! What holds for every change of roles and groups: nobody gives or takes more than they hold, and nobody takes the
//! management of roles from themselves.

use super::{Grants, ManageRoles, PermissionInfo, Principal};
use crate::{
    db::{DbError, TenantTx},
    members,
};

/// Why a role or a group cannot be changed. Nothing was done; the caller drops the transaction.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// The tenant has no such role or group, or not any more.
    #[error("there is no such role or group")]
    NotFound,
    /// Another one is called so.
    #[error("There is one of this name. Choose another name.")]
    NameTaken,
    /// It holds more than the person does who acts, or would.
    #[error("That takes permissions that you do not have yourself.")]
    TooMighty,
    /// A permission that roles of a tenant's own cannot hold.
    #[error("“{0}” is no permission that a role can hold.")]
    NotGrantable(String),
    /// The person who acts could not manage roles any more.
    #[error("You could not manage roles any more. Ask somebody else who manages roles to do this.")]
    LockedOut,
    /// What the person who acts holds was changed in this moment.
    #[error("Something about these roles has just been changed, so nothing was done. Look again.")]
    Overtaken,
    /// The role that was chosen does not exist.
    #[error("That role does not exist any more. Choose another.")]
    NoSuchRole,
    /// Only people make owners, one by one.
    #[error("The role Owner is given to people one by one. Choose another.")]
    Owner,
    /// The name that was typed is another.
    #[error("That is not the name.")]
    WrongName,
    /// Nobody has this address or name.
    #[error("Nobody here has this address or name.")]
    NoSuchPerson,
    /// Several people have this name.
    #[error("Several people are called so. Enter the email address.")]
    Ambiguous,
    /// The person is in the group.
    #[error("This person is in the group already.")]
    AlreadyIn,
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(DbError),
}

impl From<DbError> for RoleError {
    /// Constraints and locks that another change was quicker with.
    fn from(error: DbError) -> Self {
        match error.constraint() {
            Some("role_tenant_id_name_key_key" | "member_group_tenant_id_name_key_key") => Self::NameTaken,
            _ if error.is_overtaken() => Self::Overtaken,
            _ => Self::Database(error),
        }
    }
}

impl From<sqlx::Error> for RoleError {
    fn from(error: sqlx::Error) -> Self {
        DbError::from(error).into()
    }
}

/// A name as it is compared.
pub(super) fn name_key(name: &str) -> String {
    name.to_lowercase()
}

/// Whether the person who acts holds all of that.
pub(super) fn covered(principal: &Principal, grants: &Grants, catalogue: &[PermissionInfo]) -> Result<(), RoleError> {
    if principal.grants.cover(grants, catalogue) { Ok(()) } else { Err(RoleError::TooMighty) }
}

/// After locks were waited for: whether the person who acts still holds what they held when the request began.
pub(super) async fn still(
    tx: &mut TenantTx,
    principal: &Principal,
    catalogue: &[PermissionInfo],
) -> Result<(), RoleError> {
    let now = members::grants_of(tx, principal.account).await?;
    if now.cover(&principal.grants, catalogue) { Ok(()) } else { Err(RoleError::Overtaken) }
}

/// After a change: whether the person who made it still manages roles.
pub(super) async fn keeps_management(tx: &mut TenantTx, principal: &Principal) -> Result<(), RoleError> {
    let now = members::grants_of(tx, principal.account).await?;
    if now.hold(&PermissionInfo::of::<ManageRoles>()) { Ok(()) } else { Err(RoleError::LockedOut) }
}
