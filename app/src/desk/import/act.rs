//! What people and programs do with an import: check it, begin it, stop it, undo it.

use rowhouse_platform::{
    access::Permit,
    audit::{self, Act, Action, Scribe},
    db::DbError,
};
use serde_json::json;

use super::{
    State,
    columns::{self, Field, MappingError},
    store::{self, Import},
};
use crate::desk::{permission::WriteTickets, project::Project};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::desk) enum Wish {
    /// Check the rows, with these columns.
    Check(Vec<Option<Field>>),
    /// Make the tickets.
    Start,
    /// Stop.
    Cancel,
    /// Take the tickets out again.
    Undo,
}

/// What became of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::desk) enum Became {
    /// It is so, or a server sees to it.
    Done,
    /// These columns cannot be taken so.
    Refused(Vec<Option<Field>>, MappingError),
    /// An import in this state has no such wish: it has gone on meanwhile.
    Late,
}

/// Does it with an import that is locked, of a project that the principal leads. The caller commits.
///
/// # Errors
/// [`DbError`].
pub(in crate::desk) async fn act(
    permit: &mut Permit<WriteTickets>,
    scribe: &Scribe,
    project: &Project,
    import: &Import,
    wish: Wish,
) -> Result<Became, DbError> {
    let ambient = scribe.ambient();
    let action = match (wish, import.state) {
        (Wish::Check(mapping), State::Mapping | State::Checked) => {
            if let Err(error) = columns::checked(&mapping) {
                return Ok(Became::Refused(mapping, error));
            }
            store::begin(permit, ambient, import.id, State::Checking, &mapping).await?;
            return Ok(Became::Done);
        }
        (Wish::Start, State::Checked) => {
            store::begin(permit, ambient, import.id, State::Running, &import.mapping).await?;
            Action::ImportStarted
        }
        (Wish::Cancel, state) if state.can_cancel() => {
            store::settle(permit, ambient, import, State::Cancelled, None).await?;
            Action::ImportCancelled
        }
        (Wish::Undo, state) if state.can_undo() && import.made > 0 => {
            store::settle(permit, ambient, import, State::Undoing, None).await?;
            Action::ImportUndone
        }
        _ => return Ok(Became::Late),
    };
    let (principal, tx) = permit.parts();
    let told = json!({ "project": project.key, "rows": import.rows_all, "tickets": import.made });
    let act = Act::by(principal, action).on("import", import.id.to_string(), &import.file_name).change((), told);
    audit::record(tx, scribe, act).await?;
    Ok(Became::Done)
}
