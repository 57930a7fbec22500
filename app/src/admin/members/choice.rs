//! The choice of a role.

use leptos::prelude::*;
use rowhouse_platform::members::RoleChoice;

use crate::ui::choice::Choice;

/// Roles as options.
pub(in crate::admin) fn role_options(roles: &[RoleChoice]) -> Vec<Choice> {
    roles.iter().map(|choice| Choice::new(choice.role.to_string(), &choice.label)).collect()
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
