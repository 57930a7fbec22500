//! Roles of a tenant's own: made, changed, deleted.
//!
//! Locks are taken in one order: accounts, invitations, links, groups, connections, roles. Whoever gives a role holds it with
//! `FOR KEY SHARE` until they commit ([`crate::members`]), so a role that is being given is not deleted before, and one
//! that is being deleted is not given.

use serde_json::{Value, json};

use super::{
    AssignedRole, Grants, ManageRoles, PermissionInfo, Permit, Principal, Role, RoleError, RoleId,
    guard::{covered, keeps_management, name_key, still},
    turn,
};
use crate::{
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
    members,
    sso::rules,
};

/// The most characters of a name, of roles and groups.
pub const NAME_LENGTH: usize = 60;
/// The most characters of a description.
pub const DESCRIPTION_LENGTH: usize = 300;

/// A role as it is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleDraft {
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The names of the permissions that it holds.
    pub permissions: Vec<String>,
}

impl RoleDraft {
    /// Holds it against the catalogue and against what the person who acts holds. The permissions come back in the
    /// order of the catalogue, each once.
    fn check(&mut self, principal: &Principal, catalogue: &[PermissionInfo]) -> Result<Grants, RoleError> {
        if Role::ALL.iter().any(|role| name_key(role.label()) == name_key(&self.name)) {
            return Err(RoleError::NameTaken);
        }
        let may_be = |name: &String| catalogue.iter().any(|known| known.grantable && known.name == name);
        if let Some(name) = self.permissions.iter().find(|name| !may_be(name)) {
            return Err(RoleError::NotGrantable(name.clone()));
        }
        let wanted = catalogue.iter().filter(|known| self.permissions.iter().any(|name| name == known.name));
        self.permissions = wanted.map(|known| known.name.to_owned()).collect();
        let grants = Grants::new(Vec::new(), self.permissions.clone());
        covered(principal, &grants, catalogue)?;
        Ok(grants)
    }

    fn record(&self) -> Value {
        json!({ "name": self.name, "description": self.description, "permissions": self.permissions })
    }
}

/// A role of the tenant's own, if there is one of this id.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut TenantTx, id: RoleId) -> Result<Option<RoleDraft>, DbError> {
    Ok(sqlx::query_as!(
        RoleDraft,
        "SELECT name, description, permissions FROM role WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        id.0
    )
    .fetch_optional(tx)
    .await?)
}

/// Makes a role.
///
/// # Errors
/// [`RoleError`]; the caller drops the transaction.
pub async fn create(
    permit: &mut Permit<ManageRoles>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    mut draft: RoleDraft,
) -> Result<RoleId, RoleError> {
    let (principal, tx) = permit.parts();
    draft.check(principal, catalogue)?;
    let id = RoleId(scribe.ambient().uuid());
    sqlx::query!(
        "INSERT INTO role (tenant_id, id, name, name_key, description, permissions, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        tx.tenant_id(),
        id.0,
        draft.name,
        name_key(&draft.name),
        draft.description,
        &draft.permissions,
        scribe.ambient().now()
    )
    .execute(&mut *tx)
    .await?;
    let act =
        Act::by(principal, Action::RoleCreated).on("role", id.to_string(), &draft.name).change((), draft.record());
    audit::record(tx, scribe, act).await?;
    Ok(id)
}

