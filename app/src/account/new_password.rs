//! The field in which a password is chosen.

use leptos::prelude::*;
use rowhouse_platform::identity::{password, policy::SignInPolicy};

use crate::ui::{
    FieldErrors,
    form::{described_by, field_error},
};

/// The field `password`, with what the workspace asks of one.
pub(super) fn field(policy: &SignInPolicy, errors: &FieldErrors) -> AnyView {
    let error = errors.of("password");
    let least = policy.password_rules().min_length;
    view! {
        <div class="field">
            <label class="field__label" for="password">"New password"</label>
            <input
                class="input"
                id="password"
                name="password"
                type="password"
                autocomplete="new-password"
                required=true
                minlength=least
                maxlength=password::MAX_LENGTH
                aria-describedby=described_by("password", true, error.is_some())
                aria-invalid=error.is_some().then_some("true")
            />
            <p class="field__help" id="password-help">
                {format!("At least {least} characters. Four random words are fine, and so is a password manager.")}
            </p>
            {field_error("password", error)}
        </div>
    }
    .into_any()
}
