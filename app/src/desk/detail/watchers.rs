//! Who hears of what happens to the ticket.

use leptos::prelude::*;

use super::{
    fact::{fact, fact_form},
    panel::person,
    sent::Part,
    view::Shown,
};
use crate::{desk::ticket::Person, ui::Icon};

pub(super) fn part(shown: &Shown<'_>) -> AnyView {
    let watchers = &shown.loaded.watchers;
    let is_open = shown.may_write() && shown.face.is_open(Part::Watchers);
    let value = if watchers.is_empty() {
        view! { <span class="muted">"Nobody"</span> }.into_any()
    } else {
        let items = watchers.iter().map(|watcher| item(shown, watcher, is_open)).collect_view();
        view! { <ul class="people-list">{items}</ul> }.into_any()
    };
    let add = || {
        let field = person(shown, Part::Watchers, "watcher", "Add a person", None, None);
        fact_form(shown, Part::Watchers, "add-watcher", "Add", field)
    };
    let watches = watchers.iter().any(|watcher| watcher.id == shown.person.account);
    view! {
        <section class="ticket__side" aria-labelledby="watchers-title">
            <h2 class="visually-hidden" id="watchers-title">"Watchers"</h2>
            {fact(shown, Part::Watchers, "Watchers", value, add)}
            {(!shown.loaded.project.is_archived).then(|| watch_button(shown, watches))}
        </section>
    }
    .into_any()
}

fn item(shown: &Shown<'_>, watcher: &Person, is_open: bool) -> AnyView {
    let remove = is_open.then(|| {
        view! {
            <form action=shown.action.clone() method="post">
                {shown.hidden("remove-watcher")}
                <input type="hidden" name="person" value=watcher.id.to_string() />
                <button class="button button--quiet button--icon" type="submit">
                    <Icon name="x" />
                    <span class="visually-hidden">{format!("Remove {} from watching", watcher.name)}</span>
                </button>
            </form>
        }
    });
    view! { <li>{shown.somebody(watcher)} {remove}</li> }.into_any()
}

/// Who reads the ticket may watch it, whether or not they may change it.
fn watch_button(shown: &Shown<'_>, watches: bool) -> AnyView {
    let (intent, words) = if watches { ("unwatch", "Unwatch") } else { ("watch", "Watch") };
    view! {
        <form action=format!("{}/watch", shown.action) method="post">
            {shown.hidden(intent)}
            <button class="button" type="submit">
                <Icon name="eye" />
                {words}
            </button>
        </form>
    }
    .into_any()
}
