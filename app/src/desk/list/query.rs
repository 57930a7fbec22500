//! The SQL of the list. It is put together from fixed pieces for each filter, so that PostgreSQL plans what is asked for
//! and nothing else; the test `sql_lint` reads every way through it.

use rowhouse_platform::{
    access::Permit,
    db::{DbError, TenantTx},
};
use sqlx::{FromRow, Postgres, QueryBuilder, Row as _, postgres::PgRow, types::Json};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    count::Counts,
    narrow::{DueOn, Narrow, Words, Worker},
    order::{At, Cursor, Place, Sort, SortBy},
    part::{Part, parts},
    window::{MOST_FOUND, Window},
};
use crate::desk::{
    permission::ReadTickets,
    ticket::{Priority, Status, TicketId},
};

/// A ticket as lists show it.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct TicketRow {
    /// Its id.
    pub id: Uuid,
    /// Its project.
    pub project_id: Uuid,
    /// Its number in the project.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// How far it is.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// The priority as a number.
    pub urgency: i16,
    /// Who asked.
    pub requester_id: Uuid,
    /// Their name.
    pub requester: String,
    /// Who works on it.
    pub assignee_id: Option<Uuid>,
    /// Their name.
    pub assignee: Option<String>,
    /// Names their picture.
    pub assignee_avatar: Option<String>,
    /// When it is due.
    pub due_on: Option<Date>,
    /// When it was opened.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
    /// Its version.
    pub version: i64,
    /// The ids of its labels.
    pub labels: Vec<Uuid>,
    /// How well it matches the words looked for.
    pub rank: f32,
}

impl TicketRow {
    /// The place of this ticket in a list of this order.
    #[must_use]
    pub fn cursor(&self, by: SortBy) -> Cursor {
        let at = match by {
            SortBy::Created => At::Created,
            SortBy::Updated => At::Updated(self.updated_at),
            SortBy::Priority => At::Priority(self.urgency),
            SortBy::Due => At::Due(self.due_on),
            SortBy::Relevance => At::Relevance(self.rank),
        };
        Cursor { at, id: TicketId(self.id) }
    }
}

/// A page of the list.
#[derive(Debug, Clone)]
pub struct TicketPage {
    /// Its tickets, in order.
    pub rows: Vec<TicketRow>,
    /// The place that the page before it ends before, if there is one.
    pub previous: Option<Cursor>,
    /// The place that the page after it begins behind, if there is one.
    pub next: Option<Cursor>,
    /// How many there are of each status, where that was found on the way.
    pub counts: Option<Counts>,
}

/// The page of `size` tickets at this place.
///
/// # Errors
/// [`DbError`].
pub async fn page(
    permit: &mut Permit<ReadTickets>,
    narrow: &Narrow,
    sort: Sort,
    place: Place,
    size: usize,
) -> Result<TicketPage, DbError> {
    let (cursor, is_backward) = match place {
        Place::Start => (None, false),
        Place::After(cursor) => (Some(cursor), false),
        Place::Before(cursor) => (Some(cursor), true),
    };
    // Backward, the page is read from its end: the order turned round.
    let is_descending = sort.is_descending != is_backward;
    // To find words costs more than all else: those of any status are counted while they are put in order.
    let counts_too = place == Place::Start
        && matches!(narrow.words, Words::Query(_))
        && narrow.statuses.is_empty()
        && !matches!(sort.by, SortBy::Created | SortBy::Due);
    let mut counts = counts_too.then(Counts::default);
    let mut rows: Vec<TicketRow> = Vec::new();
    for part in parts(sort.by, cursor, is_backward) {
        // One more than is shown tells whether there are more.
        let left = size + 1 - rows.len();
        if left == 0 {
            break;
        }
        let limit = i64::try_from(left).unwrap_or(i64::MAX);
        let found = run(permit, narrow, What::Rows { by: sort.by, is_descending, part, limit, counts_too }).await?;
        if let (true, Some(row)) = (counts_too, found.first()) {
            let Json(of_statuses) = row.try_get::<Json<Vec<(Status, i64)>>, _>("counts")?;
            counts = Some(Counts::of_newest(MOST_FOUND, of_statuses));
        }
        rows.extend(found.iter().map(TicketRow::from_row).collect::<Result<Vec<_>, _>>()?);
    }
    let has_more = rows.len() > size;
    rows.truncate(size);
    if is_backward {
        rows.reverse();
    }
    let (has_previous, has_next) = if is_backward { (has_more, true) } else { (cursor.is_some(), has_more) };
    let beside = |row: Option<&TicketRow>, is_there: bool| row.filter(|_| is_there).map(|row| row.cursor(sort.by));
    Ok(TicketPage { previous: beside(rows.first(), has_previous), next: beside(rows.last(), has_next), rows, counts })
}

