//! `/api/v1/attachments` and those of a ticket.

use std::sync::Arc;

use axum::{
    Json,
    extract::Path,
    http::{HeaderMap, Method, StatusCode},
    response::Response,
};
use rowhouse_platform::plan::Limit;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{
    room,
    wire::{Person, id, ticket_key},
};
use crate::{
    api::{Api, FieldError, Kind, Listed, Nothing, Parameters, Problem, Refused, Released, Upload},
    desk::{
        attachment::{self, AttachmentId},
        permission::{ReadTickets, WriteTickets},
        project::{Reached, reach},
        ticket::{ChangeError, TicketId, find},
    },
    ui::FieldErrors,
};

/// A file on a ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Attachment {
    #[schema(example = "att_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
    /// The comment it is on; null: the ticket itself.
    comment: Option<String>,
    #[schema(example = "screenshot.png")]
    name: String,
    /// How large it is.
    bytes: u64,
    /// What it is, by its content.
    #[schema(example = "image/png")]
    content_type: String,
    /// Who sent it.
    uploader: Person,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
}

impl From<attachment::Attachment> for Attachment {
    fn from(file: attachment::Attachment) -> Self {
        Self {
            id: file.id.to_string(),
            comment: file.comment.map(|comment| comment.to_string()),
            name: file.name,
            bytes: file.bytes,
            content_type: file.kind.content_type().to_owned(),
            uploader: Person { id: file.uploader.to_string(), name: file.uploader_name },
            created_at: file.created_at,
        }
    }
}

/// List the files of a ticket and of its comments, in the order in which they came.
#[utoipa::path(
    get,
    path = "/api/v1/tickets/{key}/attachments",
    tag = "Attachments",
    operation_id = "listAttachments",
    params(("key" = String, Path, description = "The ticket's key.", example = "OPS-142")),
    responses((status = 200, description = "All of them.", body = Listed<Attachment>))
)]
pub(super) async fn list(
    mut api: Api<ReadTickets>,
    Path(key): Path<String>,
    _: Parameters<Nothing>,
) -> Result<Response, Problem> {
    let key = ticket_key(&key)?;
    let reach = reach::of(&mut api).await?;
    let project = reach.of_key(&key.project).ok_or_else(Problem::not_found)?.id;
    let ticket = find::id_of_key(&mut api, &reach, &key).await?.ok_or_else(Problem::not_found)?;
    let files = attachment::of_ticket(&mut api, &reach, project, ticket).await?;
    let items = files.all.into_iter().map(Attachment::from).collect();
    api.answer(Json(Listed::<Attachment> { items, next_cursor: None })).await
}

/// A form with files, and what is said with them.
#[derive(ToSchema)]
#[schema(as = NewAttachments)]
#[expect(dead_code, reason = "it describes a form, which is read part by part")]
pub(super) struct New {
    /// The files, each a part of this name with a file name.
    files: Vec<Content>,
    /// A comment that the files are shown with, in Markdown.
    #[schema(required = false, max_length = 20000)]
    body: Option<String>,
}

/// The content of a file.
#[derive(ToSchema)]
#[schema(as = FileContent, value_type = String, format = Binary)]
#[expect(dead_code, reason = "it describes a part of a form")]
pub(super) struct Content(Vec<u8>);

/// What became of a form with files.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedAttachments)]
pub(super) struct Created {
    /// In the order of the form.
    attachments: Vec<CreatedOne>,
    /// The comment's id, where there is one.
    comment: Option<String>,
}

/// A file that was attached.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedAttachment)]
struct CreatedOne {
    #[schema(example = "att_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
    /// What it is called from now on: one line, without a path.
    #[schema(example = "screenshot.png")]
    name: String,
    bytes: u64,
    /// What it is, by its content.
    #[schema(example = "image/png")]
    content_type: String,
}

