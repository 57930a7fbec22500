//! Labels: words with a colour that a workspace sorts its tickets by.

mod busy;
mod end;
pub mod ending;

use rowhouse_platform::{
    access::{Permission, Permit},
    ambient::Ambient,
    db::{DbError, TenantTx},
};
use serde::Deserialize;
use uuid::Uuid;

pub use self::{
    end::{Ended, merge, remove},
    ending::LabelChore,
};
use super::{Colour, LabelId};
use crate::desk::{
    list::count::COUNTED,
    permission::{ManageProjects, WriteTickets},
};

/// The most characters of a name.
pub const NAME_LENGTH: usize = 50;
/// The most labels of a workspace.
pub const MOST_IN_WORKSPACE: i64 = 500;

/// A label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its id.
    pub id: LabelId,
    /// What it says.
    pub name: String,
    /// Its colour.
    pub colour: Colour,
}

/// A label as a row of another query carries it: `jsonb_build_object('id', l.id, 'name', l.name, 'colour', l.colour)`.
#[derive(Debug, Deserialize)]
pub struct LabelJson {
    id: Uuid,
    name: String,
    colour: Colour,
}

impl From<LabelJson> for Label {
    fn from(json: LabelJson) -> Self {
        Self { id: LabelId(json.id), name: json.name, colour: json.colour }
    }
}

/// A label and how many tickets have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelUse {
    /// The label.
    pub label: Label,
    /// How many tickets have it, those of every project; at most one more than [`COUNTED`].
    pub tickets: i64,
    /// Whether tickets can be given it.
    pub state: LabelState,
}

/// Whether tickets can be given a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelState {
    /// They can.
    InUse,
    /// It is merged into the one of this name: tickets that have it get that one, one after the other.
    Merging(String),
    /// It is deleted: tickets lose it, one after the other.
    Leaving,
}

/// Why a label is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// There is no such label, or not any more.
    #[error("That label does not exist any more.")]
    NotFound,
    /// Another label is called so, in some case.
    #[error("There is a label of this name. Choose another name.")]
    NameTaken,
    /// The workspace has as many as there may be.
    #[error("A workspace has at most {MOST_IN_WORKSPACE} labels. Merge or delete some first.")]
    TooMany,
    /// A label is merged into another one.
    #[error("A label cannot be merged into itself. Choose another.")]
    IntoItself,
    /// It is being merged or deleted.
    #[error("That label is being merged or deleted already. Its tickets are on their way.")]
    Ending,
    /// The one in its place is being merged or deleted.
    #[error("The label in its place is being merged or deleted itself. Choose another.")]
    IntoEnding,
    /// Others are being merged into it.
    #[error("Another label is being merged into this one. Wait until its tickets are done.")]
    Awaited,
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(DbError),
}

impl From<DbError> for LabelError {
    fn from(error: DbError) -> Self {
        match error.constraint() {
            Some("label_by_name") => Self::NameTaken,
            _ => Self::Database(error),
        }
    }
}

impl From<sqlx::Error> for LabelError {
    fn from(error: sqlx::Error) -> Self {
        DbError::from(error).into()
    }
}

/// The labels that tickets can be given, by name.
///
/// # Errors
/// [`DbError`].
pub async fn list<P: Permission>(permit: &mut Permit<P>) -> Result<Vec<Label>, DbError> {
    by_name(permit, false).await
}

/// The labels that tickets can have, by name: those on their way out, too.
///
/// # Errors
/// [`DbError`].
pub async fn known<P: Permission>(permit: &mut Permit<P>) -> Result<Vec<Label>, DbError> {
    by_name(permit, true).await
}

async fn by_name(tx: &mut TenantTx, with_ending: bool) -> Result<Vec<Label>, DbError> {
    Ok(sqlx::query!(
        r#"SELECT id, name, colour AS "colour: Colour" FROM label
           WHERE tenant_id = $1 AND ($2 OR ending_since IS NULL) ORDER BY lower(name)"#,
        tx.tenant_id(),
        with_ending
    )
    .fetch_all(tx)
    .await?
    .into_iter()
    .map(|row| Label { id: LabelId(row.id), name: row.name, colour: row.colour })
    .collect())
}

