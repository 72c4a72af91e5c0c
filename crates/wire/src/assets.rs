//! The document inside an export package (agent specification, 5.2): a
//! NetLicensing context that holds everything an agent needs to answer in the
//! server's place.

use jiff::Timestamp;
use leasehold_model::number::LicenseeNumber;
use leasehold_model::snapshot::{LicenseeAggregate, ProductTree};
use leasehold_model::token::ApiKey;
use leasehold_model::vendor::Vendor;

use crate::xml::XmlError;

/// What travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assets {
    /// Repeated from the signed header, so that header and document cannot be exchanged (AG-20).
    pub package: PackageIdentity,
    /// The vendor, without anything to sign in with.
    pub vendor: Vendor,
    /// The product with all modules and templates.
    pub product: ProductTree,
    /// The licensees with all licenses and their state, sorted by number.
    pub licensees: Vec<LicenseeAggregate>,
    /// API keys usable for these licensees, as digests.
    pub api_keys: Vec<ApiKeyDigest>,
    /// The server's time when the package was made.
    pub made_at: Timestamp,
}

/// Which package this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageIdentity {
    /// UUID, version 7.
    pub id: String,
    /// Counts the exports of one product to one recipient, from 1.
    pub generation: u64,
    /// `none` or `passphrase`, and later an element's serial or an agent's number.
    pub recipient: String,
}

/// An API key as the agent knows it: enough to recognise the key, not to tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyDigest {
    /// 16 random bytes of its own.
    pub salt: [u8; 16],
    /// SHA-256 over salt, then the key's number.
    pub digest: [u8; 32],
    /// What it opens.
    pub key: ApiKey,
}

/// Why a document cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    /// Not an envelope.
    #[error("the document cannot be read")]
    Xml(#[from] XmlError),
    /// An envelope, and not assets.
    #[error("the document holds no complete assets: {0}")]
    Incomplete(String),
}

/// Writes the document. Equal assets give equal bytes (AG-18).
pub fn write(_assets: &Assets) -> Vec<u8> {
    todo!()
}

/// Reads the document back: `read(write(a)) == a`.
pub fn read(_bytes: &[u8]) -> Result<Assets, AssetsError> {
    todo!()
}

/// The licensees' digest in the header: over their sorted numbers, each followed by a line feed.
pub fn licensees_text(numbers: &[LicenseeNumber]) -> String {
    let mut sorted: Vec<&LicenseeNumber> = numbers.iter().collect();
    sorted.sort();
    sorted.iter().map(|number| format!("{number}\n")).collect()
}
