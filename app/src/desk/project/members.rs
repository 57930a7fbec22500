//! The members of a project: who they are, added, given another role, removed.

use rowhouse_platform::{
    access::{Permission, Permit},
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
    identity::EmailAddress,
};
use serde_json::json;
use uuid::Uuid;

use super::{Level, MOST_MEMBERS, Project, ProjectError, ProjectId, lead::lead};
use crate::desk::permission::WriteTickets;

/// Members on a page that people read.
pub const PAGE_SIZE: i64 = 50;
/// The most people that the form suggests.
pub const SUGGESTED: i64 = 300;

/// Somebody in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The account.
    pub account: AccountId,
    /// What they are called.
    pub name: String,
    /// Names their picture, where they gave one.
    pub avatar_hash: Option<String>,
    /// What they are in the project.
    pub role: Level,
    /// Whether they may come in at all.
    pub is_active: bool,
    /// Their name as lists are sorted by it.
    pub sorted_as: String,
}

/// Where a page of members begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// Behind so many.
    Skip(i64),
    /// Behind this one, by [`Member::sorted_as`] and account, whether they are still there or not.
    After(String, AccountId),
}

/// At most `most` members of a project, by name.
///
/// # Errors
/// [`DbError`].
pub async fn list<P: Permission>(
    permit: &mut Permit<P>,
    project: ProjectId,
    start: Start,
    most: i64,
) -> Result<Vec<Member>, DbError> {
    let (skipped, name, account) = match start {
        Start::Skip(skipped) => (skipped, None, None),
        Start::After(name, account) => (0, Some(name), Some(account.0)),
    };
    let rows = sqlx::query!(
        r#"SELECT a.id, a.name, a.avatar_hash, m.role, a.state = 'active' AS "is_active!",
                  lower(a.name) AS "sorted_as!"
           FROM project_member m JOIN account a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
           WHERE m.tenant_id = $1 AND m.project_id = $2 AND a.state <> 'removed'
             AND ($5::text IS NULL OR (lower(a.name), a.id) > ($5, $6::uuid))
           ORDER BY lower(a.name), a.id LIMIT $3 OFFSET $4"#,
        permit.tenant_id(),
        project.0,
        most,
        skipped,
        name as Option<String>,
        account as Option<Uuid>
    )
    .fetch_all(&mut **permit)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Member {
                account: AccountId(row.id),
                name: row.name,
                avatar_hash: row.avatar_hash,
                role: Level::parse(&row.role)?,
                is_active: row.is_active,
                sorted_as: row.sorted_as,
            })
        })
        .collect())
}

/// How many there are of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Its members.
    pub members: i64,
    /// Those of them who lead it and may come in.
    pub leads: i64,
}

/// Counts the members of a project.
///
/// # Errors
/// [`DbError`].
pub async fn count(tx: &mut TenantTx, project: ProjectId) -> Result<Count, DbError> {
    let row = sqlx::query!(
        r#"SELECT count(*) AS "members!", count(*) FILTER (WHERE m.role = 'lead' AND a.state = 'active') AS "leads!"
           FROM project_member m JOIN account a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
           WHERE m.tenant_id = $1 AND m.project_id = $2 AND a.state <> 'removed'"#,
        tx.tenant_id(),
        project.0
    )
    .fetch_one(tx)
    .await?;
    Ok(Count { members: row.members, leads: row.leads })
}

/// The first [`SUGGESTED`] names of people who may come in and are not in a project, by name.
///
/// # Errors
/// [`DbError`].
pub async fn suggestions<P: Permission>(permit: &mut Permit<P>, project: ProjectId) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar!(
        "SELECT a.name FROM account a
         WHERE a.tenant_id = $1 AND a.state = 'active' AND NOT EXISTS (
             SELECT FROM project_member m
             WHERE m.tenant_id = a.tenant_id AND m.project_id = $2 AND m.account_id = a.id)
         ORDER BY lower(a.name), a.id LIMIT $3",
        permit.tenant_id(),
        project.0,
        SUGGESTED
    )
    .fetch_all(&mut **permit)
    .await?)
}

/// Puts somebody of the workspace into a project: by address, or by a name that only one person has.
///
/// # Errors
/// [`ProjectError`]; the caller drops the transaction.
pub async fn add(
    permit: &mut Permit<WriteTickets>,
    scribe: &Scribe,
    key: &str,
    who: &str,
    role: Level,
) -> Result<(), ProjectError> {
    let project = lead(permit, key).await?.into_changeable()?;
    let (principal, tx) = permit.parts();
    let email = EmailAddress::parse(who.trim()).map(|email| email.key().to_owned()).unwrap_or_default();
    // Locked, so that nobody is put in who is being removed.
    let found = sqlx::query!(
        r#"SELECT id, name, coalesce(email_key = $2, false) AS "has_address!" FROM account
           WHERE tenant_id = $1 AND state <> 'removed' AND (email_key = $2 OR lower(name) = lower($3))
           ORDER BY email_key = $2 DESC NULLS LAST, id LIMIT 2 FOR KEY SHARE"#,
        tx.tenant_id(),
        email,
        who.trim()
    )
    .fetch_all(&mut *tx)
    .await?;
    let person = match found.as_slice() {
        [] => return Err(ProjectError::NoSuchPerson),
        [person, ..] if person.has_address => person,
        [person] => person,
        _ => return Err(ProjectError::Ambiguous),
    };
    if count(tx, project.id).await?.members >= MOST_MEMBERS {
        return Err(ProjectError::TooManyMembers);
    }
    if !put_in(tx, scribe, project.id, AccountId(person.id), role).await? {
        return Err(ProjectError::AlreadyIn);
    }
    let after = json!({ "member": person.name, "role": role.label() });
    let act = Act::by(principal, Action::ProjectMemberAdded)
        .on("project", project.id.to_string(), &project.key)
        .change((), after);
    audit::record(tx, scribe, act).await?;
    Ok(())
}

