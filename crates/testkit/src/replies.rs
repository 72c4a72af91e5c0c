//! Keeps the XML replies that the tests see, for the part `schema` to judge: each once, in the
//! folder that `LEASEHOLD_XML_REPLIES` names. Without it nothing is kept.

use std::io::Write;
use std::path::PathBuf;

use leasehold_seal::digest::{hex, sha256};
use tempfile::NamedTempFile;

/// The folder, where there is one.
pub fn folder() -> Option<PathBuf> {
    std::env::var_os("LEASEHOLD_XML_REPLIES").map(PathBuf::from)
}

/// Keeps a body of this content type, when it is one of ours in XML.
pub fn keep(content_type: &str, body: &[u8]) {
    if let Some(folder) = folder().filter(|_| content_type.starts_with("application/xml")) {
        let name = hex(&sha256(&[body])[..16]);
        // Two tests may keep the same bytes at once: each writes a file of its own, and both put it
        // in the same place.
        let mut part = NamedTempFile::new_in(&folder).unwrap();
        part.write_all(body).unwrap();
        part.persist(folder.join(format!("{name}.xml"))).unwrap();
    }
}
