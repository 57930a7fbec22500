//! `GET /api/v1/tickets/{key}/activity`.

use axum::{extract::Path, response::Response};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::wire::{Person, ticket_key};
use crate::{
    api::{Api, Listed, Paging, Parameters, Problem},
    desk::{
        permission::ReadTickets,
        project::reach,
        ticket::{self, EventId, event, find},
    },
};

/// Something that happened to a ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Event {
    #[schema(example = "evt_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
    /// Who did it; null: the program did.
    actor: Option<Person>,
    /// The name of the API key that they used, if one.
    via: Option<String>,
    /// What happened, such as `created`, `status`, `assignee`, `comment`, `link_added`. There may be others one day.
    #[schema(example = "status")]
    kind: String,
    /// More about it: `from` and `to`, `added` and `removed`, `comment`, `name`.
    #[schema(value_type = Object, example = json!({ "from": "open", "to": "solved" }))]
    detail: Value,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: OffsetDateTime,
}

impl From<ticket::Event> for Event {
    fn from(event: ticket::Event) -> Self {
        let (kind, detail) = event.kind.columns();
        Self {
            id: event.id.to_string(),
            actor: event.actor.map(Person::from),
            via: event.via,
            kind,
            detail,
            at: event.at,
        }
    }
}

/// List what happened to a ticket, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/tickets/{key}/activity",
    tag = "Activity",
    operation_id = "listActivity",
    params(("key" = String, Path, description = "The ticket's key.", example = "OPS-142"), Paging),
    responses((status = 200, description = "A page of events.", body = Listed<Event>))
)]
pub(super) async fn list(
    mut api: Api<ReadTickets>,
    Path(key): Path<String>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Response, Problem> {
    let (limit, before) = (paging.limit()?, paging.after::<EventId>()?);
    let reach = reach::of(&mut api).await?;
    let ticket = find::id_of_key(&mut api, &reach, &ticket_key(&key)?).await?.ok_or_else(Problem::not_found)?;
    let events = event::timeline(&mut api, &reach, ticket, before, limit + 1).await?;
    let events: Vec<Event> = events.into_iter().map(Event::from).collect();
    let page = Listed::of(events, limit, |last| last.id.clone());
    let response = page.answer(api.call());
    api.answer(response).await
}
