//! The fields that say how a project is: of a new one and of one that is changed.

use leptos::prelude::*;
use serde::Deserialize;

use super::super::{DESCRIPTION_LENGTH, NAME_LENGTH, ProjectDraft};
use crate::ui::{
    FieldErrors,
    choice::{Choice, SelectField},
    form::{TextArea, TextField},
};

/// The word for a project that is open to the workspace.
const OPEN: &str = "open";
/// The word for one of members only.
const MEMBERS: &str = "members";

/// What was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) access: String,
}

/// The word of a form for who is in a project.
pub(super) fn access_word(is_open: bool) -> &'static str {
    if is_open { OPEN } else { MEMBERS }
}

impl Fields {
    /// What a form shows of a project before somebody types.
    pub(super) fn of(draft: &ProjectDraft) -> Self {
        Self {
            name: draft.name.clone(),
            description: draft.description.clone(),
            access: access_word(draft.is_open).to_owned(),
        }
    }

    /// Checks what was typed. The answer counts only where there are no messages.
    pub(super) fn check(&self, errors: &mut FieldErrors) -> ProjectDraft {
        if ![OPEN, MEMBERS].contains(&self.access.as_str()) {
            errors.add("access", "Choose who is in the project.");
        }
        ProjectDraft {
            name: errors.required_line("name", "The name", &self.name, NAME_LENGTH),
            description: errors.lines("description", "The description", &self.description, DESCRIPTION_LENGTH),
            is_open: self.access == OPEN,
        }
    }
}

/// The field of the name.
pub(super) fn name(typed: &Fields, errors: &FieldErrors) -> AnyView {
    view! { <TextField id="name" label="Name" value=&typed.name errors=errors maxlength=NAME_LENGTH /> }.into_any()
}

/// The fields below the name.
pub(super) fn others(typed: &Fields, errors: &FieldErrors) -> AnyView {
    let label = view! {
        <label class="field__label" for="description">
            "Description "
            <span class="field__optional">"(optional)"</span>
        </label>
    }
    .into_any();
    let choices = vec![Choice::new(OPEN, "Everybody in the workspace"), Choice::new(MEMBERS, "Members only")];
    view! {
        <TextArea
            id="description"
            label=label
            value=&typed.description
            errors=errors
            rows=4
            maxlength=DESCRIPTION_LENGTH
            help="What the project is for."
            optional=true
        />
        <SelectField
            id="access"
            label="Who is in it"
            options=choices
            value=&typed.access
            errors=errors
            help="Who is not in a project sees nothing of it. Owners, admins and others who manage projects are in all of them."
        />
    }
    .into_any()
}
