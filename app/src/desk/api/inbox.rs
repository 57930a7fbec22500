//! `/api/v1/inbox`: what the key's owner was told of, and what is mailed to them of it.

use axum::{Json, extract::Path, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::wire::id;
use crate::{
    api::{Api, Input, Listed, Paging, Parameters, Problem, encode_cursor},
    desk::{
        notify::{
            inbox::{self, After},
            wish::{self, Wishes},
        },
        permission::ReadTickets,
        project::reach,
        ticket::EventId,
    },
};

/// Something that the key's owner was told of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InboxItem)]
pub(super) struct Item {
    /// The event, as the ticket's activity has it.
    #[schema(example = "evt_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
    /// The ticket's key.
    #[schema(example = "OPS-142")]
    ticket: String,
    /// The ticket's title, now.
    title: String,
    /// The name of who did it; null: the program did.
    actor: Option<String>,
    /// What they did, in words that follow the name.
    #[schema(example = "set the status to Solved")]
    said: String,
    /// Whether they are told because the ticket is theirs to work on; else they asked for it, or watch it.
    is_assigned: bool,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: OffsetDateTime,
    /// Whether they have seen it.
    is_read: bool,
}

impl From<inbox::Item> for Item {
    fn from(item: inbox::Item) -> Self {
        Self {
            id: EventId(item.event).to_string(),
            ticket: item.ticket.to_string(),
            title: item.title,
            actor: item.actor,
            said: item.said,
            is_assigned: item.is_assigned,
            at: item.at,
            is_read: item.is_read,
        }
    }
}

/// List what the key's owner was told of: what they have not seen first, and the newest first of each.
#[utoipa::path(
    get,
    path = "/api/v1/inbox",
    tag = "Inbox",
    operation_id = "listInbox",
    params(Paging),
    responses((status = 200, description = "A page of it.", body = Listed<Item>))
)]
pub(super) async fn list(
    mut api: Api<ReadTickets>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Response, Problem> {
    let size = usize::try_from(paging.limit()?).map_err(Problem::internal)?;
    let after = paging.after::<String>()?.map(|word| After::parse(&word).ok_or_else(Problem::no_page)).transpose()?;
    let reach = reach::of(&mut api).await?;
    let (found, has_more) = inbox::page(&mut api, &reach, after, size).await?;
    let next_cursor = found.last().filter(|_| has_more).map(|last| encode_cursor(&After::item(last).word()));
    let page = Listed::<Item> { items: found.into_iter().map(Item::from).collect(), next_cursor };
    let response = page.answer(api.call());
    api.answer(response).await
}

/// Whether something was seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InboxItemChange)]
pub(super) struct Change {
    is_read: bool,
}

/// Mark something in the inbox as read, or as unread.
#[utoipa::path(
    patch,
    path = "/api/v1/inbox/{item}",
    tag = "Inbox",
    operation_id = "changeInboxItem",
    params(("item" = String, Path, description = "The item's id.")),
    request_body = Change,
    responses((status = 204, description = "It is so now."))
)]
pub(super) async fn patch(
    mut api: Api<ReadTickets>,
    Path(item): Path<String>,
    Input(change): Input<Change>,
) -> Result<Response, Problem> {
    let event = id::<EventId>(&item)?;
    let ambient = api.context().services.ambient.clone();
    if !inbox::mark(&mut api, &ambient, event.0, change.is_read).await? {
        return Err(Problem::not_found());
    }
    api.answer(StatusCode::NO_CONTENT).await
}

/// Up to where the inbox was seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InboxRead)]
pub(super) struct Read {
    /// The id of the newest item that was seen: what came after it stays unread.
    #[schema(value_type = String, pattern = r"^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$", example = "evt_01m7pt4xtgfv4v4b4yswcshy0c")]
    until: EventId,
}

/// Mark everything in the inbox as read, up to one item.
#[utoipa::path(
    post,
    path = "/api/v1/inbox/read",
    tag = "Inbox",
    operation_id = "readInbox",
    request_body = Read,
    responses((status = 204, description = "It is read."))
)]
pub(super) async fn read_all(
    mut api: Api<ReadTickets>,
    Input(Read { until }): Input<Read>,
) -> Result<Response, Problem> {
    let ambient = api.context().services.ambient.clone();
    inbox::mark_all(&mut api, &ambient, until.0).await?;
    api.answer(StatusCode::NO_CONTENT).await
}

/// Read what is mailed to the key's owner of what they are told.
#[utoipa::path(
    get,
    path = "/api/v1/inbox/preferences",
    tag = "Inbox",
    operation_id = "getInboxPreferences",
    responses((status = 200, description = "What is mailed.", body = Wishes))
)]
pub(super) async fn preferences(mut api: Api<ReadTickets>) -> Result<Response, Problem> {
    let wishes = wish::own(&mut api).await?;
    api.answer(Json(wishes)).await
}

/// Say what is mailed to the key's owner of what they are told. The inbox has everything, whatever is chosen.
#[utoipa::path(
    put,
    path = "/api/v1/inbox/preferences",
    tag = "Inbox",
    operation_id = "setInboxPreferences",
    request_body = Wishes,
    responses((status = 200, description = "It is so now.", body = Wishes))
)]
pub(super) async fn set_preferences(
    mut api: Api<ReadTickets>,
    Input(wishes): Input<Wishes>,
) -> Result<Response, Problem> {
    let ambient = api.context().services.ambient.clone();
    wish::save(&mut api, &ambient, wishes).await?;
    api.answer(Json(wishes)).await
}
