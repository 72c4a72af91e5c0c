//! Copies of a database, taken while it runs.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::failed;
use crate::error::StoreError;

/// Copies what `from` sees to a new file at `to`, for its owner only, and syncs it.
pub(crate) fn copy(from: &Connection, to: &Path) -> Result<(), StoreError> {
    let cannot = |source| StoreError::engine("make the copy's file", source);
    OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(to)
        .map_err(cannot)?;
    let copied = copy_into(from, to);
    if copied.is_err() {
        // Half a copy is worse than none; the failure that led here is the one to tell.
        let _ = std::fs::remove_file(to);
    }
    copied?;
    File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(cannot)
}

fn copy_into(from: &Connection, to: &Path) -> Result<(), StoreError> {
    let failed = failed("copy the database");
    let mut copy = super::open(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    {
        let backup = Backup::new(from, &mut copy).map_err(&failed)?;
        // All pages in one step: a reader among others, which no writer waits for.
        if backup.step(-1).map_err(&failed)? != StepResult::Done {
            return Err(StoreError::Busy);
        }
    }
    // One file by itself, without a log beside it.
    copy.pragma_update(None, "journal_mode", "DELETE")
        .map_err(&failed)
}
