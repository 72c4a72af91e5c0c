//! What can be written beside the object model: accounts, tokens, keys and
//! the books of exports and imports.

use jiff::Timestamp;
use leasehold_model::change::Change;
use leasehold_model::number::{ProductNumber, VendorNumber};
use leasehold_model::token::ApiKey;
use leasehold_model::vendor::Vendor;

/// One write within one vendor; all writes of an edit become durable together.
#[derive(Debug, Clone)]
pub enum Write {
    /// The object model.
    Model(Change),
    /// A token is made.
    PutToken(StoredToken),
    /// A token is revoked, by its look-up key.
    RemoveToken([u8; 32]),
    /// The vendor's key for packages is made.
    PutPackageKey(SealedPackageKey),
    /// An export was made.
    PutGeneration(Generation),
    /// A package was taken in.
    PutImport(ImportRecord),
}

/// What an edit comes to.
#[derive(Debug, Clone)]
pub struct Edit<T> {
    /// For the caller, once the writes are durable.
    pub outcome: T,
    /// In the order in which they apply. None: nothing is written, not even to the audit log.
    pub writes: Vec<Write>,
}

/// Who does what, for the audit log.
#[derive(Debug, Clone)]
pub struct Origin {
    /// A login, `apiKey` with the key's name, `local` for the control socket. Never a secret.
    pub actor: Box<str>,
    /// For example `licensee.validate`, `product.update`.
    pub action: &'static str,
}

/// A vendor and how it signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The vendor.
    pub vendor: Vendor,
    /// `None`: nobody can sign in by password (an agent's store).
    pub password: Option<PasswordHash>,
    /// Raised with each change of the password, so that cached sign-ins end.
    pub revision: u64,
}

/// A PHC string of Argon2id. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub Box<str>);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// An API key as stored. `lookup` finds it: on the server the keyed hash of its number, on an
/// agent the digest that came with the package. `sealed` is the number encrypted under the
/// installation's key on the server, and the digest's salt on an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// Unique within the installation.
    pub lookup: [u8; 32],
    /// See above.
    pub sealed: Vec<u8>,
    /// What it opens.
    pub key: ApiKey,
}

/// The vendor's Ed25519 key for packages. On the server `private` is encrypted under the
/// installation's key; on an agent there is only `public`, trusted since the first import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPackageKey {
    /// 32 bytes.
    pub public: [u8; 32],
    /// Encrypted PKCS#8; `None` on an agent.
    pub private: Option<Vec<u8>>,
}

/// The newest export of one product to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// Which product.
    pub product: ProductNumber,
    /// To whom, as the package header names it.
    pub recipient: Box<str>,
    /// Counts from 1.
    pub generation: u64,
}

/// A package that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRecord {
    /// The package's id.
    pub package: Box<str>,
    /// Whose it is.
    pub vendor: VendorNumber,
    /// Its product.
    pub product: ProductNumber,
    /// Its generation.
    pub generation: u64,
    /// SHA-256 of the whole file.
    pub digest: [u8; 32],
    /// When it was taken in.
    pub imported_at: Timestamp,
}
