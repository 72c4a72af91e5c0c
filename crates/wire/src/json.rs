//! The JSON form, written by hand (wire contract, section 2.2), and read.

use crate::context::Context;

/// Why a document cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Not JSON.
    #[error("the document is not well-formed JSON")]
    Malformed(#[source] serde_json::Error),
    /// JSON, and not an envelope.
    #[error("the document is not a NetLicensing context: {0}")]
    Unexpected(&'static str),
}

/// Writes the envelope.
pub fn write(_context: &Context) -> Vec<u8> {
    todo!()
}

/// Reads an envelope; unknown members are skipped.
pub fn read(_bytes: &[u8]) -> Result<Context, JsonError> {
    todo!()
}
