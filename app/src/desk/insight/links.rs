//! From a figure to the tickets that it counts.

use time::{Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::filter::{Filter, written};
use crate::{
    context::RequestContext,
    desk::ticket::Status,
    routes::query_string,
    ui::{
        chart::{Calendar, Slot},
        time::Reader,
    },
};

/// The list's addresses for figures under a filter.
pub(super) struct Links<'a> {
    context: &'a RequestContext,
    filter: &'a Filter,
    /// Whether the days of the workspace are those of the reader, by which the list takes them.
    days_agree: bool,
}

/// A pair of an address.
type Pair = (&'static str, String);

impl<'a> Links<'a> {
    pub(super) fn new(context: &'a RequestContext, filter: &'a Filter, calendar: &Calendar, reader: &Reader) -> Self {
        Self { context, filter, days_agree: calendar.zone == reader.zone }
    }

    /// Tickets opened in a slot.
    pub(super) fn created_in(&self, slot: &Slot) -> String {
        self.tickets(None, self.created(slot.first, slot.last, slot.from, slot.until))
    }

    /// Tickets opened in all the slots, of a part.
    pub(super) fn created(
        &self,
        first: time::Date,
        last: time::Date,
        from: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Vec<Pair> {
        if self.days_agree {
            return vec![("created_from", written(first)), ("created_to", written(last))];
        }
        between(Some(from), Some(until))
    }

    /// Tickets of these statuses, opened between two moments, of which either may be open.
    pub(super) fn waiting(
        &self,
        statuses: &[Status],
        from: Option<OffsetDateTime>,
        until: Option<OffsetDateTime>,
        part: Option<&Pair>,
    ) -> String {
        let mut pairs: Vec<Pair> = statuses.iter().map(|status| ("status", status.word().to_owned())).collect();
        pairs.extend(between(from, until));
        self.tickets(part, pairs)
    }

    /// The list under the page's filter, of one part of it, with more pairs.
    pub(super) fn tickets(&self, part: Option<&Pair>, more: Vec<Pair>) -> String {
        let filter = self.filter;
        let mut pairs = Vec::new();
        pairs.extend(filter.project.clone().map(|key| ("project", key)));
        pairs.extend(filter.assignee.map(|assignee| ("assignee", assignee.word())));
        pairs.extend(filter.label.map(|label| ("label", label.to_string())));
        if let Some(part) = part {
            // A ticket has one project and one assignee, and may have several labels.
            pairs.retain(|pair| pair.0 == "label" && pair != part || pair.0 != part.0);
            pairs.push(part.clone());
        }
        pairs.extend(more);
        self.context.href(&format!("/tickets{}", query_string(&pairs)))
    }
}

/// The list takes both ends as within; a moment is as short as PostgreSQL has them.
fn between(from: Option<OffsetDateTime>, until: Option<OffsetDateTime>) -> Vec<Pair> {
    let at = |moment: OffsetDateTime| moment.to_offset(UtcOffset::UTC).format(&Rfc3339).unwrap_or_default();
    let from = from.map(|from| ("created_from", at(from)));
    let until = until.map(|until| ("created_to", at(until - Duration::MICROSECOND)));
    from.into_iter().chain(until).collect()
}
