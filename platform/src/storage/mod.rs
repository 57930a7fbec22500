//! Files, outside of the database: in a folder of this machine, or in an S3 bucket.
//!
//! A file is named by the tenant and its id, `tenants/<tenant>/<id>`, and by nothing that somebody typed. It is streamed
//! in both directions and never whole in memory. Its row ([`object`]) is there before its first byte is, so that what
//! broke off is found by its row and removed ([`upkeep`]); what it is, is told by its content alone ([`Kind`]).
//!
//! # To store a file
//!
//! 1. [`object::announce`], and commit: no transaction is open while bytes come in.
//! 2. [`Storage::put`], which counts, hashes and looks at what it is.
//! 3. [`object::keep`] in the transaction that also writes what refers to it. Where anything fails on the way,
//!    [`Storage::remove`] and [`object::forget`], or nothing at all: the upkeep does both after an hour.

mod busy;
mod error;
mod folder;
mod get;
pub mod kind;
pub mod object;
mod put;
mod s3;
pub mod upkeep;

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload, path::Path};

pub use self::{
    error::{PutError, StorageError},
    get::Chunks,
    kind::{Family, Kind},
    object::{Kept, ObjectId, Usage},
    put::Received,
    s3::S3Settings,
};
use crate::{ambient::Ambient, id::TenantId, tenancy::TenantHome};

/// Where files are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a folder of this machine. Servers that share a database must share it, too.
    Folder(PathBuf),
    /// In a bucket of an S3 service.
    S3(S3Settings),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "the folder {}", folder.display()),
            Self::S3(settings) => {
                let service = settings.endpoint.as_deref().unwrap_or("Amazon S3");
                write!(f, "the bucket “{}” of {service}", settings.bucket)
            }
        }
    }
}

/// How much may be sent at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadLimits {
    /// Most bytes of one file.
    pub file_bytes: u64,
    /// Most files in one request.
    pub files: usize,
    /// How long a request with files may take.
    pub time: Duration,
}

impl UploadLimits {
    /// Most bytes of a request with files: all of them, and room for the fields beside them.
    pub fn request_bytes(&self) -> u64 {
        self.file_bytes.saturating_mul(self.files as u64).saturating_add(2 * 1024 * 1024)
    }
}

/// The way to files. Cheap to clone.
#[derive(Clone)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    /// The folder, where it is one.
    folder: Option<PathBuf>,
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Storage({})", self.store)
    }
}

impl Storage {
    /// Prepares the way. A folder is made where it is not there; a bucket is not asked for anything yet.
    ///
    /// # Errors
    /// [`StorageError`] where the folder cannot be made, or the settings of S3 do not fit together.
    pub fn new(place: &Place) -> Result<Self, StorageError> {
        match place {
            Place::Folder(folder) => {
                let store = folder::open(folder)?;
                Ok(Self { store: Arc::new(store), folder: Some(folder.clone()) })
            }
            Place::S3(settings) => Ok(Self { store: Arc::new(s3::open(settings)?), folder: None }),
        }
    }

    /// Writes a file, reads it again and removes it: for `rowhouse doctor`.
    ///
    /// # Errors
    /// What did not work.
    pub async fn probe(&self, ambient: &Ambient) -> Result<(), StorageError> {
        let path = Path::from(format!("probe/{}", ambient.uuid().simple()));
        let content = ambient.bytes::<32>().to_vec();
        self.store.put(&path, PutPayload::from(content.clone())).await?;
        let read = self.store.get(&path).await?.bytes().await;
        self.store.delete(&path).await?;
        if read? == content { Ok(()) } else { Err(StorageError::Altered) }
    }

    /// Removes a file. One that is not there is no error.
    ///
    /// # Errors
    /// [`StorageError`] where it may still be there.
    pub async fn remove(&self, home: &TenantHome, id: ObjectId) -> Result<(), StorageError> {
        let path = key(home.id(), id);
        if let Some(folder) = &self.folder {
            folder::remove_unfinished(folder, &path).await?;
        }
        match self.store.delete(&path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes all files of a tenant that is leaving.
    ///
    /// # Errors
    /// [`StorageError`] where some may still be there.
    pub async fn remove_tenant(&self, home: &TenantHome) -> Result<(), StorageError> {
        self.remove_all_of(home.id()).await
    }

    async fn remove_all_of(&self, tenant: TenantId) -> Result<(), StorageError> {
        let prefix = prefix(tenant);
        if let Some(folder) = &self.folder {
            return folder::remove_below(folder, &prefix).await;
        }
        let found = self.store.list(Some(&prefix)).map_ok(|file| file.location).boxed();
        self.store
            .delete_stream(found)
            .try_for_each(|_| std::future::ready(Ok(())))
            .await
            .or_else(|error| if matches!(error, object_store::Error::NotFound { .. }) { Ok(()) } else { Err(error) })?;
        Ok(())
    }
}

/// What the files of a tenant begin with.
fn prefix(tenant: TenantId) -> Path {
    Path::from(format!("tenants/{}", tenant.0.as_hyphenated()))
}

/// Where a file is.
fn key(tenant: TenantId, id: ObjectId) -> Path {
    prefix(tenant).join(id.0.as_hyphenated().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_begin_with_the_tenant() {
        let key = key(TenantId(uuid::Uuid::from_u128(1)), ObjectId(uuid::Uuid::from_u128(2)));
        assert_eq!(key.as_ref(), "tenants/00000000-0000-0000-0000-000000000001/00000000-0000-0000-0000-000000000002");
    }
}
