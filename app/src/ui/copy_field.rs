//! Text to be copied elsewhere, with a button that does it.

use leptos::prelude::*;

use super::{Icon, form::escaped};

/// The script that fills the clipboard. Without it, the buttons stay hidden and people select the text.
pub const SCRIPT: &str = "copy.js";

/// A line to copy. All of it shows: it is wrapped where the screen is narrow.
pub fn copy_field(id: &str, label: &'static str, text: &str) -> AnyView {
    let id = id.to_owned();
    view! {
        <div class="field copy">
            <label class="field__label" for=id.clone()>{label}</label>
            <div class="input-row">
                <textarea class="input input--code input--whole" id=id.clone() rows="1" readonly=true inner_html=escaped(text)></textarea>
                {copy_button(&id, label)}
            </div>
        </div>
    }
    .into_any()
}

/// The button beside a field of this id.
pub fn copy_button(id: &str, label: &'static str) -> AnyView {
    view! {
        <button class="button" type="button" data-copy=id.to_owned() hidden=true>
            <Icon name="copy" />
            <span data-copy-words="">"Copy"</span>
            <span class="visually-hidden">{format!(" {label}")}</span>
        </button>
    }
    .into_any()
}
