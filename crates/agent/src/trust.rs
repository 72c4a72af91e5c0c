//! Which key packages must be signed with.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_seal::keys::PublicKey;

use crate::cli::VendorKey;
use crate::error::{AgentError, PackageFault};

/// What is known of the vendor's key. Its fingerprint says as much as the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrustedKey {
    fingerprint: String,
}

impl TrustedKey {
    /// The key of an earlier import.
    pub(crate) fn known(key: &PublicKey) -> Self {
        Self {
            fingerprint: key.fingerprint(),
        }
    }

    /// The key of this fingerprint.
    pub(crate) fn of(fingerprint: String) -> Self {
        Self { fingerprint }
    }

    /// Its fingerprint.
    pub(crate) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The key that `--vendor-key` names.
    pub(crate) fn load(named: &VendorKey) -> Result<Self, AgentError> {
        let path = match named {
            VendorKey::Fingerprint(fingerprint) => {
                return Ok(Self {
                    fingerprint: fingerprint.clone(),
                });
            }
            VendorKey::File(path) => path,
        };
        let refused =
            |what: &str| AgentError::option("--vendor-key", format!("'{}' {what}", path.display()));
        let text = fs::read_to_string(path)
            .map_err(|error| refused(&format!("cannot be read: {error}")))?;
        let key = STANDARD.decode(text.trim()).ok();
        let key = key.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let key = key.ok_or_else(|| refused("holds no Ed25519 key in base64"))?;
        Ok(Self::known(&PublicKey(key)))
    }

    /// Refuses the file `name` when another key signed it.
    pub(crate) fn check(&self, name: &str, signer: &PublicKey) -> Result<(), AgentError> {
        let found = signer.fingerprint();
        if found == self.fingerprint {
            return Ok(());
        }
        Err(AgentError::Package {
            file: name.to_owned(),
            fault: PackageFault::OtherVendor {
                found,
                trusted: self.fingerprint.clone(),
            },
        })
    }
}
