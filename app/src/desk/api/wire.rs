//! What several resources are made of, as JSON.

use rowhouse_platform::id::AccountId;
use serde::{Deserialize, Deserializer, Serialize};
use time::{Date, macros::date};
use utoipa::ToSchema;

use crate::{
    api::{FieldError, Paging, Problem},
    desk::ticket::{self, Colour, TicketKey},
    ui::FieldErrors,
};

time::serde::format_description!(day, Date, "[year]-[month]-[day]");

/// A day, as `2026-06-30`.
#[expect(clippy::unsafe_derive_deserialize, reason = "the macro of its format has none that its values rest on")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Day(#[serde(with = "day")] pub(super) Date);

impl Day {
    /// The day, if it is one that PostgreSQL and people agree on.
    pub(super) fn sensible(self, pointer: &str) -> Result<Date, Problem> {
        let sensible = date!(1900 - 01 - 01)..=date!(9999 - 12 - 31);
        if sensible.contains(&self.0) {
            Ok(self.0)
        } else {
            Err(Problem::field(pointer, "Must be a day from 1900-01-01 to 9999-12-31."))
        }
    }
}

/// Somebody.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Person {
    #[schema(example = "usr_01m7pt4xtgfv4v4b4yswcshy0c")]
    pub(super) id: String,
    #[schema(example = "Olga")]
    pub(super) name: String,
}

impl From<ticket::Person> for Person {
    fn from(person: ticket::Person) -> Self {
        Self { id: person.id.to_string(), name: person.name }
    }
}

/// A label: a word with a colour that the workspace sorts its tickets by.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Label {
    #[schema(example = "lbl_01m7pt4xtgfv4v4b4yswcshy0c")]
    pub(super) id: String,
    #[schema(example = "printer")]
    pub(super) name: String,
    pub(super) colour: Colour,
}

impl From<ticket::Label> for Label {
    fn from(label: ticket::Label) -> Self {
        Self { id: label.id.to_string(), name: label.name, colour: label.colour }
    }
}

/// A field that may be left out, and is not `null` for that: `null` is read as what its type says.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A ticket's key in a path. What is none is the key of no ticket.
pub(super) fn ticket_key(text: &str) -> Result<TicketKey, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// An id in a path. What is none is the id of nothing.
pub(super) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// Behind whom a page of people begins that are sorted by name. No name has a NUL in it, which the database would refuse
/// as no text.
pub(super) fn after_name(paging: &Paging) -> Result<Option<(String, AccountId)>, Problem> {
    let after = paging.after::<(String, AccountId)>()?;
    if after.as_ref().is_some_and(|(name, _)| name.contains('\0')) {
        return Err(Problem::no_page());
    }
    Ok(after)
}

/// A list that is no longer than it may be, whether or not something stands in it twice.
pub(super) fn at_most<T>(most: usize, pointer: &str, list: &[T]) -> Result<(), Problem> {
    if list.len() <= most { Ok(()) } else { Err(Problem::field(pointer, format!("Must have at most {most} items."))) }
}

/// What the checks of pages say, for programs: each field is a member of the body's object.
pub(super) fn checked(errors: &FieldErrors, fields: &[&str]) -> Result<(), Problem> {
    if errors.is_empty() {
        return Ok(());
    }
    let of_field = |field: &&str| {
        let pointer = format!("/{field}");
        errors.all_of(field).map(|message| FieldError::at(pointer.clone(), message)).collect::<Vec<_>>()
    };
    Err(Problem::invalid(fields.iter().flat_map(of_field).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::encode_cursor;

    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    #[derive(Debug, PartialEq, Deserialize)]
    struct Change {
        #[serde(default, deserialize_with = "present")]
        title: Option<String>,
        #[serde(default, deserialize_with = "present")]
        due_on: Option<Option<Day>>,
    }

    #[test]
    fn lists_have_an_end() {
        assert!(at_most(2, "/labels", &[1, 1]).is_ok());
        assert_eq!(at_most(2, "/labels", &[1, 1, 1]).unwrap_err().errors[0].pointer.as_deref(), Some("/labels"));
    }

    #[test]
    fn a_page_of_people_begins_behind_a_name() {
        let after = |name: &str| {
            let cursor = encode_cursor(&(name, "usr_01m7pt4xtgfv4v4b4yswcshy0c"));
            after_name(&Paging { limit: None, cursor: Some(cursor) })
        };
        assert_eq!(after("olga").unwrap().unwrap().0, "olga");
        assert!(after("ol\0ga").is_err() && after_name(&Paging::default()).unwrap().is_none());
    }

    #[test]
    fn left_out_is_not_null() {
        let read = |text: &str| serde_json::from_str::<Change>(text);
        assert_eq!(read("{}").unwrap(), Change { title: None, due_on: None });
        assert_eq!(read(r#"{"due_on": null}"#).unwrap().due_on, Some(None));
        assert_eq!(read(r#"{"due_on": "2026-02-28"}"#).unwrap().due_on, Some(Some(Day(date!(2026 - 02 - 28)))));
        assert!(read(r#"{"title": null}"#).is_err());
        for bad in ["2026-02-30", "28.2.2026", "", "2026-02-28T00:00:00Z"] {
            assert!(read(&format!(r#"{{"due_on": "{bad}"}}"#)).is_err(), "{bad}");
        }
        assert!(Day(date!(1899 - 12 - 31)).sensible("/due_on").is_err());
    }
}
