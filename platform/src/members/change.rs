//! What becomes of people who are in: another role, a pause, the return.
//!
//! Two people may act on each other at the same time, so each change first locks the tenant's active owners, the one
//! who acts and the one it is about, in the order of their ids. Who gets the locks second reads what the first has
//! done: an owner who was just demoted demotes nobody any more, and the last active owner stays.

use serde_json::json;
use uuid::Uuid;

use super::{
    list::{State, role_label},
    roles, settle,
};
use crate::{
    access::{AssignedRole, ManageMembers, PermissionInfo, Permit, Principal, Role, turn},
    ambient::Ambient,
    audit::{self, Act, Action, Scribe},
    db::{DbError, TenantTx},
    id::AccountId,
    identity::{policy, session},
    plan::{self, PlanError},
};

/// Why somebody's place in the workspace cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The tenant has no such person, or not any more.
    #[error("there is no such person")]
    NotFound,
    /// A workspace has an owner who can come in.
    #[error("This is the last active owner. Make somebody else an owner first.")]
    LastOwner,
    /// Somebody has to be able to come in when the identity provider is away.
    #[error(
        "This is the owner who can come in without single sign-on. Choose another one first, under Sign-in policy."
    )]
    BreakGlass,
    /// The person holds more than the one who acts, or would.
    #[error("That takes permissions that you do not have yourself.")]
    TooMighty,
    /// One does that to others, and leaves in another way.
    #[error("You cannot do that to yourself.")]
    Yourself,
    /// The role of the one who acts was changed in this moment.
    #[error("Your own role has just been changed, so nothing was done.")]
    Overtaken,
    /// The tenant has no such role.
    #[error("That role does not exist any more. Choose another.")]
    NoSuchRole,
    /// The address that was typed is not the person's.
    #[error("That is not the email address of the person.")]
    WrongEmail,
    /// The plan has no seat for them, or is not paid.
    #[error(transparent)]
    Plan(PlanError),
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// A locked row.
#[derive(Debug, Clone)]
pub(super) struct Locked {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) email_key: Option<String>,
    pub(super) role: AssignedRole,
    pub(super) role_label: String,
    pub(super) state: State,
}

impl Locked {
    pub(super) fn account(&self) -> AccountId {
        AccountId(self.id)
    }

    fn is_active_owner(&self) -> bool {
        self.state == State::Active && self.role.is(Role::Owner)
    }

    /// What of them goes into the audit log.
    pub(super) fn act(&self, principal: &Principal, action: Action) -> Act {
        Act::by(principal, action).on("account", self.account().to_string(), &self.name)
    }
}

/// Who is locked for a change.
#[derive(Debug)]
pub(super) struct Locks(Vec<Locked>);

impl Locks {
    /// Locks the active owners and these people.
    pub(super) async fn take(tx: &mut TenantTx, people: &[Uuid]) -> Result<Self, DbError> {
        turn::to_give(tx).await?;
        let ids = sqlx::query_scalar!(
            "SELECT id FROM account
             WHERE tenant_id = $1 AND ((role = 'owner' AND state = 'active') OR id = ANY($2))
             ORDER BY id FOR UPDATE",
            tx.tenant_id(),
            people
        )
        .fetch_all(&mut *tx)
        .await?;
        let rows = sqlx::query!(
            r#"SELECT a.id, a.name, a.email, a.email_key, a.role, a.custom_role_id, r.name AS "custom_role?", a.state
               FROM account a
               LEFT JOIN role r ON r.tenant_id = a.tenant_id AND r.id = a.custom_role_id
               WHERE a.tenant_id = $1 AND a.id = ANY($2)"#,
            tx.tenant_id(),
            &ids
        )
        .fetch_all(tx)
        .await?;
        let locked = rows.into_iter().filter_map(|row| {
            Some(Locked {
                role: AssignedRole::from_columns(&row.role, row.custom_role_id)?,
                role_label: role_label(Some(&row.role), row.custom_role.as_deref()),
                state: State::parse(&row.state)?,
                id: row.id,
                name: row.name,
                email: row.email,
                email_key: row.email_key,
            })
        });
        Ok(Self(locked.collect()))
    }

    /// Somebody, unless they are removed.
    pub(super) fn of(&self, account: AccountId) -> Result<Locked, ChangeError> {
        let found = self.0.iter().find(|row| row.id == account.0 && row.state != State::Removed);
        found.cloned().ok_or(ChangeError::NotFound)
    }

    /// Whether a workspace without this person, as an owner, still has one.
    pub(super) fn keep_an_owner(&self, without: &Locked) -> Result<(), ChangeError> {
        let has_other = self.0.iter().any(|row| row.is_active_owner() && row.id != without.id);
        if without.is_active_owner() && !has_other { Err(ChangeError::LastOwner) } else { Ok(()) }
    }
}

/// Whether the tenant needs somebody to stay an owner who can come in: it requires single sign-on, and lets nobody else
/// in without it. The caller has locked them.
pub(super) async fn keep_break_glass(tx: &mut TenantTx, without: &Locked) -> Result<(), ChangeError> {
    let is_kept = without.role.is(Role::Owner) && is_break_glass(tx, without.account()).await?;
    if is_kept { Err(ChangeError::BreakGlass) } else { Ok(()) }
}

