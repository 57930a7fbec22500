//! `/api/v1/attachments` and those of a ticket.

use std::sync::Arc;

use axum::{
    Json,
    extract::Path,
    http::{HeaderMap, Method, StatusCode},
    response::Response,
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::wire::{Person, id, ticket_key};
use crate::{
    api::{Api, Listed, Problem},
    desk::{
        attachment::{self, AttachmentId},
        permission::{ReadTickets, WriteTickets},
        project::reach,
        ticket::find,
    },
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
pub(super) async fn list(mut api: Api<ReadTickets>, Path(key): Path<String>) -> Result<Response, Problem> {
    let key = ticket_key(&key)?;
    let reach = reach::of(&mut api).await?;
    let project = reach.of_key(&key.project).ok_or_else(Problem::not_found)?.id;
    let ticket = find::id_of_key(&mut api, &reach, &key).await?.ok_or_else(Problem::not_found)?;
    let files = attachment::of_ticket(&mut api, &reach, project, ticket).await?;
    let items = files.all.into_iter().map(Attachment::from).collect();
    api.answer(Json(Listed::<Attachment> { items, next_cursor: None })).await
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
    released.again().await?.answer(response).await
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
