//! `/api/v1/tickets/{key}/comments`.

use axum::{
    Json,
    extract::Path,
    http::{StatusCode, header},
    response::Response,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::wire::{Person, checked, id, ticket_key};
use crate::{
    api::{Api, ETag, IfMatch, Input, Kind, Listed, Paging, Parameters, Problem},
    desk::{
        permission::{ReadTickets, WriteTickets},
        project::reach,
        ticket::{self, CommentId, TEXT_LENGTH, comment, find},
    },
    ui::FieldErrors,
};

/// A comment.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Comment {
    #[schema(example = "cmt_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
    author: Person,
    /// In Markdown.
    body: String,
    /// Grows with every change: what `If-Match` names.
    version: i64,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    /// When its author last changed it.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    edited_at: Option<OffsetDateTime>,
}

impl From<ticket::Comment> for Comment {
    fn from(comment: ticket::Comment) -> Self {
        Self {
            id: comment.id.to_string(),
            author: comment.author.into(),
            body: comment.body,
            version: comment.version,
            created_at: comment.created_at,
            edited_at: comment.edited_at,
        }
    }
}

/// What a comment says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CommentText)]
pub(super) struct Text {
    /// In Markdown.
    #[schema(
        min_length = 1,
        max_length = 20000,
        pattern = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]*[^\s\x00-\x1f\x7f-\x9f\ufffd][^\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]*$",
        example = "It prints again."
    )]
    body: String,
}

impl Text {
    fn check(&self) -> Result<String, Problem> {
        let mut errors = FieldErrors::default();
        let body = errors.required_lines("body", "The comment", &self.body, TEXT_LENGTH);
        checked(&errors, &["body"])?;
        Ok(body)
    }
}

/// A comment that was written or changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WrittenComment)]
pub(super) struct Written {
    #[schema(example = "cmt_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
    version: i64,
}

/// List a ticket's comments, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/tickets/{key}/comments",
    tag = "Comments",
    operation_id = "listComments",
    params(("key" = String, Path, description = "The ticket's key.", example = "OPS-142"), Paging),
    responses((status = 200, description = "A page of comments.", body = Listed<Comment>))
)]
pub(super) async fn list(
    mut api: Api<ReadTickets>,
    Path(key): Path<String>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Response, Problem> {
    let (limit, before) = (paging.limit()?, paging.after::<CommentId>()?);
    let reach = reach::of(&mut api).await?;
    let ticket = find::id_of_key(&mut api, &reach, &ticket_key(&key)?).await?.ok_or_else(Problem::not_found)?;
    // One more than the page, the oldest of which stands first.
    let found = comment::list(&mut api, ticket, before, limit + 1).await?;
    let newest_first: Vec<Comment> = found.shown.into_iter().rev().map(Comment::from).collect();
    let page = Listed::of(newest_first, limit, |last| last.id.clone());
    let response = page.answer(api.call());
    api.answer(response).await
}

/// Comment on a ticket, in the name of the key's owner.
#[utoipa::path(
    post,
    path = "/api/v1/tickets/{key}/comments",
    tag = "Comments",
    operation_id = "createComment",
    params(("key" = String, Path, description = "The ticket's key.", example = "OPS-142")),
    request_body = Text,
    responses((status = 201, description = "It is written.", body = Written,
               headers(("Location" = String, description = "Its address."),
                       ("ETag" = String, description = "Its version."))))
)]
pub(super) async fn create(
    mut api: Api<WriteTickets>,
    Path(key): Path<String>,
    Input(text): Input<Text>,
) -> Result<Response, Problem> {
    let key = ticket_key(&key)?;
    let body = text.check()?;
    let ambient = api.context().services.ambient.clone();
    let reach = reach::of(&mut api).await?;
    let ticket = find::id_of_key(&mut api, &reach, &key).await?.ok_or_else(Problem::not_found)?;
    let id = comment::add(&mut api, &ambient, &reach, ticket, &body).await??;
    let location = format!("{}/{id}", api.call().address);
    let body = Written { id: id.to_string(), version: 1 };
    api.answer((StatusCode::CREATED, ETag::version(1), [(header::LOCATION, location)], Json(body))).await
}

/// Change a comment of the key's owner.
///
/// `If-Match` names its version; `*` is not taken here.
#[utoipa::path(
    patch,
    path = "/api/v1/tickets/{key}/comments/{comment}",
    tag = "Comments",
    operation_id = "changeComment",
    params(("key" = String, Path, description = "The ticket's key.", example = "OPS-142"),
           ("comment" = String, Path, description = "The comment's id."),
           ("If-Match" = String, Header, description = "The version to change.", pattern = r#"^"[0-9]{1,18}"$"#, example = "\"1\"")),
    request_body = Text,
    responses((status = 200, description = "It is so now.", body = Written,
               headers(("ETag" = String, description = "Its version."))))
)]
pub(super) async fn patch(
    mut api: Api<WriteTickets>,
    Path((key, comment)): Path<(String, String)>,
    if_match: IfMatch,
    Input(text): Input<Text>,
) -> Result<Response, Problem> {
    let (key, comment) = (ticket_key(&key)?, id::<CommentId>(&comment)?);
    if_match.required()?;
    let version = if_match.version()?.ok_or_else(|| Problem::new(Kind::PreconditionRequired))?;
    let body = text.check()?;
    let ambient = api.context().services.ambient.clone();
    let reach = reach::of(&mut api).await?;
    let ticket = find::id_of_key(&mut api, &reach, &key).await?.ok_or_else(Problem::not_found)?;
    let version = comment::edit(&mut api, &ambient, &reach, ticket, comment, version, &body).await??;
    api.answer((ETag::version(version), Json(Written { id: comment.to_string(), version }))).await
}

/// Delete a comment: one of the key's owner, or any where they lead the project.
#[utoipa::path(
    delete,
    path = "/api/v1/tickets/{key}/comments/{comment}",
    tag = "Comments",
    operation_id = "deleteComment",
    params(("key" = String, Path, description = "The ticket's key.", example = "OPS-142"),
           ("comment" = String, Path, description = "The comment's id.")),
    responses((status = 204, description = "It is gone."))
)]
pub(super) async fn delete(
    mut api: Api<WriteTickets>,
    Path((key, comment)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (key, comment) = (ticket_key(&key)?, id::<CommentId>(&comment)?);
    let ambient = api.context().services.ambient.clone();
    let reach = reach::of(&mut api).await?;
    let ticket = find::id_of_key(&mut api, &reach, &key).await?.ok_or_else(Problem::not_found)?;
    comment::remove(&mut api, &ambient, &reach, ticket, comment).await??;
    api.answer(StatusCode::NO_CONTENT).await
}
