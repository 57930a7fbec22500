//! Roles as they are given to people, and what somebody holds by them.

use super::MemberGroup;
use crate::{
    access::{AssignedRole, Grants, PermissionInfo, Role, RoleId},
    db::{DbError, TenantTx},
    id::AccountId,
};

/// A role that can be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleChoice {
    /// The role.
    pub role: AssignedRole,
    /// What people call it.
    pub label: String,
    /// What it is for.
    pub about: String,
    /// What it holds.
    pub grants: Grants,
}

impl RoleChoice {
    fn built_in(role: Role) -> Self {
        Self {
            role: AssignedRole::BuiltIn(role),
            label: role.label().to_owned(),
            about: role.about().to_owned(),
            grants: Grants::new(vec![role], Vec::new()),
        }
    }
}

/// Every role of the tenant: the built-in ones, the mightiest first, then its own by name.
///
/// # Errors
/// [`DbError`].
pub async fn all_roles(tx: &mut TenantTx) -> Result<Vec<RoleChoice>, DbError> {
    let rows = sqlx::query!(
        "SELECT id, name, description, permissions FROM role WHERE tenant_id = $1 ORDER BY name_key",
        tx.tenant_id()
    )
    .fetch_all(tx)
    .await?;
    let own = rows.into_iter().map(|row| RoleChoice {
        role: AssignedRole::Custom(RoleId(row.id)),
        label: row.name,
        about: row.description,
        grants: Grants::new(Vec::new(), row.permissions),
    });
    Ok(Role::ALL.into_iter().map(RoleChoice::built_in).chain(own).collect())
}

/// The roles that somebody who holds `grants` may give: those that hold no more.
///
/// # Errors
/// [`DbError`].
pub async fn roles_to_give(
    tx: &mut TenantTx,
    grants: &Grants,
    catalogue: &[PermissionInfo],
) -> Result<Vec<RoleChoice>, DbError> {
    let mut roles = all_roles(tx).await?;
    roles.retain(|choice| grants.cover(&choice.grants, catalogue));
    Ok(roles)
}

/// A role, if the tenant has it. Until the transaction ends, nobody deletes it: it can be given.
pub(crate) async fn role(tx: &mut TenantTx, role: AssignedRole) -> Result<Option<RoleChoice>, DbError> {
    let id = match role {
        AssignedRole::BuiltIn(role) => return Ok(Some(RoleChoice::built_in(role))),
        AssignedRole::Custom(id) => id,
    };
    let row = sqlx::query!(
        "SELECT name, description, permissions FROM role WHERE tenant_id = $1 AND id = $2 FOR KEY SHARE",
        tx.tenant_id(),
        id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| RoleChoice {
        role,
        label: row.name,
        about: row.description,
        grants: Grants::new(Vec::new(), row.permissions),
    }))
}

/// What an account holds, by its role and by its groups.
pub(crate) async fn grants_of(tx: &mut TenantTx, account: AccountId) -> Result<Grants, DbError> {
    let row = sqlx::query_file!("src/members/queries/grants.sql", tx.tenant_id(), account.0).fetch_optional(tx).await?;
    Ok(row.map_or_else(Grants::default, |row| {
        Grants::from_columns(&row.role, row.permissions, &row.group_roles, row.group_permissions)
    }))
}

/// The groups that somebody is in, by name.
pub(super) async fn groups_of(tx: &mut TenantTx, account: AccountId) -> Result<Vec<MemberGroup>, DbError> {
    Ok(sqlx::query_as!(
        MemberGroup,
        r#"SELECT g.id, g.name, g.role, r.name AS "custom_role?"
           FROM group_member m
           JOIN member_group g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
           LEFT JOIN role r ON r.tenant_id = g.tenant_id AND r.id = g.custom_role_id
           WHERE m.tenant_id = $1 AND m.account_id = $2
           ORDER BY g.name_key"#,
        tx.tenant_id(),
        account.0
    )
    .fetch_all(tx)
    .await?)
}

/// Every group of the tenant, by name.
///
/// # Errors
/// [`DbError`].
pub async fn all_groups(tx: &mut TenantTx) -> Result<Vec<MemberGroup>, DbError> {
    Ok(sqlx::query_as!(
        MemberGroup,
        r#"SELECT g.id, g.name, g.role, r.name AS "custom_role?"
           FROM member_group g
           LEFT JOIN role r ON r.tenant_id = g.tenant_id AND r.id = g.custom_role_id
           WHERE g.tenant_id = $1
           ORDER BY g.name_key"#,
        tx.tenant_id()
    )
    .fetch_all(tx)
    .await?)
}

/// Takes somebody out of all groups.
pub(super) async fn leave_groups(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM group_member WHERE tenant_id = $1 AND account_id = $2", tx.tenant_id(), account.0)
        .execute(tx)
        .await?;
    Ok(())
}
