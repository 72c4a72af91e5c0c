//! The one byte form of a package, written and read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node, ParsingOptions};

use super::{Header, RecipientKind};
use crate::digest::hex;
use crate::keys::PublicKey;

/// What a file holds, as read; nothing of it is verified.
pub(super) struct Parts {
    pub(super) header: Header,
    pub(super) payload_digest: [u8; 32],
    pub(super) payload: Vec<u8>,
    pub(super) signer: PublicKey,
    pub(super) signature: [u8; 64],
}

/// From `<header>` to `</header>`: what is signed.
pub(super) fn write_header(header: &Header, payload_digest: &[u8; 32]) -> String {
    format!(
        "<header>\
         <package id=\"{}\" created=\"{}\" generation=\"{}\" minimumAgent=\"{}\"/>\
         <vendor number=\"{}\"/><product number=\"{}\"/>\
         <licensees count=\"{}\" digest=\"{}\"/>\
         <recipient type=\"{}\"/>\
         <payload digest=\"{}\" compression=\"deflate\"/>\
         </header>",
        escaped(&header.package),
        escaped(&header.created),
        header.generation,
        escaped(&header.minimum_agent),
        escaped(&header.vendor),
        escaped(&header.product),
        header.licensee_count,
        hex(&header.licensee_digest),
        header.recipient.as_str(),
        hex(payload_digest),
    )
}

/// The whole file. `header` is what [`write_header`] made.
pub(super) fn write(
    header: &str,
    payload: &[u8],
    signer: &PublicKey,
    signature: &[u8; 64],
) -> Vec<u8> {
    let mut file = String::with_capacity(header.len() + payload.len().div_ceil(3) * 4 + 400);
    file.push_str("<netlicensing-assets xmlns=\"");
    file.push_str(NAMESPACE);
    file.push_str("\" version=\"1\">");
    file.push_str(header);
    file.push_str("<payload>");
    STANDARD.encode_string(payload, &mut file);
    file.push_str("</payload><signature alg=\"Ed25519\" keyId=\"");
    STANDARD.encode_string(signer.0, &mut file);
    file.push_str("\">");
    STANDARD.encode_string(signature, &mut file);
    file.push_str("</signature></netlicensing-assets>");
    file.into_bytes()
}

/// Reads a file of this form, and perhaps some that only resemble it: the caller writes again what
/// was read and compares. `None`: it cannot be read.
pub(super) fn read(file: &[u8]) -> Option<Parts> {
    let text = std::str::from_utf8(file).ok()?;
    let options = ParsingOptions {
        nodes_limit: 32,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).ok()?;
    let root = document.root_element();
    if !root.has_tag_name((NAMESPACE, "netlicensing-assets")) {
        return None;
    }
    let header = child(root, "header")?;
    let package = child(header, "package")?;
    let licensees = child(header, "licensees")?;
    let signature = child(root, "signature")?;
    Some(Parts {
        header: Header {
            package: package.attribute("id")?.to_owned(),
            created: package.attribute("created")?.to_owned(),
            generation: package.attribute("generation")?.parse().ok()?,
            minimum_agent: package.attribute("minimumAgent")?.to_owned(),
            vendor: child(header, "vendor")?.attribute("number")?.to_owned(),
            product: child(header, "product")?.attribute("number")?.to_owned(),
            licensee_count: licensees.attribute("count")?.parse().ok()?,
            licensee_digest: unhex(licensees.attribute("digest")?)?,
            recipient: RecipientKind::parse(child(header, "recipient")?.attribute("type")?)?,
        },
        payload_digest: unhex(child(header, "payload")?.attribute("digest")?)?,
        payload: STANDARD.decode(child(root, "payload")?.text()?).ok()?,
        signer: PublicKey(decoded(signature.attribute("keyId")?)?),
        signature: decoded(signature.text()?)?,
    })
}

/// True when XML can hold the text at all.
pub(crate) fn is_writable(text: &str) -> bool {
    text.chars().all(|character| match character {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        _ => character >= ' ',
    })
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children()
        .find(|child| child.has_tag_name((NAMESPACE, name)))
}

fn decoded<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let bytes = text.as_bytes();
    if bytes.len() != 64 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut value = [0; 32];
    for (at, pair) in bytes.chunks_exact(2).enumerate() {
        value[at] = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(value)
}

pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // Written as such they would come back as blanks.
            '\t' => escaped.push_str("&#9;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            other => escaped.push(other),
        }
    }
    escaped
}

const NAMESPACE: &str = "urn:leasehold:assets:1";