/// Whether somebody is the owner whom the tenant lets in without single sign-on.
pub(super) async fn is_break_glass(tx: &mut TenantTx, account: AccountId) -> Result<bool, DbError> {
    let policy = policy::load(tx).await?;
    Ok(policy.sso_required && policy.break_glass == Some(account))
}

/// Takes the locks, and sees that the one who acts still is who they were, and holds all that the other holds.
pub(super) async fn begin(
    tx: &mut TenantTx,
    principal: &Principal,
    catalogue: &[PermissionInfo],
    account: AccountId,
) -> Result<(Locks, Locked), ChangeError> {
    let locks = Locks::take(tx, &[principal.account.0, account.0]).await?;
    let actor = locks.of(principal.account).map_err(|_| ChangeError::Overtaken)?;
    if actor.state != State::Active || actor.role != principal.role {
        return Err(ChangeError::Overtaken);
    }
    let person = locks.of(account)?;
    if !principal.grants.cover(&roles::grants_of(tx, account).await?, catalogue) {
        return Err(ChangeError::TooMighty);
    }
    Ok((locks, person))
}

/// Gives somebody another role.
///
/// # Errors
/// [`ChangeError`]; the caller drops the transaction.
pub async fn change_role(
    permit: &mut Permit<ManageMembers>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    account: AccountId,
    to: AssignedRole,
) -> Result<(), ChangeError> {
    let (principal, tx) = permit.parts();
    let (locks, person) = begin(tx, principal, catalogue, account).await?;
    if person.role == to {
        return Ok(());
    }
    let new = roles::role(tx, to).await?.ok_or(ChangeError::NoSuchRole)?;
    if !principal.grants.cover(&new.grants, catalogue) {
        return Err(ChangeError::TooMighty);
    }
    locks.keep_an_owner(&person)?;
    keep_break_glass(tx, &person).await?;
    let old = roles::role(tx, person.role).await?.ok_or(ChangeError::NoSuchRole)?;
    set_role(tx, account, to).await?;
    let mut act = person
        .act(principal, Action::MemberRoleChanged)
        .change(json!({ "role": person.role_label }), json!({ "role": new.label }));
    if !new.grants.cover(&old.grants, catalogue) {
        act = take_back(tx, scribe.ambient(), &person, act).await?;
    }
    audit::record(tx, scribe, act).await?;
    Ok(())
}

/// Takes back what the person has invited: they hold less than when they did.
pub(super) async fn take_back(tx: &mut TenantTx, ambient: &Ambient, person: &Locked, act: Act) -> Result<Act, DbError> {
    Ok(match settle::revoke_of(tx, ambient, &[person.account()]).await? {
        0 => act,
        1 => act.because("One invitation or link of theirs was revoked."),
        count => act.because(format!("{count} invitations and links of theirs were revoked.")),
    })
}

/// Shuts somebody out, for now: their sessions end, what is theirs stays.
///
/// # Errors
/// [`ChangeError`]; the caller drops the transaction.
pub async fn deactivate(
    permit: &mut Permit<ManageMembers>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    account: AccountId,
) -> Result<(), ChangeError> {
    let (principal, tx) = permit.parts();
    if principal.account == account {
        return Err(ChangeError::Yourself);
    }
    let (locks, person) = begin(tx, principal, catalogue, account).await?;
    if person.state == State::Deactivated {
        return Ok(());
    }
    locks.keep_an_owner(&person)?;
    keep_break_glass(tx, &person).await?;
    set_state(tx, scribe.ambient(), account, State::Deactivated).await?;
    session::end_all(tx, account, None).await?;
    let act = person
        .act(principal, Action::MemberDeactivated)
        .change(json!({ "state": person.state.word() }), json!({ "state": State::Deactivated.word() }));
    let act = take_back(tx, scribe.ambient(), &person, act).await?;
    audit::record(tx, scribe, act).await?;
    Ok(())
}

/// Lets somebody in again.
///
/// # Errors
/// [`ChangeError`]; the caller drops the transaction.
pub async fn reactivate(
    permit: &mut Permit<ManageMembers>,
    scribe: &Scribe,
    catalogue: &[PermissionInfo],
    account: AccountId,
) -> Result<(), ChangeError> {
    let (principal, tx) = permit.parts();
    let (_, person) = begin(tx, principal, catalogue, account).await?;
    if person.state == State::Active {
        return Ok(());
    }
    plan::count::room_for_one(tx, scribe.ambient()).await?.map_err(ChangeError::Plan)?;
    set_state(tx, scribe.ambient(), account, State::Active).await?;
    let act = person
        .act(principal, Action::MemberReactivated)
        .change(json!({ "state": person.state.word() }), json!({ "state": State::Active.word() }));
    audit::record(tx, scribe, act).await?;
    Ok(())
}

pub(super) async fn set_role(tx: &mut TenantTx, account: AccountId, to: AssignedRole) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE account SET role = $3, custom_role_id = $4 WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        account.0,
        to.word(),
        to.custom_role_id()
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn set_state(tx: &mut TenantTx, ambient: &Ambient, account: AccountId, state: State) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE account SET state = $3, state_changed_at = $4 WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        account.0,
        state.word(),
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(())
}
