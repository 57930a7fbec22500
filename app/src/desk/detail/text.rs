//! Fields for Markdown, with a button that shows what it will look like.

use leptos::prelude::*;

use super::preview;
use crate::{
    desk::{markdown::TicketLinks, ticket::TEXT_LENGTH},
    ui::{FieldErrors, form::TextArea},
};

/// A field for Markdown.
pub(in crate::desk) struct MarkdownField<'a> {
    pub(in crate::desk) id: &'static str,
    pub(in crate::desk) name: &'static str,
    pub(in crate::desk) label: AnyView,
    pub(in crate::desk) value: &'a str,
    pub(in crate::desk) errors: &'a FieldErrors,
    pub(in crate::desk) rows: usize,
    pub(in crate::desk) help: &'static str,
    pub(in crate::desk) optional: bool,
    /// Whether what it will look like was asked for.
    pub(in crate::desk) is_previewed: bool,
}

impl MarkdownField<'_> {
    /// The field, and the place in which the preview is shown.
    pub(in crate::desk) fn view(self, tickets: TicketLinks<'_>) -> AnyView {
        let html = if self.is_previewed { preview::of(self.value, tickets) } else { String::new() };
        view! {
            <TextArea
                id=self.id
                name=self.name
                label=self.label
                value=self.value
                errors=self.errors
                rows=self.rows
                maxlength=TEXT_LENGTH
                help=self.help
                optional=self.optional
            />
            <section
                class="preview markdown"
                id=format!("{}-preview", self.id)
                aria-label="Preview"
                hidden=!self.is_previewed
                inner_html=html
            ></section>
        }
        .into_any()
    }
}

/// The button. A form without an address of its own for it is sent, and its page comes back with the preview.
pub(in crate::desk) fn preview_button(field: &'static str, address: String) -> AnyView {
    view! {
        <button
            class="button"
            type="submit"
            name="preview"
            value="on"
            formnovalidate=true
            data-preview=field
            data-address=address
        >
            "Preview"
        </button>
    }
    .into_any()
}
