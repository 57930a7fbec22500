//! The rows: which files are on a ticket, whose they are, and where each is.

use rowhouse_platform::{
    access::{Permission, Permit},
    ambient::Ambient,
    db::DbError,
    id::AccountId,
    plan::{Limit, count},
    storage::{Kept, Kind, ObjectId, Received, object},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::AttachmentId;
use crate::desk::{
    permission::{ReadTickets, WriteTickets},
    project::{Level, ProjectId, Reach},
    ticket::{ChangeError, CommentId, TicketId, TicketKey, event, touch},
};

/// A file on a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// The comment it is on; none: the ticket itself.
    pub comment: Option<CommentId>,
    /// What it is called.
    pub name: String,
    /// How large it is.
    pub bytes: u64,
    /// What it is, by its content.
    pub kind: Kind,
    /// Who sent it.
    pub uploader: AccountId,
    /// What they are called.
    pub uploader_name: String,
    /// When.
    pub created_at: OffsetDateTime,
}

/// All files of a ticket, and what the person may do with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// In the order in which they came.
    pub all: Vec<Attachment>,
    /// Whether the person may add one.
    pub may_add: bool,
    /// Bytes of all files of the workspace, where the person may add one and the plan limits them.
    pub stored: Option<i64>,
    /// Whether they may remove everybody's.
    pub may_remove_all: bool,
    /// The person.
    pub person: AccountId,
}

impl Files {
    /// Whether the person may remove this one: their own, or any where they lead the project.
    pub fn may_remove(&self, file: &Attachment) -> bool {
        self.may_add && (self.may_remove_all || file.uploader == self.person)
    }
}

/// A file, its ticket, and where it is kept.
#[derive(Debug, Clone)]
pub(in crate::desk) struct Found {
    pub(super) name: String,
    pub(super) object: ObjectId,
    pub(super) bytes: u64,
    pub(super) sha256: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) uploader: AccountId,
    pub(super) ticket: TicketId,
    pub(super) key: TicketKey,
    pub(super) project: ProjectId,
}

/// The files of a ticket that was found under this reach.
///
/// # Errors
/// [`DbError`].
pub async fn of_ticket(
    permit: &mut Permit<ReadTickets>,
    reach: &Reach,
    project: ProjectId,
    ticket: TicketId,
) -> Result<Files, DbError> {
    let person = permit.principal().account;
    let writes = permit.principal().may::<WriteTickets>();
    let rows = sqlx::query!(
        r#"SELECT f.id, f.comment_id, f.name, f.uploaded_by, f.created_at, a.name AS uploader, o.bytes,
                  o.content_type AS "content_type!"
           FROM attachment f
           JOIN stored_object o ON o.tenant_id = f.tenant_id AND o.id = f.object_id
           JOIN account a ON a.tenant_id = f.tenant_id AND a.id = f.uploaded_by
           WHERE f.tenant_id = $1 AND f.ticket_id = $2
           ORDER BY f.id"#,
        permit.tenant_id(),
        ticket.0
    )
    .fetch_all(&mut **permit)
    .await?;
    let all = rows.into_iter().map(|row| Attachment {
        id: AttachmentId(row.id),
        comment: row.comment_id.map(CommentId),
        name: row.name,
        bytes: u64::try_from(row.bytes).unwrap_or(0),
        kind: Kind::of_content_type(&row.content_type),
        uploader: AccountId(row.uploaded_by),
        uploader_name: row.uploader,
        created_at: row.created_at,
    });
    let all = all.collect();
    let may_add = writes && reach.may_write(project);
    let is_limited = permit.entitlements().limit(Limit::StorageBytes).is_some();
    let stored = if may_add && is_limited { Some(count::storage(permit).await?) } else { None };
    Ok(Files {
        all,
        may_add,
        stored,
        may_remove_all: reach.of_id(project).is_some_and(|project| project.level >= Level::Lead),
        person,
    })
}

/// How many bytes the files on tickets have, by project.
///
/// # Errors
/// [`DbError`].
pub async fn stored_by_project<P: Permission>(permit: &mut Permit<P>) -> Result<Vec<(Uuid, i64)>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT t.project_id AS "project!", sum(o.bytes)::bigint AS "bytes!"
           FROM attachment f
           JOIN stored_object o ON o.tenant_id = f.tenant_id AND o.id = f.object_id
           JOIN ticket t ON t.tenant_id = f.tenant_id AND t.id = f.ticket_id
           WHERE f.tenant_id = $1 GROUP BY t.project_id"#,
        permit.tenant_id()
    )
    .fetch_all(&mut **permit)
    .await?;
    Ok(rows.into_iter().map(|row| (row.project, row.bytes)).collect())
}

