//! All of a workspace's Desk at once, for demonstration data: brought in with its past, and removed as a whole.

mod remove;
mod rows;

pub use remove::remove_all;

use rowhouse_platform::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
};
use time::{Date, OffsetDateTime};

use super::{
    project::Level,
    search::words,
    ticket::{Colour, Priority, Relation, Status, TicketId, event::Kind},
};

/// What a workspace has in Desk. Its parts refer to each other by index.
#[derive(Debug, Default)]
pub struct Past {
    /// Its projects.
    pub projects: Vec<PastProject>,
    /// Its labels: name and colour.
    pub labels: Vec<(String, Colour)>,
    /// Its tickets, oldest first.
    pub tickets: Vec<PastTicket>,
}

/// A project with its members.
#[derive(Debug)]
pub struct PastProject {
    /// Its key; the caller knows that it is free.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether the whole workspace is in it.
    pub is_open: bool,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// Who is in it by name, and as what.
    pub members: Vec<(AccountId, Level)>,
}

/// A ticket with its past.
#[derive(Debug)]
pub struct PastTicket {
    /// Its project: an index.
    pub project: usize,
    /// Its number there. Those of a project begin with 1 and have no gaps.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// How far it is.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// Who asked.
    pub requester: AccountId,
    /// Who works on it.
    pub assignee: Option<AccountId>,
    /// When it is due.
    pub due_on: Option<Date>,
    /// When it was opened.
    pub created_at: OffsetDateTime,
    /// When something last happened to it.
    pub updated_at: OffsetDateTime,
    /// When it was solved, if it is solved or closed.
    pub resolved_at: Option<OffsetDateTime>,
    /// Its labels: indices.
    pub labels: Vec<usize>,
    /// Who hears of it.
    pub watchers: Vec<AccountId>,
    /// How it stands to other tickets: indices.
    pub links: Vec<(Relation, usize)>,
    /// Its comments: who, what, when.
    pub comments: Vec<(AccountId, String, OffsetDateTime)>,
    /// What else became of it: who, what, when. That it was opened, and its comments, need not be said.
    pub events: Vec<(AccountId, Kind, OffsetDateTime)>,
}

/// How many tickets become words in one statement.
const WORDS_AT_ONCE: usize = 500;

/// Brings everything in, with its words for the search.
///
/// # Errors
/// [`DbError`].
pub async fn bring_in(tx: &mut TenantTx, ambient: &Ambient, past: &Past) -> Result<(), DbError> {
    let projects = rows::projects(tx, ambient, past).await?;
    let labels = rows::labels(tx, ambient, past).await?;
    let tickets = rows::tickets(tx, ambient, past, &projects).await?;
    rows::beside(tx, past, &tickets, &labels).await?;
    rows::comments_and_events(tx, ambient, past, &tickets).await?;
    for some in tickets.chunks(WORDS_AT_ONCE) {
        let some: Vec<TicketId> = some.iter().copied().map(TicketId).collect();
        words::write(tx, &some).await?;
    }
    Ok(())
}
