//! `GET /api/v1/tickets/counts`: how many tickets of each status a filter finds.

use axum::{Json, extract::RawQuery, response::Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::tickets::filter_beside;
use crate::{
    api::{Api, Problem},
    desk::{
        list::{Asker, Counts, Narrow, count::COUNTED, counts},
        permission::ReadTickets,
        project::reach,
        ticket::Status,
    },
};

/// How many tickets a filter finds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketCounts)]
pub(super) struct Counted {
    /// One of each status, in the order in which tickets usually pass through them.
    counts: Vec<OfStatus>,
    /// All of them together; null: there are more than were counted.
    #[schema(example = 42)]
    total: Option<i64>,
}

/// How many tickets have a status.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StatusCount)]
struct OfStatus {
    status: Status,
    /// At most 1,000: counting stops there.
    #[schema(minimum = 0, maximum = 1000, example = 42)]
    count: i64,
    /// Whether there may be more than that.
    has_more: bool,
}

impl From<Counts> for Counted {
    fn from(counts: Counts) -> Self {
        let of = |status: Status| {
            let count = counts.of(status);
            OfStatus { status, count: count.min(COUNTED), has_more: !counts.is_whole(status) }
        };
        Self { counts: Status::ALL.iter().copied().map(of).collect(), total: counts.all() }
    }
}

/// Count tickets by their status.
///
/// The filter is that of the list of tickets. Whatever `status` it asks for, each status is counted, as above the list in a
/// browser. With `q`, the 500 newest tickets that match are looked at.
#[utoipa::path(
    get,
    path = "/api/v1/tickets/counts",
    tag = "Tickets",
    operation_id = "countTickets",
    responses((status = 200, description = "How many there are.", body = Counted))
)]
pub(super) async fn get(mut api: Api<ReadTickets>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let filter = filter_beside(&query.unwrap_or_default(), &[])?;
    let now = api.context().services.ambient.now();
    let reach = reach::of(&mut api).await?;
    let narrow = Narrow::new(&filter, &Asker::new(api.principal(), &reach, now))?;
    let counts = counts(&mut api, &narrow).await?;
    api.answer(Json(Counted::from(counts))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_counted_to_the_end_says_so() {
        let of = |rows: Vec<(Status, i64)>| Counted::from(Counts::new(rows));
        let counted = of(vec![(Status::Open, 3), (Status::Closed, 1001)]);
        let solved = OfStatus { status: Status::Solved, count: 0, has_more: false };
        assert!(counted.counts.contains(&OfStatus { status: Status::Open, count: 3, has_more: false }));
        assert!(counted.counts.contains(&OfStatus { status: Status::Closed, count: 1000, has_more: true }));
        assert!(counted.counts.contains(&solved) && counted.counts.len() == 4);
        assert_eq!((counted.total, of(vec![(Status::Open, 3)]).total), (None, Some(3)));
    }
}
