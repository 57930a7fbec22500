//! What a server does about imports by itself: it works on those that are begun, batch by batch.
//!
//! A batch and how far it came are one transaction, so an import that is killed goes on where it was, and no row becomes
//! two tickets. Several servers may work at the same time, each on another import: who works on one has it for a minute,
//! and for another with each batch.

use std::time::Duration as StdDuration;

use futures_util::TryStreamExt as _;
use rowhouse_platform::{
    ambient::Ambient,
    db::{Database, DbError, TenantTx},
    storage::{Storage, StorageError},
    tenancy::{Tenant, TenantHome, TenantState},
    upkeep::{Chore, Left, Means},
};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    ImportId, MOST_ROWS, State, busy, problems, row,
    store::{self, Import},
    undo,
    window::{self, Rows, WINDOW, WindowError},
    write::{self, Known},
};

/// Rows of a batch.
const AT_ONCE: usize = 500;
/// Batches of an import, before other tenants have their turn.
const TURN: usize = 40;

/// What the work needs. Cheap to clone.
#[derive(Clone)]
pub struct Worker {
    /// The serving role's way into the database.
    pub database: Database,
    /// The way to files.
    pub storage: Storage,
    /// Time and randomness.
    pub ambient: Ambient,
}

/// Why a batch could not be done now. It is tried again.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// PostgreSQL refused or failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The file could not be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Chore for Worker {
    const WHAT: &'static str = "imports of tickets";
    const LOOK_EVERY: StdDuration = StdDuration::from_secs(3);
    type Due = String;
    type Error = WorkError;

    async fn look(&self, operator: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<String>, DbError> {
        busy::tenants(operator, now).await
    }

    /// Works on one import, for a while.
    async fn tenant(&self, _: &Means, tenant: &Tenant, _: String) -> Result<Left, WorkError> {
        // What is read-only goes on once it is paid.
        if tenant.state != TenantState::Active || !tenant.entitlements.may_write() {
            return Ok(Left::Nothing);
        }
        let worker = self.ambient.uuid();
        let Some(id) = self.claim(&tenant.home, worker).await? else { return Ok(Left::Nothing) };
        for _ in 0..TURN {
            if !self.step(&tenant.home, id, worker).await? {
                return Ok(Left::More);
            }
        }
        let mut tx = self.database.begin(&tenant.home).await?;
        store::release(&mut tx, id, worker).await?;
        tx.commit().await?;
        Ok(Left::More)
    }
}

impl Worker {
    /// Takes an import to work on, in the name of this worker.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn claim(&self, home: &TenantHome, worker: Uuid) -> Result<Option<ImportId>, DbError> {
        let mut tx = self.database.begin(home).await?;
        let id = store::claim(&mut tx, &self.ambient, worker).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Does one batch. `false`: the import is done, or no longer this worker's.
    ///
    /// # Errors
    /// [`WorkError`]; nothing of the batch was done.
    pub async fn step(&self, home: &TenantHome, id: ImportId, worker: Uuid) -> Result<bool, WorkError> {
        let mut tx = self.database.begin(home).await?;
        let Some(mut seen) = store::held(&mut tx, id, worker).await? else { return Ok(false) };
        if seen.has_old_problems {
            seen.has_old_problems = !problems::remove_old(&mut tx, id).await?;
            store::advance(&mut tx, &self.ambient, &seen).await?;
            tx.commit().await?;
            // Of one that was cancelled meanwhile nothing else is left to do.
            return Ok(seen.has_old_problems || seen.state.is_busy());
        }
        tx.commit().await?;
        // Nothing of the database is held while the file is read.
        let read = if seen.state == State::Undoing { None } else { Some(self.read(home, &seen).await?) };

        let mut tx = self.database.begin(home).await?;
        let held = store::held(&mut tx, id, worker).await?;
        let Some(mut import) = held.filter(|held| held.state == seen.state && held.at_byte == seen.at_byte) else {
            return Ok(false);
        };
        let goes_on = match read {
            None => self.undo(&mut tx, &mut import).await?,
            Some(Ok(rows)) => self.rows(&mut tx, &mut import, rows).await?,
            Some(Err(error)) => {
                let why = error.to_string();
                store::settle(&mut tx, &self.ambient, &import, State::Failed, Some(&why)).await?;
                false
            }
        };
        tx.commit().await?;
        Ok(goes_on)
    }

