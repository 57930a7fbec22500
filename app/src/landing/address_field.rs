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

/// Says while one types whether the address can be had.
#[island]
pub fn LiveAddress() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    live::watch();
}

/// The field.
#[cfg(feature = "ssr")]
#[component]
pub fn AddressField(
    /// What was typed.
    value: String,
    /// What follows the name in the address.
    suffix: String,
    /// What the server found wrong with it.
    error: Option<String>,
) -> impl IntoView {
    let is_wrong = error.is_some();
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
                    aria-invalid=is_wrong.then_some("true")
                />
                <span class="input-group__addon" id="slug-suffix">{suffix}</span>
            </div>
            <p class="field__help" id="slug-help">"3 to 40 letters, digits and hyphens. It cannot be changed later."</p>
            <p id="slug-error" role="status" class="field__error" hidden=!is_wrong>{error}</p>
            <LiveAddress />
        </div>
    }
}

#[cfg(feature = "hydrate")]
mod live {
    use leptos::server_fn::ServerFn as _;
    use wasm_bindgen::JsValue;

    use super::CheckAddress;
    use crate::browser;

    pub(super) fn watch() {
        browser::while_typing(&["slug"], ask, show);
    }

    async fn ask() -> Option<JsValue> {
        let typed = browser::value_of("slug");
        if typed.trim().is_empty() {
            return None;
        }
        browser::call(CheckAddress::PATH, &[("slug", typed)]).await
    }

    fn show(answer: Option<JsValue>) {
        let (Some(field), Some(line)) = (browser::element("slug"), browser::element("slug-error")) else { return };
        let is_wrong = answer.as_ref().is_some_and(|answer| !browser::member(answer, "is_free").is_truthy());
        line.set_hidden(answer.is_none());
        line.set_class_name(if is_wrong { "field__error" } else { "field__success" });
        line.set_text_content(answer.map(|answer| browser::text(&answer, "text")).as_deref());
        // The names are valid, which is all that could fail.
        let _ =
            if is_wrong { field.set_attribute("aria-invalid", "true") } else { field.remove_attribute("aria-invalid") };
    }
}
