//! Tickets and comments: what they are, and every query on them.

use rowhouse_platform::{
    access::Permit,
    ambient::Ambient,
    db::{DbError, TenantTx},
    typed_id,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::permission::{ReadTickets, WriteTickets};
pub use super::ticket_words::{Priority, Status};

typed_id!(
    /// A ticket.
    TicketId,
    "tkt"
);

/// The most characters of a title.
pub const TITLE_LENGTH: usize = 200;
/// The most characters of a description or comment.
pub const TEXT_LENGTH: usize = 20_000;
/// The most comments shown on one page.
pub const COMMENTS_SHOWN: i64 = 200;

/// A row of the list.
#[derive(Debug)]
pub struct TicketRow {
    /// Its id.
    pub id: Uuid,
    /// What people say.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// How far it is.
    pub status: String,
    /// How urgent it is.
    pub priority: String,
    /// Who asked.
    pub requester: String,
    /// Who works on it.
    pub assignee: Option<String>,
    /// When it was opened.
    pub created_at: OffsetDateTime,
}

/// Where a page of the list begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// At the newest ticket.
    Newest,
    /// With the first ticket older than this one.
    OlderThan(TicketId),
    /// So that it ends with the ticket just newer than this one.
    NewerThan(TicketId),
}

/// Which tickets are wanted.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Of this status only.
    pub status: Option<Status>,
    /// With this text in the title, in any case.
    pub search: String,
}

/// A page of the list, newest first.
#[derive(Debug)]
pub struct TicketPage {
    /// The rows.
    pub rows: Vec<TicketRow>,
    /// Whether there are newer ones.
    pub has_newer: bool,
    /// Whether there are older ones.
    pub has_older: bool,
}

/// Lists a page of `size` tickets.
///
/// # Errors
/// [`DbError`].
pub async fn list(
    tx: &mut Permit<ReadTickets>,
    filter: &Filter,
    cursor: Cursor,
    size: usize,
) -> Result<TicketPage, DbError> {
    let statuses: Vec<String> = match filter.status {
        Some(status) => vec![status.word().to_owned()],
        None => Status::ALL.iter().map(|status| status.word().to_owned()).collect(),
    };
    let pattern = contains_pattern(&filter.search);
    let tenant = tx.tenant_id();
    // One more than is shown tells whether there are more.
    let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
    match cursor {
        Cursor::NewerThan(TicketId(id)) => {
            let mut rows = sqlx::query_file_as!(
                TicketRow,
                "src/desk/queries/list_newer.sql",
                tenant,
                id,
                &statuses,
                pattern,
                limit
            )
            .fetch_all(&mut **tx)
            .await?;
            let has_newer = rows.len() > size;
            rows.truncate(size);
            rows.reverse();
            Ok(TicketPage { rows, has_newer, has_older: true })
        }
        Cursor::Newest | Cursor::OlderThan(_) => {
            let (id, has_newer) = match cursor {
                Cursor::OlderThan(TicketId(id)) => (id, true),
                _ => (Uuid::max(), false),
            };
            let mut rows = sqlx::query_file_as!(
                TicketRow,
                "src/desk/queries/list_older.sql",
                tenant,
                id,
                &statuses,
                pattern,
                limit
            )
            .fetch_all(&mut **tx)
            .await?;
            let has_older = rows.len() > size;
            rows.truncate(size);
            Ok(TicketPage { rows, has_newer, has_older })
        }
    }
}

/// The `LIKE` pattern for texts that contain `text`, its own wildcards taken literally.
fn contains_pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for sign in text.chars() {
        if matches!(sign, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(sign);
    }
    pattern.push('%');
    pattern
}

/// A ticket as its page shows it.
#[derive(Debug)]
pub struct Ticket {
    /// What people say.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// How far it is.
    pub status: String,
    /// How urgent it is.
    pub priority: String,
    /// Who asked.
    pub requester_id: Uuid,
    /// Their name.
    pub requester: String,
    /// Names their picture.
    pub requester_avatar: Option<String>,
    /// Who works on it.
    pub assignee_id: Option<Uuid>,
    /// Their name.
    pub assignee: Option<String>,
    /// Names their picture.
    pub assignee_avatar: Option<String>,
    /// When it was opened.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

/// A comment as its ticket's page shows it.
#[derive(Debug)]
pub struct Comment {
    /// Who wrote it.
    pub author_id: Uuid,
    /// Their name.
    pub author: String,
    /// Names their picture.
    pub author_avatar: Option<String>,
    /// What they wrote.
    pub body: String,
    /// When.
    pub created_at: OffsetDateTime,
}

/// The ticket of this id, if the tenant has it.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut Permit<ReadTickets>, id: TicketId) -> Result<Option<Ticket>, DbError> {
    Ok(sqlx::query_as!(
        Ticket,
        r#"SELECT t.number, t.title, t.description, t.status, t.priority, t.requester_id, r.name AS requester,
                  r.avatar_hash AS requester_avatar, t.assignee_id, a.name AS "assignee?",
                  a.avatar_hash AS assignee_avatar, t.created_at, t.updated_at
           FROM ticket t
           JOIN account r ON r.tenant_id = t.tenant_id AND r.id = t.requester_id
           LEFT JOIN account a ON a.tenant_id = t.tenant_id AND a.id = t.assignee_id
           WHERE t.tenant_id = $1 AND t.id = $2"#,
        tx.tenant_id(),
        id.0
    )
    .fetch_optional(&mut **tx)
    .await?)
}

