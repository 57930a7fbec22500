//! Why a change of a ticket, or of what belongs to it, is not made.

use rowhouse_platform::{db::DbError, plan::PlanError};

use super::{MOST_LABELS, MOST_LINKS, MOST_WATCHERS};

/// Why nothing was done. The caller drops the transaction; the messages are for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// There is no such ticket or comment, or it is in a project that the principal does not reach.
    #[error("There is no such ticket, or not any more.")]
    NotFound,
    /// The principal reads the project and no more, or the project is archived.
    #[error("You can read this project’s tickets and not change them.")]
    ReadOnly,
    /// Somebody else changed it since it was read.
    #[error("Somebody else has changed this in the meantime. Look at it again, then change it.")]
    Overtaken {
        /// The version that it has now.
        current: i64,
    },
    /// There is no such project, or the principal does not reach it.
    #[error("There is no such project. Choose another.")]
    NoSuchProject,
    /// The requester, assignee or watcher has no active account, or does not reach the project.
    #[error("That person does not have access to this project. Choose another.")]
    NoSuchPerson,
    /// A label that does not exist, or not any more.
    #[error("That label does not exist any more. Choose another.")]
    NoSuchLabel,
    /// The ticket to link to does not exist for the principal.
    #[error("There is no such ticket to link to.")]
    NoSuchTicket,
    /// The ticket to link to, or to part from, is in a project of which nothing changes.
    #[error("The other ticket’s project is archived or beyond the plan: nothing of it changes, nor do its links.")]
    OtherAtRest,
    /// A ticket has no link to itself.
    #[error("A ticket cannot be linked to itself.")]
    LinkToItself,
    /// The comment is somebody else’s.
    #[error("Only who wrote a comment can change it.")]
    NotYours,
    /// More labels than a ticket has.
    #[error("A ticket has at most {MOST_LABELS} labels.")]
    TooManyLabels,
    /// More watchers than a ticket has.
    #[error("A ticket has at most {MOST_WATCHERS} watchers.")]
    TooManyWatchers,
    /// The plan has no room for it.
    #[error(transparent)]
    Plan(PlanError),
    /// More links than a ticket has.
    #[error("A ticket has at most {MOST_LINKS} links.")]
    TooManyLinks,
}

/// What ends a change early: a refusal, or the database's failure.
#[derive(Debug)]
pub(super) enum Stop {
    Refused(ChangeError),
    Database(DbError),
}

impl From<ChangeError> for Stop {
    fn from(error: ChangeError) -> Self {
        Self::Refused(error)
    }
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Self {
        match error.constraint() {
            Some("ticket_label_tenant_id_label_id_fkey") => Self::Refused(ChangeError::NoSuchLabel),
            _ => Self::Database(error),
        }
    }
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        DbError::from(error).into()
    }
}

/// The answer of a change, with its refusals apart from failures.
pub(super) fn settle<T>(done: Result<T, Stop>) -> Result<Result<T, ChangeError>, DbError> {
    match done {
        Ok(value) => Ok(Ok(value)),
        Err(Stop::Refused(error)) => Ok(Err(error)),
        Err(Stop::Database(error)) => Err(error),
    }
}