/// Changes a role; it holds from the next request of everybody who has it on. Who holds less by it loses the
/// invitations and links that they have sent.
///
/// # Errors
/// [`RoleError`]; the caller drops the transaction.
pub async fn change(
    permit: &mut Permit<ManageRoles>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    id: RoleId,
    mut draft: RoleDraft,
) -> Result<(), RoleError> {
    let (principal, tx) = permit.parts();
    turn::to_change(tx).await?;
    let old = sqlx::query_as!(
        RoleDraft,
        "SELECT name, description, permissions FROM role WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE",
        tx.tenant_id(),
        id.0
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(RoleError::NotFound)?;
    still(tx, principal, catalogue).await?;
    let held = Grants::new(Vec::new(), old.permissions.clone());
    covered(principal, &held, catalogue)?;
    let grants = draft.check(principal, catalogue)?;
    if draft == old {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE role SET name = $3, name_key = $4, description = $5, permissions = $6, updated_at = $7
         WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        id.0,
        draft.name,
        name_key(&draft.name),
        draft.description,
        &draft.permissions,
        scribe.ambient().now()
    )
    .execute(&mut *tx)
    .await?;
    keeps_management(tx, principal).await?;
    let mut act = Act::by(principal, Action::RoleChanged)
        .on("role", id.to_string(), &draft.name)
        .change(old.record(), draft.record());
    if !grants.cover(&held, catalogue) {
        let people = everybody_with(tx, id).await?;
        act = take_back(tx, scribe, &people, act).await?;
    }
    audit::record(tx, scribe, act).await?;
    Ok(())
}

/// Takes back what people have invited who hold less now than when they did.
pub(super) async fn take_back(
    tx: &mut TenantTx,
    scribe: &Scribe,
    people: &[AccountId],
    act: Act,
) -> Result<Act, DbError> {
    Ok(match members::revoke_of(tx, scribe.ambient(), people).await? {
        0 => act,
        1 => act.because("One invitation or link of somebody who holds less now was revoked."),
        count => act.because(format!("{count} invitations and links of people who hold less now were revoked.")),
    })
}

/// Everybody who has a role of the tenant's own, directly or by a group.
async fn everybody_with(tx: &mut TenantTx, id: RoleId) -> Result<Vec<AccountId>, DbError> {
    let ids = sqlx::query_scalar!(
        r#"SELECT a.id AS "id!" FROM account a WHERE a.tenant_id = $1 AND a.custom_role_id = $2
           UNION
           SELECT m.account_id FROM group_member m
           JOIN member_group g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
           WHERE m.tenant_id = $1 AND g.custom_role_id = $2"#,
        tx.tenant_id(),
        id.0
    )
    .fetch_all(tx)
    .await?;
    Ok(ids.into_iter().map(AccountId).collect())
}

/// What refers to a role of the tenant's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependents {
    /// People who have it directly.
    pub people: i64,
    /// Groups that give it.
    pub groups: i64,
    /// Invitations that wait.
    pub invitations: i64,
    /// Links that are not revoked.
    pub links: i64,
    /// Rules and default roles of single sign-on.
    pub sso_rules: i64,
}

/// Counts what refers to a role.
///
/// # Errors
/// [`DbError`].
pub async fn dependents(tx: &mut TenantTx, id: RoleId) -> Result<Dependents, DbError> {
    let sso_rules = rules::count_of_role(tx, id).await?;
    let row = sqlx::query!(
        r#"SELECT
            (SELECT count(*) FROM account a WHERE a.tenant_id = $1 AND a.custom_role_id = $2 AND a.state <> 'removed')
                AS "people!",
            (SELECT count(*) FROM member_group g WHERE g.tenant_id = $1 AND g.custom_role_id = $2) AS "groups!",
            (SELECT count(*) FROM invitation i
             WHERE i.tenant_id = $1 AND i.custom_role_id = $2 AND i.state = 'pending') AS "invitations!",
            (SELECT count(*) FROM invite_link l
             WHERE l.tenant_id = $1 AND l.custom_role_id = $2 AND l.revoked_at IS NULL) AS "links!""#,
        tx.tenant_id(),
        id.0
    )
    .fetch_one(tx)
    .await?;
    Ok(Dependents { people: row.people, groups: row.groups, invitations: row.invitations, links: row.links, sso_rules })
}

