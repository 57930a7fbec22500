//! What a provider's groups mean here: an ordered list of rules, of which the first that matches says the role.
//!
//! A rule decides for those whom no rule before it took, and gives way to those after it when it goes. So whoever
//! changes the list from some place on has to hold all that the rules from there on give, and what is given where none
//! matches: nobody gives or takes more than they hold, and only owners touch what makes owners.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Connection, ConnectionId, connection};
use crate::{
    access::{AssignedRole, ManageSso, PermissionInfo, Permit, Principal, RoleId},
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    members,
};

/// Rules of one connection, at most.
pub const MOST: usize = 50;
/// The most characters of a rule's value.
pub const VALUE_LENGTH: usize = 300;

/// A rule: whoever has `value` in the connection's attribute for groups gets `role`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its place in the order, from 1.
    pub position: i32,
    /// The group, exactly as the provider writes it.
    pub value: String,
    /// What people in it become.
    pub role: AssignedRole,
}

/// What is done to the list. A rule is named by its value, which is in the list once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A rule is added at the end.
    Add {
        /// The group.
        value: String,
        /// What people in it become.
        role: AssignedRole,
    },
    /// A rule goes one place up.
    Up(String),
    /// A rule goes one place down.
    Down(String),
    /// A rule is removed.
    Remove(String),
}

/// Why rules, or what else a connection says of people, cannot be changed. Nothing was done; the caller drops the
/// transaction.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// There is no such connection, or no such rule (any more).
    #[error("there is no such connection or rule")]
    NotFound,
    /// The group stands in the list.
    #[error("There is a rule for “{0}” already. Remove it first, or move it.")]
    Known(String),
    /// There are as many as there may be.
    #[error("There are {MOST} rules, and no more can be added.")]
    Full,
    /// The role is not the tenant's (any more).
    #[error("That role does not exist any more. Choose another.")]
    NoSuchRole,
    /// The default role makes nobody an owner.
    #[error("People become owners by a rule only. Choose another role.")]
    Owner,
    /// It gives more than the one who acts holds.
    #[error("“{0}” holds permissions that you do not have yourself, so you cannot change who gets it.")]
    TooMighty(String),
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<sqlx::Error> for RulesError {
    fn from(error: sqlx::Error) -> Self {
        DbError::from(error).into()
    }
}

/// The rules of a connection, in their order.
///
/// # Errors
/// [`DbError`].
pub async fn of(tx: &mut TenantTx, connection: ConnectionId) -> Result<Vec<Rule>, DbError> {
    let rows = sqlx::query!(
        "SELECT position, value, role, custom_role_id FROM sso_role_rule
         WHERE tenant_id = $1 AND connection_id = $2 ORDER BY position",
        tx.tenant_id(),
        connection.0
    )
    .fetch_all(tx)
    .await?;
    // A role that cannot be read gives nothing.
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let role = AssignedRole::from_columns(&row.role, row.custom_role_id)?;
            Some(Rule { position: row.position, value: row.value, role })
        })
        .collect())
}

