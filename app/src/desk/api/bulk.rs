//! `PATCH /api/v1/tickets`: the same change of many tickets.

use std::collections::HashMap;

use axum::{Json, response::Response};
use rowhouse_platform::id::AccountId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::wire::{at_most, present};
use crate::{
    api::{Api, Input, Problem},
    desk::{
        bulk_edit::{Became, BulkChange, MOST, apply},
        permission::WriteTickets,
        project::reach,
        ticket::{LabelId, MOST_LABELS, Priority, Status, TicketId, TicketKey, find},
    },
};

/// Which tickets, and what is to be different in each.
#[expect(clippy::option_option, reason = "absent, null and a value are three things")]
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkChange)]
pub(super) struct Bulk {
    /// What people call them.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 200, pattern = "^[A-Za-z][A-Za-z0-9]{1,9}-[1-9][0-9]{0,17}$", example = json!(["OPS-1", "OPS-2"]))]
    tickets: Vec<TicketKey>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Status, required = false)]
    status: Option<Status>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Priority, required = false)]
    priority: Option<Priority>,
    /// Who works on them, by the account's id; null: nobody.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, required = false, pattern = r"^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    assignee: Option<Option<AccountId>>,
    /// The ids of labels that they get.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 20, pattern = r"^lbl_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    add_labels: Vec<LabelId>,
    /// The ids of labels that they lose.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 20, pattern = r"^lbl_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    remove_labels: Vec<LabelId>,
}

/// What became of each ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkOutcome)]
pub(super) struct Outcome {
    /// In the order of the request; each ticket once.
    results: Vec<One>,
}

/// What became of one ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkResult)]
struct One {
    #[schema(example = "OPS-1")]
    key: String,
    outcome: Word,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    detail: Option<String>,
}

/// What became of a ticket: it is different now, it was so already, or it could not be changed.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = BulkWord)]
enum Word {
    Changed,
    Same,
    Refused,
}

impl One {
    fn of(key: &TicketKey, became: Option<&Became>) -> Self {
        let (outcome, detail) = match became {
            Some(Became::Changed) => (Word::Changed, None),
            Some(Became::Same) => (Word::Same, None),
            Some(Became::Refused(error)) => (Word::Refused, Some(error.to_string())),
            Some(Became::Archived) => (Word::Refused, Some("Its project is archived.".to_owned())),
            None => (Word::Refused, Some("There is no such ticket, or not any more.".to_owned())),
        };
        Self { key: key.to_string(), outcome, detail }
    }
}

/// Change many tickets.
///
/// Each is changed as if it were changed alone. Those that cannot be changed stay as they are, and the answer says why;
/// all others are changed together.
#[utoipa::path(
    patch,
    path = "/api/v1/tickets",
    tag = "Tickets",
    operation_id = "changeTickets",
    request_body = Bulk,
    responses((status = 200, description = "What became of each.", body = Outcome))
)]
pub(super) async fn patch(mut api: Api<WriteTickets>, Input(bulk): Input<Bulk>) -> Result<Response, Problem> {
    if bulk.tickets.is_empty() || bulk.tickets.len() > MOST {
        return Err(Problem::field("/tickets", format!("Must name 1 to {MOST} tickets.")));
    }
    at_most(MOST_LABELS, "/add_labels", &bulk.add_labels)?;
    at_most(MOST_LABELS, "/remove_labels", &bulk.remove_labels)?;
    let change = BulkChange {
        status: bulk.status,
        priority: bulk.priority,
        assignee: bulk.assignee,
        add: bulk.add_labels,
        remove: bulk.remove_labels,
    };
    let ambient = api.context().services.ambient.clone();
    let reach = reach::of(&mut api).await?;
    let ids = find::ids_of_keys(&mut api, &reach, &bulk.tickets).await?;
    let wanted: Vec<TicketId> = ids.values().copied().collect();
    let outcome = apply(&mut api, &ambient, &reach, &wanted, &change).await?;
    let became: HashMap<TicketId, Became> = outcome.0.into_iter().map(|(id, _, became)| (id, became)).collect();
    let mut results: Vec<One> = Vec::new();
    for (at, key) in bulk.tickets.iter().enumerate() {
        if !bulk.tickets[..at].contains(key) {
            results.push(One::of(key, ids.get(key).and_then(|id| became.get(id))));
        }
    }
    api.answer(Json(Outcome { results })).await
}
