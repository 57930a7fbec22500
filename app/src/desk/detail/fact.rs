//! A line of what is known of a ticket: its name, its value, and where one may, the form behind it.

use leptos::prelude::*;

use super::{sent::Part, view::Shown};
use crate::ui::Icon;

/// A line. `name` is what the value is, in the words of the page.
pub(super) fn fact(
    shown: &Shown<'_>,
    part: Part,
    name: &'static str,
    value: AnyView,
    form: impl FnOnce() -> AnyView,
) -> AnyView {
    let id = format!("fact-{}", part.word());
    let is_open = shown.may_write() && shown.face.is_open(part);
    let edit = (shown.may_write() && !is_open).then(|| {
        view! {
            <a class="fact__edit" href=shown.edit(part, &id) data-in-place=id.clone()>
                <Icon name="pencil" />
                <span class="visually-hidden">{format!("Change {}", name.to_lowercase())}</span>
            </a>
        }
    });
    view! {
        <div class="fact" id=id>
            <div class="fact__line">
                <span class="fact__name">{name}</span>
                <div class="fact__value">{value}</div>
                {edit}
            </div>
            {is_open.then(form)}
        </div>
    }
    .into_any()
}

/// The form of a line: its fields, and the buttons.
pub(super) fn fact_form(
    shown: &Shown<'_>,
    part: Part,
    intent: &'static str,
    button: &'static str,
    fields: AnyView,
) -> AnyView {
    let id = format!("fact-{}", part.word());
    view! {
        <form class="fact__form" action=shown.action.clone() method="post">
            {shown.hidden(intent)}
            {fields}
            <div class="button-row">
                <button class="button button--primary" type="submit">{button}</button>
                <a class="button button--quiet" href=format!("{}#{id}", shown.action) data-in-place=id>"Cancel"</a>
            </div>
        </form>
    }
    .into_any()
}