/// Locks a connection against other changes of what it says of people. `false`: there is no such connection.
pub(super) async fn lock(tx: &mut TenantTx, id: ConnectionId) -> Result<bool, DbError> {
    let found = sqlx::query_scalar!(
        "SELECT id FROM sso_connection WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE",
        tx.tenant_id(),
        id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(found.is_some())
}

/// Whether the one who acts holds all that these roles do, and each of them is the tenant's: until the transaction ends,
/// none is deleted.
pub(super) async fn covered(
    tx: &mut TenantTx,
    principal: &Principal,
    catalogue: &[PermissionInfo],
    roles: &[AssignedRole],
) -> Result<(), RulesError> {
    for (at, &role) in roles.iter().enumerate() {
        if roles[..at].contains(&role) {
            continue;
        }
        let choice = members::role(tx, role).await?.ok_or(RulesError::NoSuchRole)?;
        if !principal.grants.cover(&choice.grants, catalogue) {
            return Err(RulesError::TooMighty(choice.label));
        }
    }
    Ok(())
}

/// Changes the list.
///
/// # Errors
/// [`RulesError`].
pub async fn change(
    permit: &mut Permit<ManageSso>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    id: ConnectionId,
    change: Change,
) -> Result<(), RulesError> {
    let (principal, tx) = permit.parts();
    if !lock(tx, id).await? {
        return Err(RulesError::NotFound);
    }
    let connection = connection::find(tx, id).await?.ok_or(RulesError::NotFound)?;
    let before = of(tx, id).await?;
    let Some((after, from)) = apply(&before, change)? else { return Ok(()) };
    let mut touched: Vec<AssignedRole> = before[from..].iter().chain(&after[from..]).map(|rule| rule.role).collect();
    touched.push(connection.admitting.default_role);
    covered(tx, principal, catalogue, &touched).await?;
    save(tx, id, &after).await?;
    record(tx, scribe, principal, &connection, &before, &after).await?;
    Ok(())
}

/// The list after a change, and the first place that it concerns; `None`: it stays as it is.
fn apply(before: &[Rule], change: Change) -> Result<Option<(Vec<Rule>, usize)>, RulesError> {
    let place = |value: &str| before.iter().position(|rule| rule.value == value).ok_or(RulesError::NotFound);
    let mut after = before.to_vec();
    let from = match change {
        Change::Add { value, .. } if place(&value).is_ok() => return Err(RulesError::Known(value)),
        Change::Add { .. } if before.len() >= MOST => return Err(RulesError::Full),
        Change::Add { value, role } => {
            after.push(Rule { position: 0, value, role });
            before.len()
        }
        Change::Up(value) => match place(&value)? {
            0 => return Ok(None),
            at => {
                after.swap(at - 1, at);
                at - 1
            }
        },
        Change::Down(value) => match place(&value)? {
            at if at + 1 == before.len() => return Ok(None),
            at => {
                after.swap(at, at + 1);
                at
            }
        },
        Change::Remove(value) => {
            let at = place(&value)?;
            after.remove(at);
            at
        }
    };
    for (rule, position) in after.iter_mut().zip(1..) {
        rule.position = position;
    }
    Ok(Some((after, from)))
}

async fn save(tx: &mut TenantTx, id: ConnectionId, rules: &[Rule]) -> Result<(), DbError> {
    let tenant = tx.tenant_id();
    let positions: Vec<i32> = rules.iter().map(|rule| rule.position).collect();
    let values: Vec<String> = rules.iter().map(|rule| rule.value.clone()).collect();
    let words: Vec<String> = rules.iter().map(|rule| rule.role.word().to_owned()).collect();
    let custom: Vec<Option<Uuid>> = rules.iter().map(|rule| rule.role.custom_role_id()).collect();
    sqlx::query!("DELETE FROM sso_role_rule WHERE tenant_id = $1 AND connection_id = $2", tenant, id.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "INSERT INTO sso_role_rule (tenant_id, connection_id, position, value, role, custom_role_id)
         SELECT $1, $2, rule.position, rule.value, rule.role, rule.custom_role_id
         FROM unnest($3::integer[], $4::text[], $5::text[], $6::uuid[])
             AS rule (position, value, role, custom_role_id)",
        tenant,
        id.0,
        &positions,
        &values,
        &words,
        &custom as &[Option<Uuid>]
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn record(
    tx: &mut TenantTx,
    scribe: &Scribe,
    principal: &Principal,
    connection: &Connection,
    before: &[Rule],
    after: &[Rule],
) -> Result<(), DbError> {
    let roles = members::all_roles(tx).await?;
    let written = |rules: &[Rule]| -> Value {
        let lines = rules.iter().map(|rule| {
            let label = roles.iter().find(|choice| choice.role == rule.role).map(|choice| choice.label.as_str());
            format!("{}. {} → {}", rule.position, rule.value, label.unwrap_or_default())
        });
        json!({ "rules": lines.collect::<Vec<_>>() })
    };
    let act = Act::by(principal, Action::SsoRulesChanged)
        .on("sso_connection", connection.id.to_string(), &connection.name)
        .change(written(before), written(after));
    audit::record(tx, scribe, act).await
}

/// Locks the connections of the tenant before a role is replaced in what they say: nobody changes that meanwhile.
pub(crate) async fn lock_all(tx: &mut TenantTx) -> Result<(), DbError> {
    sqlx::query_scalar!(
        "SELECT id FROM sso_connection WHERE tenant_id = $1 ORDER BY id FOR NO KEY UPDATE",
        tx.tenant_id()
    )
    .fetch_all(tx)
    .await?;
    Ok(())
}

/// How many rules and default roles give a role of the tenant's own.
pub(crate) async fn count_of_role(tx: &mut TenantTx, role: RoleId) -> Result<i64, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT (SELECT count(*) FROM sso_role_rule r WHERE r.tenant_id = $1 AND r.custom_role_id = $2)
                + (SELECT count(*) FROM sso_connection c WHERE c.tenant_id = $1 AND c.default_custom_role_id = $2)
                AS "count!""#,
        tx.tenant_id(),
        role.0
    )
    .fetch_one(tx)
    .await?)
}

