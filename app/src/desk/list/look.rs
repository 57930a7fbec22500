//! What the pages that show tickets, the list and the board, do alike: they narrow a filter to what who asks reaches, and
//! read what stands around the tickets.

use rowhouse_platform::{access::Permit, db::DbError};
use time::{Date, OffsetDateTime};

use super::{
    count::Counts,
    error::FilterError,
    filter::Filter,
    furniture::Furniture,
    narrow::{Asker, Narrow},
    query,
};
use crate::{
    context::RequestContext,
    desk::{permission::ReadTickets, project::Reach},
};

/// A filter as a page looks through it.
pub(in crate::desk) struct Look<'a> {
    filter: &'a Filter,
    reach: &'a Reach,
    pub(in crate::desk) narrow: Narrow,
    /// The day that it is for who asks.
    pub(in crate::desk) today: Date,
}

impl<'a> Look<'a> {
    pub(in crate::desk) fn new(
        permit: &Permit<ReadTickets>,
        reach: &'a Reach,
        filter: &'a Filter,
        now: OffsetDateTime,
    ) -> Result<Self, FilterError> {
        let asker = Asker::new(permit.principal(), reach, now);
        Ok(Self { filter, reach, narrow: Narrow::new(filter, &asker)?, today: asker.today() })
    }

    /// How many tickets there are of each status, where that is not `known` yet, and what stands around them. The frame
    /// is told how much is new.
    pub(in crate::desk) async fn around(
        &self,
        context: &RequestContext,
        permit: &mut Permit<ReadTickets>,
        known: Option<Counts>,
    ) -> Result<(Counts, Furniture), DbError> {
        let counts = match known {
            Some(counts) => counts,
            None => query::counts(permit, &self.narrow).await?,
        };
        let furniture = Furniture::of(permit, self.reach, self.filter).await?;
        let _ = context.news.set(furniture.news);
        Ok((counts, furniture))
    }
}
