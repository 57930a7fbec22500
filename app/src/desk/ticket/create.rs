//! Opening a ticket.

use std::collections::BTreeSet;

use rowhouse_platform::{
    access::Permit,
    ambient::Ambient,
    db::DbError,
    id::AccountId,
    metering::{self, Meter, Usage, UsageKey},
};
use time::Date;
use uuid::Uuid;

use super::{
    ChangeError, LabelId, MOST_LABELS, MOST_WATCHERS, Priority, TicketId, TicketKey,
    error::{Stop, settle},
    event::{self, Kind},
    label, people,
};
use crate::desk::{
    permission::WriteTickets,
    project::{ProjectId, Reach},
};

/// A ticket to be. Its texts are checked: no control characters, at most [`TITLE_LENGTH`](super::TITLE_LENGTH) and
/// [`TEXT_LENGTH`](super::TEXT_LENGTH) characters.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// Its project.
    pub project: ProjectId,
    /// Its title.
    pub title: String,
    /// Its description, in Markdown.
    pub description: String,
    /// How urgent it is.
    pub priority: Priority,
    /// Who asks; `None`: the principal.
    pub requester: Option<AccountId>,
    /// Who works on it.
    pub assignee: Option<AccountId>,
    /// The day by which it is due.
    pub due_on: Option<Date>,
    /// Its labels.
    pub labels: Vec<LabelId>,
    /// Who hears of it.
    pub watchers: Vec<AccountId>,
}

impl NewTicket {
    /// A ticket with a title and nothing else.
    #[must_use]
    pub fn new(project: ProjectId, title: String) -> Self {
        Self {
            project,
            title,
            description: String::new(),
            priority: Priority::Normal,
            requester: None,
            assignee: None,
            due_on: None,
            labels: Vec::new(),
            watchers: Vec::new(),
        }
    }
}

/// A ticket that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its id.
    pub id: TicketId,
    /// What people call it.
    pub key: TicketKey,
}

/// Opens a ticket. Whoever opens one in the same project waits until this transaction ends, so numbers have no gaps and
/// no duplicates.
///
/// # Errors
/// [`DbError`]; within, [`ChangeError`]: nothing was done.
pub async fn create(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    new: NewTicket,
) -> Result<Result<Created, ChangeError>, DbError> {
    settle(open(permit, ambient, reach, new).await)
}

async fn open(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    new: NewTicket,
) -> Result<Created, Stop> {
    let NewTicket { project, title, description, priority, requester, assignee, due_on, labels, watchers } = new;
    let project = reach.of_id(project).ok_or(ChangeError::NoSuchProject)?;
    if !project.may_write() {
        return Err(ChangeError::ReadOnly.into());
    }
    let labels: BTreeSet<Uuid> = labels.iter().map(|label| label.0).collect();
    let labels: Vec<Uuid> = labels.into_iter().collect();
    let watchers: BTreeSet<Uuid> = watchers.iter().map(|watcher| watcher.0).collect();
    if labels.len() > MOST_LABELS {
        return Err(ChangeError::TooManyLabels.into());
    }
    if watchers.len() > MOST_WATCHERS {
        return Err(ChangeError::TooManyWatchers.into());
    }
    let (principal, tx) = permit.parts();
    let myself = principal.account;
    let named = requester.iter().chain(&assignee).map(|id| id.0).chain(watchers.iter().copied());
    // The principal reaches the project: that is known already.
    let others: BTreeSet<Uuid> = named.filter(|id| *id != myself.0).collect();
    let others: Vec<Uuid> = others.into_iter().collect();
    if people::among(tx, project.id, &others).await?.len() != others.len() {
        return Err(ChangeError::NoSuchPerson.into());
    }
    if label::hold(tx, &labels).await?.len() != labels.len() {
        return Err(ChangeError::NoSuchLabel.into());
    }

    let id = ambient.uuid();
    let event::Rows { ids, kinds, details } = event::Rows::new(ambient, &[Kind::Created {}]);
    let number = sqlx::query_scalar!(
        "WITH taken AS (
             UPDATE project SET last_number = last_number + 1
             WHERE tenant_id = $1 AND id = $2 AND archived_at IS NULL
             RETURNING tenant_id, id, last_number
         ), made AS (
             INSERT INTO ticket (tenant_id, id, project_id, number, title, description, status, priority, requester_id,
                                 assignee_id, due_on, created_at, updated_at)
             SELECT taken.tenant_id, $3::uuid, taken.id, taken.last_number, $4::text, $5::text, 'open', $6, $7,
                    $8::uuid, $9::date, $10, $10
             FROM taken
             RETURNING tenant_id, id, number
         ), labelled AS (
             INSERT INTO ticket_label (tenant_id, ticket_id, label_id)
             SELECT made.tenant_id, made.id, x.id FROM made CROSS JOIN unnest($11::uuid[]) AS x (id)
         ), watched AS (
             INSERT INTO ticket_watcher (tenant_id, ticket_id, account_id, since)
             SELECT made.tenant_id, made.id, x.id, $10 FROM made CROSS JOIN unnest($12::uuid[]) AS x (id)
         ), told AS (
             INSERT INTO ticket_event (tenant_id, ticket_id, id, actor_id, via, kind, detail, created_at)
             SELECT made.tenant_id, made.id, e.id, $13::uuid, $14::text, e.kind, e.detail, $10
             FROM made CROSS JOIN unnest($15::uuid[], $16::text[], $17::jsonb[]) AS e (id, kind, detail)
         ), worded AS (
             -- As search::words writes them, while there are no comments.
             INSERT INTO ticket_words (tenant_id, ticket_id, words)
             SELECT made.tenant_id, made.id,
                    tenant_words(setweight(to_tsvector('simple', $4::text), 'A')
                                 || setweight(to_tsvector('simple', $5::text), 'B'))
             FROM made
         )
         SELECT number FROM made",
        tx.tenant_id(),
        project.id.0,
        id,
        title,
        description,
        priority.word(),
        requester.unwrap_or(myself).0,
        assignee.map(|assignee| assignee.0),
        due_on,
        ambient.now(),
        &labels,
        &watchers.into_iter().collect::<Vec<_>>(),
        myself.0,
        event::via(principal),
        &ids,
        &kinds,
        &details
    )
    .fetch_optional(&mut *tx)
    .await?
    // Archived since the reach was read.
    .ok_or(ChangeError::ReadOnly)?;
    let usage = Usage::one(Meter::Ticket, UsageKey::once(TicketId(id))).by(myself);
    let api_key = principal.via().map(|key| key.id);
    metering::emit(tx, ambient, Usage { api_key, project: Some(project.id.0), ..usage }).await?;
    event::told(tx, ambient, Some(principal), TicketId(id), &ids, &kinds).await?;
    Ok(Created { id: TicketId(id), key: TicketKey { project: project.key.clone(), number } })
}
