//! The rows of the list.

use rowhouse_platform::{access::Permit, db::DbError};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    permission::ReadTickets,
    project::{ProjectId, Reach},
    ticket::{Status, TicketId, TicketKey},
};

/// A row of the list.
#[derive(Debug)]
pub(super) struct TicketRow {
    /// Its id.
    pub(super) id: Uuid,
    /// Its project.
    pub(super) project_id: Uuid,
    /// Its number there.
    pub(super) number: i64,
    /// Its title.
    pub(super) title: String,
    /// How far it is.
    pub(super) status: String,
    /// How urgent it is.
    pub(super) priority: String,
    /// Who asked.
    pub(super) requester: String,
    /// Who works on it.
    pub(super) assignee: Option<String>,
    /// When it was opened.
    pub(super) created_at: OffsetDateTime,
}

/// Where a page of the list begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cursor {
    /// At the newest ticket.
    Newest,
    /// With the first ticket older than this one.
    OlderThan(TicketId),
    /// So that it ends with the ticket just newer than this one.
    NewerThan(TicketId),
}

/// Which tickets are wanted.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    /// Of this status only.
    pub(super) status: Option<Status>,
    /// With this text in the title, in any case.
    pub(super) search: String,
}

/// A page of the list, newest first.
#[derive(Debug)]
pub(super) struct TicketPage {
    /// The rows.
    pub(super) rows: Vec<TicketRow>,
    /// Whether there are newer ones.
    pub(super) has_newer: bool,
    /// Whether there are older ones.
    pub(super) has_older: bool,
}

/// Lists a page of `size` tickets.
///
/// # Errors
/// [`DbError`].
pub(super) async fn list(
    tx: &mut Permit<ReadTickets>,
    reach: &Reach,
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
                limit,
                &reach.ids()
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
                limit,
                &reach.ids()
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

impl TicketRow {
    /// What people call it.
    pub(super) fn key(&self, reach: &Reach) -> Option<TicketKey> {
        let project = reach.of_id(ProjectId(self.project_id))?;
        Some(TicketKey { project: project.key.clone(), number: self.number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_taken_literally() {
        assert_eq!(contains_pattern(r"50%_\"), r"%50\%\_\%");
        assert_eq!(contains_pattern(""), "%%");
    }
}
