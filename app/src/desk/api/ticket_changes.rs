//! `/api/v1/tickets`: opening and changing tickets.
//!
//! A key may change tickets and not read them, so these answers say what was changed and no more.

use axum::{
    Json,
    extract::Path,
    http::{StatusCode, header},
    response::Response,
};
use rowhouse_platform::id::AccountId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::wire::{Day, at_most, checked, present, ticket_key};
use crate::{
    api::{Api, ETag, IfMatch, Input, Problem},
    desk::{
        permission::WriteTickets,
        project::{Reach, reach},
        ticket::{
            ChangeError, LabelId, MOST_LABELS, MOST_WATCHERS, NewTicket, Priority, Status, TEXT_LENGTH, TITLE_LENGTH,
            TicketChange, change, create, find,
        },
    },
    ui::FieldErrors,
};

/// A ticket to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTicket)]
pub(super) struct New {
    /// The key of the project that it belongs to.
    #[schema(example = "OPS")]
    project: String,
    /// One line.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f\ufffd\u202a-\u202e\u2066-\u2069]*[^\s\x00-\x1f\x7f-\x9f\ufffd\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff][^\x00-\x1f\x7f-\x9f\ufffd\u202a-\u202e\u2066-\u2069]*$",
        example = "The printer on the second floor is jammed"
    )]
    title: String,
    /// In Markdown.
    #[serde(default)]
    #[schema(max_length = 20000, pattern = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]*$")]
    description: String,
    #[serde(default = "usual_priority")]
    priority: Priority,
    /// Who asks, by the account's id; left out or null: the key's owner.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = r"^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    requester: Option<AccountId>,
    /// Who works on it, by the account's id.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = r"^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    assignee: Option<AccountId>,
    /// The day by which it is due.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date, pattern = "^(19|[2-9][0-9])", example = "2026-06-30")]
    due_on: Option<Day>,
    /// The ids of its labels.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 20, pattern = r"^lbl_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    labels: Vec<LabelId>,
    /// Who hears of it, by the accounts' ids.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 100, pattern = r"^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    watchers: Vec<AccountId>,
}

fn usual_priority() -> Priority {
    Priority::Normal
}

/// What is to be different. What is left out stays as it is; `null` takes away what a ticket need not have.
#[expect(clippy::option_option, reason = "absent, null and a value are three things")]
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TicketChange)]
pub(super) struct Changes {
    /// One line.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f\ufffd\u202a-\u202e\u2066-\u2069]*[^\s\x00-\x1f\x7f-\x9f\ufffd\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff][^\x00-\x1f\x7f-\x9f\ufffd\u202a-\u202e\u2066-\u2069]*$")]
    title: Option<String>,
    /// In Markdown.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 20000, pattern = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]*$")]
    description: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Status, required = false)]
    status: Option<Status>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Priority, required = false)]
    priority: Option<Priority>,
    /// Who asks, by the account's id.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, pattern = r"^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    requester: Option<AccountId>,
    /// Who works on it, by the account's id; null: nobody.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, required = false, pattern = r"^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    assignee: Option<Option<AccountId>>,
    /// The day by which it is due; null: none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = Date, pattern = "^(19|[2-9][0-9])", required = false)]
    due_on: Option<Option<Day>>,
    /// The ids of all labels that it then has.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<String>, required = false, max_items = 20, pattern = r"^lbl_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    labels: Option<Vec<LabelId>>,
}

/// A ticket that was opened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedTicket)]
pub(super) struct Created {
    #[schema(example = "tkt_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
    #[schema(example = "OPS-142")]
    key: String,
    #[schema(example = 1)]
    version: i64,
}

/// A ticket that was changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangedTicket)]
pub(super) struct Changed {
    #[schema(example = "OPS-142")]
    key: String,
    /// The version that it has now: the same as before where nothing is different.
    #[schema(example = 4)]
    version: i64,
}

impl New {
    /// The ticket to be, in one of the projects that the key reaches.
    pub(super) fn into_ticket(self, reach: &Reach) -> Result<NewTicket, Problem> {
        let (title, description) = self.check()?;
        let due_on = self.due_on.map(|day| day.sensible("/due_on")).transpose()?;
        let project = reach.of_key(&self.project).ok_or(ChangeError::NoSuchProject)?.id;
        Ok(NewTicket {
            description,
            priority: self.priority,
            requester: self.requester,
            assignee: self.assignee,
            due_on,
            labels: self.labels,
            watchers: self.watchers,
            ..NewTicket::new(project, title)
        })
    }

    /// Its texts.
    fn check(&self) -> Result<(String, String), Problem> {
        let mut errors = FieldErrors::default();
        let title = errors.required_line("title", "The title", &self.title, TITLE_LENGTH);
        let description = errors.lines("description", "The description", &self.description, TEXT_LENGTH);
        checked(&errors, &["title", "description"])?;
        at_most(MOST_LABELS, "/labels", &self.labels)?;
        at_most(MOST_WATCHERS, "/watchers", &self.watchers)?;
        Ok((title, description))
    }
}

