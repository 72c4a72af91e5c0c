//! The options of backup and restore.

use std::path::{Path, PathBuf};

use super::config::{PassphraseSource, refused};
use super::options::Id;
use super::settings::Settings;
use crate::error::AgentError;

/// Copy the database into a sealed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Where to.
    pub to: PathBuf,
    /// What seals it.
    pub passphrase: PassphraseSource,
}

/// Put such a copy in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restore {
    /// The copy.
    pub from: PathBuf,
    /// What opens it.
    pub passphrase: PassphraseSource,
    /// Put aside the database that is there.
    pub force: bool,
}

pub(super) fn backup(settings: &Settings<'_>, work_dir: &Path) -> Result<Backup, AgentError> {
    Ok(Backup {
        to: file(settings, Id::To, work_dir)?,
        passphrase: passphrase(settings, work_dir)?,
    })
}

pub(super) fn restore(settings: &Settings<'_>, work_dir: &Path) -> Result<Restore, AgentError> {
    Ok(Restore {
        from: file(settings, Id::From, work_dir)?,
        passphrase: passphrase(settings, work_dir)?,
        force: settings.switch(Id::Force)?,
    })
}

fn file(settings: &Settings<'_>, id: Id, work_dir: &Path) -> Result<PathBuf, AgentError> {
    let path = settings.path(id, work_dir)?;
    if path == work_dir {
        return Err(refused(id, "missing; name a file"));
    }
    Ok(path)
}

fn passphrase(settings: &Settings<'_>, work_dir: &Path) -> Result<PassphraseSource, AgentError> {
    let given = settings.passphrase(work_dir)?;
    Ok(given.map_or(PassphraseSource::None, |(_, source)| source))
}
