//! How files look on a ticket: the list, and the form that adds some.

use leptos::prelude::*;
use rowhouse_platform::{access::Principal, plan::Limit, storage::Family};

use super::rows::{Attachment, Files};
use crate::{
    context::RequestContext,
    desk::ticket::{CommentId, TicketKey},
    ui::{
        FieldErrors, Icon,
        file_size::file_size,
        form::{described_by, field_error},
        time::{Ago, number, reader},
    },
};

/// The script of pages with a form for files: dropping, pasting, and how far it is.
pub const SCRIPT: &str = "attach.js";

/// The files of a ticket that are on none of its comments, and the form for more.
pub fn section(context: &RequestContext, person: &Principal, key: &TicketKey, files: &Files) -> AnyView {
    let own: Vec<&Attachment> = files.all.iter().filter(|file| file.comment.is_none()).collect();
    if own.is_empty() && !files.may_add {
        return ().into_any();
    }
    let count = i64::try_from(own.len()).unwrap_or(i64::MAX);
    view! {
        <section class="thread__section stack" id="attached" aria-labelledby="attached-title">
            <h2 id="attached-title">"Files " <span class="muted numeric">{number(count)}</span></h2>
            {(!own.is_empty()).then(|| list(context, files, own.into_iter()))}
            {room(context, person, files)}
            {files.may_add.then(|| form(context, key))}
        </section>
    }
    .into_any()
}

/// That little room is left for files, or none, to who may add one.
pub(super) fn room(context: &RequestContext, person: &Principal, files: &Files) -> Option<AnyView> {
    crate::admin::plan::room(context, person, Limit::StorageBytes, files.stored?)
}

/// The files of a comment; nothing where it has none.
pub fn of_comment(context: &RequestContext, files: &Files, comment: CommentId) -> AnyView {
    let mut own = files.all.iter().filter(|file| file.comment == Some(comment)).peekable();
    if own.peek().is_none() {
        return ().into_any();
    }
    list(context, files, own)
}

pub(super) fn list<'a>(
    context: &RequestContext,
    files: &Files,
    shown: impl Iterator<Item = &'a Attachment>,
) -> AnyView {
    let rows = shown.map(|file| row(context, files, file)).collect_view();
    view! { <ul class="file-list" role="list">{rows}</ul> }.into_any()
}

fn row(context: &RequestContext, files: &Files, file: &Attachment) -> AnyView {
    let address = context.href(&format!("/attachments/{}", file.id));
    let now = context.services.ambient.now();
    let remove = files.may_remove(file).then(|| {
        view! {
            <a class="button button--quiet button--icon" href=format!("{address}/remove") title="Remove">
                <Icon name="trash" />
                <span class="visually-hidden">{format!("Remove “{}”", file.name)}</span>
            </a>
        }
    });
    view! {
        <li class="file-list__row">
            <Icon name=icon(file.kind.family()) />
            <div>
                // A name in another direction stays one piece, and its ending at its end.
                <a class="file-list__name" href=address><bdi>{file.name.clone()}</bdi></a>
                <p class="file-list__meta">
                    <span class="numeric">{file_size(file.bytes)}</span>
                    <span>{file.uploader_name.clone()}</span>
                    <Ago at=file.created_at now=now />
                </p>
            </div>
            {remove}
        </li>
    }
    .into_any()
}

fn icon(family: Family) -> &'static str {
    match family {
        Family::Picture => "file-picture",
        Family::Document | Family::Presentation | Family::Text => "file-text",
        Family::Spreadsheet => "file-table",
        Family::Archive => "file-archive",
        Family::Audio | Family::Video => "file-play",
        Family::Other => "file",
    }
}

fn form(context: &RequestContext, key: &TicketKey) -> AnyView {
    let uploads = context.services.uploads;
    let action = context.href(&format!("/tickets/{key}/attachments"));
    let with_comment = action.clone();
    view! {
        <form
            class="form attach"
            action=action
            method="post"
            enctype="multipart/form-data"
            data-attach=""
            data-attach-limit=uploads.file_bytes.to_string()
            data-attach-most=uploads.files.to_string()
            data-attach-locale=reader().locale.tag()
        >
            {field(context, &FieldErrors::default())}
            {progress()}
            <div class="button-row">
                <button class="button" type="submit"><Icon name="paperclip" />"Attach files"</button>
                <a class="button button--quiet" href=with_comment>"Attach with a comment"</a>
            </div>
        </form>
    }
    .into_any()
}

/// The field of files, with all that is wrong with them.
pub(super) fn field(context: &RequestContext, errors: &FieldErrors) -> AnyView {
    let uploads = context.services.uploads;
    let wrong: Vec<String> = errors.all_of(super::receive::FIELD).map(ToOwned::to_owned).collect();
    let described = described_by("files", true, !wrong.is_empty());
    let invalid = (!wrong.is_empty()).then_some("true");
    let message = (!wrong.is_empty()).then(|| wrong.join(" "));
    let help = format!(
        "Up to {} files of {} each. You can also drop files here, or paste them.",
        uploads.files,
        file_size(uploads.file_bytes)
    );
    view! {
        <div class="field attach__field">
            <label class="field__label" for="files">"Files"</label>
            <input
                class="input"
                id="files"
                name="files"
                type="file"
                multiple=true
                aria-describedby=described
                aria-invalid=invalid
            />
            <p class="field__help" id="files-help">{help}</p>
            {field_error("files", message)}
            <ul class="attach__chosen" role="list" data-attach-chosen="" hidden=true></ul>
        </div>
    }
    .into_any()
}

/// Where the script shows how far it is, and what went wrong.
pub(super) fn progress() -> AnyView {
    view! {
        <div class="attach__progress" data-attach-progress="" hidden=true>
            <progress class="attach__bar" max="100" value="0" aria-label="Sent"></progress>
            <span class="numeric" data-attach-percent="">"0 %"</span>
            <button class="button button--quiet" type="button" data-attach-cancel="">"Cancel"</button>
        </div>
        <p class="field__error" role="alert" data-attach-error="" hidden=true></p>
    }
    .into_any()
}
