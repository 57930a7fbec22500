//! What can go wrong with files.

use std::{io, path::PathBuf};

/// Why the storage could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The folder cannot be used.
    #[error("the folder {} cannot be used: {error}", path.display())]
    Folder {
        /// The folder, or the file in it.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The settings of S3 do not fit together, or TLS cannot be set up.
    #[error("S3 cannot be set up: {0}")]
    Setup(String),
    /// There is no such file.
    #[error("the file is not there: {0}")]
    Missing(object_store::Error),
    /// What was read is not what was written.
    #[error("what was read is not what was written before")]
    Altered,
    /// The folder or the bucket refused or failed.
    #[error("{}", causes(.0))]
    Store(object_store::Error),
}

impl From<object_store::Error> for StorageError {
    fn from(error: object_store::Error) -> Self {
        match error {
            error @ object_store::Error::NotFound { .. } => Self::Missing(error),
            error => Self::Store(error),
        }
    }
}

/// Why a file was not stored. Nothing of it is left, unless the storage itself went away.
#[derive(Debug, thiserror::Error)]
pub enum PutError<E> {
    /// It is larger than allowed; so much of it was read.
    #[error("the file is larger than allowed")]
    TooLarge {
        /// Bytes read so far.
        read: u64,
    },
    /// What it came from failed.
    #[error("the file did not arrive whole: {0}")]
    Source(E),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// An error and what caused it, in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}