/// Puts another role in the place of one, wherever a connection gives it.
pub(crate) async fn replace_role(tx: &mut TenantTx, role: RoleId, to: AssignedRole) -> Result<(), DbError> {
    let (tenant, word, custom) = (tx.tenant_id(), to.word(), to.custom_role_id());
    sqlx::query!(
        "UPDATE sso_role_rule SET role = $3, custom_role_id = $4 WHERE tenant_id = $1 AND custom_role_id = $2",
        tenant,
        role.0,
        word,
        custom
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE sso_connection SET default_role = $3, default_custom_role_id = $4
         WHERE tenant_id = $1 AND default_custom_role_id = $2",
        tenant,
        role.0,
        word,
        custom
    )
    .execute(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;

    fn list(values: &[&str]) -> Vec<Rule> {
        let role = AssignedRole::BuiltIn(Role::Agent);
        values.iter().zip(1..).map(|(value, position)| Rule { position, value: (*value).to_owned(), role }).collect()
    }

    fn after(change: Change) -> Option<(String, usize)> {
        let (rules, from) = apply(&list(&["a", "b", "c"]), change).unwrap()?;
        assert!(rules.iter().zip(1..).all(|(rule, position)| rule.position == position), "{rules:?}");
        Some((rules.iter().map(|rule| rule.value.as_str()).collect(), from))
    }

    #[test]
    fn changes_concern_the_list_from_a_place_on() {
        let text = str::to_owned;
        let add = Change::Add { value: text("d"), role: AssignedRole::BuiltIn(Role::Viewer) };
        assert_eq!(after(add), Some((text("abcd"), 3)));
        assert_eq!(after(Change::Up(text("c"))), Some((text("acb"), 1)));
        assert_eq!(after(Change::Down(text("a"))), Some((text("bac"), 0)));
        assert_eq!(after(Change::Remove(text("b"))), Some((text("ac"), 1)));
        assert_eq!(after(Change::Up(text("a"))), None);
        assert_eq!(after(Change::Down(text("c"))), None);
    }

    #[test]
    fn what_is_not_there_and_what_is_there_already() {
        let known = Change::Add { value: "b".to_owned(), role: AssignedRole::BuiltIn(Role::Viewer) };
        assert!(matches!(apply(&list(&["a", "b"]), known), Err(RulesError::Known(value)) if value == "b"));
        for change in [Change::Up("x".to_owned()), Change::Down("x".to_owned()), Change::Remove("x".to_owned())] {
            assert!(matches!(apply(&list(&["a"]), change), Err(RulesError::NotFound)));
        }
        let names: Vec<String> = (0..MOST).map(|number| number.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let more = Change::Add { value: "more".to_owned(), role: AssignedRole::BuiltIn(Role::Viewer) };
        assert!(matches!(apply(&list(&names), more), Err(RulesError::Full)));
    }
}
