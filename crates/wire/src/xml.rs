//! The XML form, written by hand byte for byte as the original writes it
//! (wire contract, section 2.1), and read with any prefixes.

mod read;
mod write;

pub(crate) use read::ItemReader;
pub use read::read;
pub use write::write;

/// The namespace of the envelope.
pub const NAMESPACE: &str = "http://netlicensing.labs64.com/schema/context";

/// Why a document cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum XmlError {
    /// Not well-formed, or not UTF-8.
    #[error("the document is not well-formed XML")]
    Malformed(#[source] quick_xml::Error),
    /// Well-formed, and not an envelope.
    #[error("the document is not a NetLicensing context: {0}")]
    Unexpected(String),
    /// Nested too deep, too large, or with a document type.
    #[error("the document exceeds a limit: {0}")]
    Limit(&'static str),
}
