//! `GET /insight`: how the team is doing. What is open and how old it is, what comes in and is resolved, how long it
//! takes; each chart with its table and its file.

mod charts;
mod filter;
mod kept;
mod links;
mod measure;
mod page;
mod people;
mod told;

use std::{collections::HashMap, sync::Arc};

use axum::{http::StatusCode, response::Response};
use rowhouse_platform::{access::Permit, db::DbError, tenancy::settings, time_zone::TimeZone};
use time::OffsetDateTime;
use uuid::Uuid;

pub use self::kept::KeptFigures;
pub(super) use self::{
    charts::Chart,
    filter::InsightQuery,
    told::{Told, tell},
};
use self::{
    charts::Measures,
    filter::{By, Choices, Filter},
    kept::Question,
    links::Links,
    page::{Asked, Shown},
};
use super::{permission::ReadTickets, project::reach, ticket::label};
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes},
    ui::{
        FieldErrors, Head, QueryFields,
        chart::{Calendar, Grain},
        download::{CSV, download},
        page as document,
        time::Reader,
    },
};

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let gate = Gate::of::<ReadTickets>();
    site.get("/insight", gate, show).get("/insight/export", gate, export)
}

/// The address, read, with what it was read against.
struct Reading {
    query: InsightQuery,
    filter: Filter,
    choices: Choices,
    calendar: Calendar,
    errors: FieldErrors,
}

async fn read(
    context: &RequestContext,
    mut query: InsightQuery,
    permit: &mut Permit<ReadTickets>,
) -> Result<Reading, DbError> {
    if query.assignee.trim() == "me" {
        query.assignee = permit.principal().account.to_string();
    }
    let settings = settings::load(permit).await?;
    let calendar = Calendar {
        zone: TimeZone::parse(&settings.time_zone).unwrap_or_default(),
        week_start: settings.week_start,
        locale: Reader::of(permit.principal()).locale,
    };
    let mut people = people::assigned(permit).await?;
    people::with_asked(permit, query.assignee.trim(), &mut people).await?;
    let choices = Choices { reach: reach::of(permit).await?, people, labels: label::known(permit).await? };
    let mut errors = FieldErrors::default();
    let today = calendar.today(context.services.ambient.now());
    let filter = Filter::read(&query, &choices, &calendar, today, &mut errors);
    Ok(Reading { query, filter, choices, calendar, errors })
}

/// The figures, counted now or within the last minute.
async fn figures(
    context: &RequestContext,
    permit: &mut Permit<ReadTickets>,
    filter: &Filter,
    calendar: &Calendar,
) -> Result<Arc<Measures>, DbError> {
    let kept = &context.services.insight;
    let question = Question::new(permit.tenant_id(), filter, calendar);
    if let Some(measures) = kept.find(&question).await {
        return Ok(measures);
    }
    let ambient = &context.services.ambient;
    let measures = Arc::new(measure(ambient.now(), permit, filter, calendar).await?);
    if ambient.now() - measures.now >= kept::LONG {
        kept.keep(question, measures.clone()).await;
    }
    Ok(measures)
}

async fn measure(
    now: OffsetDateTime,
    permit: &mut Permit<ReadTickets>,
    filter: &Filter,
    calendar: &Calendar,
) -> Result<Measures, DbError> {
    let grain = Grain::for_days((filter.last - filter.first).whole_days() + 1);
    let slots = calendar.slots(filter.first, filter.last, grain);
    let created = measure::created(permit, filter, &slots).await?;
    let resolved = measure::resolved(permit, filter, &slots).await?;
    let backlog = measure::backlog(permit, filter, &charts::age_moments(now)).await?;
    let names = if filter.by == By::Assignee {
        let parts = created.parts.keys().chain(resolved.parts.keys()).chain(backlog.parts.keys());
        measure::names(permit, &parts.flatten().copied().collect::<Vec<Uuid>>()).await?
    } else {
        HashMap::new()
    };
    Ok(Measures { now, grain, slots, created, resolved, backlog, names })
}

async fn show(
    context: Context,
    Allowed(mut permit): Allowed<ReadTickets>,
    QueryFields(query): QueryFields<InsightQuery>,
) -> Result<Response, PageError> {
    let Reading { query, filter, choices, calendar, errors } = read(&context, query, &mut permit).await?;
    let shown = if errors.is_empty() {
        let measures = figures(&context, &mut permit, &filter, &calendar).await?;
        if measures.is_empty() && !measure::is_any(&mut permit, &choices.reach.ids()).await? {
            Shown::NoTickets
        } else {
            Shown::Figures(measures)
        }
    } else {
        Shown::Nothing
    };
    let person = permit.commit().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(document(&context, Head::new("Insight").with_status(status), || {
        let asked = Asked {
            context: &context,
            query: &query,
            filter: &filter,
            choices: &choices,
            calendar: &calendar,
            errors: &errors,
        };
        page::view(&asked, &person, &shown)
    }))
}

async fn export(
    context: Context,
    Allowed(mut permit): Allowed<ReadTickets>,
    QueryFields(query): QueryFields<InsightQuery>,
) -> Result<Response, PageError> {
    let Reading { query, filter, choices, calendar, errors } = read(&context, query, &mut permit).await?;
    let fields = ["range", "from", "to", "project", "assignee", "label"];
    if let Some(error) = fields.into_iter().find_map(|field| errors.of(field)) {
        return Err(PageError::BadRequest(error));
    }
    let chart = Chart::parse(&query.chart).ok_or(PageError::NotFound)?;
    let measures = figures(&context, &mut permit, &filter, &calendar).await?;
    let person = permit.commit().await?;
    let links = Links::new(&context, &filter, &calendar, &Reader::of(&person));
    let file = measures.data(chart, &filter, &choices, &links).csv();

    let name = if chart == Chart::Breakdown { format!("by-{}", filter.by.word()) } else { chart.word().to_owned() };
    let today = filter::written(calendar.today(measures.now));
    download(&format!("{}-{name}-{today}.csv", context.tenant()?.slug), CSV, file)
}
