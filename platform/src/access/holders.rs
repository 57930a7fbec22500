//! Who holds a permission, for telling them something.

use super::Permission;
use crate::db::{DbError, TenantTx};

/// People who are told, at most.
const MOST: i64 = 100;

/// The addresses of the active people who hold `P`: by their own role, or by one of their groups.
///
/// # Errors
/// [`DbError`].
pub async fn addresses_of_holders<P: Permission>(tx: &mut TenantTx) -> Result<Vec<String>, DbError> {
    let roles: Vec<String> = P::HELD_BY.iter().map(|role| role.as_str().to_owned()).collect();
    // A role of the tenant's own may name a permission that such roles cannot give.
    let name = if P::GRANTABLE { P::NAME } else { "" };
    Ok(sqlx::query_scalar!(
        r#"SELECT a.email AS "email!"
           FROM account a
           LEFT JOIN role r ON r.tenant_id = a.tenant_id AND r.id = a.custom_role_id
           WHERE a.tenant_id = $1 AND a.state = 'active' AND a.email IS NOT NULL AND (
               a.role = ANY ($2) OR $3 = ANY (r.permissions) OR EXISTS (
                   SELECT FROM group_member m
                   JOIN member_group g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
                   LEFT JOIN role c ON c.tenant_id = g.tenant_id AND c.id = g.custom_role_id
                   WHERE m.tenant_id = $1 AND m.account_id = a.id AND (g.role = ANY ($2) OR $3 = ANY (c.permissions))
               )
           )
           ORDER BY a.email LIMIT $4"#,
        tx.tenant_id(),
        &roles,
        name,
        MOST
    )
    .fetch_all(tx)
    .await?)
}