/// Attach files to a ticket, with a comment or without.
///
/// All of them are kept, or none is. Sent again under the same `Idempotency-Key`, the same files with the same names and
/// the same comment are the same request; they are received again to know that.
#[utoipa::path(
    post,
    path = "/api/v1/tickets/{key}/attachments",
    tag = "Attachments",
    operation_id = "createAttachments",
    params(("key" = String, Path, description = "The ticket's key.", example = "OPS-142")),
    request_body(content = New, content_type = "multipart/form-data"),
    responses((status = 201, description = "They are there.", body = Created,
               headers(("Plan-Limit-Near" = String, description = "Where at least four fifths of what the plan allows are used."))))
)]
pub(super) async fn create(
    mut api: Api<WriteTickets>,
    Path(key): Path<String>,
    Upload(form): Upload,
) -> Result<Response, Refused> {
    let key = ticket_key(&key)?;
    let reach = reach::of(&mut api).await?;
    let ticket = find::id_of_key(&mut api, &reach, &key).await?.ok_or_else(Problem::not_found)?;
    if !reach.of_key(&key.project).is_some_and(Reached::may_write) {
        return Err(ChangeError::ReadOnly.into());
    }
    // Nothing of the database is held while files come in.
    let released = api.release().await?;
    let mut incoming = attachment::receive(released.context(), form).await?;
    incoming.check_comment();
    if !incoming.errors.is_empty() {
        let problem = refusal(&incoming.errors, incoming.is_too_large);
        incoming.discard().await;
        return Err(problem.into());
    }
    match keep(released, ticket, &incoming).await {
        Ok(response) => {
            incoming.kept();
            Ok(response)
        }
        Err(refused) => {
            incoming.discard().await;
            Err(refused)
        }
    }
}

/// What is wrong with a form.
fn refusal(errors: &FieldErrors, is_too_large: bool) -> Problem {
    let of = |field: &'static str| errors.all_of(field).map(move |words| FieldError::at(format!("/{field}"), words));
    let found = of("files").chain(of("body")).collect();
    if is_too_large {
        let words = errors.of("files").unwrap_or_default();
        return Problem { errors: found, ..Problem::saying(Kind::TooLarge, words) };
    }
    Problem::invalid(found)
}

async fn keep(
    released: Released<WriteTickets>,
    ticket: TicketId,
    incoming: &attachment::Incoming,
) -> Result<Response, Refused> {
    let mut api = released.again_with(&content(incoming)?).await?;
    let ambient = api.context().services.ambient.clone();
    let kept = attachment::keep(&mut api, &ambient, ticket, incoming).await?.map_err(Problem::from)?;
    let files = kept.files.into_iter().zip(&incoming.files);
    let attachments = files.map(|(id, (name, received))| CreatedOne {
        id: id.to_string(),
        name: name.clone(),
        bytes: received.bytes,
        content_type: received.kind.content_type().to_owned(),
    });
    let body = Created { attachments: attachments.collect(), comment: kept.comment.map(|comment| comment.to_string()) };
    let near = room::left(&mut api, Limit::StorageBytes).await?;
    Ok(api.answer((StatusCode::CREATED, near, Json(body))).await?)
}

/// What a form is told apart by: what separates its parts may be another when it is sent again.
fn content(incoming: &attachment::Incoming) -> Result<Vec<u8>, Problem> {
    let files: Vec<_> = incoming.files.iter().map(|(name, received)| (name, received.sha256)).collect();
    serde_json::to_vec(&(&incoming.body, files)).map_err(Problem::internal)
}

/// Download a file.
///
/// `Range` and `If-None-Match` are understood.
#[utoipa::path(
    get,
    path = "/api/v1/attachments/{attachment}",
    tag = "Attachments",
    operation_id = "getAttachment",
    params(("attachment" = String, Path, description = "The file's id.")),
    responses((status = 200, description = "Its content, as what it is.", content_type = "*/*",
               headers(("ETag" = String, description = "Its content's name, for `If-None-Match`."))),
              (status = 206, description = "A part of it.", content_type = "*/*",
               headers(("Content-Range" = String, description = "Which part."))),
              (status = 304, description = "It is known already."))
)]
pub(super) async fn get(
    mut api: Api<ReadTickets>,
    Path(attachment): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id::<AttachmentId>(&attachment)?;
    let reach = reach::of(&mut api).await?;
    let found = attachment::find(&mut api, &reach, id).await?.ok_or_else(Problem::not_found)?;
    let context = Arc::clone(api.context());
    // No connection waits for the place where files are.
    let released = api.release().await?;
    let response = attachment::send(&context, &method, &headers, &found).await?;
    released.answer(response).await
}

/// Remove a file for good: one of the key's owner, or any where they lead the project.
#[utoipa::path(
    delete,
    path = "/api/v1/attachments/{attachment}",
    tag = "Attachments",
    operation_id = "deleteAttachment",
    params(("attachment" = String, Path, description = "The file's id.")),
    responses((status = 204, description = "It is gone."))
)]
pub(super) async fn delete(mut api: Api<WriteTickets>, Path(attachment): Path<String>) -> Result<Response, Problem> {
    let ambient = api.context().services.ambient.clone();
    attachment::take_off(&mut api, &ambient, &attachment).await?;
    api.answer(StatusCode::NO_CONTENT).await
}
