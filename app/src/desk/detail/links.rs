//! The tickets that this one has to do with.

use leptos::prelude::*;

use super::{
    fact::{fact, fact_form},
    sent::Part,
    view::Shown,
};
use crate::{
    desk::{
        ticket::{Link, Relation},
        ticket_view::status_badge,
    },
    ui::{
        Icon,
        choice::{Choice, SelectField},
        form::TextField,
    },
};

/// The most characters of a key.
const KEY_LENGTH: usize = 30;

pub(super) fn part(shown: &Shown<'_>) -> AnyView {
    let links = &shown.loaded.links;
    let is_open = shown.may_write() && shown.face.is_open(Part::Links);
    let value = if links.is_empty() {
        view! { <span class="muted">"None"</span> }.into_any()
    } else {
        let groups = links.chunk_by(|one, other| one.relation == other.relation).map(|group| {
            let items = group.iter().map(|link| item(shown, link, is_open)).collect_view();
            let relation = group.first().map_or("", |link| link.relation.label());
            view! {
                <div>
                    <h3 class="field__help">{relation}</h3>
                    <ul class="link-list">{items}</ul>
                </div>
            }
        });
        view! { <div class="stack link-groups">{groups.collect_view()}</div> }.into_any()
    };
    view! {
        <section class="ticket__side" aria-labelledby="links-title">
            <h2 class="visually-hidden" id="links-title">"Links to other tickets"</h2>
            {fact(shown, Part::Links, "Links", value, || add(shown))}
        </section>
    }
    .into_any()
}

fn item(shown: &Shown<'_>, link: &Link, is_open: bool) -> AnyView {
    let href = shown.context.href(&format!("/tickets/{}", link.key));
    let done = link.status.is_resolved().then_some("is-done");
    let remove = is_open.then(|| {
        view! {
            <form action=shown.action.clone() method="post">
                {shown.hidden("unlink")}
                <input type="hidden" name="relation" value=link.relation.word() />
                <input type="hidden" name="other" value=link.id.to_string() />
                <button class="button button--quiet button--icon" type="submit">
                    <Icon name="x" />
                    <span class="visually-hidden">{format!("Remove the link to {}", link.key)}</span>
                </button>
            </form>
        }
    });
    view! {
        <li>
            <span>
                <a href=href class=done>{link.key.to_string()}</a> " " {link.title.clone()} " "
                {status_badge(link.status.word(), false)}
            </span>
            {remove}
        </li>
    }
    .into_any()
}

fn add(shown: &Shown<'_>) -> AnyView {
    let options = Relation::ALL.iter().map(|relation| Choice::new(relation.word(), relation.label())).collect();
    let relation = shown.face.typed(Part::Links, "relation").unwrap_or(Relation::Relates.word());
    let other = shown.face.typed(Part::Links, "link").unwrap_or_default();
    let errors = &shown.face.errors;
    let fields = view! {
        <SelectField id="relation" label="How" options=options value=relation errors=errors />
        <TextField
            id="link"
            label="The other ticket"
            value=other
            errors=errors
            maxlength=KEY_LENGTH
            help="Its key, such as OPS-142."
        />
    };
    fact_form(shown, Part::Links, "link", "Add link", fields.into_any())
}
