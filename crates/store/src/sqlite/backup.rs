//! Copies of a database, taken while it runs.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{failed, schema};
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

/// Keeps a copy of a database whose schema is about to be brought up to date, as `….bak-VERSION` beside it:
/// an older program reads that one, and not what comes of it (AG-62).
pub(crate) fn before_migration(from: &Connection, path: &Path) -> Result<(), StoreError> {
    let version = schema::version(from)?;
    if version == 0 || version == schema::KNOWN {
        return Ok(());
    }
    let beside = |end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".bak-{version}{end}"));
        PathBuf::from(name)
    };
    // What bears the name is whole; what an attempt that was cut short left behind is not.
    let (kept, part) = (beside(""), beside(".part"));
    let cannot = |source| StoreError::engine("keep a copy of the older database", source);
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(cannot(error)),
        _ => {}
    }
    copy(from, &part)?;
    std::fs::rename(&part, &kept).map_err(cannot)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_database_is_kept_beside_the_migrated_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leasehold.db");
        let mut db = Connection::open(&path).unwrap();
        schema::migrate_to(&mut db, 2, None).unwrap();
        drop(db);
        drop(super::super::Sqlite::open(&path, None).unwrap());
        let version = |path: &Path| schema::version(&Connection::open(path).unwrap()).unwrap();
        let kept = folder.path().join("leasehold.db.bak-2");
        assert_eq!((version(&kept), version(&path)), (2, schema::KNOWN));

        // One that is up to date is not copied.
        std::fs::remove_file(&kept).unwrap();
        drop(super::super::Sqlite::open(&path, None).unwrap());
        assert!(!kept.exists());
    }
}
