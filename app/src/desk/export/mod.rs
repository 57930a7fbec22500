//! `GET /tickets/export`: the tickets of any view as a file, by the language of the list's address.

mod file;
mod rows;

use std::fmt;

use axum::{body::Body, extract::RawQuery, response::Response};
use futures_util::stream;
use rowhouse_platform::{
    access::Permit,
    audit::{self, Act, Action, Scribe},
    db::DbError,
    metering::{self, Meter, Usage, UsageKey},
};
use serde_json::json;
use time::OffsetDateTime;

pub use file::Format;
pub(super) use rows::Line;

use super::{
    list::{Asker, Filter, FilterError, Narrow, Place, Sort, SortBy, page},
    permission::ReadTickets,
    project::{Reach, reach},
};
use crate::{
    access::{Allowed, permit_again},
    api::Released,
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes},
    ui::{download, query::pairs},
};

/// Tickets fetched in one transaction, and held in memory; their descriptions are bounded apart.
const AT_ONCE: usize = 500;
/// The fewest that are asked for, where descriptions are long.
const FEWEST: usize = 8;

/// Adds the file to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    site.get("/tickets/export", Gate::of::<ReadTickets>(), show)
}

/// The address of the file with the tickets of a filter.
pub(super) fn href(context: &RequestContext, filter: &Filter, format: Format) -> String {
    let mut query = form_urlencoded::Serializer::new(filter.query());
    query.append_pair("format", format.word());
    context.href(&format!("/tickets/export?{}", query.finish()))
}

/// Reads the query: the format, and the filter of the list.
fn read(query: &str) -> Result<(Format, Filter), PageError> {
    let pairs = pairs(query).ok_or(FilterError::Unreadable)?;
    let mut formats = pairs.iter().filter(|(name, _)| name == "format").map(|(_, value)| &**value);
    let format = match (formats.next(), formats.next()) {
        (None, _) => Format::Csv,
        (Some(word), None) => Format::parse(word).ok_or_else(|| {
            PageError::BadRequest(format!("The file can be one of {}; give one of them as “format”.", Format::words()))
        })?,
        (Some(_), Some(_)) => return Err(PageError::BadRequest("“format” is given twice.".to_owned())),
    };
    let filtering = pairs.iter().filter(|(name, _)| name != "format");
    let filter = Filter::read(filtering.map(|(name, value)| (&**name, &**value)))?;
    Ok((format, filter))
}

/// By when they were opened, whatever the list is sorted by: that never changes, so each ticket stands in the file once,
/// however many are changed while it is written.
fn order(filter: &Filter) -> Sort {
    let asked = filter.order();
    if asked.by == SortBy::Created { asked } else { Sort { by: SortBy::Created, is_descending: true } }
}

async fn show(
    context: Context,
    RawQuery(query): RawQuery,
    Allowed(mut permit): Allowed<ReadTickets>,
) -> Result<Response, PageError> {
    let (format, filter) = read(&query.unwrap_or_default())?;
    let now = context.services.ambient.now();
    // A filter that means nothing is refused before the first byte.
    let reach = reach::of(&mut permit).await?;
    Narrow::new(&filter, &Asker::new(permit.principal(), &reach, now))?;
    record(&mut permit, &reach, &context.scribe(), format, &filter).await?;
    permit.commit().await?;
    file(Reader::Person(context), format, filter, now)
}

/// Tells the audit log who takes which tickets out, and counts it: for the key that does it, and for the project where
/// it is of one alone.
///
/// # Errors
/// [`DbError`].
pub(super) async fn record(
    permit: &mut Permit<ReadTickets>,
    reach: &Reach,
    scribe: &Scribe,
    format: Format,
    filter: &Filter,
) -> Result<(), DbError> {
    let (principal, tx) = permit.parts();
    let told = json!({ "format": format.word(), "filter": filter.query() });
    audit::record(tx, scribe, Act::by(principal, Action::TicketsExported).change((), told)).await?;
    let ambient = scribe.ambient();
    let project = filter.project.as_deref().and_then(|key| reach.of_key(key)).map(|project| project.id.0);
    let usage = Usage::one(Meter::Export, UsageKey::once(ambient.uuid())).by(principal.account);
    metering::emit(tx, ambient, Usage { api_key: principal.via().map(|key| key.id), project, ..usage }).await
}

