//! XML signatures of validate replies: made in the one form of the original
//! and verified by the W3C recommendation (wire specification, section 9).
//!
//! Verifying trusts a key that the caller names. It follows no reference, reads
//! no DTD and takes no key from a document.

pub mod c14n;
mod form;
mod key;
mod read;
mod sign;
#[cfg(test)]
mod tests;
mod verify;

pub use key::{ResponseKey, ResponseKeyError, ResponseVerifier};
pub use sign::sign;
pub use verify::{verify, verify_exact};

/// Why a document is not signed, or its signature not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum XmlDsigError {
    /// It exceeds a limit.
    #[error("the document exceeds a limit: {0}")]
    Limit(&'static str),
    /// It is not XML, or XML that other readers may understand in another way.
    #[error("the document cannot be read: {0}")]
    Unreadable(&'static str),
    /// It has no signature.
    #[error("the document is not signed")]
    Unsigned,
    /// The signature is not of the form that is taken: what it says was not looked at.
    #[error("the signature is not of the form that is taken: {0}")]
    Form(&'static str),
    /// The document has another digest than was signed.
    #[error("the document was altered")]
    Altered,
    /// What was signed was altered, or was signed with another key.
    #[error("the signature was not made with this key")]
    OtherKey,
    /// The bytes are not those that a reply has, though they may mean the same.
    #[error("the document is not in the form of a reply")]
    NotExact,
    /// The signature could not be made.
    #[error("the document could not be signed")]
    Sign,
}

/// The largest document that is read, in bytes.
pub const SIZE_LIMIT: usize = 4 * 1024 * 1024;

/// The namespace of signatures.
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// The namespace of the envelope.
const CONTEXT: &str = "http://netlicensing.labs64.com/schema/context";

const C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const C14N_WITH_COMMENTS: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const RSA_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
