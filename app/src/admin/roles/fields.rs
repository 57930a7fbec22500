//! The fields of a role: its name, what it is for, and the permissions that it holds.

use leptos::prelude::*;
use rowhouse_platform::access::{
    Grants, PermissionInfo, Principal,
    custom_role::{DESCRIPTION_LENGTH, NAME_LENGTH, RoleDraft},
};

use crate::{
    access::catalogue,
    product::{Installed, Product as _},
    ui::{
        FieldErrors,
        choice::Checkbox,
        form::{TextField, field_error},
    },
};

/// What was typed and ticked. A form sends `permission` once for each tick, so it is read as pairs.
pub(super) fn read(pairs: Vec<(String, String)>) -> RoleDraft {
    let mut draft = RoleDraft::default();
    for (name, value) in pairs {
        match name.as_str() {
            "name" => draft.name = value,
            "description" => draft.description = value,
            "permission" => draft.permissions.push(value),
            _ => {}
        }
    }
    draft
}

/// The same, checked as text.
pub(super) fn check(draft: &RoleDraft, errors: &mut FieldErrors) -> RoleDraft {
    RoleDraft {
        name: errors.required_line("name", "The name", &draft.name, NAME_LENGTH),
        description: errors.line("description", "The description", &draft.description, DESCRIPTION_LENGTH),
        permissions: draft.permissions.clone(),
    }
}

/// Parts of the catalogue, in the order in which they are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::admin) enum Part {
    Product,
    People,
    Workspace,
}

impl Part {
    pub(in crate::admin) const ALL: [Self; 3] = [Self::Product, Self::People, Self::Workspace];

    fn of(permission: &PermissionInfo) -> Self {
        let kind = permission.name.split('.').next().unwrap_or_default();
        if Installed::PERMISSIONS.contains(permission) {
            Self::Product
        } else if ["account", "member", "role"].contains(&kind) {
            Self::People
        } else {
            Self::Workspace
        }
    }

    pub(in crate::admin) fn label(self) -> &'static str {
        match self {
            Self::Product => "Tickets",
            Self::People => "People",
            Self::Workspace => "Workspace",
        }
    }
}

/// The permissions of one part that pass.
pub(in crate::admin) fn in_part(part: Part, passes: impl Fn(&PermissionInfo) -> bool) -> Vec<PermissionInfo> {
    catalogue().into_iter().filter(|permission| Part::of(permission) == part && passes(permission)).collect()
}

/// All fields, for somebody who may change them.
pub(super) fn fields(person: &Principal, draft: &RoleDraft, errors: &FieldErrors) -> AnyView {
    let parts = Part::ALL
        .into_iter()
        .map(|part| {
            let boxes = in_part(part, |permission| permission.grantable)
                .iter()
                .map(|permission| tick(person, permission, draft))
                .collect_view();
            view! {
                <fieldset class="fieldset">
                    <legend>{part.label()}</legend>
                    {boxes}
                </fieldset>
            }
        })
        .collect_view();
    view! {
        <TextField id="name" label="Name" value=&draft.name errors=errors maxlength=NAME_LENGTH />
        <TextField
            id="description"
            label="What it is for"
            value=&draft.description
            errors=errors
            maxlength=DESCRIPTION_LENGTH
            optional=true
            help="A sentence that helps those who give it."
        />
        <div class="stack" id="permissions" tabindex="-1" role="group" aria-label="Permissions">
            {field_error("permissions", errors.of("permissions"))}
            {parts}
        </div>
    }
    .into_any()
}

fn tick(person: &Principal, permission: &PermissionInfo, draft: &RoleDraft) -> AnyView {
    let is_held = person.grants.hold(permission);
    let help = if is_held {
        permission.about.to_owned()
    } else {
        format!("{} You do not have this permission, so you cannot give it.", permission.about)
    };
    view! {
        <Checkbox
            id=format!("permission-{}", permission.name.replace('.', "-"))
            name="permission"
            value=permission.name.to_owned()
            label=permission.label.to_owned()
            help=help
            checked=draft.permissions.iter().any(|name| name == permission.name)
            disabled=!is_held
        />
    }
    .into_any()
}

/// What a role holds, where it is not to be changed.
pub(super) fn held(grants: &Grants) -> AnyView {
    let parts = Part::ALL
        .into_iter()
        .filter_map(|part| {
            let held = in_part(part, |permission| grants.hold(permission));
            if held.is_empty() {
                return None;
            }
            let items = held
                .iter()
                .map(|permission| view! { <li><strong>{permission.label}</strong>{format!(": {}", permission.about)}</li> })
                .collect_view();
            Some(view! {
                <section class="stack" aria-label=part.label()>
                    <h3>{part.label()}</h3>
                    <ul class="bullets">{items}</ul>
                </section>
            })
        })
        .collect_view();
    view! {
        <section class="stack" aria-labelledby="holds">
            <h2 id="holds">"What it allows"</h2>
            {parts}
        </section>
    }
    .into_any()
}
