//! What the page shows beside the ticket itself: the form that is open, what was typed into it, and what came of it.

use axum::http::StatusCode;

use super::sent::{Part, Sent};
use crate::{
    desk::ticket::{ChangeError, EventId},
    error::PageError,
    ui::FieldErrors,
};

/// Why what was sent has not been done, where it is not about a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Somebody else changed the ticket since it was looked at.
    Overtaken,
    /// The project can no longer be worked on.
    ReadOnly,
}

/// A face of the page.
#[derive(Default)]
pub(super) struct Face {
    /// The part whose form is open.
    pub(super) open: Option<Part>,
    /// What was sent.
    pub(super) sent: Option<Sent>,
    /// What is wrong with it.
    pub(super) errors: FieldErrors,
    pub(super) trouble: Option<Trouble>,
    /// The timeline ends before this.
    pub(super) before: Option<EventId>,
}

impl Face {
    /// The page as its address asks for it.
    pub(super) fn asked(edit: Option<&str>, before: Option<EventId>) -> Self {
        Self { open: edit.and_then(Part::parse), before, ..Self::default() }
    }

    /// The page with a form that was sent and is shown again.
    pub(super) fn again(sent: Sent, errors: FieldErrors) -> Self {
        Self { open: Some(sent.intent.part()), sent: Some(sent), errors, ..Self::default() }
    }

    /// The page with a form that was refused, or an answer without a page.
    pub(super) fn refused(sent: Sent, error: ChangeError) -> Result<Self, PageError> {
        let mut face = Self::again(sent, FieldErrors::default());
        match error {
            ChangeError::NotFound => return Err(PageError::NotFound),
            ChangeError::Overtaken { .. } => face.trouble = Some(Trouble::Overtaken),
            ChangeError::ReadOnly => face.trouble = Some(Trouble::ReadOnly),
            other => {
                let field = face.open.map_or("comment", Part::field);
                face.errors.add(field, other);
            }
        }
        Ok(face)
    }

    /// What the page is answered with.
    pub(super) fn status(&self) -> StatusCode {
        match self.trouble {
            Some(Trouble::Overtaken) => StatusCode::CONFLICT,
            Some(Trouble::ReadOnly) => StatusCode::FORBIDDEN,
            None if !self.errors.is_empty() => StatusCode::UNPROCESSABLE_ENTITY,
            None => StatusCode::OK,
        }
    }

    pub(super) fn is_open(&self, part: Part) -> bool {
        self.open == Some(part)
    }

    /// The form of this part, if it was sent.
    pub(super) fn sent_for(&self, part: Part) -> Option<&Sent> {
        self.sent.as_ref().filter(|sent| sent.intent.part() == part)
    }

    /// What was typed into a field of this part's form.
    pub(super) fn typed(&self, part: Part, name: &str) -> Option<&str> {
        self.sent_for(part)?.get(name)
    }
}
