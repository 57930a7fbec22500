//! Boxes to tick, one choice of several, and numbers to give.

use leptos::prelude::*;

use super::{
    Icon,
    form::{FieldErrors, described_by, field_error, field_help},
    time,
};

/// A box to tick, with what it means beside it.
#[component]
pub fn Checkbox(
    /// Its id.
    id: String,
    /// The name it is sent under.
    name: &'static str,
    /// What is sent when it is ticked.
    value: String,
    /// What it says.
    label: String,
    /// A sentence that helps; empty: none.
    #[prop(into)]
    help: String,
    /// Whether it is ticked.
    checked: bool,
    /// Whether it cannot be changed.
    #[prop(optional)]
    disabled: bool,
) -> impl IntoView {
    let described = (!help.is_empty()).then(|| format!("{id}-help"));
    view! {
        <div class="choice">
            <input
                class="choice__box"
                type="checkbox"
                id=id.clone()
                name=name
                value=value
                checked=checked
                disabled=disabled
                aria-describedby=described.clone()
            />
            <label class="choice__label" for=id>{label}</label>
            {described.map(|described| view! { <p class="choice__help" id=described>{help}</p> })}
        </div>
    }
}

/// Something that can be chosen.
#[derive(Debug, Clone)]
pub struct Choice {
    value: String,
    words: String,
    group: Option<&'static str>,
}

impl Choice {
    /// What is sent, and what people read.
    pub fn new(value: impl Into<String>, words: impl Into<String>) -> Self {
        Self { value: value.into(), words: words.into(), group: None }
    }

    /// The element of a list to choose from, for `<select>` that stand elsewhere.
    pub fn option(self, chosen: &str) -> AnyView {
        let selected = self.value == chosen;
        view! { <option value=self.value selected=selected>{self.words}</option> }.into_any()
    }

    /// The same under a heading, which neighbours may share.
    #[must_use]
    pub fn within(self, group: &'static str) -> Self {
        Self { group: Some(group), ..self }
    }
}

/// In front of the choices one that sends nothing.
pub fn with_none(words: impl Into<String>, choices: impl IntoIterator<Item = Choice>) -> Vec<Choice> {
    std::iter::once(Choice::new("", words)).chain(choices).collect()
}

/// One choice of several, where the label stands elsewhere.
#[component]
pub fn Select<'a>(
    /// Id and name of the field.
    id: &'static str,
    /// What can be chosen.
    options: Vec<Choice>,
    /// The value that is chosen.
    value: &'a str,
) -> impl IntoView {
    select(id, options, value, None, false)
}

/// One choice of several, with its label, help and message.
#[component]
pub fn SelectField<'a>(
    /// Id and name of the field.
    id: &'static str,
    /// What is asked for.
    label: &'static str,
    /// What can be chosen.
    options: Vec<Choice>,
    /// The value that is chosen.
    value: &'a str,
    /// The form's messages.
    errors: &'a FieldErrors,
    /// A sentence that helps.
    #[prop(default = "")]
    help: &'static str,
) -> impl IntoView {
    let error = errors.of(id);
    let described = described_by(id, !help.is_empty(), error.is_some());
    view! {
        <div class="field">
            <label class="field__label" for=id>{label}</label>
            {select(id, options, value, described, error.is_some())}
            {field_help(id, help)}
            {field_error(id, error)}
        </div>
    }
}

fn select(
    id: &'static str,
    choices: Vec<Choice>,
    chosen: &str,
    described: Option<String>,
    is_invalid: bool,
) -> AnyView {
    let mut groups: Vec<(Option<&'static str>, Vec<AnyView>)> = Vec::new();
    for choice in choices {
        let group = choice.group;
        let option = choice.option(chosen);
        match groups.last_mut() {
            Some((last, options)) if *last == group => options.push(option),
            _ => groups.push((group, vec![option])),
        }
    }
    let groups = groups.into_iter().map(|(group, options)| match group {
        None => options.into_any(),
        Some(label) => view! { <optgroup label=label>{options}</optgroup> }.into_any(),
    });
    view! {
        <div class="select">
            <select
                class="input"
                id=id
                name=id
                aria-describedby=described
                aria-invalid=is_invalid.then_some("true")
            >
                {groups.collect_view()}
            </select>
            <Icon name="chevrons-up-down" />
        </div>
    }
    .into_any()
}

/// A whole number.
#[component]
pub fn NumberField<'a>(
    /// Id and name of the field.
    id: &'static str,
    /// What is asked for.
    label: &'static str,
    /// What was typed.
    value: &'a str,
    /// The form's messages.
    errors: &'a FieldErrors,
    /// The least.
    min: i32,
    /// The most.
    max: i32,
    /// A sentence that helps.
    help: String,
    /// Whether it may stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let error = errors.of(id);
    let described = described_by(id, true, error.is_some());
    view! {
        <div class="field">
            <label class="field__label" for=id>
                {label}
                {optional.then(|| view! { " " <span class="field__optional">"(optional)"</span> })}
            </label>
            <input
                class="input"
                id=id
                name=id
                type="number"
                inputmode="numeric"
                value=value.to_owned()
                min=min
                max=max
                required=!optional
                autocomplete="off"
                aria-describedby=described
                aria-invalid=error.is_some().then_some("true")
            />
            <p class="field__help" id=format!("{id}-help")>{help}</p>
            {field_error(id, error)}
        </div>
    }
}

impl FieldErrors {
    /// Reads a whole number between `min` and `max`; empty text is none.
    pub fn number(&mut self, field: &'static str, label: &str, text: &str, min: i32, max: i32) -> Option<i32> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        match text.parse::<i32>() {
            Ok(number) if (min..=max).contains(&number) => Some(number),
            _ => {
                let [min, max] = [min, max].map(|end| time::number(end.into()));
                self.add(field, format!("{label} is a whole number from {min} to {max}."));
                None
            }
        }
    }

    /// As [`number`](Self::number), and it must not be empty.
    pub fn required_number(&mut self, field: &'static str, label: &str, text: &str, min: i32, max: i32) -> i32 {
        if text.trim().is_empty() {
            self.add(field, format!("{label} is missing."));
        }
        self.number(field, label, text, min, max).unwrap_or(min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_held_to_their_bounds() {
        let mut errors = FieldErrors::default();
        assert_eq!(errors.number("idle", "The idle time", " 30 ", 5, 60), Some(30));
        assert_eq!(errors.number("idle", "The idle time", "", 5, 60), None);
        assert!(errors.is_empty());
        for bad in ["4", "61", "1.5", "ten", "99999999999"] {
            let mut errors = FieldErrors::default();
            assert_eq!(errors.number("idle", "The idle time", bad, 5, 60), None);
            assert_eq!(errors.of("idle").unwrap(), "The idle time is a whole number from 5 to 60.");
        }
        assert_eq!(errors.number("seats", "The number of seats", "0", 1, 5000), None);
        assert_eq!(errors.of("seats").unwrap(), "The number of seats is a whole number from 1 to 5,000.");
        assert_eq!(errors.required_number("idle", "The idle time", "", 5, 60), 5);
        assert_eq!(errors.of("idle").unwrap(), "The idle time is missing.");
    }
}
