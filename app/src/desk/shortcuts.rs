//! Keyboard shortcuts: the overlay that tells them, on every page of the workspace. `public/shortcuts.js` brings them to
//! life; without it the overlay stays hidden.

use leptos::{nonce::use_nonce, prelude::*};
use rowhouse_platform::access::Principal;

use super::permission::{ReadTickets, WriteTickets};
use crate::{context::RequestContext, ui::Icon};

/// A key, or two pressed one after the other, and what they do.
type Shortcut = (&'static [&'static str], &'static str);

/// Those that lead to a page: keys, words, address.
const LEADING: &[(&[&str], &str, &str)] = &[
    (&["g", "t"], "Go to the tickets", "/tickets"),
    (&["g", "b"], "Go to the board", "/board"),
    (&["g", "p"], "Go to the projects", "/projects"),
];

const ANYWHERE: &[Shortcut] = &[(&["/"], "Search"), (&["?"], "Show these shortcuts")];

const LIST: &[Shortcut] = &[
    (&["j"], "Next ticket"),
    (&["k"], "Previous ticket"),
    (&["Enter"], "Open the ticket"),
    (&["x"], "Select the ticket"),
];

const TICKET: &[Shortcut] = &[
    (&["r"], "Write a comment"),
    (&["a"], "Assign it to me"),
    (&["s"], "Go to its status"),
    (&["j"], "Next ticket of the list"),
    (&["k"], "Previous ticket of the list"),
];

const BOARD: &[Shortcut] = &[
    (&["↑"], "Card above"),
    (&["↓"], "Card below"),
    (&["←"], "Card in the column before"),
    (&["→"], "Card in the column after"),
    (&["Shift", "←"], "Move the card to the column before"),
    (&["Shift", "→"], "Move the card to the column after"),
];

/// The overlay and its script; nothing for who does not read tickets.
pub fn overlay(context: &RequestContext, person: &Principal) -> AnyView {
    if !person.may::<ReadTickets>() {
        return ().into_any();
    }
    let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
    let script = context.services.assets.file("shortcuts.js").to_owned();
    let new = person.may::<WriteTickets>().then_some((["c"].as_slice(), "New ticket", "/tickets/new"));
    let leading = new
        .into_iter()
        .chain(LEADING.iter().copied())
        .map(|(keys, words, path)| {
            let address = context.href(path);
            view! { <div class="shortcuts__row" data-keys=keys.join(" ") data-address=address>{row(keys, words)}</div> }
        })
        .collect_view();
    view! {
        <dialog class="shortcuts card" id="shortcuts" aria-labelledby="shortcuts-title">
            <div class="shortcuts__head">
                <h2 id="shortcuts-title">"Keyboard shortcuts"</h2>
                <form method="dialog">
                    <button class="button button--quiet button--icon" type="submit" aria-label="Close"><Icon name="x" /></button>
                </form>
            </div>
            <div class="shortcuts__groups">
                <section aria-labelledby="shortcuts-anywhere">
                    <h3 id="shortcuts-anywhere">"Anywhere"</h3>
                    <dl class="shortcuts__list">{leading}{rows(ANYWHERE)}</dl>
                </section>
                <section aria-labelledby="shortcuts-list">
                    <h3 id="shortcuts-list">"In the list"</h3>
                    <dl class="shortcuts__list">{rows(LIST)}</dl>
                </section>
                <section aria-labelledby="shortcuts-ticket">
                    <h3 id="shortcuts-ticket">"On a ticket"</h3>
                    <dl class="shortcuts__list">{rows(TICKET)}</dl>
                </section>
                <section aria-labelledby="shortcuts-board">
                    <h3 id="shortcuts-board">"On the board"</h3>
                    <dl class="shortcuts__list">{rows(BOARD)}</dl>
                </section>
            </div>
            <p class="muted">"Shortcuts are off while you type."</p>
        </dialog>
        <script type="module" nonce=nonce src=script></script>
    }
    .into_any()
}

fn rows(shortcuts: &'static [Shortcut]) -> AnyView {
    shortcuts
        .iter()
        .map(|(keys, words)| view! { <div class="shortcuts__row">{row(keys, words)}</div> })
        .collect_view()
        .into_any()
}

fn row(keys: &'static [&'static str], words: &'static str) -> AnyView {
    let keys = keys.iter().map(|key| view! { <kbd class="shortcuts__key">{*key}</kbd> }).collect_view();
    view! {
        <dt>{keys}</dt>
        <dd>{words}</dd>
    }
    .into_any()
}