/// Locks all that refers to a role, and at last the role: nobody gives it from then on.
async fn lock(tx: &mut TenantTx, principal: &Principal, id: RoleId) -> Result<RoleDraft, RoleError> {
    turn::to_change(tx).await?;
    let tenant = tx.tenant_id();
    // The owners too: changes of people's roles lock them first, and so none is on its way past this point.
    sqlx::query_scalar!(
        "SELECT id FROM account
         WHERE tenant_id = $1 AND ((role = 'owner' AND state = 'active') OR id = $2 OR custom_role_id = $3)
         ORDER BY id FOR NO KEY UPDATE",
        tenant,
        principal.account.0,
        id.0
    )
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query_scalar!(
        "SELECT id FROM invitation
         WHERE tenant_id = $1 AND (custom_role_id = $2 OR (state = 'pending' AND invited_by IN (
             SELECT a.id FROM account a WHERE a.tenant_id = $1 AND a.custom_role_id = $2)))
         ORDER BY id FOR NO KEY UPDATE",
        tenant,
        id.0
    )
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query_scalar!(
        "SELECT id FROM invite_link WHERE tenant_id = $1 AND custom_role_id = $2 ORDER BY id FOR NO KEY UPDATE",
        tenant,
        id.0
    )
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query_scalar!(
        "SELECT id FROM member_group WHERE tenant_id = $1 AND custom_role_id = $2 ORDER BY id FOR NO KEY UPDATE",
        tenant,
        id.0
    )
    .fetch_all(&mut *tx)
    .await?;
    rules::lock_all(tx).await?;
    sqlx::query_as!(
        RoleDraft,
        "SELECT name, description, permissions FROM role WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
        tenant,
        id.0
    )
    .fetch_optional(tx)
    .await?
    .ok_or(RoleError::NotFound)
}

/// Deletes a role; people, groups, invitations and links get `to` in its place.
///
/// # Errors
/// [`RoleError`]; the caller drops the transaction.
pub async fn delete(
    permit: &mut Permit<ManageRoles>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    id: RoleId,
    to: AssignedRole,
    typed: &str,
) -> Result<(), RoleError> {
    let (principal, tx) = permit.parts();
    if to.is(Role::Owner) {
        return Err(RoleError::Owner);
    }
    if to == AssignedRole::Custom(id) {
        return Err(RoleError::NoSuchRole);
    }
    let old = lock(tx, principal, id).await?;
    still(tx, principal, catalogue).await?;
    let held = Grants::new(Vec::new(), old.permissions.clone());
    covered(principal, &held, catalogue)?;
    if name_key(typed.trim()) != name_key(&old.name) {
        return Err(RoleError::WrongName);
    }
    let new = members::role(tx, to).await?.ok_or(RoleError::NoSuchRole)?;
    covered(principal, &new.grants, catalogue)?;
    let people = everybody_with(tx, id).await?;
    let counts = dependents(tx, id).await?;
    replace(tx, id, to).await?;
    sqlx::query!("DELETE FROM role WHERE tenant_id = $1 AND id = $2", tx.tenant_id(), id.0).execute(&mut *tx).await?;
    keeps_management(tx, principal).await?;
    let after = json!({
        "replaced_by": new.label,
        "people": counts.people,
        "groups": counts.groups,
        "invitations": counts.invitations,
        "links": counts.links,
        "sso_rules": counts.sso_rules,
    });
    let mut act =
        Act::by(principal, Action::RoleDeleted).on("role", id.to_string(), &old.name).change(old.record(), after);
    if !new.grants.cover(&held, catalogue) {
        act = take_back(tx, scribe, &people, act).await?;
    }
    audit::record(tx, scribe, act).await?;
    Ok(())
}

/// Puts another role in the place of one, wherever it stands.
async fn replace(tx: &mut TenantTx, id: RoleId, to: AssignedRole) -> Result<(), DbError> {
    let (tenant, word, custom) = (tx.tenant_id(), to.word(), to.custom_role_id());
    sqlx::query!(
        "UPDATE account SET role = $3, custom_role_id = $4 WHERE tenant_id = $1 AND custom_role_id = $2",
        tenant,
        id.0,
        word,
        custom
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE invitation SET role = $3, custom_role_id = $4 WHERE tenant_id = $1 AND custom_role_id = $2",
        tenant,
        id.0,
        word,
        custom
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE invite_link SET role = $3, custom_role_id = $4 WHERE tenant_id = $1 AND custom_role_id = $2",
        tenant,
        id.0,
        word,
        custom
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE member_group SET role = $3, custom_role_id = $4 WHERE tenant_id = $1 AND custom_role_id = $2",
        tenant,
        id.0,
        word,
        custom
    )
    .execute(&mut *tx)
    .await?;
    rules::replace_role(tx, id, to).await
}
