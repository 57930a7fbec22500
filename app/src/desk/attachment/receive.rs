//! Taking in a form with files. No transaction is open while its bytes come, and nothing of it stays unless all of it can.

use std::sync::Arc;

use futures_util::StreamExt as _;
use rowhouse_platform::{
    storage::{ObjectId, PutError, Received, object},
    tenancy::TenantHome,
};

use super::name::cleaned;
use crate::{
    context::{RequestContext, Services},
    desk::ticket::TEXT_LENGTH,
    error::PageError,
    ui::{FieldErrors, FormParts, file_size::file_size, multipart::FormPart},
};

/// The field of files, in every form that has one.
pub(super) const FIELD: &str = "files";

/// What a form brought.
pub(in crate::desk) struct Incoming {
    /// The text beside the files.
    pub(in crate::desk) body: String,
    /// The files, with the names they get.
    pub(in crate::desk) files: Vec<(String, Received)>,
    /// What is wrong with some of them, or with the text. Then none is to be kept.
    pub(in crate::desk) errors: FieldErrors,
    /// Whether one of them is larger than a file can be.
    pub(in crate::desk) is_too_large: bool,
    unkept: Unkept,
}

impl Incoming {
    /// Removes what was received.
    pub(in crate::desk) async fn discard(self) {
        self.unkept.discard().await;
    }

    /// The files are kept: what refers to them is committed.
    pub(in crate::desk) fn kept(mut self) {
        self.unkept.ids.clear();
    }

    /// Looks at the comment; it may be missing where there is a file, and the other way round.
    pub(in crate::desk) fn check_comment(&mut self) {
        self.body = self.errors.lines("body", "The comment", &self.body, TEXT_LENGTH);
        if self.errors.is_empty() && self.files.is_empty() && self.body.is_empty() {
            self.errors.add(FIELD, "Choose at least one file.");
        }
    }
}

/// Receives a form. What was received before it fails is removed.
///
/// # Errors
/// [`PageError`] where it does not arrive, or cannot be stored.
pub(in crate::desk) async fn receive(context: &RequestContext, mut form: FormParts) -> Result<Incoming, PageError> {
    let home = context.tenant()?.home.clone();
    let unkept = Unkept { services: Arc::clone(&context.services), home, ids: Vec::new() };
    let errors = FieldErrors::default();
    let mut incoming = Incoming { body: String::new(), files: Vec::new(), errors, is_too_large: false, unkept };
    let mut count = 0;
    let taken = take(&mut incoming, &mut form, &mut count).await;
    if let Err(error) = taken {
        incoming.discard().await;
        return Err(error);
    }
    let most = context.services.uploads.files;
    if count > most {
        incoming.errors.add(FIELD, format!("These are {count} files; {most} can be sent at a time."));
    }
    Ok(incoming)
}

async fn take(incoming: &mut Incoming, form: &mut FormParts, count: &mut usize) -> Result<(), PageError> {
    while let Some(part) = form.next().await? {
        match (part.name(), part.file_name()) {
            // What browsers send where no file was chosen.
            (FIELD, None | Some("")) => {}
            (FIELD, Some(name)) => {
                let name = cleaned(name);
                *count += 1;
                incoming.file(name, part, *count).await?;
            }
            ("body", None) => incoming.body = part.text().await?,
            _ => {}
        }
    }
    Ok(())
}

impl Incoming {
    async fn file(&mut self, name: String, mut part: FormPart<'_>, place: usize) -> Result<(), PageError> {
        let limits = self.unkept.services.uploads;
        // Once one cannot be taken, the others are only looked at, to say all that is wrong at once.
        let size = if self.errors.is_empty() && place <= limits.files {
            let id = self.unkept.announce().await?;
            let Unkept { services, home, .. } = &self.unkept;
            let stored = services.storage.put(home, id, &mut part, limits.file_bytes).await;
            match stored {
                Ok(received) => {
                    let size = received.bytes;
                    self.files.push((name.clone(), received));
                    size
                }
                Err(PutError::TooLarge { read }) => read + rest(&mut part).await?,
                Err(PutError::Source(error)) => return Err(error),
                Err(PutError::Storage(error)) => return Err(error.into()),
            }
        } else {
            rest(&mut part).await?
        };
        if size == 0 {
            self.errors.add(FIELD, format!("“{name}” is empty."));
        } else if size > limits.file_bytes {
            self.is_too_large = true;
            let (size, most) = (file_size(size), file_size(limits.file_bytes));
            self.errors.add(FIELD, format!("“{name}” has {size}; a file can have at most {most}."));
        }
        Ok(())
    }
}

/// How much more there is of a file.
async fn rest(part: &mut FormPart<'_>) -> Result<u64, PageError> {
    let mut bytes = 0;
    while let Some(chunk) = part.next().await {
        bytes += chunk?.len() as u64;
    }
    Ok(bytes)
}

/// Files that nothing refers to yet. They go with it: when the sender goes away, whoever waits for the form is dropped.
struct Unkept {
    services: Arc<Services>,
    home: TenantHome,
    ids: Vec<ObjectId>,
}

impl Unkept {
    async fn announce(&mut self) -> Result<ObjectId, PageError> {
        let mut tx = self.services.database.begin(&self.home).await?;
        let id = object::announce(&mut tx, &self.services.ambient, "attachment").await?;
        tx.commit().await?;
        self.ids.push(id);
        Ok(id)
    }

    /// Removes files and rows. What fails is left to the upkeep, which finds the rows.
    async fn discard(mut self) {
        let mut gone = Vec::new();
        for id in std::mem::take(&mut self.ids) {
            match self.services.storage.remove(&self.home, id).await {
                Ok(()) => gone.push(id),
                Err(error) => tracing::warn!(%error, %id, "a file that is not kept could not be removed yet"),
            }
        }
        if let Err(error) = self.forget(&gone).await {
            tracing::warn!(%error, "files that are not kept could not be forgotten yet");
        }
    }

    async fn forget(&self, gone: &[ObjectId]) -> Result<(), PageError> {
        if gone.is_empty() {
            return Ok(());
        }
        let mut tx = self.services.database.begin(&self.home).await?;
        object::forget(&mut tx, gone).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl Drop for Unkept {
    fn drop(&mut self) {
        if self.ids.is_empty() {
            return;
        }
        let (services, home, ids) = (Arc::clone(&self.services), self.home.clone(), std::mem::take(&mut self.ids));
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            for id in ids {
                // A write that was broken off may end after this: the rows stay, and the upkeep looks once more.
                if let Err(error) = services.storage.remove(&home, id).await {
                    tracing::warn!(%error, %id, "a file that broke off could not be removed yet");
                }
            }
        });
    }
}
