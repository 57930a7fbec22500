//! Pieces of text that show why a ticket was found.

use std::collections::HashMap;

use rowhouse_platform::{access::Permit, db::DbError};
use uuid::Uuid;

use super::query::parse_any;
use crate::desk::{permission::ReadTickets, project::Reach, ticket::TicketId};

/// Around what was found. Of the private use area (and taken out of the text itself), so that nothing that people wrote
/// can pass for one.
const BEGIN: char = '\u{e000}';
const END: char = '\u{e001}';
/// In the place of `<` and `>` while the server marks the text: it would leave out what looks like markup.
const LESS: char = '\u{e002}';
const GREATER: char = '\u{e003}';
/// Between two pieces.
const GAP: &str = " … ";
/// How many characters of each text are looked at.
const CHARACTERS: i32 = 6000;
/// How many comments of each ticket are looked at, the newest first.
const COMMENTS: i64 = 20;
/// The most tickets that pieces are shown for.
pub const MOST_TICKETS: usize = 100;

/// A piece of plain text, in parts. Whoever shows it escapes each part, as views do by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snippet {
    /// The parts in order, and whether each is what was sought.
    pub parts: Vec<(String, bool)>,
}

impl Snippet {
    fn read(marked: &str) -> Self {
        let mut parts = Vec::new();
        for (index, piece) in marked.split(BEGIN).enumerate() {
            let (found, plain) = if index == 0 { ("", piece) } else { piece.split_once(END).unwrap_or(("", piece)) };
            parts.extend(
                [(found, true), (plain, false)]
                    .iter()
                    .filter(|(text, _)| !text.is_empty())
                    .map(|(text, is_found)| (text.replace(LESS, "<").replace(GREATER, ">"), *is_found)),
            );
        }
        Self { parts }
    }
}

/// For each of these tickets, if the principal reaches it, a piece of its description or of a comment that has what was
/// typed; none for a ticket whose title alone has it. For the rows of one page: at most [`MOST_TICKETS`].
///
/// # Errors
/// [`DbError`].
pub async fn of(
    permit: &mut Permit<ReadTickets>,
    reach: &Reach,
    tickets: &[TicketId],
    typed: &str,
) -> Result<HashMap<TicketId, Snippet>, DbError> {
    let Some(sought) = parse_any(typed).filter(|_| !tickets.is_empty()) else { return Ok(HashMap::new()) };
    let ids: Vec<Uuid> = tickets.iter().take(MOST_TICKETS).map(|ticket| ticket.0).collect();
    let rows = sqlx::query!(
        r#"SELECT t.id, ts_headline('simple', translate(f.body, $6, $9), to_tsquery('simple', $4), $5) AS "marked!"
           FROM ticket t
           CROSS JOIN LATERAL (
               SELECT s.body
               FROM (
                   SELECT 0 AS place, NULL::uuid AS id, left(t.description, $7) AS body
                   UNION ALL
                   SELECT 1, c.id, c.body
                   FROM (
                       SELECT n.id, left(n.body, $7) AS body FROM ticket_comment n
                       WHERE n.tenant_id = $1 AND n.ticket_id = t.id ORDER BY n.id DESC LIMIT $8
                   ) c
               ) s
               WHERE to_tsvector('simple', s.body) @@ to_tsquery('simple', $4)
               ORDER BY s.place, s.id DESC LIMIT 1
           ) f
           WHERE t.tenant_id = $1 AND t.id = ANY ($2) AND (t.project_id = ANY ($3)) IS TRUE"#,
        permit.tenant_id(),
        &ids,
        &reach.ids(),
        sought,
        format!(
            "StartSel={BEGIN}, StopSel={END}, FragmentDelimiter=\"{GAP}\", MaxFragments=2, MaxWords=20, MinWords=8"
        ),
        format!("<>{BEGIN}{END}"),
        CHARACTERS,
        COMMENTS,
        format!("{LESS}{GREATER}")
    )
    .fetch_all(&mut **permit)
    .await?;
    Ok(rows.into_iter().map(|row| (TicketId(row.id), Snippet::read(&row.marked))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(marked: &str) -> Vec<(String, bool)> {
        Snippet::read(&marked.replace('[', "\u{e000}").replace(']', "\u{e001}")).parts
    }

    #[test]
    fn marks_become_parts() {
        let part = |text: &str, found| (text.to_owned(), found);
        assert_eq!(read("the [printer] is"), [part("the ", false), part("printer", true), part(" is", false)]);
        assert_eq!(read("[a][b]"), [part("a", true), part("b", true)]);
        assert_eq!(read("<b>plain</b>"), [part("<b>plain</b>", false)]);
        assert_eq!(read("an [open end"), [part("an ", false), part("open end", false)]);
        assert_eq!(read(""), []);
    }
}
