//! Export packages: a document sealed to its recipient, inside an XML
//! envelope whose header the vendor signed (agent specification, 5.3).

pub(crate) mod form;
pub(crate) mod payload;
#[cfg(test)]
mod tests;

use crate::digest::sha256;
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

impl RecipientKind {
    /// As the header names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Passphrase => "passphrase",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Passphrase]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// What a package is sealed with, or opened with.
#[derive(Debug, Clone, Copy)]
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

/// The largest file that is read or made, in bytes.
pub const FILE_LIMIT: usize = 64 * 1024 * 1024;

/// The largest document that is inflated or sealed, in bytes.
pub(crate) const INFLATED_LIMIT: usize = 1024 * 1024 * 1024;

/// Seals `document`, digests, signs; returns the file. `lock` must be of the kind that the header
/// names. A passphrase costs about a second of one processor and 128 MiB: not for an async thread.
pub fn seal(
    header: &Header,
    document: &[u8],
    lock: Lock<'_>,
    key: &SigningKey,
) -> Result<Vec<u8>, EnvelopeError> {
    seal_with(header, document, lock, key, WORK_FACTOR)
}

fn seal_with(
    header: &Header,
    document: &[u8],
    lock: Lock<'_>,
    key: &SigningKey,
    work_factor: u8,
) -> Result<Vec<u8>, EnvelopeError> {
    if header.recipient != lock.kind() {
        return Err(EnvelopeError::Seal(
            "the header names another recipient".into(),
        ));
    }
    let texts = [
        &header.package,
        &header.created,
        &header.minimum_agent,
        &header.vendor,
        &header.product,
    ];
    if !texts.into_iter().all(|text| form::is_writable(text)) {
        return Err(EnvelopeError::Seal(
            "the header holds a character that XML cannot".into(),
        ));
    }
    let payload = payload::seal(document, &lock, work_factor)?;
    let signed = form::write_header(header, &sha256(&[&payload]));
    let signature = key.sign(DOMAIN, signed.as_bytes());
    let file = form::write(&signed, &payload, &key.public(), &signature);
    if file.len() > FILE_LIMIT {
        return Err(EnvelopeError::Limit(FILE));
    }
    Ok(file)
}

/// A package whose signature holds; nothing of it was opened yet.
#[derive(Debug)]
pub struct Verified {
    /// The signed header.
    pub header: Header,
    /// Who signed it.
    pub signer: PublicKey,
    payload: Vec<u8>,
}

/// Verifies a file. `trusted` is the vendor's key; `None` takes the key the file names, for the
/// first import, where the caller shows its fingerprint.
///
/// The file must be, byte for byte, what this crate writes for what it says (AG-21); then the
/// payload must have the digest that the header names, and the header the signature.
pub fn verify(file: &[u8], trusted: Option<&PublicKey>) -> Result<Verified, EnvelopeError> {
    if file.len() > FILE_LIMIT {
        return Err(EnvelopeError::Limit(FILE));
    }
    let parts = form::read(file).ok_or(EnvelopeError::Damaged)?;
    let signed = form::write_header(&parts.header, &parts.payload_digest);
    let signer = parts.signer;
    let genuine = form::write(&signed, &parts.payload, &signer, &parts.signature) == file
        && sha256(&[&parts.payload]) == parts.payload_digest
        && signer.verifies(DOMAIN, signed.as_bytes(), &parts.signature);
    if !genuine {
        return Err(EnvelopeError::Damaged);
    }
    match trusted {
        Some(trusted) if *trusted != signer => Err(EnvelopeError::OtherKey {
            found: signer.fingerprint(),
        }),
        _ => Ok(Verified {
            header: parts.header,
            signer,
            payload: parts.payload,
        }),
    }
}

impl Verified {
    /// Opens the payload and inflates it. A package that needs no passphrase ignores a given one.
    /// A passphrase costs what it costs to [`seal`].
    pub fn open(&self, lock: Lock<'_>) -> Result<Vec<u8>, EnvelopeError> {
        match (self.header.recipient, lock) {
            (RecipientKind::None, _) => payload::inflate(&self.payload, INFLATED_LIMIT),
            (RecipientKind::Passphrase, Lock::None) => Err(EnvelopeError::PassphraseMissing),
            (RecipientKind::Passphrase, Lock::Passphrase(passphrase)) => {
                let deflated = payload::open(&self.payload, passphrase)?;
                payload::inflate(&deflated, INFLATED_LIMIT)
            }
        }
    }
}

impl Lock<'_> {
    fn kind(&self) -> RecipientKind {
        match self {
            Self::None => RecipientKind::None,
            Self::Passphrase(_) => RecipientKind::Passphrase,
        }
    }
}

/// What the vendor's key signs here, and nowhere else.
const DOMAIN: &str = "leasehold/assets/1";

/// scrypt with 2^17 rounds: 128 MiB and about a second for every guess.
pub(crate) const WORK_FACTOR: u8 = 17;

const FILE: &str = "64 MiB the file";
