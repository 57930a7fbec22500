//! Groups: people who get a role together.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    AssignedRole, Grants, GroupId, ManageRoles, PermissionInfo, Permit, Principal, Role, RoleError,
    custom_role::take_back,
    guard::{covered, keeps_management, name_key, still},
    turn,
};
use crate::{
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
    identity::EmailAddress,
    members::{self, State, role_label},
};

/// The most people that the page of a group shows.
pub const SHOWN: i64 = 500;

/// A group.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The role that it gives.
    pub role: Option<AssignedRole>,
    /// What the role is called; empty where it gives none.
    pub role_label: String,
    /// How many people are in it.
    pub people: i64,
}

impl Group {
    fn record(&self) -> Value {
        json!({ "name": self.name, "description": self.description, "role": self.role_label })
    }
}

/// A group as it is wanted.
#[derive(Debug, Clone)]
pub struct GroupDraft {
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The role that it gives.
    pub role: Option<AssignedRole>,
}

/// Every group of the tenant, by name.
///
/// # Errors
/// [`DbError`].
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Group>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT g.id, g.name, g.description, g.role, g.custom_role_id, r.name AS "custom_role?",
                  (SELECT count(*) FROM group_member m WHERE m.tenant_id = $1 AND m.group_id = g.id) AS "people!"
           FROM member_group g
           LEFT JOIN role r ON r.tenant_id = g.tenant_id AND r.id = g.custom_role_id
           WHERE g.tenant_id = $1 ORDER BY g.name_key"#,
        tx.tenant_id()
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Group {
            id: GroupId(row.id),
            role: row.role.as_deref().and_then(|word| AssignedRole::from_columns(word, row.custom_role_id)),
            role_label: role_label(row.role.as_deref(), row.custom_role.as_deref()),
            name: row.name,
            description: row.description,
            people: row.people,
        })
        .collect())
}

/// A group, if the tenant has it.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut TenantTx, id: GroupId) -> Result<Option<Group>, DbError> {
    let row = sqlx::query!(
        r#"SELECT g.name, g.description, g.role, g.custom_role_id, r.name AS "custom_role?",
                  (SELECT count(*) FROM group_member m WHERE m.tenant_id = $1 AND m.group_id = g.id) AS "people!"
           FROM member_group g
           LEFT JOIN role r ON r.tenant_id = g.tenant_id AND r.id = g.custom_role_id
           WHERE g.tenant_id = $1 AND g.id = $2"#,
        tx.tenant_id(),
        id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Group {
        id,
        role: row.role.as_deref().and_then(|word| AssignedRole::from_columns(word, row.custom_role_id)),
        role_label: role_label(row.role.as_deref(), row.custom_role.as_deref()),
        name: row.name,
        description: row.description,
        people: row.people,
    }))
}

/// Somebody in a group.
#[derive(Debug)]
pub struct GroupPerson {
    /// The account.
    pub account: AccountId,
    /// What they are called.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Whether they may come in.
    pub state: State,
}

/// The people of a group, by name, at most [`SHOWN`].
///
/// # Errors
/// [`DbError`].
pub async fn people(tx: &mut TenantTx, id: GroupId) -> Result<Vec<GroupPerson>, DbError> {
    let rows = sqlx::query!(
        "SELECT a.id, a.name, a.email, a.state
         FROM group_member m JOIN account a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
         WHERE m.tenant_id = $1 AND m.group_id = $2
         ORDER BY lower(a.name), a.id LIMIT $3",
        tx.tenant_id(),
        id.0,
        SHOWN
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(GroupPerson {
                account: AccountId(row.id),
                name: row.name,
                email: row.email.unwrap_or_default(),
                state: State::parse(&row.state)?,
            })
        })
        .collect())
}

/// The role that a group is to give: what it is called and what it holds, if the person who acts may give it.
async fn giving(
    tx: &mut TenantTx,
    principal: &Principal,
    catalogue: &[PermissionInfo],
    role: Option<AssignedRole>,
) -> Result<(String, Grants), RoleError> {
    let Some(role) = role else { return Ok((String::new(), Grants::default())) };
    if role.is(Role::Owner) {
        return Err(RoleError::Owner);
    }
    let role = members::role(tx, role).await?.ok_or(RoleError::NoSuchRole)?;
    covered(principal, &role.grants, catalogue)?;
    Ok((role.label, role.grants))
}