impl Changes {
    fn check(self) -> Result<TicketChange, Problem> {
        let mut errors = FieldErrors::default();
        let title = self.title.map(|title| errors.required_line("title", "The title", &title, TITLE_LENGTH));
        let description =
            self.description.map(|text| errors.lines("description", "The description", &text, TEXT_LENGTH));
        checked(&errors, &["title", "description"])?;
        at_most(MOST_LABELS, "/labels", self.labels.as_deref().unwrap_or_default())?;
        let due_on = match self.due_on {
            None => None,
            Some(None) => Some(None),
            Some(Some(day)) => Some(Some(day.sensible("/due_on")?)),
        };
        Ok(TicketChange {
            title,
            description,
            status: self.status,
            priority: self.priority,
            assignee: self.assignee,
            requester: self.requester,
            due_on,
            labels: self.labels,
        })
    }
}

/// Open a ticket.
///
/// It gets the next number of its project and the status `open`.
#[utoipa::path(
    post,
    path = "/api/v1/tickets",
    tag = "Tickets",
    operation_id = "createTicket",
    request_body = New,
    responses((status = 201, description = "It is open.", body = Created,
               headers(("Location" = String, description = "Its address."),
                       ("ETag" = String, description = "Its version."))))
)]
pub(super) async fn create(mut api: Api<WriteTickets>, Input(new): Input<New>) -> Result<Response, Problem> {
    let ambient = api.context().services.ambient.clone();
    let reach = reach::of(&mut api).await?;
    let ticket = new.into_ticket(&reach)?;
    let made = create::create(&mut api, &ambient, &reach, ticket).await??;
    let location = format!("{}/{}", api.call().address, made.key);
    let body = Created { id: made.id.to_string(), key: made.key.to_string(), version: 1 };
    api.answer((StatusCode::CREATED, ETag::version(1), [(header::LOCATION, location)], Json(body))).await
}

/// Change a ticket.
///
/// `If-Match` is required: the `ETag` that the ticket was read with, or `*` for whatever version it has. Where somebody
/// changed it since, the answer is 412 with the present `ETag`, and nothing was done.
#[utoipa::path(
    patch,
    path = "/api/v1/tickets/{key}",
    tag = "Tickets",
    operation_id = "changeTicket",
    params(("key" = String, Path, description = "What people call it.", example = "OPS-142"),
           ("If-Match" = String, Header, description = "The version to change, or `*`.", pattern = r#"^(\*|"[0-9]{1,18}(\.[0-9a-f]{16})?")$"#, example = "\"3\"")),
    request_body = Changes,
    responses((status = 200, description = "It is so now.", body = Changed,
               headers(("ETag" = String, description = "Its version."))))
)]
pub(super) async fn patch(
    mut api: Api<WriteTickets>,
    Path(key): Path<String>,
    if_match: IfMatch,
    Input(changes): Input<Changes>,
) -> Result<Response, Problem> {
    let key = ticket_key(&key)?;
    if_match.required()?;
    let version = if_match.version()?;
    let change = changes.check()?;
    let ambient = api.context().services.ambient.clone();
    let reach = reach::of(&mut api).await?;
    let ticket = find::id_of_key(&mut api, &reach, &key).await?.ok_or_else(Problem::not_found)?;
    let version = change::apply(&mut api, &ambient, &reach, ticket, version, change).await??;
    api.answer((ETag::version(version), Json(Changed { key: key.to_string(), version }))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(text: &str) -> Result<TicketChange, Problem> {
        serde_json::from_str::<Changes>(text).unwrap().check()
    }

    #[test]
    fn what_is_left_out_stays_and_null_takes_away() {
        assert_eq!(changes("{}").unwrap(), TicketChange::default());
        let change = changes(r#"{"assignee": null, "due_on": null, "labels": [], "title": " A "}"#).unwrap();
        assert_eq!((change.assignee, change.due_on), (Some(None), Some(None)));
        assert_eq!((change.labels, change.title.as_deref()), (Some(vec![]), Some("A")));
    }

    #[test]
    fn texts_are_checked_as_on_pages() {
        let pointers = |text: &str| {
            let problem = changes(text).unwrap_err();
            problem.errors.into_iter().filter_map(|error| error.pointer).collect::<Vec<_>>()
        };
        assert_eq!(pointers(r#"{"title": " "}"#), ["/title"]);
        assert_eq!(pointers(r#"{"title": "a\u0000b", "description": "\u0007"}"#), ["/title", "/description"]);
        assert_eq!(pointers(&format!(r#"{{"title": "{}"}}"#, "x".repeat(TITLE_LENGTH + 1))), ["/title"]);
        assert_eq!(pointers(r#"{"due_on": "0001-01-01"}"#), ["/due_on"]);
        assert!(serde_json::from_str::<Changes>(r#"{"key": "OPS-1"}"#).is_err());
    }
}
