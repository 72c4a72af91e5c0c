//! The one byte form of a reply, of which canonical XML would forgive many a
//! change. It is that of `leasehold-wire`, whose document is signed, with the
//! signature in front of its content.
//!
//! A document is of this form when writing its tree again gives its bytes.

use roxmltree::{Document, Node};

use super::{C14N_WITH_COMMENTS, CONTEXT, DSIG, ENVELOPED, RSA_SHA256, SHA256};

/// True when `document`, whose tree is `tree`, has the form. Nothing is verified.
pub(super) fn is_exact(document: &[u8], tree: &Document<'_>) -> bool {
    let mut out = String::with_capacity(document.len());
    out.push_str(DECLARATION);
    element(&mut out, tree.root_element()).is_some() && out.as_bytes() == document
}

/// Where a signature belongs in `document`, in bytes: behind the start tag of its root element.
/// `None`: the document does not have the form, or it is signed already.
pub(super) fn insertion(document: &[u8], tree: &Document<'_>) -> Option<usize> {
    let root = tree.root_element();
    let is_signed = root
        .children()
        .any(|node| node.has_tag_name((DSIG, "Signature")));
    if is_signed || !root.has_tag_name((CONTEXT, "netlicensing")) || !is_exact(document, tree) {
        return None;
    }
    // In front of its first child, which begins with a `<`: the root element holds no text.
    Some(root.first_element_child()?.range().start)
}

/// The signature, both of whose values are in base64.
pub(super) fn signature(digest: &str, value: &str) -> String {
    format!(
        "<Signature><SignedInfo>\
         <CanonicalizationMethod Algorithm=\"{C14N_WITH_COMMENTS}\"/>\
         <SignatureMethod Algorithm=\"{RSA_SHA256}\"/>\
         <Reference URI=\"\">\
         <Transforms><Transform Algorithm=\"{ENVELOPED}\"/></Transforms>\
         <DigestMethod Algorithm=\"{SHA256}\"/>\
         <DigestValue>{digest}</DigestValue>\
         </Reference></SignedInfo>\
         <SignatureValue>{value}</SignatureValue></Signature>"
    )
}

/// `None`: the form has no place for this element or for something in it.
fn element(out: &mut String, element: Node<'_, '_>) -> Option<()> {
    let tag = element.tag_name();
    if tag.namespace() == Some(DSIG) && tag.name() == "Signature" {
        return signature_again(out, element);
    }
    if tag.namespace() != Some(CONTEXT) {
        return None;
    }
    let shape = SHAPES.iter().find(|shape| shape.name == tag.name())?;
    out.push_str("<ns2:");
    out.push_str(shape.name);
    if element.parent_element().is_none() {
        out.push_str(DECLARED);
    }
    // What the schema does not know is not written, and so makes a difference.
    for name in shape.attributes {
        if let Some(value) = element.attribute(*name) {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape(out, value, true);
            out.push('"');
        }
    }
    if !shape.holds_text && !element.has_children() {
        out.push_str("/>");
        return Some(());
    }
    out.push('>');
    for child in element.children() {
        if child.is_element() && !shape.holds_text {
            self::element(out, child)?;
        } else if child.is_text() && shape.holds_text {
            escape(out, child.text()?, false);
        } else {
            return None;
        }
    }
    out.push_str("</ns2:");
    out.push_str(shape.name);
    out.push('>');
    Some(())
}

fn signature_again(out: &mut String, element: Node<'_, '_>) -> Option<()> {
    let value = |name| {
        let element = element
            .descendants()
            .find(|node| node.has_tag_name((DSIG, name)))?;
        // Verifying passes over white space, which is none of the form's.
        element
            .text()
            .filter(|text| !text.contains(|next: char| next.is_ascii_whitespace()))
    };
    let (digest, signed) = (value("DigestValue")?, value("SignatureValue")?);
    out.push_str(&signature(digest, signed));
    Some(())
}

fn escape(out: &mut String, text: &str, is_attribute: bool) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            '"' if is_attribute => out.push_str("&quot;"),
            '\t' if is_attribute => out.push_str("&#x9;"),
            '\n' if is_attribute => out.push_str("&#xA;"),
            other => out.push(other),
        }
    }
}

/// An element of the envelope.
struct Shape {
    name: &'static str,
    /// In the order in which they are written.
    attributes: &'static [&'static str],
    /// Text and no elements, and two tags also around nothing.
    holds_text: bool,
}

/// Source: wire specification, 2.1.
const SHAPES: &[Shape] = &[
    shape("netlicensing", &["id", "ttl"], false),
    shape("infos", &[], false),
    shape("info", &["id", "type"], true),
    shape(
        "items",
        &[
            "pagenumber",
            "itemsnumber",
            "totalpages",
            "totalitems",
            "hasnext",
        ],
        false,
    ),
    shape("item", &["type"], false),
    shape("property", &["name"], true),
    shape("list", &["name"], false),
];

const fn shape(name: &'static str, attributes: &'static [&'static str], holds_text: bool) -> Shape {
    Shape {
        name,
        attributes,
        holds_text,
    }
}

/// The end tag of the root element.
pub(super) const END: &str = "</ns2:netlicensing>";

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

const DECLARED: &str = concat!(
    r#" xmlns="http://www.w3.org/2000/09/xmldsig#""#,
    r#" xmlns:ns2="http://netlicensing.labs64.com/schema/context""#,
);
