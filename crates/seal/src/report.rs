//! State files: what an agent tells the server of its licensees (agent specification, 4.6). Sealed
//! under a key that came with the package, so that nobody else can read, make or alter one.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, ParsingOptions};
use zeroize::Zeroizing;

use crate::deflate::{deflate, inflate};
use crate::envelope::FILE_LIMIT;
use crate::envelope::form::{escaped, is_writable};

/// What stands outside, and is sealed along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportHeader {
    /// The package that the agent's state is based on.
    pub package: String,
    /// The vendor's number.
    pub vendor: String,
    /// The product's number.
    pub product: String,
    /// Counts the agent's state files of the product, from 1.
    pub sequence: u64,
    /// Canonical timestamp.
    pub created: String,
    /// The agent decides no more about what the licensees have only so much of.
    pub is_final: bool,
}

/// Why there is no state file, or nothing in it.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It is none, or not as it was made, or was made under another key.
    #[error("the report is damaged or was altered")]
    Damaged,
    /// It exceeds 64 MiB.
    #[error("the report exceeds 64 MiB")]
    TooLarge,
    /// It holds a character that XML cannot.
    #[error("the report's header holds a character that XML cannot")]
    Unwritable,
}

/// A state file, read and not opened.
#[derive(Debug)]
pub struct Sealed {
    /// As it stands there; true once [`Sealed::open`] succeeds.
    pub header: ReportHeader,
    payload: Vec<u8>,
}

/// Seals `document` under the 32 bytes of `key`.
pub fn seal(
    header: &ReportHeader,
    document: &[u8],
    key: &[u8; 32],
) -> Result<Vec<u8>, ReportError> {
    let texts = [
        &header.package,
        &header.vendor,
        &header.product,
        &header.created,
    ];
    if !texts.into_iter().all(|text| is_writable(text)) {
        return Err(ReportError::Unwritable);
    }
    let head = head(header);
    let mut sealed = deflate(document);
    let nonce = cipher(key)
        .seal_in_place_append_tag(Aad::from(head.as_bytes()), &mut sealed)
        .map_err(|_| ReportError::TooLarge)?;
    let file = file(&head, &[&nonce.as_ref()[..], &sealed].concat());
    match file.len() > FILE_LIMIT {
        true => Err(ReportError::TooLarge),
        false => Ok(file),
    }
}

/// Reads a file, which must be byte for byte what [`seal`] writes for what it says.
pub fn read(bytes: &[u8]) -> Result<Sealed, ReportError> {
    if bytes.len() > FILE_LIMIT {
        return Err(ReportError::TooLarge);
    }
    let sealed = parse(bytes).ok_or(ReportError::Damaged)?;
    match file(&head(&sealed.header), &sealed.payload) == bytes {
        true => Ok(sealed),
        false => Err(ReportError::Damaged),
    }
}

impl Sealed {
    /// Opens it with the key of its package.
    pub fn open(&self, key: &[u8; 32]) -> Result<Zeroizing<Vec<u8>>, ReportError> {
        let head = head(&self.header);
        let (nonce, sealed) = self
            .payload
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(ReportError::Damaged)?;
        let mut plain = Zeroizing::new(sealed.to_vec());
        let length = cipher(key)
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(head.as_bytes()),
                &mut plain,
            )
            .map_err(|_| ReportError::Damaged)?
            .len();
        let document = inflate(&plain[..length]).ok_or(ReportError::Damaged)?;
        Ok(Zeroizing::new(document))
    }
}

fn cipher(key: &[u8; 32]) -> RandomizedNonceKey {
    #[expect(clippy::expect_used, reason = "AES-256 takes any 32 bytes")]
    RandomizedNonceKey::new(&AES_256_GCM, key).expect("32 bytes are an AES-256 key")
}

fn head(header: &ReportHeader) -> String {
    format!(
        "<header package=\"{}\" vendor=\"{}\" product=\"{}\" sequence=\"{}\" created=\"{}\" final=\"{}\"/>",
        escaped(&header.package),
        escaped(&header.vendor),
        escaped(&header.product),
        header.sequence,
        escaped(&header.created),
        header.is_final,
    )
}

fn file(head: &str, payload: &[u8]) -> Vec<u8> {
    let mut file =
        format!("<netlicensing-report xmlns=\"{NAMESPACE}\" version=\"1\">{head}<payload>");
    STANDARD.encode_string(payload, &mut file);
    file.push_str("</payload></netlicensing-report>");
    file.into_bytes()
}

fn parse(bytes: &[u8]) -> Option<Sealed> {
    let text = std::str::from_utf8(bytes).ok()?;
    let options = ParsingOptions {
        nodes_limit: 16,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).ok()?;
    let root = document.root_element();
    if !root.has_tag_name((NAMESPACE, "netlicensing-report")) {
        return None;
    }
    let child = |name| {
        root.children()
            .find(|child| child.has_tag_name((NAMESPACE, name)))
    };
    let header = child("header")?;
    let text = |name| Some(header.attribute(name)?.to_owned());
    Some(Sealed {
        header: ReportHeader {
            package: text("package")?,
            vendor: text("vendor")?,
            product: text("product")?,
            sequence: header.attribute("sequence")?.parse().ok()?,
            created: text("created")?,
            is_final: header.attribute("final")?.parse().ok()?,
        },
        payload: STANDARD.decode(child("payload")?.text()?).ok()?,
    })
}

const NAMESPACE: &str = "urn:leasehold:report:1";

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> (ReportHeader, Vec<u8>) {
        let header = ReportHeader {
            package: "one".into(),
            vendor: "V".into(),
            product: "P<\"&".into(),
            sequence: 3,
            created: "2026-11-26T00:00:00.000Z".into(),
            is_final: true,
        };
        let file = seal(&header, b"state", &[7; 32]).unwrap();
        (header, file)
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_only() {
        let (header, file) = sealed();
        let read = read(&file).unwrap();
        assert_eq!(read.header, header);
        assert_eq!(&**read.open(&[7; 32]).unwrap(), b"state");
        read.open(&[8; 32]).unwrap_err();
    }

    #[test]
    fn no_byte_can_be_another() {
        let (_, file) = sealed();
        for at in 0..file.len() {
            for change in [1, 0x20, 0x80] {
                let mut changed = file.clone();
                changed[at] ^= change;
                let opened = read(&changed).and_then(|read| read.open(&[7; 32]));
                assert!(opened.is_err(), "byte {at} ^ {change}");
            }
        }
        for cut in 0..file.len() {
            assert!(read(&file[..cut]).is_err(), "{cut}");
        }
    }
}
