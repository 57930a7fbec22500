//! Why a project or its members could not be changed, in words for people.

use rowhouse_platform::{access::Permission as _, db::DbError, plan::PlanError};

use super::{MOST_MEMBERS, MOST_PROJECTS, Project};
use crate::{desk::permission::ManageProjects, error::PageError, ui::FieldErrors};

/// Why a project or its members could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is none of this key, or none that the person reaches.
    #[error("There is no such project.")]
    NotFound,
    /// The person may not change it.
    #[error("Only its leads, and those who manage projects, change a project.")]
    NotLead,
    /// It can only be read.
    #[error("This project is archived. Restore it to change it.")]
    Archived,
    /// Another project has the key.
    #[error("The project “{0}” has this key. Choose another.")]
    KeyTaken(String),
    /// The workspace has all that it can have.
    #[error("A workspace has at most {MOST_PROJECTS} projects, archived ones included.")]
    TooMany,
    /// The plan has no room for another.
    #[error(transparent)]
    Plan(PlanError),
    /// It is one more than the plan has room for.
    #[error("The plan has no room for this project, so it can only be read. Archive another one first.")]
    OverPlan,
    /// It was changed since it was looked at: here is how it is now.
    #[error("Somebody else changed this project in the meantime.")]
    Overtaken(Box<Project>),
    /// What was typed is not its key.
    #[error("This is not the project’s key.")]
    WrongKey,
    /// Nobody of the workspace is meant.
    #[error("Nobody in this workspace has this name or address.")]
    NoSuchPerson,
    /// Several people are meant.
    #[error("Several people have this name. Give the email address.")]
    Ambiguous,
    /// The person is in the project.
    #[error("They are in the project already.")]
    AlreadyIn,
    /// The project has all the members that it can have.
    #[error("A project has at most {MOST_MEMBERS} members. Open it to the whole workspace instead.")]
    TooManyMembers,
    /// The person is not in the project.
    #[error("They are not in the project.")]
    NotMember,
    /// Nobody would lead a project of members only.
    #[error("They are the last lead of a project of members only. Make somebody else a lead first.")]
    LastLead,
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<sqlx::Error> for ProjectError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl ProjectError {
    /// Becomes a message beside the field that it is about, or an answer without a form.
    pub(super) fn beside(self, errors: &mut FieldErrors) -> Result<(), PageError> {
        let field = match &self {
            Self::NotFound | Self::NotLead | Self::Database(_) => return Err(self.into()),
            Self::KeyTaken(_) | Self::WrongKey => "key",
            Self::TooMany | Self::Plan(_) | Self::Overtaken(_) => "name",
            Self::NoSuchPerson | Self::Ambiguous | Self::AlreadyIn | Self::TooManyMembers => "who",
            Self::NotMember | Self::LastLead => "members",
            Self::Archived | Self::OverPlan => "main",
        };
        errors.add(field, self);
        Ok(())
    }
}

impl From<ProjectError> for PageError {
    fn from(error: ProjectError) -> Self {
        match error {
            ProjectError::NotFound => Self::NotFound,
            ProjectError::NotLead => Self::Forbidden(ManageProjects::NAME),
            ProjectError::Plan(refused) => refused.into(),
            ProjectError::Database(error) => error.into(),
            refused => Self::BadRequest(refused.to_string()),
        }
    }
}
