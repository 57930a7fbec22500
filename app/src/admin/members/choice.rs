//! A choice whose options come from the database.

use leptos::prelude::*;
use rowhouse_platform::members::RoleChoice;

use crate::ui::{
    FieldErrors, Icon,
    form::{described_by, field_error, field_help},
};

/// One choice of several: value and words of each.
pub(in crate::admin) fn select(
    id: &'static str,
    options: Vec<(String, String)>,
    value: &str,
    described: Option<String>,
) -> AnyView {
    let options = options
        .into_iter()
        .map(|(option, words)| {
            let selected = option == value;
            view! { <option value=option selected=selected>{words}</option> }
        })
        .collect_view();
    view! {
        <div class="select">
            <select class="input" id=id name=id aria-describedby=described>{options}</select>
            <Icon name="chevrons-up-down" />
        </div>
    }
    .into_any()
}

/// A choice with its label, help and message.
pub(in crate::admin) fn select_field(
    id: &'static str,
    label: &'static str,
    help: &'static str,
    options: Vec<(String, String)>,
    value: &str,
    errors: &FieldErrors,
) -> AnyView {
    let error = errors.of(id);
    let described = described_by(id, !help.is_empty(), error.is_some());
    view! {
        <div class="field">
            <label class="field__label" for=id>{label}</label>
            {select(id, options, value, described)}
            {field_help(id, help)}
            {field_error(id, error)}
        </div>
    }
    .into_any()
}

/// Roles as options.
pub(in crate::admin) fn role_options(roles: &[RoleChoice]) -> Vec<(String, String)> {
    roles.iter().map(|choice| (choice.role.to_string(), choice.label.clone())).collect()
}

/// What the roles are for, for those who ask.
pub(in crate::admin) fn about_roles(roles: &[RoleChoice]) -> AnyView {
    let items = roles
        .iter()
        .map(|choice| {
            let about = if choice.about.is_empty() { "A role of this workspace’s own." } else { &choice.about };
            view! { <li>{format!("{}: {about}", choice.label)}</li> }
        })
        .collect_view();
    view! {
        <details class="disclosure">
            <summary>"What each role may do"</summary>
            <ul>{items}</ul>
        </details>
    }
    .into_any()
}
