//! Saved views: filters of the list with a name, one's own or everybody's in the workspace.

mod forms;
mod page;
mod view;

use rowhouse_platform::{
    access::{Permission, Permit},
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
    typed_id,
};
use uuid::Uuid;

use super::{
    list::Filter,
    permission::{ManageProjects, ReadTickets},
};

pub(super) use forms::{row, save_form};
pub(super) use page::{show, submit};

typed_id!(
    /// A saved view.
    ViewId,
    "viw"
);

/// The most characters of a name.
pub const NAME_LENGTH: usize = 80;
/// The most views of one person.
pub const MOST: i64 = 50;
/// The most views of others that are shown, by name.
const MOST_SHARED: i64 = 200;
/// The most characters of a filter.
pub const FILTER_LENGTH: usize = 2000;

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Its id.
    pub id: ViewId,
    /// Whose it is.
    pub owner: AccountId,
    /// What they are called, where it was asked for.
    pub owner_name: Option<String>,
    /// What it is called.
    pub name: String,
    /// Whether everybody in the workspace sees it.
    pub is_shared: bool,
    /// The query of the list's address.
    pub filter: String,
}

impl SavedView {
    /// Whether somebody may rename, share and delete it.
    fn may_change(&self, account: AccountId, manages: bool) -> bool {
        self.owner == account || (manages && self.is_shared)
    }
}

/// Why a view is not saved. The messages are for people.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// There is no such view, or it is somebody else's.
    #[error("There is no such view, or not any more.")]
    NotFound,
    /// Another view of the same person is called so, in some case.
    #[error("There is a view of this name already. Choose another.")]
    NameTaken,
    /// There are too many.
    #[error("You have {MOST} views, which is the most. Delete one first.")]
    TooMany,
    /// The filter is longer than views keep.
    #[error("This filter is too long to be saved. Ask for less at once.")]
    TooLong,
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(DbError),
}

impl From<DbError> for ViewError {
    fn from(error: DbError) -> Self {
        match error.constraint() {
            // Somebody took the name in this moment. The transaction is over then.
            Some("saved_view_by_name") => Self::NameTaken,
            _ => Self::Database(error),
        }
    }
}

impl From<sqlx::Error> for ViewError {
    fn from(error: sqlx::Error) -> Self {
        DbError::from(error).into()
    }
}

/// The views that the principal sees, by name: their own, and those that others share.
///
/// # Errors
/// [`DbError`].
pub async fn list<P: Permission>(permit: &mut Permit<P>) -> Result<Vec<SavedView>, DbError> {
    let (principal, tx) = permit.parts();
    let rows = sqlx::query!(
        "SELECT v.id, v.owner_id, a.name AS owner_name, v.name, v.is_shared, v.filter
         FROM saved_view v
         JOIN account a ON a.tenant_id = v.tenant_id AND a.id = v.owner_id
         WHERE v.tenant_id = $1 AND (v.owner_id = $2 OR v.is_shared)
         ORDER BY v.owner_id <> $2, lower(v.name), v.id LIMIT $3",
        tx.tenant_id(),
        principal.account.0,
        MOST + MOST_SHARED
    )
    .fetch_all(tx)
    .await?;
    let views = rows.into_iter().map(|row| SavedView {
        id: ViewId(row.id),
        owner: AccountId(row.owner_id),
        owner_name: Some(row.owner_name),
        name: row.name,
        is_shared: row.is_shared,
        filter: row.filter,
    });
    Ok(views.collect())
}

