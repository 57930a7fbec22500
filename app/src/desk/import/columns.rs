//! What a column of a file becomes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A field of a ticket that a file can bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ImportField)]
pub enum Field {
    /// The title; a file must have one.
    Title,
    /// The description, in Markdown.
    Description,
    /// How far it is.
    Status,
    /// How urgent it is.
    Priority,
    /// Who asked, by email address, or by the id that files of Desk's own have.
    Requester,
    /// Who works on it, likewise.
    Assignee,
    /// Its labels, by name.
    Labels,
    /// The day by which it is due.
    Due,
}

impl Field {
    /// Every one, as pages list them.
    pub const ALL: [Self; 8] = [
        Self::Title,
        Self::Description,
        Self::Status,
        Self::Priority,
        Self::Requester,
        Self::Assignee,
        Self::Labels,
        Self::Due,
    ];

    /// The word in forms and in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Status => "status",
            Self::Priority => "priority",
            Self::Requester => "requester",
            Self::Assignee => "assignee",
            Self::Labels => "labels",
            Self::Due => "due",
        }
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Title => "Title",
            Self::Description => "Description",
            Self::Status => "Status",
            Self::Priority => "Priority",
            Self::Requester => "Requester (email address)",
            Self::Assignee => "Assignee (email address)",
            Self::Labels => "Labels",
            Self::Due => "Due date (2026-11-30)",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.word() == word)
    }

    /// What columns of this field are called elsewhere.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Title => &["title", "subject", "summary", "name"],
            Self::Description => &["description", "body", "details", "text"],
            Self::Status => &["status", "state"],
            Self::Priority => &["priority", "urgency", "severity"],
            Self::Requester => {
                &["requesteremail", "reporteremail", "customeremail", "requesterid", "requester", "reporter", "email"]
            }
            Self::Assignee => &["assigneeemail", "assigneeid", "assignee", "assignedto", "owner", "agent"],
            Self::Labels => &["labels", "label", "tags", "tag"],
            Self::Due => &["due", "dueon", "duedate", "deadline"],
        }
    }
}

/// For each column the field that it seems to be; each field once.
#[must_use]
pub fn guess(header: &[String]) -> Vec<Option<Field>> {
    let plain: Vec<String> = header
        .iter()
        .map(|name| name.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).collect())
        .collect();
    let mut mapping = vec![None; header.len()];
    for field in Field::ALL {
        // The most usual name first, wherever it stands.
        let mut places = field.names().iter().filter_map(|name| plain.iter().position(|plain| plain == name));
        if let Some(place) = places.find(|place| mapping[*place].is_none()) {
            mapping[place] = Some(field);
        }
    }
    mapping
}

/// Why columns cannot be taken so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// No column is the title.
    #[error("Choose the column that is the title.")]
    NoTitle,
    /// Two columns are the same field.
    #[error("Two columns are chosen as “{}”. Choose one.", .0.label())]
    Twice(Field),
}

/// Checks a mapping.
///
/// # Errors
/// [`MappingError`].
pub fn checked(mapping: &[Option<Field>]) -> Result<(), MappingError> {
    for field in Field::ALL {
        let count = mapping.iter().filter(|chosen| **chosen == Some(field)).count();
        match count {
            0 if field == Field::Title => return Err(MappingError::NoTitle),
            0 | 1 => {}
            _ => return Err(MappingError::Twice(field)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn columns_are_known_by_their_names() {
        let guessed = guess(&header(&["ID", "Subject", "Due date", "Title", "E-mail", "colour"]));
        assert_eq!(guessed, [None, None, Some(Field::Due), Some(Field::Title), Some(Field::Requester), None]);
        // As files of Desk's own have them: people are told apart by their ids, not by their names.
        let guessed = guess(&header(&["requester_id", "requester", "assignee_id", "assignee"]));
        assert_eq!(guessed, [Some(Field::Requester), None, Some(Field::Assignee), None]);
    }

    #[test]
    fn a_title_is_needed_and_no_field_comes_twice() {
        assert_eq!(checked(&[None]), Err(MappingError::NoTitle));
        assert_eq!(
            checked(&[Some(Field::Title), Some(Field::Due), Some(Field::Due)]),
            Err(MappingError::Twice(Field::Due))
        );
        assert_eq!(checked(&[None, Some(Field::Title)]), Ok(()));
    }

    #[test]
    fn words_are_read_back() {
        for field in Field::ALL {
            assert_eq!(Field::parse(field.word()), Some(field));
            assert_eq!(serde_json::to_value(field).unwrap(), field.word(), "programs read the same word");
        }
    }
}
