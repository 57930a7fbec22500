//! The rows of imports: what each is, and how far it is.

use rowhouse_platform::{
    access::{Permission, Permit},
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
    plan::PlanError,
    storage::{Kept, ObjectId, Received, object},
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    ImportId, State,
    columns::{Field, guess},
    window::Header,
};
use crate::desk::{permission::WriteTickets, project::ProjectId};

/// For how long whoever works on an import is left alone: longer than a batch takes.
pub const LEASE: Duration = Duration::seconds(60);
/// So many imports of a project are listed, the newest first.
const SHOWN: i64 = 100;

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// The project that it brings tickets into.
    pub project: ProjectId,
    /// Who brought it in.
    pub account: AccountId,
    /// What they are called.
    pub by: String,
    /// Its file, while there is something to read in it.
    pub object: Option<ObjectId>,
    /// What the file is called.
    pub file_name: String,
    /// How large it is.
    pub file_bytes: u64,
    /// What stands between two columns.
    pub separator: u8,
    /// The names of the columns.
    pub header: Vec<String>,
    /// What each becomes.
    pub mapping: Vec<Option<Field>>,
    /// How far it is.
    pub state: State,
    /// Where the next row begins.
    pub at_byte: u64,
    /// The line in which it begins.
    pub at_line: u64,
    /// Rows that were read in this pass.
    pub rows_read: i64,
    /// All rows, once they were counted.
    pub rows_all: Option<i64>,
    /// All problems.
    pub problems: i64,
    /// Whether some of an earlier pass are still there, which nobody is to see.
    pub has_old_problems: bool,
    /// Tickets that were made.
    pub made: i64,
    /// Tickets that were taken out again.
    pub removed: i64,
    /// The last ticket that undoing looked at.
    pub undone_to: Option<Uuid>,
    /// Why it failed.
    pub failure: Option<String>,
    /// When it was brought in.
    pub created_at: OffsetDateTime,
}

/// A number that the database keeps as a signed one.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A file that was received becomes an import of a project, which the caller saw that the principal leads. `None`: it
/// took so long that it was given up.
///
/// # Errors
/// [`DbError`]; within, the plan's refusal: the caller drops the transaction.
pub async fn add(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    project: ProjectId,
    file_name: &str,
    received: &Received,
    header: &Header,
) -> Result<Result<Option<ImportId>, PlanError>, DbError> {
    let (principal, tx) = permit.parts();
    match object::keep(tx, ambient, std::slice::from_ref(received)).await? {
        Kept::Kept => {}
        Kept::GivenUp => return Ok(Ok(None)),
        Kept::NoRoom(refused) => return Ok(Err(refused)),
    }
    let id = ImportId(ambient.uuid());
    let words: Vec<String> = guess(&header.names).into_iter().map(word).collect();
    sqlx::query!(
        "INSERT INTO desk_import (tenant_id, id, project_id, account_id, object_id, file_name, file_bytes, separator,
                                  header, mapping, state, at_byte, at_line, first_byte, first_line, rows_read, problems,
                                  made, removed, created_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'mapping', $11, $12, $11, $12, 0, 0, 0, 0, $13, $13)",
        tx.tenant_id(),
        id.0,
        project.0,
        principal.account.0,
        received.id.0,
        file_name,
        signed(received.bytes),
        char::from(header.separator).to_string(),
        &header.names,
        &words,
        signed(header.bytes),
        signed(header.line),
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(Ok(Some(id)))
}

fn word(field: Option<Field>) -> String {
    field.map_or("", Field::word).to_owned()
}

macro_rules! import {
    ($row:expr) => {{
        let row = $row;
        Some(Import {
            id: ImportId(row.id),
            project: ProjectId(row.project_id),
            account: AccountId(row.account_id),
            by: row.by,
            object: row.object_id.map(ObjectId),
            file_name: row.file_name,
            file_bytes: unsigned(row.file_bytes),
            separator: row.separator.bytes().next().unwrap_or(b','),
            header: row.header,
            mapping: row.mapping.iter().map(|word| Field::parse(word)).collect(),
            state: State::parse(&row.state)?,
            at_byte: unsigned(row.at_byte),
            at_line: unsigned(row.at_line),
            rows_read: row.rows_read,
            rows_all: row.rows_all,
            problems: row.problems,
            has_old_problems: row.has_old_problems,
            made: row.made,
            removed: row.removed,
            undone_to: row.undone_to,
            failure: row.failure,
            created_at: row.created_at,
        })
    }};
}

/// The import of this id in this project, locked until the transaction ends.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut TenantTx, project: ProjectId, id: ImportId) -> Result<Option<Import>, DbError> {
    let row = sqlx::query!(
        "SELECT i.id, i.project_id, i.account_id, a.name AS by, i.object_id, i.file_name, i.file_bytes, i.separator,
                i.header, i.mapping, i.state, i.at_byte, i.at_line, i.rows_read, i.rows_all, i.problems,
                i.has_old_problems, i.made, i.removed, i.undone_to, i.failure, i.created_at
         FROM desk_import i JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
         WHERE i.tenant_id = $1 AND i.id = $2 AND i.project_id = $3 FOR UPDATE OF i",
        tx.tenant_id(),
        id.0,
        project.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.and_then(|row| import!(row)))
}