/// All labels, by name, with how many tickets have each. Counting stops as that of the list does.
///
/// # Errors
/// [`DbError`].
pub async fn list_with_use<P: Permission>(permit: &mut Permit<P>) -> Result<Vec<LabelUse>, DbError> {
    Ok(sqlx::query!(
        r#"SELECT l.id, l.name, l.colour AS "colour: Colour", l.ending_since IS NOT NULL AS "is_ending!",
                  m.name AS "into?", (
                      SELECT count(*) FROM (
                          SELECT FROM ticket_label t WHERE t.tenant_id = l.tenant_id AND t.label_id = l.id LIMIT $2
                      ) few
                  ) AS "tickets!"
           FROM label l
           LEFT JOIN label m ON m.tenant_id = l.tenant_id AND m.id = l.merging_into
           WHERE l.tenant_id = $1 ORDER BY lower(l.name)"#,
        permit.tenant_id(),
        COUNTED + 1
    )
    .fetch_all(&mut **permit)
    .await?
    .into_iter()
    .map(|row| LabelUse {
        label: Label { id: LabelId(row.id), name: row.name, colour: row.colour },
        tickets: row.tickets,
        state: match row.into {
            Some(into) => LabelState::Merging(into),
            None if row.is_ending => LabelState::Leaving,
            None => LabelState::InUse,
        },
    })
    .collect())
}

/// Makes a label. The name is checked: one line, trimmed, at most [`NAME_LENGTH`] characters.
///
/// # Errors
/// [`LabelError::NameTaken`], [`LabelError::TooMany`], [`LabelError::Database`].
pub async fn create(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    name: &str,
    colour: Colour,
) -> Result<LabelId, LabelError> {
    let id = ambient.uuid();
    let done = sqlx::query!(
        "INSERT INTO label (tenant_id, id, name, colour, created_at)
         SELECT $1, $2, $3, $4, $5
         WHERE (SELECT count(*) FROM label l WHERE l.tenant_id = $1) < $6",
        permit.tenant_id(),
        id,
        name,
        colour.word(),
        ambient.now(),
        MOST_IN_WORKSPACE
    )
    .execute(&mut **permit)
    .await?;
    if done.rows_affected() == 1 { Ok(LabelId(id)) } else { Err(LabelError::TooMany) }
}

/// Those of these labels that tickets can be given. They stay until the transaction ends: whoever deletes or merges one
/// waits.
///
/// # Errors
/// [`DbError`].
pub async fn hold(tx: &mut TenantTx, ids: &[Uuid]) -> Result<Vec<Uuid>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // In the order in which merging locks them, so that nobody waits for each other.
    Ok(sqlx::query_scalar!(
        "SELECT id FROM label WHERE tenant_id = $1 AND id = ANY ($2) AND ending_since IS NULL
         ORDER BY id FOR KEY SHARE",
        tx.tenant_id(),
        ids
    )
    .fetch_all(tx)
    .await?)
}

/// Gives a label another name, another colour, or both; what is `None` stays as it is. Tickets keep it, so nothing happens
/// to them; what happened to them keeps the name of that time.
///
/// # Errors
/// [`LabelError::NotFound`], [`LabelError::NameTaken`], [`LabelError::Ending`], [`LabelError::Database`].
pub async fn change(
    permit: &mut Permit<ManageProjects>,
    id: LabelId,
    name: Option<&str>,
    colour: Option<Colour>,
) -> Result<(), LabelError> {
    let done = sqlx::query!(
        "UPDATE label SET name = coalesce($3, name), colour = coalesce($4, colour)
         WHERE tenant_id = $1 AND id = $2 AND ending_since IS NULL",
        permit.tenant_id(),
        id.0,
        name as Option<&str>,
        colour.map(Colour::word) as Option<&str>
    )
    .execute(&mut **permit)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(());
    }
    let is_there = known(permit).await?.iter().any(|label| label.id == id);
    Err(if is_there { LabelError::Ending } else { LabelError::NotFound })
}
