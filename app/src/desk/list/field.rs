//! Fields of the list's forms. A page has several that choose the same thing, so each has an id of its own.

use leptos::prelude::*;
use rowhouse_platform::id::AccountId;

use super::furniture::Furniture;
use crate::{
    desk::person_field::WHO_LENGTH,
    ui::{
        Icon,
        choice::{Choice, with_none},
    },
};

/// One choice of several, or a day.
pub(in crate::desk) struct Field {
    id: &'static str,
    name: &'static str,
    label: &'static str,
}

impl Field {
    pub(in crate::desk) const fn new(id: &'static str, name: &'static str, label: &'static str) -> Self {
        Self { id, name, label }
    }

    /// One choice of several; the first sends nothing.
    pub(in crate::desk) fn select(
        &self,
        none: &'static str,
        choices: impl IntoIterator<Item = Choice>,
        value: &str,
    ) -> AnyView {
        let options = with_none(none, choices).into_iter().map(|choice| choice.option(value)).collect_view();
        view! {
            <div class="field">
                <label class="field__label" for=self.id>{self.label}</label>
                <div class="select">
                    <select class="input" id=self.id name=self.name>{options}</select>
                    <Icon name="chevrons-up-down" />
                </div>
            </div>
        }
        .into_any()
    }

    /// Somebody by name, where not everybody is among the choices.
    pub(in crate::desk) fn name(&self) -> AnyView {
        let help = format!("{}-help", self.id);
        view! {
            <div class="field">
                <label class="field__label" for=self.id>{self.label}</label>
                <input class="input" type="text" id=self.id name=self.name maxlength=WHO_LENGTH autocomplete="off" aria-describedby=help.clone() />
                <p class="field__help" id=help>"A name or an email address, instead of the choice above."</p>
            </div>
        }
        .into_any()
    }

    /// A day.
    pub(in crate::desk) fn day(&self, value: String) -> AnyView {
        view! {
            <div class="field">
                <label class="field__label" for=self.id>{self.label}</label>
                <input class="input" type="date" id=self.id name=self.name value=value />
            </div>
        }
        .into_any()
    }
}

/// The people of the workspace, and the one who is chosen already and is not among them.
pub(in crate::desk) fn people(furniture: &Furniture, me: AccountId, chosen: &str) -> Vec<Choice> {
    let others = furniture.people.iter().filter(|person| person.0 != me);
    let mut choices: Vec<Choice> = others.map(|(id, name)| Choice::new(id.to_string(), name)).collect();
    let is_known = chosen.is_empty()
        || ["me", "none"].contains(&chosen)
        || furniture.people.iter().any(|person| person.0.to_string() == chosen);
    if !is_known {
        let name = chosen.parse::<AccountId>().ok().and_then(|id| furniture.person(id)).unwrap_or("Somebody else");
        choices.push(Choice::new(chosen, name));
    }
    choices
}
