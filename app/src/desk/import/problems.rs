//! What is wrong with the rows of a file: listed while they are read, and read a page at a time.

use rowhouse_platform::db::{DbError, TenantTx};

use super::{ImportId, MOST_ROWS, row::Problem, store::Import};

/// So many problems of a file are listed, as many as it may have rows; all are counted.
pub const LISTED: i64 = MOST_ROWS;
/// Those of an earlier pass that are removed in one transaction.
const REMOVED_AT_ONCE: i64 = 2000;

/// A problem as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its place among them, from 1 on without a gap.
    pub place: i64,
    /// The line.
    pub line: i64,
    /// The column's name; empty: the whole row.
    pub header: String,
    /// What is wrong.
    pub message: String,
}

/// The problems of an import behind a place, in the order of the file, so many at most. None of an earlier pass is among
/// them: while there are such, this one has counted none of its own.
///
/// # Errors
/// [`DbError`].
pub async fn behind(tx: &mut TenantTx, import: &Import, place: i64, limit: i64) -> Result<Vec<Listed>, DbError> {
    Ok(sqlx::query_as!(
        Listed,
        "SELECT place, line, header, message FROM desk_import_problem
         WHERE tenant_id = $1 AND import_id = $2 AND place > $3 AND place <= $4 ORDER BY place LIMIT $5",
        tx.tenant_id(),
        import.id.0,
        place,
        import.problems,
        limit
    )
    .fetch_all(tx)
    .await?)
}

/// Removes some of what an earlier pass found, before this one lists its own. `true`: there are no more.
pub(super) async fn remove_old(tx: &mut TenantTx, id: ImportId) -> Result<bool, DbError> {
    let gone = sqlx::query!(
        "DELETE FROM desk_import_problem
         WHERE tenant_id = $1 AND import_id = $2 AND place IN (
             SELECT p.place FROM desk_import_problem p WHERE p.tenant_id = $1 AND p.import_id = $2
             ORDER BY p.place LIMIT $3)",
        tx.tenant_id(),
        id.0,
        REMOVED_AT_ONCE
    )
    .execute(tx)
    .await?;
    Ok(i64::try_from(gone.rows_affected()).unwrap_or(i64::MAX) < REMOVED_AT_ONCE)
}

/// Lists problems, so many as are listed at all, and counts every one.
pub(super) async fn note(tx: &mut TenantTx, import: &mut Import, problems: &[Problem]) -> Result<(), DbError> {
    let room = usize::try_from((LISTED - import.problems).max(0)).unwrap_or(0);
    let listed = &problems[..problems.len().min(room)];
    let header = |problem: &Problem| {
        let place = problem.field.and_then(|field| import.mapping.iter().position(|mapped| *mapped == Some(field)));
        place.and_then(|place| import.header.get(place)).cloned().unwrap_or_default()
    };
    if !listed.is_empty() {
        sqlx::query!(
            "INSERT INTO desk_import_problem (tenant_id, import_id, place, line, header, message)
             SELECT $1, $2, $3 + p.nth, p.line, p.header, p.message
             FROM unnest($4::bigint[], $5::text[], $6::text[]) WITH ORDINALITY AS p (line, header, message, nth)",
            tx.tenant_id(),
            import.id.0,
            import.problems,
            &listed.iter().map(|problem| i64::try_from(problem.line).unwrap_or(i64::MAX)).collect::<Vec<_>>(),
            &listed.iter().map(header).collect::<Vec<_>>(),
            &listed.iter().map(|problem| problem.message.chars().take(500).collect()).collect::<Vec<String>>()
        )
        .execute(tx)
        .await?;
    }
    import.problems += i64::try_from(problems.len()).unwrap_or(i64::MAX);
    Ok(())
}