/// Locks a group, and sees that the person who acts holds what it gives.
async fn lock(
    tx: &mut TenantTx,
    principal: &Principal,
    catalogue: &[PermissionInfo],
    id: GroupId,
) -> Result<(Group, Grants), RoleError> {
    turn::to_give(tx).await?;
    sqlx::query!(
        "SELECT id FROM member_group WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE",
        tx.tenant_id(),
        id.0
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(RoleError::NotFound)?;
    still(tx, principal, catalogue).await?;
    let group = find(tx, id).await?.ok_or(RoleError::NotFound)?;
    let (_, grants) = giving(tx, principal, catalogue, group.role).await?;
    Ok((group, grants))
}

/// Makes a group.
///
/// # Errors
/// [`RoleError`]; the caller drops the transaction.
pub async fn create(
    permit: &mut Permit<ManageRoles>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    draft: GroupDraft,
) -> Result<GroupId, RoleError> {
    let (principal, tx) = permit.parts();
    turn::to_give(tx).await?;
    let (label, _) = giving(tx, principal, catalogue, draft.role).await?;
    let id = GroupId(scribe.ambient().uuid());
    sqlx::query!(
        "INSERT INTO member_group
             (tenant_id, id, name, name_key, description, role, custom_role_id, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        tx.tenant_id(),
        id.0,
        draft.name,
        name_key(&draft.name),
        draft.description,
        draft.role.map(AssignedRole::word),
        draft.role.and_then(AssignedRole::custom_role_id),
        scribe.ambient().now()
    )
    .execute(&mut *tx)
    .await?;
    let after = json!({ "name": draft.name, "description": draft.description, "role": label });
    let act = Act::by(principal, Action::GroupCreated).on("group", id.to_string(), &draft.name).change((), after);
    audit::record(tx, scribe, act).await?;
    Ok(id)
}

/// Changes a group; it holds from the next request of everybody in it on.
///
/// # Errors
/// [`RoleError`]; the caller drops the transaction.
pub async fn change(
    permit: &mut Permit<ManageRoles>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    id: GroupId,
    draft: GroupDraft,
) -> Result<(), RoleError> {
    let (principal, tx) = permit.parts();
    let (old, held) = lock(tx, principal, catalogue, id).await?;
    let (label, grants) = giving(tx, principal, catalogue, draft.role).await?;
    let new =
        Group { name: draft.name, description: draft.description, role: draft.role, role_label: label, ..old.clone() };
    if (&new.name, &new.description, new.role) == (&old.name, &old.description, old.role) {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE member_group
         SET name = $3, name_key = $4, description = $5, role = $6, custom_role_id = $7, updated_at = $8
         WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        id.0,
        new.name,
        name_key(&new.name),
        new.description,
        new.role.map(AssignedRole::word),
        new.role.and_then(AssignedRole::custom_role_id),
        scribe.ambient().now()
    )
    .execute(&mut *tx)
    .await?;
    keeps_management(tx, principal).await?;
    let mut act = Act::by(principal, Action::GroupChanged)
        .on("group", id.to_string(), &new.name)
        .change(old.record(), new.record());
    if !grants.cover(&held, catalogue) {
        let ids = ids(tx, id).await?;
        act = take_back(tx, scribe, &ids, act).await?;
    }
    audit::record(tx, scribe, act).await?;
    Ok(())
}

async fn ids(tx: &mut TenantTx, id: GroupId) -> Result<Vec<AccountId>, DbError> {
    let ids = sqlx::query_scalar!(
        "SELECT account_id FROM group_member WHERE tenant_id = $1 AND group_id = $2",
        tx.tenant_id(),
        id.0
    )
    .fetch_all(tx)
    .await?;
    Ok(ids.into_iter().map(AccountId).collect())
}

/// Deletes a group; its people stay, without what it gave.
///
/// # Errors
/// [`RoleError`]; the caller drops the transaction.
pub async fn delete(
    permit: &mut Permit<ManageRoles>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    id: GroupId,
    typed: &str,
) -> Result<(), RoleError> {
    let (principal, tx) = permit.parts();
    let (group, held) = lock(tx, principal, catalogue, id).await?;
    if name_key(typed.trim()) != name_key(&group.name) {
        return Err(RoleError::WrongName);
    }
    let people = ids(tx, id).await?;
    sqlx::query!("DELETE FROM member_group WHERE tenant_id = $1 AND id = $2", tx.tenant_id(), id.0)
        .execute(&mut *tx)
        .await?;
    keeps_management(tx, principal).await?;
    let mut before = group.record();
    before["people"] = json!(people.len());
    let mut act = Act::by(principal, Action::GroupDeleted).on("group", id.to_string(), &group.name).change(before, ());
    if !Grants::default().cover(&held, catalogue) {
        act = take_back(tx, scribe, &people, act).await?;
    }
    audit::record(tx, scribe, act).await?;
    Ok(())
}

/// Puts somebody into a group: by address, or by a name that only one person has.
///
/// # Errors
/// [`RoleError`]; the caller drops the transaction.
pub async fn add(
    permit: &mut Permit<ManageRoles>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    id: GroupId,
    who: &str,
) -> Result<(), RoleError> {
    let (principal, tx) = permit.parts();
    let (group, _) = lock(tx, principal, catalogue, id).await?;
    let key = EmailAddress::parse(who.trim()).map(|email| email.key().to_owned()).unwrap_or_default();
    // Locked, so that nobody is put in who is being removed.
    let found = sqlx::query!(
        "SELECT id, name, email FROM account
         WHERE tenant_id = $1 AND state <> 'removed' AND (email_key = $2 OR lower(name) = lower($3))
         ORDER BY (email_key = $2) DESC, id LIMIT 2 FOR KEY SHARE",
        tx.tenant_id(),
        key,
        who.trim()
    )
    .fetch_all(&mut *tx)
    .await?;
    let person = match found.as_slice() {
        [] => return Err(RoleError::NoSuchPerson),
        [_, _] if key.is_empty() => return Err(RoleError::Ambiguous),
        [person, ..] => person,
    };
    let done = sqlx::query!(
        "INSERT INTO group_member (tenant_id, account_id, group_id, added_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
        tx.tenant_id(),
        person.id,
        id.0,
        scribe.ambient().now()
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Err(RoleError::AlreadyIn);
    }
    let after = json!({ "added": person.name, "email": person.email, "role": group.role_label });
    let act = Act::by(principal, Action::GroupChanged).on("group", id.to_string(), &group.name).change((), after);
    audit::record(tx, scribe, act).await?;
    Ok(())
}

/// Takes somebody out of a group.
///
/// # Errors
/// [`RoleError`]; the caller drops the transaction.
pub async fn remove(
    permit: &mut Permit<ManageRoles>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    id: GroupId,
    account: AccountId,
) -> Result<(), RoleError> {
    let (principal, tx) = permit.parts();
    let (group, held) = lock(tx, principal, catalogue, id).await?;
    let person: Option<(String, Option<String>)> = person(tx, account.0).await?;
    let done = sqlx::query!(
        "DELETE FROM group_member WHERE tenant_id = $1 AND group_id = $2 AND account_id = $3",
        tx.tenant_id(),
        id.0,
        account.0
    )
    .execute(&mut *tx)
    .await?;
    let (Some((name, email)), 1) = (person, done.rows_affected()) else { return Err(RoleError::NotFound) };
    keeps_management(tx, principal).await?;
    let before = json!({ "removed": name, "email": email, "role": group.role_label });
    let mut act = Act::by(principal, Action::GroupChanged).on("group", id.to_string(), &group.name).change(before, ());
    if !members::grants_of(tx, account).await?.cover(&held, catalogue) {
        act = take_back(tx, scribe, &[account], act).await?;
    }
    audit::record(tx, scribe, act).await?;
    Ok(())
}

async fn person(tx: &mut TenantTx, account: Uuid) -> Result<Option<(String, Option<String>)>, DbError> {
    Ok(sqlx::query!("SELECT name, email FROM account WHERE tenant_id = $1 AND id = $2", tx.tenant_id(), account)
        .fetch_optional(tx)
        .await?
        .map(|row| (row.name, row.email)))
}
