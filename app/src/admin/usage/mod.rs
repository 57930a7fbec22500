//! `GET /admin/usage`: what the workspace used, by hour, day and month, against its plan; each chart with its table and its
//! file.

mod by;
pub(crate) mod figures;
pub(crate) mod range;
pub(crate) mod view;

use std::{collections::HashMap, sync::Arc};

use axum::response::Response;
use rowhouse_platform::{
    access::{Permit, ReadUsage},
    metering::{
        Meter,
        series::{self, Cut, Dimension},
    },
    plan::count,
};
use serde::Deserialize;

use self::{
    figures::{BREAKDOWN, By, Figures, Sources},
    range::{Range, Span},
};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    desk::{attachment, project::reach},
    error::PageError,
    routes::{Gate, SiteRoutes},
    ui::{
        Head, QueryFields,
        download::{CSV, download},
        page,
        time::Reader,
    },
};

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let gate = Gate::of::<ReadUsage>();
    site.get("/admin/usage", gate, show).get("/admin/usage/export.csv", gate, export)
}

/// What the address says. What is empty is not there.
#[derive(Debug, Clone, Default, Deserialize)]
struct UsageQuery {
    #[serde(default)]
    range: String,
    #[serde(default)]
    by: String,
    /// Of a file: which chart.
    #[serde(default)]
    chart: String,
}

/// Which time, and by what it is broken down.
fn read(query: &UsageQuery) -> Result<(Range, By), PageError> {
    let range = Range::parse(&query.range).ok_or_else(|| {
        let words = Range::ALL.map(Range::word).join(", ");
        PageError::BadRequest(format!("“range” can be one of {words}."))
    })?;
    let by = By::parse(&query.by).ok_or_else(|| {
        let words = By::ALL.map(By::word).join(", ");
        PageError::BadRequest(format!("“by” can be one of {words}."))
    })?;
    Ok((range, by))
}

async fn figures(
    context: &RequestContext,
    permit: &mut Permit<ReadUsage>,
    (range, by): (Range, By),
) -> Result<Figures, PageError> {
    let now = context.services.ambient.now();
    let entitlements = Arc::clone(&context.tenant()?.entitlements);
    let locale = Reader::of(permit.principal()).locale;
    let period = Span::of_period(&entitlements, now);
    let span = range.span(now, period);
    let projects = if by == By::Project {
        let reach = reach::of(permit).await?;
        reach.all().iter().map(|project| (project.id.0, format!("{} {}", project.key, project.name))).collect()
    } else {
        HashMap::new()
    };
    let stored = if by == By::Project { attachment::stored_by_project(permit).await? } else { Vec::new() };
    let sources = Sources {
        points: series::over_time(permit, range.cut(), span.from, span.until).await?,
        parts: series::divided(permit, by.dimension(), range.cut(), span.from, span.until).await?,
        of_period: series::divided(permit, Dimension::Account, Cut::Day, period.from, period.until).await?,
        projects,
        stored,
        stored_now: count::storage(permit).await?,
        entitlements,
        added_up_at: series::added_up_at(permit).await?,
    };
    Ok(Figures::new(now, (range, by), period, range.slots(span, locale), sources))
}

async fn show(
    context: Context,
    Allowed(mut permit): Allowed<ReadUsage>,
    QueryFields(query): QueryFields<UsageQuery>,
) -> Result<Response, PageError> {
    let asked = read(&query)?;
    let figures = figures(&context, &mut permit, asked).await?;
    let person = permit.commit().await?;
    Ok(page(&context, Head::new("Usage"), || view::view(&context, &person, &figures)))
}

async fn export(
    context: Context,
    Allowed(mut permit): Allowed<ReadUsage>,
    QueryFields(query): QueryFields<UsageQuery>,
) -> Result<Response, PageError> {
    let (range, by) = read(&query)?;
    let meter = Meter::parse(&query.chart);
    if meter.is_none() && query.chart != BREAKDOWN {
        return Err(PageError::NotFound);
    }
    let figures = figures(&context, &mut permit, (range, by)).await?;
    permit.commit().await?;
    let (name, file) = match meter {
        Some(meter) => (meter.word().replace('_', "-"), figures.over_time(meter).csv()),
        None => (format!("by-{}", by.word()), figures.breakdown().csv()),
    };
    let day = figures.now.date();
    download(&format!("{}-usage-{name}-{}-{day}.csv", context.tenant()?.slug, range.word()), CSV, file)
}
