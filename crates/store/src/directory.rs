//! The data directory, and its lock.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// The database file in a data directory.
pub(crate) const DATABASE: &str = "leasehold.db";
const LOCK: &str = "LOCK";

/// Bytes of the database file in a data directory, about: 0 where there is none.
pub fn stored_bytes(directory: &Path) -> u64 {
    let file = directory.join(DATABASE).metadata();
    file.map_or(0, |file| file.len())
}

/// A data directory that is ours alone while this lives. The system frees it when the process
/// ends, however it ends.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    file: File,
}

impl DirectoryLock {
    /// Makes the directory where there is none, for its owner only, and locks it.
    pub(crate) fn take(directory: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Directory(directory.into(), source);
        make_directory(directory)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(directory.join(LOCK))
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked(directory.into())),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

/// Closing the file would not do at once: a child process that another thread is just starting
/// holds a copy of it for a moment, and the lock with it.
impl Drop for DirectoryLock {
    fn drop(&mut self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(
                error = error.to_string(),
                "the data directory was not unlocked"
            );
        }
    }
}

/// Makes the data directory where there is none, for its owner only.
pub fn make_directory(directory: &Path) -> Result<(), StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|source| StoreError::Directory(directory.into(), source))
}

/// Makes the database file, readable by its owner only, where there is none.
pub(crate) fn make_database(directory: &Path) -> Result<PathBuf, StoreError> {
    let path = directory.join(DATABASE);
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(&path)
        // The file's name must be as durable as what is written to it.
        .and_then(|_| File::open(directory)?.sync_all())
        .map_err(|source| StoreError::Directory(directory.into(), source))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_file_does_not_hold_the_lock() {
        let directory = tempfile::tempdir().unwrap();
        let lock = DirectoryLock::take(directory.path()).unwrap();
        let copy = lock.file.try_clone().unwrap();
        let second = DirectoryLock::take(directory.path());
        assert!(matches!(second, Err(StoreError::Locked(_))));
        drop(lock);
        DirectoryLock::take(directory.path()).unwrap();
        drop(copy);
    }
}
