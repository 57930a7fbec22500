//! `GET /api/v1/insight`: the figures of the dashboard.

use axum::{Json, response::Response};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use super::wire::Day;
use crate::{
    api::{Api, FieldError, Kind, Parameters, Problem},
    desk::{
        insight::{self, Chart, InsightQuery, Told},
        permission::ReadTickets,
    },
    ui::{
        FieldErrors,
        chart::{Cell, Column, Data, Unit},
    },
};

/// What is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Which days: `7d`, `30d` (where nothing is said), `90d`, `12m`, or `custom`, which is meant where `from` and `to`
    /// are given alone.
    #[param(pattern = "^(7d|30d|90d|12m|custom)$", example = "30d")]
    range: Option<String>,
    /// The first day, of `custom`.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", example = "2026-06-01")]
    from: Option<String>,
    /// The last day, of `custom`; at most five years after the first, and not to come.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", example = "2026-06-30")]
    to: Option<String>,
    /// The key of a project.
    #[param(pattern = "^[A-Za-z][A-Za-z0-9]{1,9}$", example = "OPS")]
    project: Option<String>,
    /// The id of an account, `me` or `none`.
    #[param(pattern = "^(none|me|usr_[0-7][0-9a-hjkmnp-tv-z]{25})$")]
    assignee: Option<String>,
    /// The id of a label.
    #[param(pattern = "^lbl_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    label: Option<String>,
    /// By what the last chart is broken down: `project` (where nothing is said), `assignee` or `label`.
    #[param(pattern = "^(project|assignee|label)$", example = "assignee")]
    by: Option<String>,
}

impl Asked {
    fn query(self) -> Result<InsightQuery, Problem> {
        // Forms send empty fields, programs leave them out.
        let said = |name: &'static str, value: Option<String>| match value {
            Some(value) if value.is_empty() => Err(Problem::parameter(name, "Is empty. Leave it out.")),
            value => Ok(value.unwrap_or_default()),
        };
        Ok(InsightQuery {
            range: said("range", self.range)?,
            from: said("from", self.from)?,
            to: said("to", self.to)?,
            project: said("project", self.project)?,
            assignee: said("assignee", self.assignee)?,
            label: said("label", self.label)?,
            by: said("by", self.by)?,
            chart: String::new(),
        })
    }
}

/// The figures of some days. Days are those of the workspace's time zone.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Insight {
    #[schema(value_type = String, format = Date)]
    from: Day,
    #[schema(value_type = String, format = Date)]
    to: Day,
    /// By what the last chart is broken down.
    #[schema(example = "project")]
    by: &'static str,
    /// When they were counted; those of a large workspace are kept for a minute.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    counted_at: OffsetDateTime,
    totals: Totals,
    /// `created-resolved`, `open-by-age`, `first-response`, `resolution` and `breakdown`.
    charts: Vec<ChartFigures>,
}

/// What matters, in five figures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InsightTotals)]
struct Totals {
    /// Tickets that are open or pending now.
    open: i64,
    /// Tickets opened in these days.
    created: i64,
    /// Tickets solved or closed in these days.
    resolved: i64,
    /// Seconds in which half of the tickets opened in these days were answered; null: none was.
    median_first_response: Option<f64>,
    /// Seconds in which half of the tickets resolved in these days were; null: none was.
    median_resolution: Option<f64>,
}

/// The figures of one chart.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InsightChart)]
struct ChartFigures {
    #[schema(example = "created-resolved")]
    chart: &'static str,
    /// What a row is: a day, a week, an age, a project.
    #[schema(example = "Day")]
    axis: &'static str,
    columns: Vec<FigureColumn>,
    rows: Vec<FigureRow>,
}

/// A column of figures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InsightColumn)]
struct FigureColumn {
    #[schema(example = "Created")]
    name: String,
    unit: FigureUnit,
}

/// What figures are: a number of tickets, or a length of time.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = InsightUnit)]
enum FigureUnit {
    Count,
    Seconds,
    Bytes,
}

/// A row of figures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InsightRow)]
struct FigureRow {
    /// The first day of its days, or its name.
    #[schema(example = "2026-06-03")]
    key: String,
    /// As people read it.
    name: String,
    /// One of each column; null: there is none, such as the median of nothing.
    values: Vec<Option<f64>>,
}

impl From<Unit> for FigureUnit {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Count => Self::Count,
            Unit::Seconds => Self::Seconds,
            Unit::Bytes => Self::Bytes,
        }
    }
}

impl ChartFigures {
    fn of((chart, data): (Chart, Data)) -> Self {
        let column = |column: Column| FigureColumn { name: column.name, unit: column.unit.into() };
        let rows = data.rows.into_iter().map(|row| FigureRow {
            key: row.key,
            name: row.name,
            values: row.cells.iter().map(|cell: &Cell| cell.value.filter(|value| value.is_finite())).collect(),
        });
        Self {
            chart: chart.word(),
            axis: data.axis,
            rows: rows.collect(),
            columns: data.columns.into_iter().map(column).collect(),
        }
    }
}

impl From<Told> for Insight {
    fn from(told: Told) -> Self {
        Self {
            from: Day(told.first),
            to: Day(told.last),
            by: told.by,
            counted_at: told.counted_at,
            totals: Totals {
                open: told.open,
                created: told.created,
                resolved: told.resolved,
                median_first_response: told.first_response,
                median_resolution: told.resolution,
            },
            charts: told.charts.into_iter().map(ChartFigures::of).collect(),
        }
    }
}

/// What is wrong with the days, or what does not exist: a project, a person, a label.
fn refusal(errors: &FieldErrors) -> Problem {
    let of = |name: &'static str| errors.all_of(name).map(move |words| FieldError::parameter(name, words));
    let wrong: Vec<FieldError> = ["range", "from", "to", "by"].into_iter().flat_map(of).collect();
    if !wrong.is_empty() {
        return Problem::invalid(wrong);
    }
    let nowhere = ["project", "assignee", "label"].into_iter().flat_map(of).collect();
    Problem { errors: nowhere, ..Problem::new(Kind::NotFound) }
}

/// Read the figures of the dashboard: what is open and how old it is, what comes in and is resolved, how long it takes.
#[utoipa::path(
    get,
    path = "/api/v1/insight",
    tag = "Insight",
    operation_id = "getInsight",
    params(Asked),
    responses((status = 200, description = "The figures.", body = Insight))
)]
pub(super) async fn get(mut api: Api<ReadTickets>, Parameters(asked): Parameters<Asked>) -> Result<Response, Problem> {
    let query = asked.query()?;
    let context = api.context().clone();
    let told = insight::tell(&context, &mut api, query).await?.map_err(|errors| refusal(&errors))?;
    api.answer(Json(Insight::from(told))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_comes_before_what_is_not_there() {
        let mut errors = FieldErrors::default();
        errors.add("project", "There is no such project.");
        let problem = refusal(&errors);
        assert_eq!((problem.kind, problem.errors[0].parameter.as_deref()), (Kind::NotFound, Some("project")));
        errors.add("to", "The last day is yet to come.");
        let problem = refusal(&errors);
        assert_eq!((problem.kind, problem.errors[0].parameter.as_deref()), (Kind::Invalid, Some("to")));
        let asked = Asked { by: Some(String::new()), ..Asked::default() };
        assert_eq!(asked.query().unwrap_err().errors[0].parameter.as_deref(), Some("by"));
    }
}