/// The file as an answer, which is written while it is read. The caller saw that the filter means something.
///
/// # Errors
/// [`PageError`] where it cannot begin.
pub(super) fn file(reader: Reader, format: Format, filter: Filter, now: OffsetDateTime) -> Result<Response, PageError> {
    let name = format!("{}-tickets-{}.{}", reader.context().tenant()?.slug, now.date(), format.word());
    let kind = format.content_type();
    let start = Export { reader, filter, format, now, place: Some(Place::Start), size: AT_ONCE, is_first: true };
    download(&name, kind, Body::from_stream(stream::try_unfold(start, Export::next)))
}

/// Who takes the file. Their rights are looked at before each piece.
pub(super) enum Reader {
    /// Somebody with a session.
    Person(Context),
    /// A program.
    Program(Released<ReadTickets>),
}

impl Reader {
    fn context(&self) -> &RequestContext {
        match self {
            Self::Person(context) => context,
            Self::Program(released) => released.context(),
        }
    }

    async fn permit(&self) -> Result<Permit<ReadTickets>, BrokeOff> {
        match self {
            Self::Person(context) => permit_again(context).await.map_err(BrokeOff::of),
            Self::Program(released) => released.permit().await.map_err(BrokeOff::of),
        }
    }
}

/// A file that is being written.
struct Export {
    reader: Reader,
    filter: Filter,
    format: Format,
    /// When it was asked for: what is overdue was so then.
    now: OffsetDateTime,
    /// Where the next piece begins; none after the last.
    place: Option<Place>,
    /// How many tickets it may have.
    size: usize,
    /// Whether no ticket stands in the file yet.
    is_first: bool,
}

/// A file that breaks off: its reader is told so by the connection, for the status has long been sent.
#[derive(Debug, thiserror::Error)]
#[error("an export broke off: {0}")]
pub(super) struct BrokeOff(String);

impl BrokeOff {
    pub(super) fn of(error: impl fmt::Debug) -> Self {
        Self(format!("{error:?}"))
    }
}

impl Export {
    /// The next piece, in a transaction of its own: a slow reader holds no connection. Rights are looked at each time, so
    /// that what is taken away from somebody ends their file too.
    async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>, BrokeOff> {
        let Some(place) = self.place else { return Ok(None) };
        let text = self.piece(place).await.inspect_err(|error| tracing::warn!(%error, "tickets were not all given"))?;
        Ok(Some((text.into_bytes(), self)))
    }

    async fn piece(&mut self, place: Place) -> Result<String, BrokeOff> {
        let mut permit = self.reader.permit().await?;
        let reach = reach::of(&mut permit).await.map_err(BrokeOff::of)?;
        let asker = Asker::new(permit.principal(), &reach, self.now);
        let narrow = Narrow::new(&self.filter, &asker).map_err(BrokeOff::of)?;
        let sort = order(&self.filter);
        let found = page(&mut permit, &narrow, sort, place, self.size).await.map_err(BrokeOff::of)?;
        let whole = rows::whole(&mut permit, &reach, found.rows, sort.by).await.map_err(BrokeOff::of)?;
        permit.commit().await.map_err(BrokeOff::of)?;
        // Where descriptions were too much, about as many are asked for next as there was room for.
        let is_cut = whole.cut_behind.is_some();
        self.size = if is_cut { (whole.lines.len() * 2).clamp(FEWEST, AT_ONCE) } else { (self.size * 2).min(AT_ONCE) };
        self.place = whole.cut_behind.or(found.next).map(Place::After);
        let mut text = String::new();
        if place == Place::Start {
            self.format.begin(&mut text);
        }
        for line in &whole.lines {
            self.format.line(&mut text, line, self.is_first);
            self.is_first = false;
        }
        if self.place.is_none() {
            self.format.end(&mut text);
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_stands_beside_the_filter() {
        let (format, filter) = read("format=jsonl&status=open&sort=created").unwrap();
        assert_eq!((format, filter.query().as_str()), (Format::JsonLines, "status=open&sort=created"));
        assert!(!order(&filter).is_descending);
        assert_eq!(read("").unwrap().0, Format::Csv);
        assert!(read("format=xls").is_err() && read("format=csv&format=csv").is_err() && read("colour=red").is_err());
    }

    #[test]
    fn the_order_is_one_that_no_change_moves() {
        let (_, filter) = read("sort=-updated").unwrap();
        assert_eq!(order(&filter), Sort { by: SortBy::Created, is_descending: true });
    }
}
