//! An entry of the timeline: a comment, or something that happened.

use leptos::prelude::*;

use super::{
    event_words::{icon, words},
    face::Trouble,
    sent::{Part, Sent},
    text::{MarkdownField, preview_button},
    view::Shown,
};
use crate::{
    desk::{
        attachment,
        project::Level,
        ticket::{Comment, Event},
    },
    ui::{
        Icon,
        avatar::{self, Avatar},
        time::Ago,
    },
};

/// What somebody said.
pub(super) fn comment(shown: &Shown<'_>, comment: &Comment) -> AnyView {
    let part = Part::Written(comment.id);
    let id = comment.id.to_string();
    let is_own = comment.author.id == shown.person.account;
    let leads = shown.loaded.project.level >= Level::Lead;
    let is_open = shown.may_write() && (is_own || leads) && shown.face.is_open(part);
    let edit = (shown.may_write() && (is_own || leads) && !is_open).then(|| {
        view! {
            <a href=shown.edit(part, &id) data-in-place=id.clone() data-draft=is_own.then(|| shown.draft(&id))>
                {if is_own { "Edit" } else { "Delete" }}
                <span class="visually-hidden">{format!(" the comment by {}", comment.author.name)}</span>
            </a>
        }
    });
    let src = avatar::address(shown.context, comment.author.id, comment.author.avatar_hash.as_deref());
    let is_requester = comment.author.id == shown.loaded.ticket.requester.id;
    let is_overtaken = shown.face.trouble == Some(Trouble::Overtaken);
    view! {
        <li class="entry" id=id>
            <Avatar name=&comment.author.name src=src />
            <div class="entry__head">
                <b>{comment.author.name.clone()}</b> " "
                {is_requester.then(|| view! { <span class="badge">"Requester"</span> " " })}
                <a class="entry__time" href=format!("#{}", comment.id)><Ago at=comment.created_at now=shown.now /></a>
                {comment.edited_at.map(|at| view! { <span>"edited " <Ago at=at now=shown.now /></span> })}
                {edit}
            </div>
            <div class="entry__body stack">
                {(is_open && is_own).then(|| edit_form(shown, comment))}
                {(is_open && is_own && is_overtaken).then(|| view! { <h3>"The comment as it is now"</h3> })}
                {(!is_open || !is_own || is_overtaken).then(|| shown.markdown(&comment.body))}
                {attachment::of_comment(shown.context, &shown.loaded.files, comment.id)}
                {is_open.then(|| remove_form(shown, comment))}
            </div>
        </li>
    }
    .into_any()
}

fn edit_form(shown: &Shown<'_>, comment: &Comment) -> AnyView {
    let part = Part::Written(comment.id);
    let field = MarkdownField {
        id: "written",
        name: "body",
        label: view! { <label class="field__label" for="written">"Your comment"</label> }.into_any(),
        value: shown.face.typed(part, "body").unwrap_or(&comment.body),
        errors: &shown.face.errors,
        rows: 6,
        help: "",
        optional: false,
        is_previewed: shown.face.sent_for(part).is_some_and(Sent::is_preview),
    };
    let id = comment.id.to_string();
    let draft = shown.draft(&id);
    view! {
        <form
            class="form"
            action=shown.action.clone()
            method="post"
            data-draft=draft
            data-draft-edit=shown.edits(part, "body")
        >
            {shown.hidden_of("edit-comment", comment.version)}
            <input type="hidden" name="comment" value=id.clone() />
            {field.view(shown.tickets())}
            <div class="button-row">
                <button class="button button--primary" type="submit">"Save comment"</button>
                {preview_button("written", shown.context.href("/preview"))}
                <a class="button button--quiet" href=format!("{}#{id}", shown.action) data-in-place=id>"Cancel"</a>
            </div>
        </form>
    }
    .into_any()
}

/// Asked once more, for it cannot be taken back.
fn remove_form(shown: &Shown<'_>, comment: &Comment) -> AnyView {
    view! {
        <details class="disclosure">
            <summary>"Delete this comment…"</summary>
            <form class="form" action=shown.action.clone() method="post">
                {shown.hidden("remove-comment")}
                <input type="hidden" name="comment" value=comment.id.to_string() />
                <p>"It is gone for everybody, and cannot be brought back."</p>
                <div class="button-row">
                    <button class="button button--danger" type="submit">"Delete comment"</button>
                </div>
            </form>
        </details>
    }
    .into_any()
}

/// What somebody did.
pub(super) fn event(shown: &Shown<'_>, event: &Event) -> AnyView {
    let Some(words) = words(shown.context, event) else { return ().into_any() };
    view! {
        <li class="entry entry--event">
            <Icon name=icon(&event.kind) />
            <p>{who(event)} " " {words} " " <Ago at=event.at now=shown.now /></p>
        </li>
    }
    .into_any()
}

/// Who did something, and through what.
pub(super) fn who(event: &Event) -> AnyView {
    let name = event.actor.as_ref().map_or_else(|| "The system".to_owned(), |actor| actor.name.clone());
    let via = event.via.as_ref().map(|via| format!(" (API key “{via}”)"));
    view! { <b>{name}</b> {via} }.into_any()
}