/// How many tickets of each status the filter leaves, whatever status it asks for.
///
/// # Errors
/// [`DbError`].
pub async fn counts(permit: &mut Permit<ReadTickets>, narrow: &Narrow) -> Result<Counts, DbError> {
    let rows = run(permit, &narrow.with_any_status(), What::Counts).await?;
    let read = |row: &PgRow| Ok((row.try_get("status")?, row.try_get("count")?));
    let rows = rows.iter().map(read).collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(match narrow.words {
        Words::Query(_) => Counts::of_newest(MOST_FOUND, rows),
        Words::Any | Words::Key(..) | Words::Impossible => Counts::new(rows),
    })
}

/// What is wanted of the tickets that the filter leaves.
pub(super) enum What {
    /// The first of them in an order; and how many have each status, beside each of them.
    Rows { by: SortBy, is_descending: bool, part: Part, limit: i64, counts_too: bool },
    /// How many have each status.
    Counts,
}

#[expect(clippy::too_many_lines, reason = "one statement, which the test `sql_lint` follows in one function")]
async fn run(tx: &mut TenantTx, narrow: &Narrow, what: What) -> Result<Vec<PgRow>, DbError> {
    if narrow.words == Words::Impossible || narrow.projects.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    // `m`: the tickets that match. Words are looked for once; all else is made one with what is asked of it.
    let mut sql = QueryBuilder::<Postgres>::new("WITH m AS ");
    match &narrow.words {
        Words::Query(_) => sql.push("MATERIALIZED (SELECT k.*, "),
        Words::Any | Words::Key(..) | Words::Impossible => sql.push("NOT MATERIALIZED (SELECT k.*, "),
    };
    match &narrow.words {
        Words::Query(query) => {
            let Window { most, beside_words, is_oldest_first } = Window::of(narrow, &what);
            sql.push("f.rank FROM find_ticket_words(to_tsquery('simple', ").push_bind(query.clone());
            sql.push("), ").push_bind(most).push(", ").push_bind(beside_words);
            sql.push(", ").push_bind(is_oldest_first);
            sql.push(") AS f (ticket_id, rank) JOIN ticket k ON k.id = f.ticket_id WHERE k.tenant_id = ");
        }
        Words::Any | Words::Key(..) | Words::Impossible => {
            sql.push("0::real AS rank FROM ticket k WHERE k.tenant_id = ");
        }
    }
    sql.push_bind(tx.tenant_id());
    if let Words::Key(project, number) = &narrow.words {
        sql.push(" AND k.project_id = ").push_bind(*project).push(" AND k.number = ").push_bind(*number);
    }
    match narrow.projects.as_deref() {
        None => {}
        // With one value, an index beginning with it is in order behind it.
        Some([one]) => {
            sql.push(" AND k.project_id = ").push_bind(*one);
        }
        Some(several) => {
            sql.push(" AND k.project_id = ANY(").push_bind(several.to_vec()).push(")");
        }
    }
    match narrow.statuses.as_slice() {
        [] => {}
        [one] => {
            sql.push(" AND k.status = ").push_bind(*one);
        }
        several => {
            sql.push(" AND k.status = ANY(").push_bind(several.to_vec()).push(")");
        }
    }
    match narrow.urgencies.as_slice() {
        [] => {}
        [one] => {
            sql.push(" AND k.urgency = ").push_bind(*one);
        }
        several => {
            sql.push(" AND k.urgency = ANY(").push_bind(several.to_vec()).push(")");
        }
    }
    match narrow.assignee {
        Worker::Anybody => {}
        Worker::Nobody => {
            sql.push(" AND k.assignee_id IS NULL");
        }
        Worker::Account(account) => {
            sql.push(" AND k.assignee_id = ").push_bind(account);
        }
    }
    if let Some(account) = narrow.requester {
        sql.push(" AND k.requester_id = ").push_bind(account);
    }
    for label in &narrow.labels {
        sql.push(" AND EXISTS (SELECT 1 FROM ticket_label x WHERE x.tenant_id = k.tenant_id AND x.ticket_id = k.id");
        sql.push(" AND x.label_id = ").push_bind(*label).push(")");
    }
    if narrow.is_unlabelled {
        sql.push(" AND NOT EXISTS (SELECT 1 FROM ticket_label x WHERE x.tenant_id = k.tenant_id");
        sql.push(" AND x.ticket_id = k.id)");
    }
    if let Some(account) = narrow.watcher {
        sql.push(" AND EXISTS (SELECT 1 FROM ticket_watcher x WHERE x.tenant_id = k.tenant_id AND x.ticket_id = k.id");
        sql.push(" AND x.account_id = ").push_bind(account).push(")");
    }
    if narrow.due == DueOn::Never {
        sql.push(" AND k.due_on IS NULL");
    }
    if let DueOn::Between(Some(from), _) = narrow.due {
        sql.push(" AND k.due_on >= ").push_bind(from);
    }
    if let DueOn::Between(_, Some(to)) = narrow.due {
        sql.push(" AND k.due_on <= ").push_bind(to);
    }
    if narrow.is_unresolved {
        sql.push(" AND k.resolved_at IS NULL");
    }
    if let Some(from) = narrow.ids.0 {
        sql.push(" AND k.id >= ").push_bind(from);
    }
    if let Some(before) = narrow.ids.1 {
        sql.push(" AND k.id < ").push_bind(before);
    }
    if let Some(from) = narrow.updated.0 {
        sql.push(" AND k.updated_at >= ").push_bind(from);
    }
    if let Some(before) = narrow.updated.1 {
        sql.push(" AND k.updated_at < ").push_bind(before);
    }
    if let Some(from) = narrow.resolved.0 {
        sql.push(" AND k.resolved_at >= ").push_bind(from);
    }
    if let Some(before) = narrow.resolved.1 {
        sql.push(" AND k.resolved_at < ").push_bind(before);
    }
    if let What::Rows { part, is_descending, .. } = &what {
        match part.has_due {
            None => {}
            Some(true) => {
                sql.push(" AND k.due_on IS NOT NULL");
            }
            Some(false) => {
                sql.push(" AND k.due_on IS NULL");
            }
        }
        if let Some(Cursor { at, id: TicketId(id) }) = part.behind {
            match (at, is_descending) {
                (At::Created | At::Due(None), true) => {
                    sql.push(" AND k.id < ").push_bind(id);
                }
                (At::Created | At::Due(None), false) => {
                    sql.push(" AND k.id > ").push_bind(id);
                }
                (At::Updated(at), true) => {
                    sql.push(" AND (k.updated_at, k.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
                }
                (At::Updated(at), false) => {
                    sql.push(" AND (k.updated_at, k.id) > (").push_bind(at).push(", ").push_bind(id).push(")");
                }
                (At::Priority(urgency), true) => {
                    sql.push(" AND (k.urgency, k.id) < (").push_bind(urgency).push(", ").push_bind(id).push(")");
                }
                (At::Priority(urgency), false) => {
                    sql.push(" AND (k.urgency, k.id) > (").push_bind(urgency).push(", ").push_bind(id).push(")");
                }
                (At::Due(Some(day)), true) => {
                    sql.push(" AND (k.due_on, k.id) < (").push_bind(day).push(", ").push_bind(id).push(")");
                }
                (At::Due(Some(day)), false) => {
                    sql.push(" AND (k.due_on, k.id) > (").push_bind(day).push(", ").push_bind(id).push(")");
                }
                (At::Relevance(rank), true) => {
                    sql.push(" AND (f.rank, k.id) < (").push_bind(rank).push(", ").push_bind(id).push(")");
                }
                (At::Relevance(rank), false) => {
                    sql.push(" AND (f.rank, k.id) > (").push_bind(rank).push(", ").push_bind(id).push(")");
                }
            }
        }
    }
    // `place` keeps the order of the page through the joins, which are made for its rows alone.
    match what {
        What::Rows { by, is_descending, limit, counts_too, .. } => {
            sql.push("), t AS (SELECT o.*, row_number() OVER () AS place FROM (SELECT * FROM m ORDER BY ");
            match (by, is_descending) {
                (SortBy::Created, true) => sql.push("m.id DESC"),
                (SortBy::Created, false) => sql.push("m.id"),
                (SortBy::Updated, true) => sql.push("m.updated_at DESC, m.id DESC"),
                (SortBy::Updated, false) => sql.push("m.updated_at, m.id"),
                (SortBy::Priority, true) => sql.push("m.urgency DESC, m.id DESC"),
                (SortBy::Priority, false) => sql.push("m.urgency, m.id"),
                (SortBy::Due, true) => sql.push("m.due_on DESC, m.id DESC"),
                (SortBy::Due, false) => sql.push("m.due_on, m.id"),
                (SortBy::Relevance, true) => sql.push("m.rank DESC, m.id DESC"),
                (SortBy::Relevance, false) => sql.push("m.rank, m.id"),
            };
            match limit {
                // Of a whole page (`PAGE_SIZE` and one): with the number in it, the plan that is kept knows how few
                // tickets are wanted.
                51 => sql.push(" LIMIT 51"),
                other => sql.push(" LIMIT ").push_bind(other),
            };
            sql.push(
                ") o) SELECT t.id, t.project_id, t.number, t.title, t.status, t.priority, t.urgency, t.requester_id, \
                 r.name AS requester, t.assignee_id, a.name AS assignee, a.avatar_hash AS assignee_avatar, t.due_on, \
                 t.created_at, t.updated_at, t.version, t.rank, ARRAY(SELECT l.label_id FROM ticket_label l \
                 WHERE l.tenant_id = t.tenant_id AND l.ticket_id = t.id) AS labels",
            );
            if counts_too {
                sql.push(
                    ", (SELECT jsonb_agg(jsonb_build_array(c.status, c.count)) \
                     FROM (SELECT m.status, count(*) AS count FROM m GROUP BY m.status) c) AS counts",
                );
            }
            sql.push(
                " FROM t JOIN account r ON r.tenant_id = t.tenant_id AND r.id = t.requester_id \
                 LEFT JOIN account a ON a.tenant_id = t.tenant_id AND a.id = t.assignee_id ORDER BY t.place",
            );
        }
        What::Counts => match &narrow.words {
            // What words find is looked for once.
            Words::Query(_) => {
                sql.push(") SELECT m.status, count(*) AS count FROM m GROUP BY m.status");
            }
            Words::Any | Words::Key(..) | Words::Impossible => {
                // Each status by itself: few tickets are open and most are closed, and each is planned for what it is.
                sql.push(
                    ") SELECT 'open' AS status, (SELECT count(*) FROM (SELECT 1 FROM m WHERE m.status = 'open' LIMIT 1001) c) \
                     AS count UNION ALL SELECT 'pending', (SELECT count(*) FROM (SELECT 1 FROM m \
                     WHERE m.status = 'pending' LIMIT 1001) c) UNION ALL SELECT 'solved', (SELECT count(*) FROM (SELECT 1 \
                     FROM m WHERE m.status = 'solved' LIMIT 1001) c) UNION ALL SELECT 'closed', (SELECT count(*) FROM \
                     (SELECT 1 FROM m WHERE m.status = 'closed' LIMIT 1001) c)",
                );
            }
        },
    }
    // A plan is kept for the list without a filter alone: it is the same for every tenant. With a filter it depends on
    // the values, and one that was made for others can be many times slower.
    let is_kept = narrow.is_plain();
    Ok(sql.build().persistent(is_kept).fetch_all(tx).await?)
}
