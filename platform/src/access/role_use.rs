//! Who has which role, and why: directly, or by a group.

use uuid::Uuid;

use super::{AssignedRole, GroupId};
use crate::{
    db::{DbError, TenantTx},
    id::AccountId,
    members::{self, RoleChoice, State},
};

/// People shown as having a role, at most, in each way of having it.
pub const SHOWN: i64 = 100;

/// A role with how many people have it.
#[derive(Debug)]
pub struct RoleUse {
    /// The role.
    pub role: RoleChoice,
    /// How many have it directly.
    pub direct: i64,
    /// How many have it by a group.
    pub by_group: i64,
}

/// Every role of the tenant with how many people have it.
///
/// # Errors
/// [`DbError`].
pub async fn overview(tx: &mut TenantTx) -> Result<Vec<RoleUse>, DbError> {
    let direct = sqlx::query!(
        r#"SELECT a.role, a.custom_role_id, count(*) AS "people!"
           FROM account a WHERE a.tenant_id = $1 AND a.state <> 'removed' GROUP BY a.role, a.custom_role_id"#,
        tx.tenant_id()
    )
    .fetch_all(&mut *tx)
    .await?;
    let by_group = sqlx::query!(
        r#"SELECT g.role AS "role!", g.custom_role_id, count(DISTINCT m.account_id) AS "people!"
           FROM member_group g
           JOIN group_member m ON m.tenant_id = g.tenant_id AND m.group_id = g.id
           WHERE g.tenant_id = $1 AND g.role IS NOT NULL GROUP BY g.role, g.custom_role_id"#,
        tx.tenant_id()
    )
    .fetch_all(&mut *tx)
    .await?;
    let count = |rows: &[(Option<AssignedRole>, i64)], role: AssignedRole| {
        rows.iter().find(|row| row.0 == Some(role)).map_or(0, |row| row.1)
    };
    let direct: Vec<_> =
        direct.iter().map(|row| (AssignedRole::from_columns(&row.role, row.custom_role_id), row.people)).collect();
    let by_group: Vec<_> =
        by_group.iter().map(|row| (AssignedRole::from_columns(&row.role, row.custom_role_id), row.people)).collect();
    let roles = members::all_roles(tx).await?;
    Ok(roles
        .into_iter()
        .map(|role| RoleUse { direct: count(&direct, role.role), by_group: count(&by_group, role.role), role })
        .collect())
}

/// Somebody who has a role.
#[derive(Debug)]
pub struct Holder {
    /// The account.
    pub account: AccountId,
    /// What they are called.
    pub name: String,
    /// Whether they may come in.
    pub state: State,
    /// The group that gives it; none: they have it directly.
    pub group: Option<(GroupId, String)>,
}

/// Who has a role: directly, then by each group; of either at most [`SHOWN`].
///
/// # Errors
/// [`DbError`].
pub async fn holders(tx: &mut TenantTx, role: AssignedRole) -> Result<Vec<Holder>, DbError> {
    let rows = sqlx::query!(
        r#"(SELECT a.id AS "id!", a.name AS "name!", a.state AS "state!", NULL::uuid AS group_id,
                   NULL::text AS group_name
            FROM account a
            WHERE a.tenant_id = $1 AND a.role = $2 AND a.custom_role_id IS NOT DISTINCT FROM $3
              AND a.state <> 'removed'
            ORDER BY lower(a.name), a.id LIMIT $4)
           UNION ALL
           (SELECT a.id, a.name, a.state, g.id, g.name
            FROM member_group g
            JOIN group_member m ON m.tenant_id = g.tenant_id AND m.group_id = g.id
            JOIN account a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
            WHERE g.tenant_id = $1 AND g.role = $2 AND g.custom_role_id IS NOT DISTINCT FROM $3
            ORDER BY g.name_key, lower(a.name), a.id LIMIT $4)"#,
        tx.tenant_id(),
        role.word(),
        role.custom_role_id() as Option<Uuid>,
        SHOWN
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Holder {
                account: AccountId(row.id),
                name: row.name,
                state: State::parse(&row.state)?,
                group: row.group_id.map(GroupId).zip(row.group_name),
            })
        })
        .collect())
}
