//! What TLS reads of files: certificates, a key, and who else could read that key.

use std::path::{Path, PathBuf};

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsError;

/// All certificates of a PEM file; at least one.
pub(super) fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = read.map_err(|error| fault(file, error, TlsError::NoCertificate))?;
    match chain.is_empty() {
        true => Err(TlsError::NoCertificate(file.to_owned())),
        false => Ok(chain),
    }
}

/// The private key of a PEM file.
pub(super) fn key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(file).map_err(|error| fault(file, error, TlsError::NoKey))
}

/// Refuses a key that others than its owner may read or write.
#[cfg(unix)]
pub(super) fn check_mode(file: &Path) -> Result<(), TlsError> {
    use std::os::unix::fs::PermissionsExt;

    const OTHERS: u32 = 0o077;
    let metadata =
        std::fs::metadata(file).map_err(|error| TlsError::Read(file.to_owned(), error))?;
    let mode = metadata.permissions().mode() & 0o7777;
    match mode & OTHERS {
        0 => Ok(()),
        _ => Err(TlsError::LooseKey {
            file: file.to_owned(),
            mode,
        }),
    }
}

/// Elsewhere files have no such mode.
#[cfg(not(unix))]
pub(super) fn check_mode(_file: &Path) -> Result<(), TlsError> {
    Ok(())
}

/// What is wrong with a file. The library's own words may show a line of a key.
fn fault(file: &Path, error: pem::Error, lacking: fn(PathBuf) -> TlsError) -> TlsError {
    match error {
        pem::Error::Io(error) => TlsError::Read(file.to_owned(), error),
        pem::Error::NoItemsFound => lacking(file.to_owned()),
        _ => TlsError::Damaged(file.to_owned()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Tls, TlsFiles, TlsOptions};
    use super::*;

    /// A certificate and its key, in files of `folder`.
    pub(in super::super) fn made_in(folder: &Path) -> TlsFiles {
        let files = TlsFiles {
            certificate: folder.join("cert.pem"),
            key: folder.join("key.pem"),
        };
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&files.certificate, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        files
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_refused_unless_that_is_meant() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let files = made_in(folder.path());
        for (mode, is_tight) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            std::fs::set_permissions(&files.key, PermissionsExt::from_mode(mode)).unwrap();
            let options = TlsOptions {
                allow_loose_key: false,
                ..files.clone().into()
            };
            let tight = Tls::load(options);
            match tight {
                Ok(_) => assert!(is_tight, "{mode:o}"),
                Err(error) => assert!(
                    matches!(error, TlsError::LooseKey { mode: found, .. } if found == mode)
                ),
            }
            Tls::load(files.clone()).unwrap();
        }
    }
}
