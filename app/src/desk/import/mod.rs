//! Tickets brought in from a file of comma-separated values: received, its columns chosen, checked row by row, made in
//! the background, and taken out again if it was wrong.
//!
//! Who leads a project brings files into it. [`worker`] does what takes long; the pages only say what is to be done.

pub(super) mod act;
mod busy;
pub mod columns;
pub(super) mod lead;
mod pages;
pub mod problems;
pub(super) mod receive;
pub mod row;
pub mod store;
pub mod undo;
pub mod window;
pub mod worker;
mod write;

pub(super) use pages::routes;
pub use worker::Worker;

use rowhouse_platform::typed_id;
use serde::Serialize;
use utoipa::ToSchema;

/// The most rows of a file.
pub const MOST_ROWS: i64 = 500_000;
/// The most bytes of a file.
pub const MOST_BYTES: u64 = 100 * 1024 * 1024;

typed_id!(
    /// An import.
    ImportId,
    "imp"
);

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ImportState)]
pub enum State {
    /// Its columns are to be chosen.
    Mapping,
    /// Its rows are being checked.
    Checking,
    /// They are checked, and it can be begun.
    Checked,
    /// Its tickets are being made.
    Running,
    /// All of it is done.
    Done,
    /// Somebody stopped it.
    Cancelled,
    /// It cannot go on.
    Failed,
    /// Its tickets are being taken out.
    Undoing,
    /// They are out, but for those that were changed since.
    Undone,
}

impl State {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Mapping,
        Self::Checking,
        Self::Checked,
        Self::Running,
        Self::Done,
        Self::Cancelled,
        Self::Failed,
        Self::Undoing,
        Self::Undone,
    ];

    /// The word in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Mapping => "mapping",
            Self::Checking => "checking",
            Self::Checked => "checked",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Mapping => "Columns to choose",
            Self::Checking => "Checking",
            Self::Checked => "Checked",
            Self::Running => "Importing",
            Self::Done => "Imported",
            Self::Cancelled => "Cancelled",
            Self::Failed => "Failed",
            Self::Undoing => "Undoing",
            Self::Undone => "Undone",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether a server works on it, or soon will.
    #[must_use]
    pub fn is_busy(self) -> bool {
        matches!(self, Self::Checking | Self::Running | Self::Undoing)
    }

    /// Whether it can be stopped.
    #[must_use]
    pub fn can_cancel(self) -> bool {
        matches!(self, Self::Mapping | Self::Checking | Self::Checked | Self::Running)
    }

    /// Whether its tickets can be taken out, if it made any.
    #[must_use]
    pub fn can_undo(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Failed)
    }
}