/// Saves a filter under a name. The name is checked: one line, trimmed, at most [`NAME_LENGTH`] characters.
///
/// # Errors
/// [`ViewError::NameTaken`], [`ViewError::TooMany`], [`ViewError::TooLong`], [`ViewError::Database`].
pub async fn create(
    permit: &mut Permit<ReadTickets>,
    ambient: &Ambient,
    name: &str,
    filter: &Filter,
    is_shared: bool,
) -> Result<ViewId, ViewError> {
    let filter = filter.query();
    if filter.chars().count() > FILTER_LENGTH {
        return Err(ViewError::TooLong);
    }
    let id = ambient.uuid();
    let (principal, tx) = permit.parts();
    let owner = principal.account.0;
    let done = sqlx::query!(
        "INSERT INTO saved_view (tenant_id, id, owner_id, name, is_shared, filter, created_at, updated_at)
         SELECT $1, $2, $3, $4, $5, $6, $7, $7
         WHERE (SELECT count(*) FROM saved_view v WHERE v.tenant_id = $1 AND v.owner_id = $3) < $8
         ON CONFLICT DO NOTHING",
        tx.tenant_id(),
        id,
        owner,
        name,
        is_shared,
        filter,
        ambient.now(),
        MOST
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(ViewId(id));
    }
    let is_taken = sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM saved_view v WHERE v.tenant_id = $1 AND v.owner_id = $2 AND lower(v.name) = lower($3)
           ) AS "is_taken!""#,
        tx.tenant_id(),
        owner,
        name
    )
    .fetch_one(tx)
    .await?;
    Err(if is_taken { ViewError::NameTaken } else { ViewError::TooMany })
}

/// What becomes of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViewChange {
    /// It is called so. The name is checked, as in [`create`].
    Name(String),
    /// Everybody in the workspace sees it, or its owner alone.
    Shared(bool),
}

/// Changes a view: one's own, or one that is shared where the principal manages projects.
///
/// # Errors
/// [`ViewError::NotFound`], [`ViewError::NameTaken`], [`ViewError::Database`].
pub async fn change(
    permit: &mut Permit<ReadTickets>,
    ambient: &Ambient,
    id: ViewId,
    change: ViewChange,
) -> Result<(), ViewError> {
    let owner = find_own(permit, id).await?;
    let (name, is_shared) = match change {
        ViewChange::Name(name) => (Some(name), None),
        ViewChange::Shared(is_shared) => (None, Some(is_shared)),
    };
    let done = sqlx::query!(
        "UPDATE saved_view SET name = coalesce($3, name), is_shared = coalesce($4, is_shared), updated_at = $5
         WHERE tenant_id = $1 AND id = $2 AND NOT EXISTS (
             SELECT FROM saved_view v
             WHERE v.tenant_id = $1 AND v.owner_id = $6 AND v.id <> $2 AND lower(v.name) = lower($3)
         )",
        permit.tenant_id(),
        id.0,
        name as Option<String>,
        is_shared as Option<bool>,
        ambient.now(),
        owner.0
    )
    .execute(&mut **permit)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(ViewError::NameTaken) }
}

/// Deletes a view: one's own, or one that is shared where the principal manages projects.
///
/// # Errors
/// [`ViewError::NotFound`], [`ViewError::Database`].
pub async fn remove(permit: &mut Permit<ReadTickets>, id: ViewId) -> Result<(), ViewError> {
    find_own(permit, id).await?;
    sqlx::query!("DELETE FROM saved_view WHERE tenant_id = $1 AND id = $2", permit.tenant_id(), id.0)
        .execute(&mut **permit)
        .await?;
    Ok(())
}

/// The owner of a view that the principal may change; it is locked until the transaction ends.
async fn find_own(permit: &mut Permit<ReadTickets>, id: ViewId) -> Result<AccountId, ViewError> {
    let (principal, tx) = permit.parts();
    let owner: Option<Uuid> = sqlx::query_scalar!(
        "SELECT owner_id FROM saved_view
         WHERE tenant_id = $1 AND id = $2 AND (owner_id = $3 OR (is_shared AND $4)) FOR UPDATE",
        tx.tenant_id(),
        id.0,
        principal.account.0,
        principal.may::<ManageProjects>()
    )
    .fetch_optional(tx)
    .await?;
    owner.map(AccountId).ok_or(ViewError::NotFound)
}

/// Deletes the views that somebody who leaves the workspace kept for themselves. Those that they shared stay: others work
/// with them, and who manages projects can change them.
///
/// # Errors
/// [`DbError`].
pub async fn leave_all(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    sqlx::query!(
        "DELETE FROM saved_view WHERE tenant_id = $1 AND owner_id = $2 AND NOT is_shared",
        tx.tenant_id(),
        account.0
    )
    .execute(tx)
    .await?;
    Ok(())
}
