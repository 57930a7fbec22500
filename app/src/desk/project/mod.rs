//! Projects: what tickets belong to, who reaches them, and what people may do there.
//!
//! What somebody may do in a project is what the workspace allows them **and** what the project does: [`reach`] is the
//! one place where both come together. A project that one does not reach answers as one that does not exist.

mod change;
mod error;
mod find;
mod first;
mod key;
mod lead;
pub mod members;
mod pages;
pub mod reach;

pub use change::{NewProject, ProjectDraft, active, active_by, archive, change, create, over_plan, restore};
pub use error::ProjectError;
pub use find::{OPEN_COUNTED, ProjectRow, Shown, list, of_key};
pub use first::{begin, ensure_first};
pub use key::{KEY_LENGTH, KeyError, parse_key};
pub(super) use pages::{no_projects, routes};
pub use reach::{Level, Reach, Reached};

use rowhouse_platform::typed_id;
use time::OffsetDateTime;

typed_id!(
    /// A project.
    ProjectId,
    "prj"
);

/// The most characters of a name.
pub const NAME_LENGTH: usize = 120;
/// The most characters of a description.
pub const DESCRIPTION_LENGTH: usize = 2000;
/// The most projects of a workspace, archived ones included.
pub const MOST_PROJECTS: i64 = 500;
/// The most members of a project.
pub const MOST_MEMBERS: i64 = 1000;

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// What its tickets begin with.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether everybody who may read tickets is in, or members only.
    pub is_open: bool,
    /// Since when it can only be read.
    pub archived_at: Option<OffsetDateTime>,
    /// Grows with every change by people.
    pub version: i64,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

impl Project {
    /// Whether it can only be read.
    #[must_use]
    pub fn is_archived(&self) -> bool {
        self.archived_at.is_some()
    }
}
