//! The field for a new workspace's address, checked while one types.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::server_functions::FnError;

/// What is to be said about an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressAnswer {
    /// Whether it can be had.
    pub is_free: bool,
    /// The address in its normal form, or what is wrong with it.
    pub text: String,
}

/// Whether a workspace can have this address.
///
/// # Errors
/// [`FnError`].
#[server(prefix = "/api/fn", endpoint = "landing/check-address")]
pub async fn check_address(slug: String) -> Result<AddressAnswer, FnError> {
    use crate::{context::Site, error::PageError, server_functions::request};
    use rowhouse_platform::tenancy::{Slug, register};

    let context = request()?;
    if !matches!(context.site, Site::Apex) {
        return Err(PageError::NotFound.into());
    }
    let wanted: Slug = match slug.parse() {
        Ok(wanted) => wanted,
        Err(error) => return Ok(AddressAnswer { is_free: false, text: format!("{error}") }),
    };
    let is_free = register::is_free(&context.services.database, &wanted).await.map_err(PageError::from)?;
    let text = if is_free {
        format!("{wanted}{} is free.", context.public().suffix())
    } else {
        format!("“{wanted}” is taken. Choose another address.")
    };
    Ok(AddressAnswer { is_free, text })
}

/// The field.
#[island]
pub fn AddressField(
    /// What was typed.
    value: String,
    /// What follows the name in the address.
    suffix: String,
    /// What the server found wrong with it.
    error: Option<String>,
) -> impl IntoView {
    let answer = RwSignal::new(error.map(|text| AddressAnswer { is_free: false, text }));
    let asked = RwSignal::new(0_u32);
    let ask = move |slug: String| {
        let question = asked.get_untracked().wrapping_add(1);
        asked.set(question);
        if slug.trim().is_empty() {
            answer.set(None);
            return;
        }
        leptos::task::spawn_local(async move {
            let checked = check_address(slug).await.ok();
            if asked.get_untracked() == question {
                answer.set(checked);
            }
        });
    };
    let mut ask = debounce(std::time::Duration::from_millis(200), ask);
    let is_wrong = move || answer.with(|answer| answer.as_ref().is_some_and(|answer| !answer.is_free));
    view! {
        <div class="field">
            <label class="field__label" for="slug">"Address"</label>
            <div class="input-group">
                <input
                    class="input"
                    id="slug"
                    name="slug"
                    type="text"
                    value=value
                    required=true
                    maxlength="40"
                    autocapitalize="none"
                    autocomplete="off"
                    spellcheck="false"
                    aria-describedby="slug-suffix slug-help slug-error"
                    aria-invalid=move || is_wrong().then_some("true")
                    on:input:target=move |event| {
                        ask(event.target().value());
                    }
                />
                <span class="input-group__addon" id="slug-suffix">{suffix}</span>
            </div>
            <p class="field__help" id="slug-help">"3 to 40 letters, digits and hyphens. It cannot be changed later."</p>
            <p
                id="slug-error"
                role="status"
                class=move || if is_wrong() { "field__error" } else { "field__success" }
                hidden=move || answer.with(Option::is_none)
            >
                {move || answer.with(|answer| answer.as_ref().map(|answer| answer.text.clone()).unwrap_or_default())}
            </p>
        </div>
    }
}
