//! Icons, from one sprite that the browser fetches once.

use std::sync::OnceLock;

use leptos::prelude::*;

/// The sprite's address, which changes with its content. Set once when the server starts.
static SPRITE: OnceLock<String> = OnceLock::new();

/// Says where the sprite is. Later calls change nothing.
pub fn set_sprite(address: &str) {
    // A second server in one process (tests) serves the same files.
    let _ = SPRITE.set(address.to_owned());
}

/// An icon that only accompanies a text.
#[component]
pub fn Icon(
    /// The symbol's name in `public/icons.svg`.
    name: &'static str,
    /// Twice the size.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    let href = format!("{}#{name}", SPRITE.get().map_or("/icons.svg", String::as_str));
    let class = if large { "icon icon--large" } else { "icon" };
    view! {
        <svg class=class aria-hidden="true">
            <use_ href=href></use_>
        </svg>
    }
}
