//! Backup and restore: the store's file, and beside it the installation's key, without which
//! API keys and package keys in the store cannot be told.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use leasehold_seal::installation::{InstallationKey, InstallationKeyError};
use leasehold_store::{Options, Store, StoreError};

use crate::app::token;
use crate::serve::KEY_FILE;

/// The store's file in a data directory.
const DATABASE: &str = "leasehold.db";

/// Why there is no backup, or none to restore.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    /// The store failed.
    #[error("the store cannot be copied or opened")]
    Store(#[from] StoreError),
    /// A file cannot be read or written.
    #[error("'{}' cannot be read or written", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// A backup consists of two files.
    #[error(
        "'{}' is missing: without the installation's key the store's API keys and package keys are lost",
        .0.display()
    )]
    NoKey(PathBuf),
    /// The key is unusable.
    #[error("the installation's key cannot be used")]
    Key(#[from] InstallationKeyError),
    /// Nothing is ever overwritten.
    #[error("'{}' exists already: move it away first", .0.display())]
    Exists(PathBuf),
}

fn failed(path: &Path) -> impl Fn(io::Error) -> BackupError {
    move |error| match error.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(path.to_owned()),
        _ => BackupError::File(path.to_owned(), error),
    }
}

/// The file of the key that belongs to the store's file `file`.
fn key_beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".key");
    PathBuf::from(name)
}

/// Copies the running store to `file` and its key beside it; returns the key's path.
pub(crate) async fn make(store: &Store, file: &Path) -> Result<PathBuf, BackupError> {
    let key_file = key_beside(file);
    for path in [file, &key_file] {
        if path.exists() {
            return Err(BackupError::Exists(path.to_owned()));
        }
    }
    store.backup(file).await?;
    copy(&store.directory().join(KEY_FILE), &key_file)?;
    sync_parent(file)?;
    Ok(key_file)
}

/// Checks the backup `file` as a whole, on a copy; returns what is wrong with it.
pub(crate) fn check(file: &Path) -> Result<Vec<String>, BackupError> {
    let staged = Staged::of(file, &key_beside(file).with_extension("check"))?;
    staged.findings()
}

/// Puts the backup `file` in place as the data directory `data`, all of it or nothing. What
/// `verify` finds in it comes back, and then nothing is put in place.
pub(crate) fn restore(file: &Path, data: &Path) -> Result<Vec<String>, BackupError> {
    let is_free = match fs::read_dir(data) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if !is_free {
        return Err(BackupError::Exists(data.to_owned()));
    }
    let mut staging = OsString::from(data);
    staging.push(".restoring");
    let staged = Staged::of(file, Path::new(&staging))?;
    let findings = staged.findings()?;
    if findings.is_empty() {
        staged.put(data)?;
    }
    Ok(findings)
}

/// A backup unpacked as a data directory of its own; removed again unless it is put in place.
struct Staged {
    directory: PathBuf,
}

impl Staged {
    fn of(file: &Path, directory: &Path) -> Result<Self, BackupError> {
        let key = key_beside(file);
        if !file.exists() {
            let missing = io::Error::from(io::ErrorKind::NotFound);
            return Err(BackupError::File(file.to_owned(), missing));
        }
        if !key.exists() {
            return Err(BackupError::NoKey(key));
        }
        DirBuilder::new()
            .recursive(false)
            .mode(0o700)
            .create(directory)
            .map_err(failed(directory))?;
        let staged = Self {
            directory: directory.to_owned(),
        };
        copy(file, &staged.directory.join(DATABASE))?;
        copy(&key, &staged.directory.join(KEY_FILE))?;
        Ok(staged)
    }

    /// What is wrong with it: what the store finds, and a key that is another's.
    fn findings(&self) -> Result<Vec<String>, BackupError> {
        let mut findings = leasehold_store::verify_file(&self.directory.join(DATABASE))?;
        if !findings.is_empty() {
            return Ok(findings);
        }
        let key = InstallationKey::load_or_create(&self.directory.join(KEY_FILE))?;
        let store = Store::open(&self.directory, Options::default())?;
        let runtime = tokio::runtime::Handle::current();
        for account in store.accounts() {
            let look = store.read(&account.vendor.number, |view| {
                view.tokens().cloned().collect::<Vec<_>>()
            });
            let tokens = runtime.block_on(look)?;
            let strange = tokens
                .iter()
                .filter(|stored| token::reveal(&key, stored).is_err())
                .count();
            if strange > 0 {
                findings.push(format!(
                    "{strange} API keys of '{}' were stored under another installation's key",
                    account.vendor.login
                ));
            }
        }
        Ok(findings)
    }

    fn put(self, data: &Path) -> Result<(), BackupError> {
        // Replaces an empty directory too, and nothing else.
        fs::rename(&self.directory, data).map_err(failed(data))?;
        sync_parent(data)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Gone already when it was put in place.
        if let Err(error) = fs::remove_dir_all(&self.directory)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(
                directory = %self.directory.display(),
                error = error.to_string(),
                "a copy of the backup could not be removed"
            );
        }
    }
}

/// Copies a file for its owner only, synced, and never over another.
fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    let mut source = File::open(from).map_err(failed(from))?;
    let mut target = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(failed(to))?;
    io::copy(&mut source, &mut target).map_err(failed(to))?;
    target.sync_all().map_err(failed(to))
}

fn sync_parent(path: &Path) -> Result<(), BackupError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let synced = File::open(parent).and_then(|directory| directory.sync_all());
    synced.map_err(failed(parent))
}
