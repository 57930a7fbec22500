//! The form below the timeline: a comment, and with it a status if one likes.

use leptos::prelude::*;

use super::{
    sent::{Part, Sent},
    text::{MarkdownField, preview_button},
    view::Shown,
};
use crate::desk::ticket::Status;

pub(super) fn part(shown: &Shown<'_>) -> AnyView {
    if !shown.may_write() {
        return ().into_any();
    }
    let ticket = &shown.loaded.ticket;
    let field = MarkdownField {
        id: "comment",
        name: "body",
        label: view! { <h2 id="comment-title"><label for="comment">"Add a comment"</label></h2> }.into_any(),
        value: shown.face.typed(Part::Comment, "body").unwrap_or_default(),
        errors: &shown.face.errors,
        rows: 4,
        help: "Everybody who reaches this project can read it. Markdown: **bold**, `code`, lists, links.",
        optional: false,
        is_previewed: shown.face.sent_for(Part::Comment).is_some_and(Sent::is_preview),
    };
    let with_status = beside(ticket.status).iter().map(|(status, words)| {
        view! {
            <button class="button" type="submit" name="status" value=status.word()>{*words}</button>
        }
    });
    view! {
        <form
            class="form thread__section"
            action=shown.action.clone()
            method="post"
            aria-labelledby="comment-title"
            data-draft=shown.draft("comment")
        >
            {shown.hidden("comment")}
            {field.view(shown.tickets())}
            <div class="button-row">
                <button class="button button--primary" type="submit">"Add comment"</button>
                {with_status.collect_view()}
                {preview_button("comment", shown.context.href("/preview"))}
            </div>
        </form>
    }
    .into_any()
}

/// What one does with a comment, from each status.
fn beside(status: Status) -> &'static [(Status, &'static str)] {
    match status {
        Status::Open => &[(Status::Pending, "Comment and set pending"), (Status::Solved, "Comment and solve")],
        Status::Pending => &[(Status::Open, "Comment and reopen"), (Status::Solved, "Comment and solve")],
        Status::Solved => &[(Status::Open, "Comment and reopen"), (Status::Closed, "Comment and close")],
        Status::Closed => &[(Status::Open, "Comment and reopen")],
    }
}