/// The import that this worker has, locked until the transaction ends; `None` where it is no longer theirs to work on.
///
/// # Errors
/// [`DbError`].
pub async fn held(tx: &mut TenantTx, id: ImportId, worker: Uuid) -> Result<Option<Import>, DbError> {
    let row = sqlx::query!(
        "SELECT i.id, i.project_id, i.account_id, a.name AS by, i.object_id, i.file_name, i.file_bytes, i.separator,
                i.header, i.mapping, i.state, i.at_byte, i.at_line, i.rows_read, i.rows_all, i.problems,
                i.has_old_problems, i.made, i.removed, i.undone_to, i.failure, i.created_at
         FROM desk_import i JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
         WHERE i.tenant_id = $1 AND i.id = $2 AND i.lease_by = $3
           AND (i.state IN ('checking', 'running', 'undoing') OR i.has_old_problems)
         FOR UPDATE OF i",
        tx.tenant_id(),
        id.0,
        worker
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.and_then(|row| import!(row)))
}

/// The imports of a project, the newest first.
///
/// # Errors
/// [`DbError`].
pub async fn list<P: Permission>(permit: &mut Permit<P>, project: ProjectId) -> Result<Vec<Import>, DbError> {
    let rows = sqlx::query!(
        "SELECT i.id, i.project_id, i.account_id, a.name AS by, i.object_id, i.file_name, i.file_bytes, i.separator,
                i.header, i.mapping, i.state, i.at_byte, i.at_line, i.rows_read, i.rows_all, i.problems,
                i.has_old_problems, i.made, i.removed, i.undone_to, i.failure, i.created_at
         FROM desk_import i JOIN account a ON a.tenant_id = i.tenant_id AND a.id = i.account_id
         WHERE i.tenant_id = $1 AND i.project_id = $2 ORDER BY i.id DESC LIMIT $3",
        permit.tenant_id(),
        project.0,
        SHOWN
    )
    .fetch_all(&mut **permit)
    .await?;
    Ok(rows.into_iter().filter_map(|row| import!(row)).collect())
}

/// Begins a pass over the file from its first row: to check it with these columns, or to run it. What the pass before found
/// may be much, and is left to whoever works on the import.
///
/// # Errors
/// [`DbError`].
pub async fn begin(
    tx: &mut TenantTx,
    ambient: &Ambient,
    id: ImportId,
    state: State,
    mapping: &[Option<Field>],
) -> Result<(), DbError> {
    let words: Vec<String> = mapping.iter().copied().map(word).collect();
    sqlx::query!(
        "UPDATE desk_import SET state = $3, mapping = $4, at_byte = first_byte, at_line = first_line, rows_read = 0,
                has_old_problems = has_old_problems OR problems > 0, problems = 0,
                lease_by = NULL, lease_until = NULL, changed_at = $5
         WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        id.0,
        state.word(),
        &words,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Brings an import into another state. Where nothing is left to read, its file goes.
///
/// # Errors
/// [`DbError`].
pub async fn settle(
    tx: &mut TenantTx,
    ambient: &Ambient,
    import: &Import,
    state: State,
    failure: Option<&str>,
) -> Result<(), DbError> {
    let keeps = matches!(state, State::Mapping | State::Checking | State::Checked | State::Running);
    sqlx::query!(
        "UPDATE desk_import SET state = $3, failure = $4, object_id = CASE WHEN $5 THEN object_id END,
                rows_all = CASE WHEN $3 = 'checked' THEN rows_read ELSE rows_all END,
                lease_by = NULL, lease_until = NULL, changed_at = $6
         WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        import.id.0,
        state.word(),
        failure,
        keeps,
        ambient.now()
    )
    .execute(&mut *tx)
    .await?;
    if let Some(file) = import.object.filter(|_| !keeps) {
        object::let_go(tx, ambient, file).await?;
    }
    Ok(())
}

/// Takes the import that has waited longest, if nobody works on it.
///
/// # Errors
/// [`DbError`].
pub async fn claim(tx: &mut TenantTx, ambient: &Ambient, worker: Uuid) -> Result<Option<ImportId>, DbError> {
    let now = ambient.now();
    let id = sqlx::query_scalar!(
        "UPDATE desk_import SET lease_by = $2, lease_until = $4
         WHERE tenant_id = $1 AND id = (
             SELECT i.id FROM desk_import i
             WHERE i.tenant_id = $1 AND (i.state IN ('checking', 'running', 'undoing') OR i.has_old_problems)
               AND (i.lease_until IS NULL OR i.lease_until <= $3)
             ORDER BY i.changed_at, i.id LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING id",
        tx.tenant_id(),
        worker,
        now,
        now + LEASE
    )
    .fetch_optional(tx)
    .await?;
    Ok(id.map(ImportId))
}

/// Lets others work on an import that this worker has.
///
/// # Errors
/// [`DbError`].
pub async fn release(tx: &mut TenantTx, id: ImportId, worker: Uuid) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE desk_import SET lease_by = NULL, lease_until = NULL
         WHERE tenant_id = $1 AND id = $2 AND lease_by = $3",
        tx.tenant_id(),
        id.0,
        worker
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// How far a pass came, in the transaction that did the work: what is killed goes on exactly there.
///
/// # Errors
/// [`DbError`].
pub async fn advance(tx: &mut TenantTx, ambient: &Ambient, import: &Import) -> Result<(), DbError> {
    let now = ambient.now();
    sqlx::query!(
        "UPDATE desk_import SET at_byte = $3, at_line = $4, rows_read = $5, problems = $6, made = $7, removed = $8,
                undone_to = $9, has_old_problems = $10, lease_until = $11, changed_at = $12
         WHERE tenant_id = $1 AND id = $2",
        tx.tenant_id(),
        import.id.0,
        signed(import.at_byte),
        signed(import.at_line),
        import.rows_read,
        import.problems,
        import.made,
        import.removed,
        import.undone_to,
        import.has_old_problems,
        now + LEASE,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}
