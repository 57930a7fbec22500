//! The figures for programs: those of the page, without words and drawings.

use rowhouse_platform::{access::Permit, db::DbError};
use time::{Date, OffsetDateTime};

use super::{
    charts::Chart,
    figures,
    filter::{By, InsightQuery},
    links::Links,
    read,
};
use crate::{
    context::RequestContext,
    desk::permission::ReadTickets,
    ui::{FieldErrors, chart::Data, time::Reader},
};

/// The figures of some days.
pub(in crate::desk) struct Told {
    /// The first day.
    pub(in crate::desk) first: Date,
    /// The last day.
    pub(in crate::desk) last: Date,
    /// By what they are broken down.
    pub(in crate::desk) by: &'static str,
    /// When they were counted.
    pub(in crate::desk) counted_at: OffsetDateTime,
    /// Tickets that are open or pending now.
    pub(in crate::desk) open: i64,
    /// Tickets opened in these days.
    pub(in crate::desk) created: i64,
    /// Tickets resolved in these days.
    pub(in crate::desk) resolved: i64,
    /// Seconds until half of those opened were answered.
    pub(in crate::desk) first_response: Option<f64>,
    /// Seconds until half of those resolved were.
    pub(in crate::desk) resolution: Option<f64>,
    /// The charts, in the order of the page.
    pub(in crate::desk) charts: Vec<(Chart, Data)>,
}

/// The figures that a query asks for; within, what is wrong with it.
///
/// # Errors
/// [`DbError`].
pub(in crate::desk) async fn tell(
    context: &RequestContext,
    permit: &mut Permit<ReadTickets>,
    query: InsightQuery,
) -> Result<Result<Told, FieldErrors>, DbError> {
    let mut reading = read(context, query, permit).await?;
    if By::parse(&reading.query.by).is_none() {
        reading.errors.add("by", "Must be one of project, assignee, label.");
    }
    if !reading.errors.is_empty() {
        return Ok(Err(reading.errors));
    }
    let (filter, calendar) = (&reading.filter, &reading.calendar);
    let measures = figures(context, permit, filter, calendar).await?;
    let reader = Reader::of(permit.principal());
    let links = Links::new(context, filter, calendar, &reader);
    let charts = Chart::ALL.map(|chart| (chart, measures.data(chart, filter, &reading.choices, &links)));
    Ok(Ok(Told {
        first: filter.first,
        last: filter.last,
        by: filter.by.word(),
        counted_at: measures.now,
        open: measures.backlog.all.open + measures.backlog.all.pending,
        created: measures.created.all.tickets,
        resolved: measures.resolved.all.tickets,
        first_response: measures.created.all.median,
        resolution: measures.resolved.all.median,
        charts: charts.into(),
    }))
}
