//! `GET /api/v1/tickets/export`: the tickets of any filter as a file.

use axum::{
    extract::RawQuery,
    http::{HeaderMap, header},
    response::Response,
};

use super::tickets::filter_beside;
use crate::{
    api::{Api, Problem},
    desk::{
        export::{self, Format, Line, Reader},
        list::{Asker, Narrow},
        permission::ReadTickets,
        project::reach,
    },
};

/// The format that is asked for: by the parameter, or by the first type of `Accept` that is one of them, or JSON.
fn format(query: &str, headers: &HeaderMap) -> Result<Format, Problem> {
    let mut said = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "format");
    match (said.next(), said.next()) {
        (Some((_, word)), None) => Format::parse(&word)
            .ok_or_else(|| Problem::parameter("format", format!("Must be one of {}.", Format::words()))),
        (Some(_), Some(_)) => Err(Problem::parameter("format", "Stands there twice.")),
        (None, _) => Ok(accepted(headers).unwrap_or(Format::Json)),
    }
}

fn accepted(headers: &HeaderMap) -> Option<Format> {
    let lines = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).find_map(|range| {
        match range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "text/csv" => Some(Format::Csv),
            "application/jsonl" | "application/x-ndjson" => Some(Format::JsonLines),
            "application/json" => Some(Format::Json),
            _ => None,
        }
    })
}

/// Export tickets: all that a filter finds, in one answer, however many there are.
///
/// The filter is that of the list of tickets, all parameters of it, and `format` says what the file is; without it,
/// `Accept` does. They come in the order in which they were opened, the newest first, or the oldest first with
/// `sort=created`. The file is written while it is read: one that breaks off is not whole, and JSON then has no end.
#[utoipa::path(
    get,
    path = "/api/v1/tickets/export",
    tag = "Tickets",
    operation_id = "exportTickets",
    params(
        ("format" = Option<String>, Query, description = "`csv`, `json` (one array) or `jsonl` (an object a line).", pattern = "^(csv|json|jsonl)$", example = "csv"),
        ("sort" = Option<String>, Query, description = "`created`: the oldest first.", pattern = "^-?created$")
    ),
    responses((status = 200, description = "The tickets.", content(
        (Vec<Line> = "application/json"),
        (String = "text/csv"),
        (String = "application/jsonl")
    )))
)]
pub(super) async fn get(
    mut api: Api<ReadTickets>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let format = format(&query, &headers)?;
    let filter = filter_beside(&query, &["format"])?;
    let (now, scribe) = (api.context().services.ambient.now(), api.context().scribe());
    // A filter that means nothing is refused before the first byte.
    let reach = reach::of(&mut api).await?;
    Narrow::new(&filter, &Asker::new(api.principal(), &reach, now))?;
    export::record(&mut api, &reach, &scribe, format, &filter).await?;
    // No connection waits for whoever reads slowly.
    Ok(export::file(Reader::Program(api.release_counted().await?), format, filter, now)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameter_counts_before_the_header() {
        let accept = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, text.parse().unwrap());
            headers
        };
        let (csv, any) = (accept("text/html, text/csv;q=0.9, application/json"), accept("*/*"));
        assert_eq!(format("status=open", &csv).unwrap(), Format::Csv);
        assert_eq!(format("format=jsonl", &csv).unwrap(), Format::JsonLines);
        assert_eq!(format("", &any).unwrap(), Format::Json);
        for bad in ["format=xls", "format=", "format=csv&format=csv"] {
            assert!(format(bad, &any).is_err(), "{bad}");
        }
    }
}
