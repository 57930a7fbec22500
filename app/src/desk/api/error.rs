//! The one place where Desk's errors become problems.

use rowhouse_platform::access::Permission as _;

use crate::{
    api::{ETag, Kind, Problem},
    desk::{
        list::{CursorError, FilterError},
        permission::WriteTickets,
        project::ProjectError,
        ticket::{ChangeError, label::LabelError},
        views::ViewError,
    },
};

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        let message = error.to_string();
        match error {
            ChangeError::NotFound => Self::not_found(),
            ChangeError::ReadOnly | ChangeError::NotYours => Self::saying(Kind::Forbidden, message),
            ChangeError::Plan(refused) => refused.into(),
            ChangeError::Overtaken { current } => Self::changed(ETag::version(current)),
            ChangeError::NoSuchProject => Self::unknown("/project", message),
            ChangeError::NoSuchLabel => Self::unknown("/labels", message),
            ChangeError::TooManyLabels => Self::field("/labels", message),
            // Which of several people is meant is not known.
            ChangeError::NoSuchPerson
            | ChangeError::NoSuchTicket
            | ChangeError::OtherAtRest
            | ChangeError::LinkToItself
            | ChangeError::TooManyWatchers
            | ChangeError::TooManyLinks => Self::conflict(message),
        }
    }
}

impl From<ProjectError> for Problem {
    fn from(error: ProjectError) -> Self {
        let message = error.to_string();
        match error {
            ProjectError::NotFound | ProjectError::NotMember => Self::not_found(),
            ProjectError::NotLead => Self { scope: Some(WriteTickets::NAME), ..Self::saying(Kind::Forbidden, message) },
            ProjectError::Overtaken(project) => Self::changed(ETag::version(project.version)),
            ProjectError::NoSuchPerson | ProjectError::Ambiguous => Self::unknown("/who", message),
            ProjectError::WrongKey => Self::field("/key", message),
            ProjectError::Archived
            | ProjectError::OverPlan
            | ProjectError::KeyTaken(_)
            | ProjectError::TooMany
            | ProjectError::AlreadyIn
            | ProjectError::TooManyMembers
            | ProjectError::LastLead => Self::conflict(message),
            ProjectError::Plan(refused) => refused.into(),
            ProjectError::Database(error) => error.into(),
        }
    }
}

impl From<LabelError> for Problem {
    fn from(error: LabelError) -> Self {
        let message = error.to_string();
        match error {
            LabelError::NotFound => Self::not_found(),
            LabelError::NameTaken
            | LabelError::TooMany
            | LabelError::IntoItself
            | LabelError::Ending
            | LabelError::IntoEnding
            | LabelError::Awaited => Self::conflict(message),
            LabelError::Database(error) => error.into(),
        }
    }
}

impl From<ViewError> for Problem {
    fn from(error: ViewError) -> Self {
        let message = error.to_string();
        match error {
            ViewError::NotFound => Self::not_found(),
            ViewError::NameTaken | ViewError::TooMany => Self::conflict(message),
            ViewError::TooLong => Self::field("/filter", message),
            ViewError::Database(error) => error.into(),
        }
    }
}

impl From<FilterError> for Problem {
    fn from(error: FilterError) -> Self {
        let message = error.to_string();
        match error {
            FilterError::Unreadable => Self::bad_request(message),
            FilterError::Unknown(name) | FilterError::NotAllowed { name, .. } => Self::parameter(name, message),
            FilterError::Twice(name) => Self::parameter(name, message),
            FilterError::TooLong { .. } | FilterError::Control => Self::parameter("q", message),
            FilterError::TooManyLabels(_) | FilterError::LabelledAndNot => Self::parameter("label", message),
            FilterError::Reversed(name) => Self::parameter(format!("{name}_from"), message),
            FilterError::DueTwice => Self::parameter("due", message),
            FilterError::NothingRelevant => Self::parameter("sort", message),
            FilterError::NoProject(_) => Self::nowhere("project", message),
        }
    }
}

impl From<CursorError> for Problem {
    fn from(_: CursorError) -> Self {
        Self::no_page()
    }
}
