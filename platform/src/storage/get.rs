//! Reading: a range of a file, as a stream.

use std::ops::Range;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use object_store::{GetOptions, GetRange, ObjectStore as _};

use super::{ObjectId, Storage, StorageError, key};
use crate::tenancy::TenantHome;

/// What is read, piece by piece.
pub type Chunks = BoxStream<'static, Result<Bytes, StorageError>>;

impl Storage {
    /// Reads a range of a file, which must not be empty.
    ///
    /// # Errors
    /// [`StorageError::Missing`] where there is no such file; [`StorageError::Altered`] where it is shorter than that.
    pub async fn get(&self, home: &TenantHome, id: ObjectId, range: Range<u64>) -> Result<Chunks, StorageError> {
        let options = GetOptions { range: Some(GetRange::Bounded(range.clone())), ..GetOptions::default() };
        let found = self.store.get_opts(&key(home.id(), id), options).await?;
        if found.range != range {
            return Err(StorageError::Altered);
        }
        Ok(found.into_stream().map_err(StorageError::from).boxed())
    }
}
