//! Package files in a directory: `{n}_netlicensing-assets.xml`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use leasehold_seal::envelope::{EnvelopeError, FILE_LIMIT, Verified};

use crate::error::{AgentError, PackageFault};

/// A package file, read.
#[derive(Debug)]
pub(crate) struct PackageFile {
    /// Its name, without directories.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// The package files of a directory in the order of their numbers; those without a number last.
pub(crate) fn list(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(prefix) = name.and_then(|name| name.strip_suffix(ASSETS))
            && path.is_file()
        {
            let number = prefix.parse().unwrap_or(u64::MAX);
            found.push((number, path));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// Reads a package file; one beyond the limit is not read.
pub(crate) fn read(path: &Path) -> Result<PackageFile, AgentError> {
    let name = name_of(path);
    let mut bytes = Vec::new();
    let limit = FILE_LIMIT as u64 + 1;
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| AgentError::internal(format!("read '{}'", path.display()), error))?;
    Ok(PackageFile { name, bytes })
}

/// What is wrong with the package in file `name`, as the user is told.
pub(crate) fn fault(name: &str, error: EnvelopeError) -> AgentError {
    let fault = match error {
        // Keys are compared by the caller, who trusts a fingerprint; nothing is sealed here.
        EnvelopeError::Damaged | EnvelopeError::OtherKey { .. } | EnvelopeError::Seal(_) => {
            PackageFault::Damaged
        }
        EnvelopeError::WrongPassphrase => PackageFault::WrongPassphrase,
        EnvelopeError::Limit(limit) => PackageFault::Limit(limit),
        EnvelopeError::PassphraseMissing => {
            return AgentError::PassphraseMissing {
                file: name.to_owned(),
            };
        }
    };
    AgentError::Package {
        file: name.to_owned(),
        fault,
    }
}

/// Verifies a file that names its own key. Who that is, is the caller's to judge.
pub(crate) fn verify(name: &str, bytes: &[u8]) -> Result<Verified, AgentError> {
    leasehold_seal::envelope::verify(bytes, None).map_err(|error| fault(name, error))
}

/// Writes all files or none. Gives their paths, in the same order.
pub(crate) fn write_all(
    directory: &Path,
    suffix: &str,
    files: &[&[u8]],
) -> Result<Vec<PathBuf>, AgentError> {
    let mut done = Vec::new();
    let written = try_write_all(directory, suffix, files, &mut done);
    match written {
        Ok(()) => Ok(done),
        Err(error) => {
            // Whatever cannot be removed now could not be used either: a part is no package.
            for path in done {
                let _ = fs::remove_file(path);
            }
            let doing = format!("write to '{}'", directory.display());
            Err(AgentError::internal(doing, error))
        }
    }
}

fn try_write_all(
    directory: &Path,
    suffix: &str,
    files: &[&[u8]],
    done: &mut Vec<PathBuf>,
) -> io::Result<()> {
    for bytes in files {
        let path = next_free(directory, suffix, done)?;
        let part = with_suffix(&path, ".part");
        done.push(part.clone());
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        // It holds what a customer paid for.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    for path in done.iter_mut() {
        let whole = path.with_extension("");
        fs::rename(&*path, &whole)?;
        *path = whole;
    }
    File::open(directory)?.sync_all()
}

/// The name with the lowest free number from 1, `taken` ones aside.
fn next_free(directory: &Path, suffix: &str, taken: &[PathBuf]) -> io::Result<PathBuf> {
    for number in 1..u64::MAX {
        let path = directory.join(format!("{number}{suffix}"));
        let is_taken = path.try_exists()? || taken.contains(&with_suffix(&path, ".part"));
        if !is_taken {
            return Ok(path);
        }
    }
    Err(io::ErrorKind::StorageFull.into())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A file's name for messages.
pub(crate) fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// What package files end in.
pub(crate) const ASSETS: &str = "_netlicensing-assets.xml";
/// What reports end in.
pub(crate) const REPORT: &str = "_netlicensing-report.xml";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_in_the_order_of_their_numbers() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["10", "2", "1", "x", "a.part"] {
            let name = format!("{name}{ASSETS}");
            fs::write(directory.path().join(name), b"").unwrap();
        }
        fs::write(directory.path().join("3_other.xml"), b"").unwrap();
        fs::create_dir(directory.path().join(format!("4{ASSETS}"))).unwrap();
        let names: Vec<_> = list(directory.path())
            .unwrap()
            .iter()
            .map(|path| name_of(path).replace(ASSETS, ""))
            .collect();
        assert_eq!(names, ["1", "2", "10", "a.part", "x"]);
    }

    #[test]
    fn new_files_take_the_free_numbers() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(format!("2{ASSETS}")), b"old").unwrap();
        let written = write_all(directory.path(), ASSETS, &[b"one", b"three"]).unwrap();
        let names: Vec<_> = written.iter().map(|path| name_of(path)).collect();
        assert_eq!(names, [format!("1{ASSETS}"), format!("3{ASSETS}")]);
        assert_eq!(fs::read(&written[1]).unwrap(), b"three");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3);
    }

    #[test]
    fn when_one_file_cannot_be_written_none_is_left() {
        let directory = tempfile::tempdir().unwrap();
        // The second part's place is taken by a directory.
        fs::create_dir(directory.path().join(format!("2{ASSETS}.part"))).unwrap();
        assert!(write_all(directory.path(), ASSETS, &[b"one", b"two"]).is_err());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
