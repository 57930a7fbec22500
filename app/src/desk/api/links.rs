//! `/api/v1/tickets/{key}/links`.

use axum::{Json, extract::Path, http::StatusCode, response::Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::wire::ticket_key;
use crate::{
    api::{Api, Listed, Nothing, Parameters, Problem},
    desk::{
        permission::{ReadTickets, WriteTickets},
        project::reach,
        ticket::{self, ChangeError, Relation, Status, find, link},
    },
};

/// A link to another ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Link {
    /// How the ticket stands to the other.
    relation: Relation,
    /// What people call the other one.
    #[schema(example = "OPS-7")]
    key: String,
    title: String,
    status: Status,
}

impl From<ticket::Link> for Link {
    fn from(link: ticket::Link) -> Self {
        Self { relation: link.relation, key: link.key.to_string(), title: link.title, status: link.status }
    }
}

/// List a ticket's links to others, as far as the key reaches those.
///
/// These are all of them: a ticket has at most 100.
#[utoipa::path(
    get,
    path = "/api/v1/tickets/{key}/links",
    tag = "Links",
    operation_id = "listLinks",
    params(("key" = String, Path, description = "The ticket's key.", example = "OPS-142")),
    responses((status = 200, description = "The links.", body = Listed<Link>))
)]
pub(super) async fn list(
    mut api: Api<ReadTickets>,
    Path(key): Path<String>,
    _: Parameters<Nothing>,
) -> Result<Response, Problem> {
    let key = ticket_key(&key)?;
    let reach = reach::of(&mut api).await?;
    let ticket = find::id_of_key(&mut api, &reach, &key).await?.ok_or_else(Problem::not_found)?;
    let items = link::of(&mut api, &reach, ticket).await?.into_iter().map(Link::from).collect();
    api.answer(Json(Listed::<Link> { items, next_cursor: None })).await
}

/// What a path names: a ticket, how it stands to another, and the other.
type Ends = (String, String, String);

async fn set(mut api: Api<WriteTickets>, (key, relation, other): Ends, is_there: bool) -> Result<Response, Problem> {
    let (key, other) = (ticket_key(&key)?, ticket_key(&other)?);
    let relation = Relation::parse(&relation).ok_or_else(Problem::not_found)?;
    let ambient = api.context().services.ambient.clone();
    let reach = reach::of(&mut api).await?;
    let ticket = find::id_of_key(&mut api, &reach, &key).await?.ok_or_else(Problem::not_found)?;
    let other = find::id_of_key(&mut api, &reach, &other).await?.ok_or_else(Problem::not_found)?;
    let done = if is_there {
        link::add(&mut api, &ambient, &reach, ticket, relation, other).await?
    } else {
        link::remove(&mut api, &ambient, &reach, ticket, relation, other).await?
    };
    match done {
        Ok(()) => api.answer(StatusCode::NO_CONTENT).await,
        // The path names the other one.
        Err(ChangeError::NoSuchTicket) => Err(Problem::not_found()),
        Err(error @ ChangeError::LinkToItself) => Err(Problem::conflict(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// Link a ticket to another. Nothing happens where it is linked so.
#[utoipa::path(
    put,
    path = "/api/v1/tickets/{key}/links/{relation}/{other}",
    tag = "Links",
    operation_id = "addLink",
    params(("key" = String, Path, description = "The ticket's key.", example = "OPS-142"),
           ("relation" = Relation, Path, description = "How it stands to the other."),
           ("other" = String, Path, description = "The other ticket's key.", example = "OPS-7")),
    responses((status = 204, description = "They are linked."))
)]
pub(super) async fn put(
    api: Api<WriteTickets>,
    Path((key, relation, other)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    set(api, (key, relation, other), true).await
}

/// Remove a link. Nothing happens where there is none.
#[utoipa::path(
    delete,
    path = "/api/v1/tickets/{key}/links/{relation}/{other}",
    tag = "Links",
    operation_id = "removeLink",
    params(("key" = String, Path, description = "The ticket's key.", example = "OPS-142"),
           ("relation" = Relation, Path, description = "How it stands to the other."),
           ("other" = String, Path, description = "The other ticket's key.", example = "OPS-7")),
    responses((status = 204, description = "They are not linked so."))
)]
pub(super) async fn delete(
    api: Api<WriteTickets>,
    Path((key, relation, other)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    set(api, (key, relation, other), false).await
}
