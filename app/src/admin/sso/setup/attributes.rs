//! Which claims or attributes say what about a person.

use leptos::prelude::*;
use rowhouse_platform::sso::{AttributeMap, Protocol};
use serde::Deserialize;

use crate::ui::{FieldErrors, form::TextField};

/// The most characters of a name.
const LENGTH: usize = 300;

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names of the form's fields, beside others")]
pub(super) struct MapFields {
    #[serde(default)]
    map_subject: String,
    #[serde(default)]
    map_email: String,
    #[serde(default)]
    map_name: String,
    #[serde(default)]
    map_given_name: String,
    #[serde(default)]
    map_family_name: String,
    #[serde(default)]
    map_groups: String,
}

impl MapFields {
    pub(super) fn of(map: &AttributeMap) -> Self {
        Self {
            map_subject: map.subject.clone(),
            map_email: map.email.clone(),
            map_name: map.name.clone(),
            map_given_name: map.given_name.clone(),
            map_family_name: map.family_name.clone(),
            map_groups: map.groups.clone(),
        }
    }

    pub(super) fn check(&self, errors: &mut FieldErrors) -> AttributeMap {
        let mut line = |field, label, text| errors.line(field, label, text, LENGTH);
        AttributeMap {
            subject: line("map_subject", "The name for who it is", &self.map_subject),
            email: line("map_email", "The name for the address", &self.map_email),
            name: line("map_name", "The name for the whole name", &self.map_name),
            given_name: line("map_given_name", "The name for the given name", &self.map_given_name),
            family_name: line("map_family_name", "The name for the family name", &self.map_family_name),
            groups: line("map_groups", "The name for groups", &self.map_groups),
        }
    }

    fn is_empty(&self) -> bool {
        let all = [
            &self.map_subject,
            &self.map_email,
            &self.map_name,
            &self.map_given_name,
            &self.map_family_name,
            &self.map_groups,
        ];
        all.iter().all(|text| text.trim().is_empty())
    }
}

/// The fields, folded up while nothing is in them.
pub(super) fn fields(protocol: &Protocol, typed: &MapFields, errors: &FieldErrors) -> AnyView {
    let (title, about, subject) = match protocol {
        Protocol::Oidc(_) => (
            "Names of claims",
            "Leave empty what the provider calls as the standard does: sub, email, name, given_name, family_name, groups.",
            "Empty: sub. It has to stay with a person for good, and never be given to somebody else.",
        ),
        Protocol::Saml(_) => (
            "Names of attributes",
            "Leave empty what has one of the usual names. A test shows every attribute that was received.",
            "Empty: the NameID. It has to stay with a person for good, and never be given to somebody else.",
        ),
    };
    let is_open = !typed.is_empty() || !errors.is_empty();
    view! {
        <details class="disclosure" open=is_open>
            <summary>{title}</summary>
            <div class="form">
                <p class="field__help">{about}</p>
                <TextField id="map_subject" label="Who it is" value=&typed.map_subject errors=errors maxlength=LENGTH optional=true help=subject />
                <TextField id="map_email" label="Email address" value=&typed.map_email errors=errors maxlength=LENGTH optional=true />
                <TextField id="map_name" label="Whole name" value=&typed.map_name errors=errors maxlength=LENGTH optional=true />
                <div class="field-pair">
                    <TextField id="map_given_name" label="Given name" value=&typed.map_given_name errors=errors maxlength=LENGTH optional=true />
                    <TextField id="map_family_name" label="Family name" value=&typed.map_family_name errors=errors maxlength=LENGTH optional=true />
                </div>
                <TextField
                    id="map_groups"
                    label="Groups"
                    value=&typed.map_groups
                    errors=errors
                    maxlength=LENGTH
                    optional=true
                    help="What decides on roles, where the tab People has rules."
                />
            </div>
        </details>
    }
    .into_any()
}
