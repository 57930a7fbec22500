//! `GET /api/v1/search`: the tickets that fit best to what somebody types, with the words that were found.

use axum::{Json, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{Api, Listed, Parameters, Problem},
    desk::{
        list::{self, TEXT_LENGTH},
        permission::ReadTickets,
        project::reach,
        search,
        ticket::{Status, TicketId},
    },
};

/// The most tickets that are answered.
const MOST: i64 = 50;

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Sought {
    /// Words and "phrases"; the last word may be the beginning of one.
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "printer"
    )]
    q: String,
    /// Tickets at most: 1 to 50, 20 where it is not said.
    #[param(minimum = 1, maximum = 50)]
    limit: Option<i64>,
}

/// A ticket that was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchHit)]
pub(super) struct Hit {
    #[schema(example = "OPS-142")]
    key: String,
    title: String,
    status: Status,
    /// How well it fits: the greater the better.
    rank: f32,
    /// A piece of the description or of a comment with what was sought; empty where the title alone has it.
    snippet: Vec<Part>,
}

/// A part of a piece of text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SnippetPart)]
struct Part {
    text: String,
    /// Whether it is what was sought.
    is_match: bool,
}

/// Search tickets, the best match first.
///
/// For the whole list of those that match, page by page, and for filters, use `q` of the list of tickets.
#[utoipa::path(
    get,
    path = "/api/v1/search",
    tag = "Search",
    operation_id = "search",
    params(Sought),
    responses((status = 200, description = "What was found.", body = Listed<Hit>))
)]
pub(super) async fn find(
    mut api: Api<ReadTickets>,
    Parameters(sought): Parameters<Sought>,
) -> Result<Response, Problem> {
    let typed = list::sought(&sought.q, TEXT_LENGTH)?;
    if typed.is_empty() {
        return Err(Problem::parameter("q", format!("Must have 1 to {TEXT_LENGTH} characters.")));
    }
    if search::is_only_unwanted(typed) {
        return Err(Problem::parameter("q", search::ONLY_UNWANTED));
    }
    let limit = sought.limit.unwrap_or(20);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::parameter("limit", format!("Must be a number from 1 to {MOST}.")));
    }
    let reach = reach::of(&mut api).await?;
    let found = search::best(&mut api, &reach, typed, limit).await?;
    let ids: Vec<TicketId> = found.iter().map(|hit| hit.id).collect();
    let mut snippets = search::snippet::of(&mut api, &reach, &ids, typed).await?;
    let items = found.into_iter().map(|hit| Hit {
        key: hit.key.to_string(),
        title: hit.title,
        status: hit.status,
        rank: hit.rank,
        snippet: snippets
            .remove(&hit.id)
            .map(|snippet| snippet.parts.into_iter().map(|(text, is_match)| Part { text, is_match }).collect())
            .unwrap_or_default(),
    });
    let items: Vec<Hit> = items.collect();
    api.answer(Json(Listed::<Hit> { items, next_cursor: None })).await
}