/// `false`: they are in it already.
pub(super) async fn put_in(
    tx: &mut TenantTx,
    scribe: &Scribe,
    project: ProjectId,
    account: AccountId,
    role: Level,
) -> Result<bool, DbError> {
    let done = sqlx::query!(
        "INSERT INTO project_member (tenant_id, project_id, account_id, role, added_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, project_id, account_id) DO NOTHING",
        tx.tenant_id(),
        project.0,
        account.0,
        role.word(),
        scribe.ambient().now()
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Makes somebody a lead, in the project or not yet.
pub(super) async fn make_lead(
    tx: &mut TenantTx,
    scribe: &Scribe,
    project: ProjectId,
    account: AccountId,
) -> Result<(), DbError> {
    sqlx::query!(
        "INSERT INTO project_member (tenant_id, project_id, account_id, role, added_at) VALUES ($1, $2, $3, 'lead', $4)
         ON CONFLICT (tenant_id, project_id, account_id) DO UPDATE SET role = 'lead'",
        tx.tenant_id(),
        project.0,
        account.0,
        scribe.ambient().now()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Gives a member another role.
///
/// # Errors
/// [`ProjectError`]; the caller drops the transaction.
pub async fn set_role(
    permit: &mut Permit<WriteTickets>,
    scribe: &Scribe,
    key: &str,
    account: AccountId,
    role: Level,
) -> Result<(), ProjectError> {
    let project = lead(permit, key).await?.into_changeable()?;
    let (principal, tx) = permit.parts();
    let old = find(tx, project.id, account).await?.ok_or(ProjectError::NotMember)?;
    if old.role == role {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE project_member SET role = $4 WHERE tenant_id = $1 AND project_id = $2 AND account_id = $3",
        tx.tenant_id(),
        project.id.0,
        account.0,
        role.word()
    )
    .execute(&mut *tx)
    .await?;
    keeps_a_lead(tx, &project, &old).await?;
    let act = Act::by(principal, Action::ProjectMemberRoleChanged)
        .on("project", project.id.to_string(), &project.key)
        .change(
            json!({ "member": old.name, "role": old.role.label() }),
            json!({ "member": old.name, "role": role.label() }),
        );
    audit::record(tx, scribe, act).await?;
    Ok(())
}

/// Takes somebody out of a project.
///
/// # Errors
/// [`ProjectError`]; the caller drops the transaction.
pub async fn remove(
    permit: &mut Permit<WriteTickets>,
    scribe: &Scribe,
    key: &str,
    account: AccountId,
) -> Result<(), ProjectError> {
    let project = lead(permit, key).await?.into_changeable()?;
    let (principal, tx) = permit.parts();
    let old = find(tx, project.id, account).await?.ok_or(ProjectError::NotMember)?;
    sqlx::query!(
        "DELETE FROM project_member WHERE tenant_id = $1 AND project_id = $2 AND account_id = $3",
        tx.tenant_id(),
        project.id.0,
        account.0
    )
    .execute(&mut *tx)
    .await?;
    keeps_a_lead(tx, &project, &old).await?;
    let act = Act::by(principal, Action::ProjectMemberRemoved)
        .on("project", project.id.to_string(), &project.key)
        .change(json!({ "member": old.name, "role": old.role.label() }), ());
    audit::record(tx, scribe, act).await?;
    Ok(())
}

/// Takes somebody who leaves the workspace out of every project. It is told of with their leaving; nobody is asked for
/// another lead then, for owners and admins lead every project.
///
/// # Errors
/// [`DbError`].
pub async fn leave_all(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM project_member WHERE tenant_id = $1 AND account_id = $2", tx.tenant_id(), account.0)
        .execute(tx)
        .await?;
    Ok(())
}

struct Found {
    name: String,
    role: Level,
    is_active: bool,
}

async fn find(tx: &mut TenantTx, project: ProjectId, account: AccountId) -> Result<Option<Found>, DbError> {
    let row = sqlx::query!(
        r#"SELECT a.name, m.role, a.state = 'active' AS "is_active!"
           FROM project_member m JOIN account a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
           WHERE m.tenant_id = $1 AND m.project_id = $2 AND m.account_id = $3 AND a.state <> 'removed'"#,
        tx.tenant_id(),
        project.0,
        account.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.and_then(|row| Some(Found { name: row.name, role: Level::parse(&row.role)?, is_active: row.is_active })))
}

/// A project of members only keeps a lead who may come in, whoever changes it: after `gone` has lost their role. The
/// project is locked, so two leads cannot remove each other.
async fn keeps_a_lead(tx: &mut TenantTx, project: &Project, gone: &Found) -> Result<(), ProjectError> {
    if project.is_open || gone.role != Level::Lead || !gone.is_active {
        return Ok(());
    }
    if count(tx, project.id).await?.leads > 0 { Ok(()) } else { Err(ProjectError::LastLead) }
}
