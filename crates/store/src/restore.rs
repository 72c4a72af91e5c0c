//! Putting a backup in place.

use std::fs::File;
use std::path::Path;

use crate::directory::{DATABASE, DirectoryLock};
use crate::error::StoreError;
use crate::sqlite;

/// Puts the backup `from` into `directory`, which is made where there is none and must not hold a
/// store. The backup is only read; a failure leaves no store behind. Whether what it holds is
/// sound is asked of [`crate::verify_file`].
pub fn restore(from: &Path, directory: &Path) -> Result<(), StoreError> {
    let _lock = DirectoryLock::take(directory)?;
    let database = directory.join(DATABASE);
    let failed = |source| StoreError::Directory(directory.into(), source);
    if database.try_exists().map_err(failed)? {
        return Err(StoreError::Occupied(directory.into()));
    }
    // Under another name first: what bears the database's name is whole.
    let partial = directory.join(format!("{DATABASE}.partial"));
    match std::fs::remove_file(&partial) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    sqlite::copy_file(from, &partial)?;
    std::fs::rename(&partial, &database)
        .and_then(|()| File::open(directory)?.sync_all())
        .map_err(failed)
}
