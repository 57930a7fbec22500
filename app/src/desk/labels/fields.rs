//! What a label is given: its name and its colour.

use leptos::prelude::*;
use serde::Deserialize;

use crate::{
    desk::ticket::{Colour, Label, label::NAME_LENGTH},
    error::PageError,
    ui::{
        FieldErrors,
        choice::{Choice, SelectField},
        form::TextField,
    },
};

/// What was typed.
#[derive(Deserialize)]
pub(super) struct Fields {
    pub(super) name: String,
    pub(super) colour: String,
}

impl Fields {
    pub(super) fn empty() -> Self {
        Self { name: String::new(), colour: Colour::Grey.word().to_owned() }
    }

    pub(super) fn of(label: &Label) -> Self {
        Self { name: label.name.clone(), colour: label.colour.word().to_owned() }
    }

    /// Name and colour, checked.
    pub(super) fn check(&self, errors: &mut FieldErrors) -> Result<(String, Colour), PageError> {
        let colour = Colour::parse(&self.colour).ok_or_else(|| {
            PageError::BadRequest(format!("“{}” is no colour; allowed are {}.", self.colour, Colour::words()))
        })?;
        Ok((errors.required_line("name", "The name", &self.name, NAME_LENGTH), colour))
    }
}

/// The fields of the form.
pub(super) fn fields(fields: &Fields, errors: &FieldErrors) -> AnyView {
    let colours = Colour::ALL.iter().map(|colour| Choice::new(colour.word(), colour.label())).collect();
    view! {
        <div class="field-pair">
            <TextField id="name" label="Name" value=&fields.name errors=errors maxlength=NAME_LENGTH />
            <SelectField id="colour" label="Colour" options=colours value=&fields.colour errors=errors />
        </div>
    }
    .into_any()
}
