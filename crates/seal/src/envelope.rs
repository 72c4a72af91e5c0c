//! Export packages: a document sealed to its recipient, inside an XML
//! envelope whose header the vendor signed (agent specification, 5.3).

use crate::keys::{PublicKey, SigningKey};
use crate::secret::Secret;

/// The signed header, as text: what each field means is the caller's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// UUID, version 7.
    pub package: String,
    /// Canonical timestamp.
    pub created: String,
    /// Counts from 1.
    pub generation: u64,
    /// The oldest agent that can read it.
    pub minimum_agent: String,
    /// Whose it is.
    pub vendor: String,
    /// Its product.
    pub product: String,
    /// How many licensees.
    pub licensee_count: usize,
    /// SHA-256 over their numbers; the numbers stay inside.
    pub licensee_digest: [u8; 32],
    /// Who can open it.
    pub recipient: RecipientKind,
}

/// Who can open a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecipientKind {
    /// Anybody: it is not encrypted.
    None,
    /// Whoever knows the passphrase.
    Passphrase,
}

/// What a package is sealed with, or opened with.
pub enum Lock<'a> {
    /// Nothing.
    None,
    /// A passphrase.
    Passphrase(&'a Secret),
}

/// Why a package is not taken.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Not of the one byte form, altered, or not signed by the given key.
    #[error("the package is damaged or was altered")]
    Damaged,
    /// Signed by another vendor's key.
    #[error("the package was signed with another key: {found}")]
    OtherKey {
        /// The fingerprint of the key that signed it.
        found: String,
    },
    /// The passphrase does not open it.
    #[error("the passphrase does not open the package")]
    WrongPassphrase,
    /// A passphrase is needed and was not given.
    #[error("the package is sealed with a passphrase, and none was given")]
    PassphraseMissing,
    /// It exceeds a limit: 64 MiB the file, 1 GiB inflated, work factor 20.
    #[error("the package exceeds a limit: {0}")]
    Limit(&'static str),
    /// It could not be made.
    #[error("the package could not be sealed")]
    Seal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Seals `document`, digests, signs; returns the file.
pub fn seal(
    _header: &Header,
    _document: &[u8],
    _lock: Lock<'_>,
    _key: &SigningKey,
) -> Result<Vec<u8>, EnvelopeError> {
    todo!()
}

/// A package whose signature holds; nothing of it was opened yet.
#[derive(Debug)]
pub struct Verified {
    /// The signed header.
    pub header: Header,
    /// Who signed it.
    pub signer: PublicKey,
    _payload: Vec<u8>,
}

/// Verifies a file. `trusted` is the vendor's key; `None` takes the key the file names, for the
/// first import, where the caller shows its fingerprint.
pub fn verify(_file: &[u8], _trusted: Option<&PublicKey>) -> Result<Verified, EnvelopeError> {
    todo!()
}

impl Verified {
    /// Opens the payload and inflates it.
    pub fn open(&self, _lock: Lock<'_>) -> Result<Vec<u8>, EnvelopeError> {
        todo!()
    }
}
