//! Somebody who is chosen: from a list, or where a project has too many people for one, by name or address.

use leptos::prelude::*;
use rowhouse_platform::{
    access::{Permission, Permit},
    id::AccountId,
};

use super::{
    project::ProjectId,
    ticket::{Person, people},
};
use crate::{
    error::PageError,
    ui::{
        FieldErrors,
        choice::{Choice, SelectField, with_none},
        form::TextField,
    },
};

/// The most characters of a name or an address that says who is meant.
pub(super) const WHO_LENGTH: usize = 254;

/// A field for somebody.
pub(super) struct PersonField<'a> {
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    /// Who can be chosen; `None` where they are too many for a list.
    pub(super) people: Option<&'a [Person]>,
    /// What was typed or chosen.
    pub(super) typed: Option<&'a str>,
    /// Who it is now.
    pub(super) now: Option<&'a Person>,
    /// What stands for nobody, where that is a choice.
    pub(super) nobody: Option<&'static str>,
    pub(super) errors: &'a FieldErrors,
}

impl PersonField<'_> {
    pub(super) fn view(self) -> AnyView {
        let Some(people) = self.people else {
            let value = self.typed.or(self.now.map(|now| now.name.as_str())).unwrap_or_default();
            let is_optional = self.nobody.is_some();
            return view! {
                <TextField
                    id=self.id
                    label=self.label
                    value=value
                    errors=self.errors
                    maxlength=WHO_LENGTH
                    help="A name or an email address."
                    optional=is_optional
                />
            }
            .into_any();
        };
        let now = self.now.map(|now| now.id.to_string());
        let value = self.typed.map(ToOwned::to_owned).or(now).unwrap_or_default();
        let choice = |person: &Person| Choice::new(person.id.to_string(), person.name.clone());
        // Who has it now may have left the project; that nothing changes is a choice too.
        let gone = self.now.filter(|now| people.iter().all(|person| person.id != now.id));
        let choices = gone.into_iter().chain(people).map(choice);
        let options = match self.nobody {
            Some(nobody) => with_none(nobody, choices),
            None if value.is_empty() => with_none("Choose somebody", choices),
            None => choices.collect(),
        };
        view! { <SelectField id=self.id label=self.label options=options value=&value errors=self.errors /> }.into_any()
    }
}

/// Reads what such a field sends: an account, or a name or address. Nothing is nobody.
pub(super) async fn read<P: Permission>(
    permit: &mut Permit<P>,
    project: ProjectId,
    field: &'static str,
    text: &str,
    errors: &mut FieldErrors,
) -> Result<Option<AccountId>, PageError> {
    let text = errors.line(field, "The name", text, WHO_LENGTH);
    if text.is_empty() || errors.of(field).is_some() {
        return Ok(None);
    }
    if let Ok(account) = text.parse() {
        return Ok(Some(account));
    }
    // Enough to tell one from several, and to find the one whose whole name it is among those who begin alike.
    let found = people::of_project(permit, project, &text, 20).await?;
    match the_one(&found, &text) {
        Ok(account) => return Ok(Some(account)),
        Err(NotOne::Nobody) => errors.add(field, "Nobody who reaches this project has this name or address."),
        Err(NotOne::Several) => {
            errors.add(field, "Several people have this name. Give more of it, or the email address.");
        }
    }
    Ok(None)
}

/// Why a name does not say who is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotOne {
    /// It is nobody's.
    Nobody,
    /// It is part of several people's, and the whole of none or of several.
    Several,
}

/// Whom of those who were found by a name or address it means.
pub(super) fn the_one(found: &[Person], text: &str) -> Result<AccountId, NotOne> {
    let mut same = found.iter().filter(|person| person.name.eq_ignore_ascii_case(text));
    match (found, same.next(), same.next()) {
        ([one], _, _) | (_, Some(one), None) => Ok(one.id),
        ([], _, _) => Err(NotOne::Nobody),
        _ => Err(NotOne::Several),
    }
}
