//! The JSON form, written by hand (wire contract, section 2.2), and read.

mod read;
mod write;

pub use read::read;
pub(crate) use write::string;
pub use write::write;

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
