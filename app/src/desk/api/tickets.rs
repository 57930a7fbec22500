//! `/api/v1/tickets`: finding and reading tickets.

use std::collections::HashMap;

use axum::{
    Json,
    extract::{Path, RawQuery},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use rowhouse_platform::id::AccountId;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::wire::{Day, Label, Person, ticket_key};
use crate::{
    api::{Api, ETag, IfNoneMatch, Listed, Paging, Problem, decode_cursor, encode_cursor},
    desk::{
        list::{Asker, Cursor, Filter, FilterError, Narrow, Place, SortBy, TicketRow, page},
        permission::ReadTickets,
        project::{ProjectId, Reach, reach},
        search,
        ticket::{self, Priority, Status, TicketId, find, label},
    },
    ui::query::pairs,
};

/// A ticket as lists show it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketSummary)]
pub(super) struct Summary {
    #[schema(example = "tkt_01m7pt4xtgfv4v4b4yswcshy0c")]
    id: String,
    /// What people call it, and what its address ends with.
    #[schema(example = "OPS-142")]
    key: String,
    /// The key of its project.
    #[schema(example = "OPS")]
    project: String,
    #[schema(example = "The printer on the second floor is jammed")]
    title: String,
    status: Status,
    priority: Priority,
    /// Who asked.
    requester: Person,
    /// Who works on it; null: nobody.
    assignee: Option<Person>,
    /// The day by which it is due.
    #[schema(value_type = Option<String>, format = Date, example = "2026-06-30")]
    due_on: Option<Day>,
    /// By name.
    labels: Vec<Label>,
    /// Grows with every change of what stands above and of the description; also the `ETag` of the ticket.
    #[schema(example = 3)]
    version: i64,
    /// When it was opened.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    /// When something last happened to it.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    updated_at: OffsetDateTime,
}

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ticket)]
pub(super) struct Whole {
    #[serde(flatten)]
    summary: Summary,
    /// In Markdown.
    description: String,
    /// When somebody else than the requester first commented.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    first_response_at: Option<OffsetDateTime>,
    /// When it was solved or closed, while it is.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    resolved_at: Option<OffsetDateTime>,
}

impl From<ticket::Ticket> for Whole {
    fn from(ticket: ticket::Ticket) -> Self {
        Self {
            summary: Summary {
                id: ticket.id.to_string(),
                key: ticket.key.to_string(),
                project: ticket.key.project,
                title: ticket.title,
                status: ticket.status,
                priority: ticket.priority,
                requester: ticket.requester.into(),
                assignee: ticket.assignee.map(Person::from),
                due_on: ticket.due_on.map(Day),
                labels: ticket.labels.into_iter().map(Label::from).collect(),
                version: ticket.version,
                created_at: ticket.created_at,
                updated_at: ticket.updated_at,
            },
            description: ticket.description,
            first_response_at: ticket.first_response_at,
            resolved_at: ticket.resolved_at,
        }
    }
}

/// The labels of a workspace, by id.
struct Labels(HashMap<Uuid, ticket::Label>);

impl Labels {
    fn new(all: Vec<ticket::Label>) -> Self {
        Self(all.into_iter().map(|label| (label.id.0, label)).collect())
    }

    fn named(&self, ids: &[Uuid]) -> Vec<Label> {
        let mut labels: Vec<ticket::Label> = ids.iter().filter_map(|id| self.0.get(id)).cloned().collect();
        labels.sort_by_key(|label| label.name.to_lowercase());
        labels.into_iter().map(Label::from).collect()
    }
}

