//! The people of a ticket: who can be its requester, assignee or watcher.

use rowhouse_platform::{
    access::{Permission, Permit},
    db::{DbError, TenantTx},
    id::AccountId,
};
use uuid::Uuid;

use super::{TicketId, event::Named};
use crate::desk::{
    permission::{ManageProjects, ReadTickets},
    project::ProjectId,
};

/// Somebody, as pages and programs show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their account.
    pub id: AccountId,
    /// What they are called.
    pub name: String,
    /// Names their picture.
    pub avatar_hash: Option<String>,
}

/// The active people who reach a project, by name: those whose name or address contains `text`, at most `most`; where it is
/// the whole address of one of them, that one alone.
///
/// # Errors
/// [`DbError`].
pub async fn of_project<P: Permission>(
    permit: &mut Permit<P>,
    project: ProjectId,
    text: &str,
    most: i64,
) -> Result<Vec<Person>, DbError> {
    let found = reaching(permit, project, None, Asked { text, after: None, most }).await?;
    Ok(addressed(found.into_iter().map(|found| (found.person, found.is_address)).collect()))
}

/// Whom an address means, for it may be the end of somebody else's; or else all who were found.
fn addressed(mut found: Vec<(Person, bool)>) -> Vec<Person> {
    if let Some(place) = found.iter().position(|(_, is_address)| *is_address) {
        return vec![found.swap_remove(place).0];
    }
    found.into_iter().map(|(person, _)| person).collect()
}

/// A page of those whose name or address contains `text`, behind somebody: by their name as lists are sorted by it, which
/// is answered with each, and their account.
///
/// # Errors
/// [`DbError`].
pub async fn page_of_project<P: Permission>(
    permit: &mut Permit<P>,
    project: ProjectId,
    text: &str,
    after: Option<(String, AccountId)>,
    most: i64,
) -> Result<Vec<(Person, String)>, DbError> {
    let found = reaching(permit, project, None, Asked { text, after, most }).await?;
    Ok(found.into_iter().map(|found| (found.person, found.sorted_as)).collect())
}

/// The active people of the workspace, by name: those whose name or address contains `text`, at most `most`; where it is
/// the whole address of one of them, that one alone.
///
/// # Errors
/// [`DbError`].
pub async fn of_workspace<P: Permission>(
    permit: &mut Permit<P>,
    text: &str,
    most: i64,
) -> Result<Vec<Person>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT a.id, a.name, a.avatar_hash, a.email_key = lower($2) AS "is_address!" FROM account a
           WHERE a.tenant_id = $1 AND a.state = 'active'
             AND (strpos(lower(a.name), lower($2)) > 0 OR strpos(a.email_key, lower($2)) > 0)
           ORDER BY a.email_key = lower($2) DESC, lower(a.name), a.id LIMIT $3"#,
        permit.tenant_id(),
        text,
        most
    )
    .fetch_all(&mut **permit)
    .await?;
    let person = |id, name, avatar_hash| Person { id: AccountId(id), name, avatar_hash };
    Ok(addressed(rows.into_iter().map(|row| (person(row.id, row.name, row.avatar_hash), row.is_address)).collect()))
}

/// Those of `ids` who are active and reach the project.
pub(in crate::desk) async fn among(
    tx: &mut TenantTx,
    project: ProjectId,
    ids: &[Uuid],
) -> Result<Vec<Person>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = reaching(tx, project, Some(ids), Asked { text: "", after: None, most: i64::MAX }).await?;
    Ok(found.into_iter().map(|found| found.person).collect())
}

/// Which of the people are asked for.
struct Asked<'a> {
    /// Those whose name or address contains it.
    text: &'a str,
    /// Those behind this one.
    after: Option<(String, AccountId)>,
    most: i64,
}

/// Somebody who is asked for.
struct Found {
    person: Person,
    /// Their name, as lists are sorted by it.
    sorted_as: String,
    /// Whether the text is the whole of their address.
    is_address: bool,
}

