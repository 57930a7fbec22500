//! Taking in a file: it is stored, and its first line is read. No transaction is open while its bytes come.

use futures_util::TryStreamExt as _;
use rowhouse_platform::{
    access::Permit,
    ambient::Ambient,
    storage::{ObjectId, PutError, Received, object},
};

use super::{
    ImportId, MOST_BYTES,
    lead::led_to_change,
    store,
    window::{self, Header, WINDOW, WindowError},
};
use crate::{
    context::RequestContext,
    desk::{permission::WriteTickets, project::ProjectError},
    error::PageError,
    ui::{FormParts, multipart::FormPart},
};

/// The field of the file, in every form that has one.
pub(in crate::desk) const FIELD: &str = "file";

/// A file that was received, and that nothing refers to yet.
pub(in crate::desk) struct File {
    /// What it is called.
    pub(in crate::desk) name: String,
    /// Where and what it is.
    pub(in crate::desk) received: Received,
    /// Its first line.
    pub(in crate::desk) header: Header,
}

/// Why a file is not taken. The messages are for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::desk) enum FileError {
    /// The form has none.
    #[error("Choose a CSV file.")]
    Missing,
    /// It is larger than [`MOST_BYTES`].
    #[error("The file is larger than 100 MB. Bring it in as several files.")]
    TooLarge,
    /// Its first line names no columns.
    #[error(transparent)]
    Unreadable(#[from] WindowError),
}

/// Receives the file of a form. What cannot be taken is removed.
///
/// # Errors
/// [`PageError`] where it does not arrive, or cannot be stored; within, [`FileError`].
pub(in crate::desk) async fn receive(
    context: &RequestContext,
    form: &mut FormParts,
) -> Result<Result<File, FileError>, PageError> {
    let services = &context.services;
    let mut tx = services.database.begin(&context.tenant()?.home).await?;
    let id = object::announce(&mut tx, &services.ambient, "import").await?;
    tx.commit().await?;
    let taken = take(context, id, form).await;
    if !matches!(taken, Ok(Ok(_))) {
        discard(context, id).await?;
    }
    taken
}

async fn take(
    context: &RequestContext,
    id: ObjectId,
    form: &mut FormParts,
) -> Result<Result<File, FileError>, PageError> {
    while let Some(part) = form.next().await? {
        if part.name() == FIELD && part.file_name().is_some_and(|name| !name.is_empty()) {
            return store_part(context, id, part).await;
        }
    }
    Ok(Err(FileError::Missing))
}

/// Stores the file and reads its first line.
async fn store_part(
    context: &RequestContext,
    id: ObjectId,
    mut part: FormPart<'_>,
) -> Result<Result<File, FileError>, PageError> {
    let services = &context.services;
    let home = &context.tenant()?.home;
    let name: String =
        part.file_name().unwrap_or_default().chars().filter(|sign| !sign.is_control()).take(255).collect();
    let name = if name.trim().is_empty() { "tickets.csv".to_owned() } else { name };
    let received = match services.storage.put(home, id, &mut part, MOST_BYTES).await {
        Ok(received) => received,
        Err(PutError::TooLarge { .. }) => {
            // Browsers show no answer before they have sent all.
            while part.try_next().await?.is_some() {}
            return Ok(Err(FileError::TooLarge));
        }
        Err(PutError::Source(error)) => return Err(error),
        Err(PutError::Storage(error)) => return Err(error.into()),
    };
    let end = received.bytes.min(WINDOW);
    let mut first = Vec::new();
    if end > 0 {
        let mut chunks = services.storage.get(home, id, 0..end).await?;
        while let Some(chunk) = chunks.try_next().await? {
            first.extend_from_slice(&chunk);
        }
    }
    let header = window::header(&first, end == received.bytes);
    Ok(header.map(|header| File { name, received, header }).map_err(FileError::from))
}

/// Removes a file that is not kept. What fails here is left to the upkeep, which finds the row.
///
/// # Errors
/// [`PageError`].
pub(in crate::desk) async fn discard(context: &RequestContext, id: ObjectId) -> Result<(), PageError> {
    let services = &context.services;
    let home = &context.tenant()?.home;
    if services.storage.remove(home, id).await.is_ok() {
        let mut tx = services.database.begin(home).await?;
        object::forget(&mut tx, &[id]).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Makes an import of a file; rights may have gone while it came in, or the project. `None`: it took so long that it was
/// given up. The caller commits, or discards the file.
///
/// # Errors
/// [`ProjectError`]; the caller drops the transaction.
pub(in crate::desk) async fn keep(
    permit: &mut Permit<WriteTickets>,
    ambient: &Ambient,
    key: &str,
    file: &File,
) -> Result<Option<ImportId>, ProjectError> {
    let project = led_to_change(permit, key).await?;
    store::add(permit, ambient, project.id, &file.name, &file.received, &file.header).await?.map_err(ProjectError::Plan)
}