/// The ticket that people call by this number: its id and title.
///
/// # Errors
/// [`DbError`].
pub async fn of_number(tx: &mut Permit<ReadTickets>, number: i64) -> Result<Option<(TicketId, String)>, DbError> {
    Ok(sqlx::query!("SELECT id, title FROM ticket WHERE tenant_id = $1 AND number = $2", tx.tenant_id(), number)
        .fetch_optional(&mut **tx)
        .await?
        .map(|row| (TicketId(row.id), row.title)))
}

/// The last [`COMMENTS_SHOWN`] comments of a ticket in the order they were written, and how many there are in all.
///
/// # Errors
/// [`DbError`].
pub async fn comments(tx: &mut Permit<ReadTickets>, ticket: TicketId) -> Result<(Vec<Comment>, i64), DbError> {
    let mut comments = sqlx::query_as!(
        Comment,
        "SELECT c.author_id, a.name AS author, a.avatar_hash AS author_avatar, c.body, c.created_at
         FROM ticket_comment c
         JOIN account a ON a.tenant_id = c.tenant_id AND a.id = c.author_id
         WHERE c.tenant_id = $1 AND c.ticket_id = $2
         ORDER BY c.id DESC LIMIT $3",
        tx.tenant_id(),
        ticket.0,
        COMMENTS_SHOWN
    )
    .fetch_all(&mut **tx)
    .await?;
    comments.reverse();
    let shown = i64::try_from(comments.len()).unwrap_or(i64::MAX);
    if shown < COMMENTS_SHOWN {
        return Ok((comments, shown));
    }
    let all = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM ticket_comment WHERE tenant_id = $1 AND ticket_id = $2"#,
        tx.tenant_id(),
        ticket.0
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok((comments, all))
}

/// A ticket to be. Its texts are checked.
#[derive(Debug)]
pub struct NewTicket {
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// How urgent it is.
    pub priority: Priority,
}

/// Opens a ticket in the name of the principal.
///
/// # Errors
/// [`DbError`].
pub async fn create(tx: &mut Permit<WriteTickets>, ambient: &Ambient, new: NewTicket) -> Result<TicketId, DbError> {
    let requester = tx.principal().account;
    let number = next_number(tx).await?;
    let id = ambient.uuid();
    sqlx::query!(
        "INSERT INTO ticket (tenant_id, id, number, title, description, status, priority, requester_id, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $8, $8)",
        tx.tenant_id(),
        id,
        number,
        new.title,
        new.description,
        new.priority.word(),
        requester.0,
        ambient.now()
    )
    .execute(&mut **tx)
    .await?;
    Ok(TicketId(id))
}

/// The next ticket number. Whoever asks at the same time waits, so numbers have no gaps and no duplicates.
async fn next_number(tx: &mut TenantTx) -> Result<i64, DbError> {
    Ok(sqlx::query_scalar!(
        "INSERT INTO ticket_counter AS c (tenant_id, last_number) VALUES ($1, 1)
         ON CONFLICT (tenant_id) DO UPDATE SET last_number = c.last_number + 1
         RETURNING last_number",
        tx.tenant_id()
    )
    .fetch_one(tx)
    .await?)
}

/// Sets a ticket's status. `false`: the tenant has no such ticket.
///
/// # Errors
/// [`DbError`].
pub async fn set_status(
    tx: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    id: TicketId,
    status: Status,
) -> Result<bool, DbError> {
    let done = sqlx::query!(
        "UPDATE ticket SET status = $3, updated_at = $4 WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        id.0,
        status.word(),
        ambient.now()
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Adds a comment in the name of the principal. `false`: the tenant has no such ticket.
///
/// # Errors
/// [`DbError`].
pub async fn add_comment(
    tx: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    ticket: TicketId,
    body: &str,
) -> Result<bool, DbError> {
    let (author, now) = (tx.principal().account, ambient.now());
    let touched = sqlx::query!(
        "UPDATE ticket SET updated_at = $3 WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        ticket.0,
        now
    )
    .execute(&mut **tx)
    .await?;
    if touched.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "INSERT INTO ticket_comment (tenant_id, ticket_id, id, author_id, body, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        tx.tenant_id(),
        ticket.0,
        ambient.uuid(),
        author.0,
        body,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_taken_literally() {
        assert_eq!(contains_pattern(r"50%_\"), r"%50\%\_\\%");
        assert_eq!(contains_pattern(""), "%%");
    }

    #[test]
    fn words_are_read_back() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.word()), Some(*status));
        }
        assert_eq!(Priority::parse("URGENT"), None);
    }
}