/// A row of the list; none where its project is out of reach, which the query does not answer.
fn summary(reach: &Reach, labels: &Labels, row: TicketRow) -> Option<Summary> {
    let project = reach.of_id(ProjectId(row.project_id))?;
    let assignee = row.assignee_id.zip(row.assignee);
    Some(Summary {
        id: TicketId(row.id).to_string(),
        key: format!("{}-{}", project.key, row.number),
        project: project.key.clone(),
        title: row.title,
        status: row.status,
        priority: row.priority,
        requester: Person { id: AccountId(row.requester_id).to_string(), name: row.requester },
        assignee: assignee.map(|(id, name)| Person { id: AccountId(id).to_string(), name }),
        due_on: row.due_on.map(Day),
        labels: labels.named(&row.labels),
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// The filter in a query; paging is read beside it. Forms send empty fields, programs leave them out.
fn filter(query: &str) -> Result<Filter, Problem> {
    filter_beside(query, &["limit", "cursor"])
}

/// The filter in a query, beside these parameters.
pub(super) fn filter_beside(query: &str, others: &[&str]) -> Result<Filter, Problem> {
    let mut pairs = pairs(query).ok_or(FilterError::Unreadable)?;
    pairs.retain(|(name, _)| !others.contains(&&**name));
    if let Some((name, _)) = pairs.iter().find(|(_, value)| value.is_empty()) {
        return Err(Problem::parameter(name.clone(), "Is empty. Leave it out."));
    }
    let filter = Filter::read(pairs.iter().map(|(name, value)| (&**name, &**value)))?;
    if search::is_only_unwanted(&filter.text) {
        return Err(Problem::parameter("q", search::ONLY_UNWANTED));
    }
    Ok(filter)
}

/// A cursor of this list: whether the page ends before the place, and the place.
type Beside = (bool, String);

fn place(paging: &Paging, by: SortBy) -> Result<Place, Problem> {
    Ok(match paging.cursor.as_deref().map(decode_cursor::<Beside>).transpose()? {
        None => Place::Start,
        Some((false, cursor)) => Place::After(Cursor::read(&cursor, by)?),
        Some((true, cursor)) => Place::Before(Cursor::read(&cursor, by)?),
    })
}

/// Find tickets.
///
/// The parameters are those of the address of the list in a browser. `status` and `priority` may stand there more than
/// once and mean any of them; `label` may too and means all of them. Without `sort`, the newest tickets stand first, and
/// with `q` those that match best.
#[utoipa::path(
    get,
    path = "/api/v1/tickets",
    tag = "Tickets",
    operation_id = "listTickets",
    params(
        ("q" = Option<String>, Query, description = "Words in title, description or comments, or a ticket's key. At most 200 characters.", min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$"),
        ("project" = Option<String>, Query, description = "The key of a project.", example = "OPS", pattern = "^[A-Za-z][A-Za-z0-9]{1,9}$"),
        ("status" = Option<Vec<Status>>, Query, description = "Any of these."),
        ("priority" = Option<Vec<Priority>>, Query, description = "Any of these."),
        ("assignee" = Option<String>, Query, description = "An account's id, `me`, or `none`.", pattern = "^(me|none|usr_[0-7][0-9a-hjkmnp-tv-z]{25})$"),
        ("requester" = Option<String>, Query, description = "An account's id, or `me`.", pattern = "^(me|usr_[0-7][0-9a-hjkmnp-tv-z]{25})$"),
        ("label" = Option<Vec<String>>, Query, description = "Ids of labels: all of these; or `none` alone: without any.", max_items = 20, pattern = "^(none|lbl_[0-7][0-9a-hjkmnp-tv-z]{25})$"),
        ("watcher" = Option<String>, Query, description = "That this person watches: an account's id, or `me`.", pattern = "^(me|usr_[0-7][0-9a-hjkmnp-tv-z]{25})$"),
        ("due" = Option<String>, Query, description = "`overdue`, `today`, `week` or `none`.", pattern = "^(overdue|today|week|none)$"),
        ("due_from" = Option<String>, Query, description = "Not due before this day.", example = "2026-06-01", pattern = "^(19[7-9]|2[0-9]{2})[0-9]-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))$"),
        ("due_to" = Option<String>, Query, description = "Not due after this day.", example = "2026-06-30", pattern = "^(19[7-9]|2[0-9]{2})[0-9]-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))$"),
        ("created_from" = Option<String>, Query, description = "Not opened before this day or time.", pattern = r"^(19[7-9]|2[0-9]{2})[0-9]-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?Z)?$"),
        ("created_to" = Option<String>, Query, description = "Not opened after this day or time.", pattern = r"^(19[7-9]|2[0-9]{2})[0-9]-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?Z)?$"),
        ("updated_from" = Option<String>, Query, description = "Not last changed before this day or time.", pattern = r"^(19[7-9]|2[0-9]{2})[0-9]-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?Z)?$"),
        ("updated_to" = Option<String>, Query, description = "Not last changed after this day or time.", pattern = r"^(19[7-9]|2[0-9]{2})[0-9]-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?Z)?$"),
        ("resolved_from" = Option<String>, Query, description = "Solved or closed, and that not before this day or time.", pattern = r"^(19[7-9]|2[0-9]{2})[0-9]-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?Z)?$"),
        ("resolved_to" = Option<String>, Query, description = "Solved or closed, and that not after this day or time.", pattern = r"^(19[7-9]|2[0-9]{2})[0-9]-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?Z)?$"),
        ("sort" = Option<String>, Query, description = "`created`, `updated`, `priority`, `due` or `relevance`; with `-` before it the greatest stands first.", example = "-updated", pattern = "^-?(created|updated|priority|due|relevance)$"),
        Paging
    ),
    responses((status = 200, description = "A page of tickets.", body = Listed<Summary>))
)]
pub(super) async fn list(mut api: Api<ReadTickets>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let (filter, paging) = (filter(&query)?, Paging::among(&query)?);
    let limit = usize::try_from(paging.limit()?).map_err(Problem::internal)?;
    let sort = filter.order();
    let place = place(&paging, sort.by)?;
    let reach = reach::of(&mut api).await?;
    let now = api.context().services.ambient.now();
    let narrow = Narrow::new(&filter, &Asker::new(api.principal(), &reach, now))?;
    let found = page(&mut api, &narrow, sort, place, limit).await?;
    let labels = Labels::new(label::known(&mut api).await?);
    let written =
        |cursor: Option<Cursor>, is_before: bool| cursor.map(|cursor| encode_cursor(&(is_before, cursor.to_string())));
    let (next, previous) = (written(found.next, false), written(found.previous, true));
    let items = found.rows.into_iter().filter_map(|row| summary(&reach, &labels, row)).collect();
    let link = api.call().link([("next", next.as_deref()), ("prev", previous.as_deref())]);
    let mut response = Json(Listed::<Summary> { items, next_cursor: next }).into_response();
    if let Some((name, value)) = link {
        response.headers_mut().insert(name, value);
    }
    api.answer(response).await
}

/// Read a ticket.
///
/// Its `ETag` begins with the version to change it with: `If-Match` takes it as it is. Whatever is different in the answer
/// makes it another, a comment too.
#[utoipa::path(
    get,
    path = "/api/v1/tickets/{key}",
    tag = "Tickets",
    operation_id = "getTicket",
    params(("key" = String, Path, description = "What people call it.", example = "OPS-142"),
           ("If-None-Match" = Option<String>, Header, description = "The `ETag` of the answer that is known already.", pattern = r#"^(\*|(W/)?"[0-9a-z.]{1,40}")$"#, example = "\"3.8f2a\"")),
    responses((status = 200, description = "The ticket.", body = Whole,
               headers(("ETag" = String, description = "Its version, and what the answer is told apart by."))),
              (status = 304, description = "It is known already."))
)]
pub(super) async fn get(
    mut api: Api<ReadTickets>,
    Path(key): Path<String>,
    if_none_match: IfNoneMatch,
) -> Result<Response, Problem> {
    let key = ticket_key(&key)?;
    let reach = reach::of(&mut api).await?;
    let ticket = find::of_key(&mut api, &reach, &key).await?.ok_or_else(Problem::not_found)?;
    let version = ticket.version;
    let body = serde_json::to_vec(&Whole::from(ticket)).map_err(Problem::internal)?;
    let etag = ETag::of(version, &body);
    if if_none_match.has(&etag) {
        return api.answer((StatusCode::NOT_MODIFIED, etag, ())).await;
    }
    let json = HeaderValue::from_static("application/json");
    api.answer((etag, [(header::CONTENT_TYPE, json)], body)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paging_is_no_part_of_the_filter() {
        let filter = filter("status=open&limit=20&cursor=abc&q=a+b").unwrap();
        assert_eq!((filter.text.as_str(), filter.statuses.as_slice()), ("a b", [Status::Open].as_slice()));
        assert!(super::filter("stauts=open").is_err());
        assert_eq!(super::filter("status=").unwrap_err().errors[0].parameter.as_deref(), Some("status"));
    }

    #[test]
    fn a_place_is_one_of_a_list_in_the_same_order() {
        let cursor = encode_cursor(&(true, format!("c.{}", TicketId(Uuid::from_u128(7)))));
        let paging = Paging { limit: None, cursor: Some(cursor) };
        assert!(matches!(place(&paging, SortBy::Created).unwrap(), Place::Before(_)));
        assert!(place(&paging, SortBy::Updated).is_err());
        assert!(matches!(place(&Paging::default(), SortBy::Due).unwrap(), Place::Start));
    }
}