/// A file of a ticket that the principal reaches.
///
/// # Errors
/// [`DbError`].
pub(in crate::desk) async fn find<P: Permission>(
    permit: &mut Permit<P>,
    reach: &Reach,
    id: AttachmentId,
) -> Result<Option<Found>, DbError> {
    let row = sqlx::query!(
        r#"SELECT f.name, f.uploaded_by, f.ticket_id, t.project_id, t.number, o.id AS object_id, o.bytes,
                  o.sha256 AS "sha256!", o.content_type AS "content_type!"
           FROM attachment f
           JOIN ticket t ON t.tenant_id = f.tenant_id AND t.id = f.ticket_id
           JOIN stored_object o ON o.tenant_id = f.tenant_id AND o.id = f.object_id
           WHERE f.tenant_id = $1 AND f.id = $2 AND t.project_id = ANY ($3) AND o.state = 'stored'"#,
        permit.tenant_id(),
        id.0,
        &reach.ids()
    )
    .fetch_optional(&mut **permit)
    .await?;
    Ok(row.and_then(|row| {
        let project = reach.of_id(ProjectId(row.project_id))?;
        Some(Found {
            name: row.name,
            object: ObjectId(row.object_id),
            bytes: u64::try_from(row.bytes).unwrap_or(0),
            sha256: row.sha256,
            kind: Kind::of_content_type(&row.content_type),
            uploader: AccountId(row.uploaded_by),
            ticket: TicketId(row.ticket_id),
            key: TicketKey { project: project.key.clone(), number: row.number },
            project: project.id,
        })
    }))
}

/// Puts files that were received on a ticket, or on one of its comments, and answers their ids. `None`: one of them took
/// so long that it was given up.
///
/// # Errors
/// [`DbError`]; within, [`ChangeError`]. The caller drops the transaction.
pub(super) async fn add(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    (ticket, comment): (TicketId, Option<CommentId>),
    files: &[(String, Received)],
) -> Result<Result<Option<Vec<AttachmentId>>, ChangeError>, DbError> {
    let events: Vec<_> = files.iter().map(|(name, _)| event::Kind::Attached { name: name.clone() }).collect();
    if let Err(refusal) = touch::touch(permit, ambient, reach, ticket, &events).await? {
        return Ok(Err(refusal));
    }
    let (principal, tx) = permit.parts();
    let received: Vec<Received> = files.iter().map(|(_, received)| *received).collect();
    match object::keep(tx, ambient, &received).await? {
        Kept::Kept => {}
        Kept::GivenUp => return Ok(Ok(None)),
        Kept::NoRoom(refused) => return Ok(Err(ChangeError::Plan(refused))),
    }
    // In the order of the form, which chance would not keep within a millisecond.
    let mut ids: Vec<Uuid> = files.iter().map(|_| ambient.uuid()).collect();
    ids.sort_unstable();
    sqlx::query!(
        "INSERT INTO attachment (tenant_id, id, ticket_id, comment_id, object_id, name, uploaded_by, created_at)
         SELECT $1, f.id, $2, $3, f.object_id, f.name, $4, $5
         FROM unnest($6::uuid[], $7::uuid[], $8::text[]) AS f (id, object_id, name)",
        tx.tenant_id(),
        ticket.0,
        comment.map(|comment| comment.0),
        principal.account.0,
        ambient.now(),
        &ids,
        &files.iter().map(|(_, received)| received.id.0).collect::<Vec<_>>(),
        &files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
    )
    .execute(tx)
    .await?;
    Ok(Ok(Some(ids.into_iter().map(AttachmentId).collect())))
}

/// Takes a file off its ticket. The caller checked that the principal may.
///
/// # Errors
/// [`DbError`]; within, [`ChangeError`]: nothing was done.
pub(super) async fn remove(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    reach: &Reach,
    id: AttachmentId,
    found: &Found,
) -> Result<Result<(), ChangeError>, DbError> {
    let gone = [event::Kind::Detached { name: found.name.clone() }];
    if let Err(refusal) = touch::touch(permit, ambient, reach, found.ticket, &gone).await? {
        return Ok(Err(refusal));
    }
    object::let_go(permit, ambient, found.object).await?;
    let done = sqlx::query!("DELETE FROM attachment WHERE tenant_id = $1 AND id = $2", permit.tenant_id(), id.0)
        .execute(&mut **permit)
        .await?;
    // Somebody else was quicker; what they did is what this one would.
    Ok(if done.rows_affected() == 1 { Ok(()) } else { Err(ChangeError::NotFound) })
}
