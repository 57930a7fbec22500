//! `GET /board` and `POST /board`: the tickets of a project, a column for each status, and moving them.

mod view;

use axum::{extract::RawQuery, http::StatusCode, response::Response};
use rowhouse_platform::access::Permit;

use super::{
    list::{self, Counts, Filter, FilterError, Furniture, Look, Place, TicketRow},
    notify::inbox,
    permission::{ReadTickets, WriteTickets},
    project::reach,
    ticket::{ChangeError, Status, TicketChange, TicketId, change, find},
};
use crate::{
    access::{self, Allowed, CountsNews},
    context::{Context, RequestContext},
    error::PageError,
    routes::{see_other, see_other_with},
    ui::{FormBody, flash::Flash},
};

/// The most cards of a column.
const COLUMN_SIZE: usize = 50;

/// Tickets of one status.
struct Column {
    status: Status,
    rows: Vec<TicketRow>,
    /// Whether there are more than are shown.
    has_more: bool,
}

/// What the board shows.
struct Board {
    filter: Filter,
    columns: Vec<Column>,
    counts: Counts,
    furniture: Furniture,
    reach: super::project::Reach,
    /// Why a ticket was not moved.
    refusal: Option<Refusal>,
    today: time::Date,
}

/// Why a ticket was not moved.
struct Refusal {
    status: StatusCode,
    words: String,
}

pub(super) async fn show(
    context: Context,
    RawQuery(query): RawQuery,
    CountsNews(mut permit): CountsNews<ReadTickets>,
) -> Result<Response, PageError> {
    let query = query.unwrap_or_default();
    if let Some(query) = list::resolved(&mut permit, &query).await? {
        return Ok(see_other(&href(&context, &Filter::parse(&query)?)));
    }
    let filter = Filter::parse(&query)?;
    render(&context, permit, filter, None).await
}

/// The address of the board under a filter.
fn href(context: &RequestContext, filter: &Filter) -> String {
    let query = filter.query();
    let mark = if query.is_empty() { "" } else { "?" };
    context.href(&format!("/board{mark}{query}"))
}

async fn render(
    context: &RequestContext,
    mut permit: Permit<ReadTickets>,
    filter: Filter,
    refusal: Option<Refusal>,
) -> Result<Response, PageError> {
    let reach = reach::of(&mut permit).await?;
    if filter.project.is_none() {
        // A board is of one project: the first, by key, that is worked on.
        let first = reach.all().iter().find(|project| !project.is_archived).or_else(|| reach.all().first());
        if let Some(project) = first {
            return Ok(see_other(&href(context, &Filter { project: Some(project.key.clone()), ..filter })));
        }
        let _ = context.news.set(inbox::unread(&mut permit).await?);
        let person = permit.commit().await?;
        return Ok(view::no_projects(context, &person));
    }
    let look = match Look::new(&permit, &reach, &filter, context.services.ambient.now()) {
        // The board is the page of a project: without that there is no such page.
        Err(FilterError::NoProject(_)) => return Err(PageError::NotFound),
        look => look?,
    };
    let mut columns = Vec::new();
    for status in Status::ALL.iter().filter(|status| filter.statuses.is_empty() || filter.statuses.contains(status)) {
        let narrow = look.narrow.with_status(*status);
        let page = list::page(&mut permit, &narrow, filter.order(), Place::Start, COLUMN_SIZE).await?;
        columns.push(Column { status: *status, has_more: page.next.is_some(), rows: page.rows });
    }
    let (counts, furniture) = look.around(context, &mut permit, None).await?;
    let today = look.today;
    let person = permit.commit().await?;
    Ok(view::render(context, &person, &Board { filter, columns, counts, furniture, reach, refusal, today }))
}

/// A ticket on its way to another column: `tkt_…/3/pending`, its id, the version that was seen, and the status. One
/// value, so that one form serves every card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Move {
    ticket: TicketId,
    version: i64,
    to: Status,
}

impl Move {
    fn written(self) -> String {
        format!("{}/{}/{}", self.ticket, self.version, self.to.word())
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (ticket, version, to) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        Some(Self { ticket: ticket.parse().ok()?, version: version.parse().ok()?, to: Status::parse(to)? })
    }
}

/// What the board's form sends.
#[derive(serde::Deserialize)]
pub(super) struct Sent {
    #[serde(rename = "move")]
    moved: String,
    #[serde(default)]
    back: String,
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<WriteTickets>,
    FormBody(sent): FormBody<Sent>,
) -> Result<Response, PageError> {
    let filter = Filter::parse(&sent.back)?;
    let Some(Move { ticket, version, to }) = Move::read(&sent.moved) else {
        return Err(PageError::BadRequest("The form does not say which ticket goes where.".to_owned()));
    };
    let reach = reach::of(&mut permit).await?;
    let change = TicketChange { status: Some(to), ..TicketChange::default() };
    let ambient = &context.services.ambient;
    let error = match change::apply(&mut permit, ambient, &reach, ticket, Some(version), change).await? {
        Ok(_) => {
            permit.commit().await?;
            return Ok(see_other_with(&href(&context, &filter), Flash::StatusChanged));
        }
        Err(ChangeError::NotFound) => return Err(PageError::NotFound),
        Err(error) => error,
    };
    let key = find::key_of_id(&mut permit, &reach, ticket).await?.ok_or(PageError::NotFound)?;
    // Nothing was done.
    permit.commit().await?;
    let refusal = match error {
        ChangeError::Overtaken { .. } => Refusal {
            status: StatusCode::CONFLICT,
            words: format!("Somebody else changed {key} in the meantime. It is shown as it is now."),
        },
        ChangeError::ReadOnly => Refusal {
            status: StatusCode::FORBIDDEN,
            words: format!("{key} stays where it is: you can only read its project, or it is archived."),
        },
        error => {
            Refusal { status: StatusCode::UNPROCESSABLE_ENTITY, words: format!("{key} stays where it is. {error}") }
        }
    };
    let permit = access::permit::<ReadTickets>(&context).await?;
    render(&context, permit, filter, Some(refusal)).await
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn moves_are_read_back() {
        let one = Move { ticket: TicketId(Uuid::from_u128(7)), version: 3, to: Status::Pending };
        assert_eq!(Move::read(&one.written()), Some(one));
        for bad in
            ["", "//", "tkt_0/1/open", &format!("{}/x", one.written()), &one.written().replace("pending", "lost")]
        {
            assert_eq!(Move::read(bad), None, "{bad}");
        }
    }
}
