//! `POST /api/v1/tickets/batch`: several tickets opened at once.

use std::collections::HashSet;

use axum::{Json, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::ticket_changes::New;
use crate::{
    api::{Api, FieldError, Input, Problem},
    desk::{
        permission::WriteTickets,
        project::reach,
        ticket::{ChangeError, NewTicket, create, label},
    },
};

/// The most tickets of one request.
const MOST: usize = 100;

/// The tickets to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTickets)]
pub(super) struct Batch {
    /// Each as it would be opened alone.
    #[schema(min_items = 1, max_items = 100, example = json!([{ "project": "OPS", "title": "The printer is jammed" }]))]
    tickets: Vec<New>,
}

/// What became of each ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchOutcome)]
pub(super) struct Outcome {
    /// In the order of the request.
    results: Vec<One>,
}

/// What became of one ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchResult)]
struct One {
    outcome: Word,
    /// Of a ticket that is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, example = "tkt_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: Option<String>,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, example = "OPS-142")]
    key: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    detail: Option<String>,
    /// What is wrong, and where in the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

/// What became of a ticket: it is open, or there is none.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = BatchWord)]
enum Word {
    Created,
    Refused,
}

impl One {
    fn created(made: &create::Created) -> Self {
        let (id, key) = (Some(made.id.to_string()), Some(made.key.to_string()));
        Self { outcome: Word::Created, id, key, detail: None, errors: Vec::new() }
    }

    /// The one at this place, with the reason that it would have been refused for alone.
    fn refused(at: usize, problem: Problem) -> Self {
        let placed = |error: FieldError| {
            let pointer = error.pointer.map(|pointer| format!("/tickets/{at}{pointer}"));
            FieldError { pointer, ..error }
        };
        let errors = problem.errors.into_iter().map(placed).collect();
        Self { outcome: Word::Refused, id: None, key: None, detail: Some(problem.detail.into_owned()), errors }
    }
}

/// Open several tickets.
///
/// Each is opened as if it were opened alone, in the order of the request. Those that cannot be opened are left out, and
/// the answer says why; all others are opened together: either all of them are there when this answers, or, where it
/// answers with an error, none is. A request that is of the wrong form is refused as a whole.
#[utoipa::path(
    post,
    path = "/api/v1/tickets/batch",
    tag = "Tickets",
    operation_id = "createTickets",
    request_body = Batch,
    responses((status = 200, description = "What became of each.", body = Outcome))
)]
pub(super) async fn create(
    mut api: Api<WriteTickets>,
    Input(Batch { tickets }): Input<Batch>,
) -> Result<Response, Problem> {
    if tickets.is_empty() || tickets.len() > MOST {
        return Err(Problem::field("/tickets", format!("Must have 1 to {MOST} items.")));
    }
    let ambient = api.context().services.ambient.clone();
    let reach = reach::of(&mut api).await?;
    let mut results: Vec<(usize, One)> = Vec::with_capacity(tickets.len());
    let mut wanted: Vec<(usize, NewTicket)> = Vec::with_capacity(tickets.len());
    for (at, new) in tickets.into_iter().enumerate() {
        match new.into_ticket(&reach) {
            Ok(ticket) => wanted.push((at, ticket)),
            Err(problem) => results.push((at, One::refused(at, problem))),
        }
    }
    // A label that is not there would end the transaction with the ticket that is to get it, and all others.
    let named: HashSet<Uuid> = wanted.iter().flat_map(|(_, ticket)| &ticket.labels).map(|label| label.0).collect();
    let named: Vec<Uuid> = named.into_iter().collect();
    let there: HashSet<Uuid> = label::hold(&mut api, &named).await?.into_iter().collect();
    // A project waits for whoever opens tickets in it: those of several are taken in one order by everybody.
    wanted.sort_by_key(|(_, ticket)| ticket.project.0);
    for (at, ticket) in wanted {
        let made = if ticket.labels.iter().all(|label| there.contains(&label.0)) {
            create::create(&mut api, &ambient, &reach, ticket).await?
        } else {
            Err(ChangeError::NoSuchLabel)
        };
        let one = match made {
            Ok(made) => One::created(&made),
            Err(error) => One::refused(at, error.into()),
        };
        results.push((at, one));
    }
    results.sort_by_key(|(at, _)| *at);
    let results = results.into_iter().map(|(_, one)| one).collect();
    api.answer(Json(Outcome { results })).await
}