    async fn undo(&self, tx: &mut TenantTx, import: &mut Import) -> Result<bool, DbError> {
        if write::is_archived(tx, import.project).await? {
            let why = "The project is archived. What was not removed until then is there.";
            store::settle(tx, &self.ambient, import, State::Failed, Some(why)).await?;
            return Ok(false);
        }
        let is_over = undo::batch(tx, import).await?;
        store::advance(tx, &self.ambient, import).await?;
        if is_over {
            store::settle(tx, &self.ambient, import, State::Undone, None).await?;
        }
        Ok(!is_over)
    }

    async fn read(&self, home: &TenantHome, import: &Import) -> Result<Result<Rows, WindowError>, WorkError> {
        let end = (import.at_byte + WINDOW).min(import.file_bytes);
        let mut bytes = Vec::new();
        if let Some(file) = import.object.filter(|_| end > import.at_byte) {
            let mut chunks = match self.storage.get(home, file, import.at_byte..end).await {
                Ok(chunks) => chunks,
                // No other time will find it.
                Err(StorageError::Missing(_) | StorageError::Altered) => return Ok(Err(WindowError::Gone)),
                Err(error) => return Err(error.into()),
            };
            while let Some(chunk) = chunks.try_next().await? {
                bytes.extend_from_slice(&chunk);
            }
        }
        Ok(window::rows(&bytes, import.separator, import.at_line, end == import.file_bytes, AT_ONCE))
    }

    async fn rows(&self, tx: &mut TenantTx, import: &mut Import, found: Rows) -> Result<bool, DbError> {
        let is_running = import.state == State::Running;
        import.rows_read += i64::try_from(found.rows.len()).unwrap_or(i64::MAX);
        let refusal = if import.rows_read > MOST_ROWS {
            Some("The file has more than 500,000 rows. Bring it in as several files.")
        } else if is_running && !write::is_active(tx, import).await? {
            Some("Whoever brought the file in is no longer active in this workspace.")
        } else {
            None
        };
        if let Some(why) = refusal {
            store::settle(tx, &self.ambient, import, State::Failed, Some(why)).await?;
            return Ok(false);
        }
        let read: Vec<_> = found.rows.iter().map(|row| row::read(row.line, &row.fields, &import.mapping)).collect();
        let known = Known::of(tx, import.project, &read).await?;
        let (mut drafts, mut wrong) = (Vec::new(), Vec::new());
        for (draft, mut problems) in read {
            problems.extend(known.problems(&draft));
            if problems.is_empty() {
                drafts.push(draft);
            } else {
                wrong.append(&mut problems);
            }
        }
        problems::note(tx, import, &wrong).await?;
        if is_running {
            if !write::make(tx, &self.ambient, import, &known, &drafts).await? {
                let why = "The project is archived. What was made until then is there.";
                store::settle(tx, &self.ambient, import, State::Failed, Some(why)).await?;
                return Ok(false);
            }
            import.made += i64::try_from(drafts.len()).unwrap_or(i64::MAX);
        }
        import.at_byte += found.bytes;
        import.at_line = found.line;
        store::advance(tx, &self.ambient, import).await?;
        let is_over = import.at_byte >= import.file_bytes;
        if is_over {
            let state = if is_running { State::Done } else { State::Checked };
            store::settle(tx, &self.ambient, import, state, None).await?;
        }
        Ok(!is_over)
    }
}
