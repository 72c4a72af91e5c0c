//! The key of the installation: finds API keys without telling them, and
//! encrypts what must be told again. It lies beside the store, never in it,
//! so that a stolen database file opens nothing.

use std::path::Path;

/// Why the key or something under it cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InstallationKeyError {
    /// The file cannot be read or made.
    #[error("the key file '{}' cannot be used", .0.display())]
    File(std::path::PathBuf, #[source] std::io::Error),
    /// The file is not a key.
    #[error("the key file '{}' is damaged", .0.display())]
    Damaged(std::path::PathBuf),
    /// Encrypted under another key, or altered.
    #[error("the data was encrypted under another installation's key, or was altered")]
    Open,
}

/// 32 random bytes, from which the two keys in use are derived. It does not print.
pub struct InstallationKey {
    _root: zeroize::Zeroizing<[u8; 32]>,
}

impl InstallationKey {
    /// Reads the key file, or makes one (mode 0600, synced) where there is none.
    pub fn load_or_create(_file: &Path) -> Result<Self, InstallationKeyError> {
        todo!()
    }

    /// A fresh key that lies nowhere, for tests.
    pub fn ephemeral() -> Self {
        todo!()
    }

    /// The look-up key of a secret: HMAC-SHA-256, so that equal secrets are found and none is told.
    pub fn lookup(&self, _secret: &str) -> [u8; 32] {
        todo!()
    }

    /// Encrypts for storage; `purpose` must be given again to open.
    pub fn seal(&self, _purpose: &str, _plain: &[u8]) -> Vec<u8> {
        todo!()
    }

    /// Opens what [`InstallationKey::seal`] made.
    pub fn open(
        &self,
        _purpose: &str,
        _sealed: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, InstallationKeyError> {
        todo!()
    }
}
