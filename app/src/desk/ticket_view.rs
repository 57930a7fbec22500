//! Pieces that several of Desk's pages show.

use leptos::prelude::*;

use super::ticket::{Label, Priority, Status};
use crate::ui::Icon;

/// A status with its sign, from the word in the database.
pub(super) fn status_badge(word: &str, pill: bool) -> AnyView {
    let Some(status) = Status::parse(word) else { return ().into_any() };
    let pill = if pill { " status--pill" } else { "" };
    view! {
        <span class=format!("status{pill} status--{}", status.word())>
            <Icon name=status.icon() />
            {status.label()}
        </span>
    }
    .into_any()
}

/// A priority with its sign, from the word in the database.
pub(super) fn priority_badge(word: &str) -> AnyView {
    let Some(priority) = Priority::parse(word) else { return ().into_any() };
    view! {
        <span class=format!("priority priority--{}", priority.word())>
            <Icon name=priority.icon() />
            {priority.label()}
        </span>
    }
    .into_any()
}

/// A label with its colour.
pub(super) fn label_badge(label: &Label) -> AnyView {
    view! { <span class=format!("label label--{}", label.colour.word())>{label.name.clone()}</span> }.into_any()
}
