//! `/api/v1/tickets/{key}/watchers`.

use axum::{Json, extract::Path, http::StatusCode, response::Response};
use rowhouse_platform::id::AccountId;

use super::wire::{Person, id, ticket_key};
use crate::{
    api::{Api, Listed, Nothing, Parameters, Problem},
    desk::{
        permission::{ReadTickets, WriteTickets},
        project::reach,
        ticket::{ChangeError, find, watch},
    },
};

/// List who hears of a ticket, beside its requester and its assignee, by name.
///
/// These are all of them: a ticket has at most 100.
#[utoipa::path(
    get,
    path = "/api/v1/tickets/{key}/watchers",
    tag = "Watchers",
    operation_id = "listWatchers",
    params(("key" = String, Path, description = "The ticket's key.", example = "OPS-142")),
    responses((status = 200, description = "The watchers.", body = Listed<Person>))
)]
pub(super) async fn list(
    mut api: Api<ReadTickets>,
    Path(key): Path<String>,
    _: Parameters<Nothing>,
) -> Result<Response, Problem> {
    let key = ticket_key(&key)?;
    let reach = reach::of(&mut api).await?;
    let ticket = find::id_of_key(&mut api, &reach, &key).await?.ok_or_else(Problem::not_found)?;
    let items = watch::list(&mut api, ticket).await?.into_iter().map(Person::from).collect();
    api.answer(Json(Listed::<Person> { items, next_cursor: None })).await
}

async fn set(mut api: Api<WriteTickets>, key: &str, person: &str, watches: bool) -> Result<Response, Problem> {
    let (key, person) = (ticket_key(key)?, id::<AccountId>(person)?);
    let ambient = api.context().services.ambient.clone();
    let reach = reach::of(&mut api).await?;
    let ticket = find::id_of_key(&mut api, &reach, &key).await?.ok_or_else(Problem::not_found)?;
    match watch::set(&mut api, &ambient, &reach, ticket, person, watches).await? {
        Ok(()) => api.answer(StatusCode::NO_CONTENT).await,
        // The path names the person.
        Err(ChangeError::NoSuchPerson) => Err(Problem::not_found()),
        Err(error) => Err(error.into()),
    }
}

/// Make somebody watch a ticket. Nothing happens where they do.
#[utoipa::path(
    put,
    path = "/api/v1/tickets/{key}/watchers/{account}",
    tag = "Watchers",
    operation_id = "addWatcher",
    params(("key" = String, Path, description = "The ticket's key.", example = "OPS-142"),
           ("account" = String, Path, description = "The account's id.")),
    responses((status = 204, description = "They watch it."))
)]
pub(super) async fn put(
    api: Api<WriteTickets>,
    Path((key, account)): Path<(String, String)>,
) -> Result<Response, Problem> {
    set(api, &key, &account, true).await
}

/// Make somebody watch a ticket no longer. Nothing happens where they do not.
#[utoipa::path(
    delete,
    path = "/api/v1/tickets/{key}/watchers/{account}",
    tag = "Watchers",
    operation_id = "removeWatcher",
    params(("key" = String, Path, description = "The ticket's key.", example = "OPS-142"),
           ("account" = String, Path, description = "The account's id.")),
    responses((status = 204, description = "They do not watch it."))
)]
pub(super) async fn delete(
    api: Api<WriteTickets>,
    Path((key, account)): Path<(String, String)>,
) -> Result<Response, Problem> {
    set(api, &key, &account, false).await
}