async fn reaching(
    tx: &mut TenantTx,
    project: ProjectId,
    ids: Option<&[Uuid]>,
    asked: Asked<'_>,
) -> Result<Vec<Found>, DbError> {
    let (name, account) = asked.after.map(|(name, account)| (name, account.0)).unzip();
    Ok(sqlx::query!(
        r#"SELECT a.id, a.name, a.avatar_hash, lower(a.name) AS "sorted_as!", a.email_key = lower($8) AS "is_address!"
           FROM account a
           JOIN project p ON p.tenant_id = a.tenant_id AND p.id = $2
           LEFT JOIN project_member m
               ON m.tenant_id = a.tenant_id AND m.project_id = p.id AND m.account_id = a.id
           LEFT JOIN role r ON r.tenant_id = a.tenant_id AND r.id = a.custom_role_id
           LEFT JOIN LATERAL (
               SELECT bool_or(g.role = ANY ($3) OR $4 = ANY (c.permissions)) AS reads,
                      bool_or(g.role = ANY ($5) OR $6 = ANY (c.permissions)) AS manages
               FROM group_member x
               JOIN member_group g ON g.tenant_id = x.tenant_id AND g.id = x.group_id
               LEFT JOIN role c ON c.tenant_id = g.tenant_id AND c.id = g.custom_role_id
               WHERE x.tenant_id = $1 AND x.account_id = a.id
           ) h ON true
           WHERE a.tenant_id = $1 AND a.state = 'active'
             AND ($7::uuid[] IS NULL OR a.id = ANY ($7))
             AND ($8 = '' OR strpos(lower(a.name), lower($8)) > 0 OR strpos(a.email_key, lower($8)) > 0)
             AND (a.role = ANY ($3) OR $4 = ANY (r.permissions) OR h.reads)
             AND (p.is_open OR m.account_id IS NOT NULL OR a.role = ANY ($5) OR $6 = ANY (r.permissions) OR h.manages)
             AND ($10::text IS NULL OR (lower(a.name), a.id) > ($10, $11::uuid))
           ORDER BY lower(a.name), a.id LIMIT $9"#,
        tx.tenant_id(),
        project.0,
        &roles::<ReadTickets>(),
        ReadTickets::NAME,
        &roles::<ManageProjects>(),
        ManageProjects::NAME,
        ids as Option<&[Uuid]>,
        asked.text,
        asked.most,
        name as Option<String>,
        account as Option<Uuid>
    )
    .fetch_all(tx)
    .await?
    .into_iter()
    .map(|row| Found {
        person: Person { id: AccountId(row.id), name: row.name, avatar_hash: row.avatar_hash },
        sorted_as: row.sorted_as,
        is_address: row.is_address,
    })
    .collect())
}

fn roles<P: Permission>() -> Vec<String> {
    P::HELD_BY.iter().map(|role| role.as_str().to_owned()).collect()
}

/// The requester and the assignee of a ticket, whether they are active or not.
pub(super) async fn of_ticket(tx: &mut TenantTx, ticket: TicketId) -> Result<Vec<Person>, DbError> {
    Ok(sqlx::query!(
        "SELECT a.id, a.name, a.avatar_hash
         FROM ticket t
         JOIN account a ON a.tenant_id = t.tenant_id AND a.id IN (t.requester_id, t.assignee_id)
         WHERE t.tenant_id = $1 AND t.id = $2",
        tx.tenant_id(),
        ticket.0
    )
    .fetch_all(tx)
    .await?
    .into_iter()
    .map(|row| Person { id: AccountId(row.id), name: row.name, avatar_hash: row.avatar_hash })
    .collect())
}

/// What somebody is called, whether they are active or not.
pub(in crate::desk) async fn named(tx: &mut TenantTx, account: AccountId) -> Result<Option<Named>, DbError> {
    let name =
        sqlx::query_scalar!("SELECT name FROM account WHERE tenant_id = $1 AND id = $2", tx.tenant_id(), account.0)
            .fetch_optional(tx)
            .await?;
    Ok(name.map(|name| Named { id: account, name }))
}
