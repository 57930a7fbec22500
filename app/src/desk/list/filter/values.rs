//! Single values of the language: each is read, or named as wrong together with what is allowed.

use super::{Assignee, Due, FilterError, Somebody};
use crate::desk::{
    project::parse_key,
    ticket::{LabelId, Priority, Status},
};

pub(super) fn one<T>(place: &mut Option<T>, name: &'static str, value: T) -> Result<(), FilterError> {
    if place.replace(value).is_some() { Err(FilterError::Twice(name)) } else { Ok(()) }
}

/// Words as people type them: without the white space around them, at most so many characters.
pub(in crate::desk) fn sought(value: &str, most: usize) -> Result<&str, FilterError> {
    let text = value.trim();
    if text.chars().any(char::is_control) {
        return Err(FilterError::Control);
    }
    match text.chars().count() {
        length if length > most => Err(FilterError::TooLong { length, most }),
        _ => Ok(text),
    }
}

pub(super) fn project(value: &str) -> Result<String, FilterError> {
    let wrong = |_| FilterError::not_allowed(value, "project", "keys such as OPS");
    parse_key(value).map_err(wrong)
}

pub(super) fn status(value: &str) -> Result<Status, FilterError> {
    Status::parse(value).ok_or_else(|| FilterError::not_allowed(value, "status of a ticket", Status::words()))
}

pub(super) fn priority(value: &str) -> Result<Priority, FilterError> {
    Priority::parse(value).ok_or_else(|| FilterError::not_allowed(value, "priority of a ticket", Priority::words()))
}

pub(super) fn assignee(value: &str) -> Result<Assignee, FilterError> {
    match value {
        "none" => Ok(Assignee::Nobody),
        other => somebody(other, "assignee").map(Assignee::Somebody).map_err(|error| match error {
            FilterError::NotAllowed { name, value, what, allowed } => {
                FilterError::NotAllowed { name, value, what, allowed: format!("none, {allowed}") }
            }
            error => error,
        }),
    }
}

pub(super) fn somebody(value: &str, what: &'static str) -> Result<Somebody, FilterError> {
    match value {
        "me" => Ok(Somebody::Me),
        id => id
            .parse()
            .map(Somebody::Account)
            .map_err(|_| FilterError::not_allowed(id, what, "me, ids such as usr_01k…")),
    }
}

pub(super) fn label(value: &str) -> Result<LabelId, FilterError> {
    value.parse().map_err(|_| FilterError::not_allowed(value, "label", "none, ids such as lbl_01k…"))
}

pub(super) fn due(value: &str) -> Result<Due, FilterError> {
    let words = || Due::WORDS.iter().map(|row| row.1).collect::<Vec<_>>().join(", ");
    Due::parse(value).ok_or_else(|| FilterError::not_allowed(value, "due date", words()))
}
