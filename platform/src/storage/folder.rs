//! Files in a folder of this machine.
//!
//! Each is written under a name of its own beside its place and then renamed, so that a file is there whole or not at
//! all. What a process left behind that died in between has `#` and a number after its name, and is removed with it.

use std::{
    fs, io,
    path::{Path as FilePath, PathBuf},
};

use object_store::{local::LocalFileSystem, path::Path};

use super::StorageError;

/// Makes the folder where it is not there, for this user alone.
pub(super) fn open(folder: &FilePath) -> Result<LocalFileSystem, StorageError> {
    let failed = |error| StorageError::Folder { path: folder.to_owned(), error };
    if !folder.is_dir() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(failed)?;
    }
    Ok(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))
}

/// Removes what is left of a file that was never finished.
pub(super) async fn remove_unfinished(folder: &FilePath, key: &Path) -> Result<(), StorageError> {
    let mut name = folder.join(key.as_ref()).into_os_string();
    name.push("#1");
    blocking(PathBuf::from(name), |path| fs::remove_file(path)).await
}

/// Removes everything below a key.
pub(super) async fn remove_below(folder: &FilePath, key: &Path) -> Result<(), StorageError> {
    blocking(folder.join(key.as_ref()), |path| fs::remove_dir_all(path)).await
}

/// Runs it where waiting for a disk holds up nobody. What is not there is as good as removed.
async fn blocking(path: PathBuf, remove: fn(&FilePath) -> io::Result<()>) -> Result<(), StorageError> {
    let done = tokio::task::spawn_blocking(move || match remove(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StorageError::Folder { path, error }),
        _ => Ok(()),
    });
    match done.await {
        Ok(done) => done,
        Err(error) => Err(StorageError::Setup(error.to_string())),
    }
}
