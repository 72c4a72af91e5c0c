//! Verifying a reply.
//!
//! Only one shape of signature is taken: a signature that refers to something
//! else than the whole document could be moved to where another is read.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RsaParameters,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node};

use super::c14n::{self, Comments};
use super::{
    C14N, C14N_WITH_COMMENTS, DSIG, ENVELOPED, RSA_SHA1, RSA_SHA256, ResponseVerifier, SHA1,
    SHA256, XmlDsigError, form, read,
};

/// Verifies a document by the standard: its canonical form is what counts, not its bytes.
///
/// Taken are an enveloped signature over the whole document, as the first element in the root
/// element, inclusive Canonical XML 1.0, and RSA with SHA-256 or, as the original signed, with
/// SHA-1. Comments outside of the signature are not signed, by the standard. Source: XML-Signature
/// Syntax and Processing; wire specification, section 9.
pub fn verify(document: &[u8], key: &ResponseVerifier) -> Result<(), XmlDsigError> {
    let text = read::text(document)?;
    verify_tree(&read::parse(&text)?, key)
}

/// As [`verify`], and the document must be, byte for byte, what [`super::sign`] makes (`NotExact`).
/// So it knows SHA-256 alone.
pub fn verify_exact(document: &[u8], key: &ResponseVerifier) -> Result<(), XmlDsigError> {
    let text = read::text(document)?;
    let tree = read::parse(&text)?;
    verify_tree(&tree, key)?;
    if form::is_exact(document, &tree) {
        Ok(())
    } else {
        Err(XmlDsigError::NotExact)
    }
}

fn verify_tree(tree: &Document<'_>, key: &ResponseVerifier) -> Result<(), XmlDsigError> {
    let signature = signature(tree)?;
    let parts = parts(signature).map_err(XmlDsigError::Form)?;
    let signed = c14n::of_element(parts.signed_info, parts.comments);
    if !key.verifies(parts.method.parameters, &signed, &parts.value) {
        return Err(XmlDsigError::OtherKey);
    }
    // A reference to the whole document excludes its comments (4.3.3.3), whatever SignedInfo does.
    let content = c14n::of_document(tree.root(), Some(signature), Comments::Omit);
    if digest::digest(parts.method.digest, &content).as_ref() != parts.digest {
        return Err(XmlDsigError::Altered);
    }
    Ok(())
}

/// The only signature, in the only place for one.
fn signature<'a, 'input>(tree: &'a Document<'input>) -> Result<Node<'a, 'input>, XmlDsigError> {
    let mut signatures = tree
        .descendants()
        .filter(|node| node.has_tag_name((DSIG, "Signature")));
    let signature = signatures.next().ok_or(XmlDsigError::Unsigned)?;
    if signatures.next().is_some() {
        return Err(XmlDsigError::Form("more than one signature"));
    }
    if tree.root_element().first_element_child() != Some(signature) {
        return Err(XmlDsigError::Form("the signature's place"));
    }
    Ok(signature)
}

/// What a signature says.
struct Parts<'a, 'input> {
    signed_info: Node<'a, 'input>,
    comments: Comments,
    method: &'static Method,
    digest: Vec<u8>,
    value: Vec<u8>,
}

fn parts<'a, 'input>(signature: Node<'a, 'input>) -> Result<Parts<'a, 'input>, &'static str> {
    let [signed_info, value] = children(signature, ["SignedInfo", "SignatureValue"])?;
    let [canonicalization, method, reference] = children(
        signed_info,
        ["CanonicalizationMethod", "SignatureMethod", "Reference"],
    )?;
    let [transforms, digest_method, digest] =
        children(reference, ["Transforms", "DigestMethod", "DigestValue"])?;
    let [transform] = children(transforms, ["Transform"])?;

    let elements = [signature, signed_info, transforms, value, digest];
    if elements.iter().any(|node| node.attributes().len() != 0) {
        return Err("an attribute");
    }
    if reference.attributes().len() != 1 || reference.attribute("URI") != Some("") {
        return Err("the reference is not to the whole document");
    }
    if algorithm(transform)? != ENVELOPED {
        return Err("the transform");
    }
    let comments = match algorithm(canonicalization)? {
        C14N => Comments::Omit,
        C14N_WITH_COMMENTS => Comments::Keep,
        _ => return Err("the canonicalization"),
    };
    let named = (algorithm(method)?, algorithm(digest_method)?);
    let method = METHODS
        .iter()
        .find(|method| (method.name, method.digest_name) == named)
        .ok_or("the algorithms")?;
    Ok(Parts {
        signed_info,
        comments,
        method,
        digest: base64(digest)?,
        value: base64(value)?,
    })
}

/// The child elements, which must be these and in this order; beside them there may be white space,
/// comments and instructions.
fn children<'a, 'input, const COUNT: usize>(
    parent: Node<'a, 'input>,
    names: [&str; COUNT],
) -> Result<[Node<'a, 'input>; COUNT], &'static str> {
    let is_blank = |text: &str| text.bytes().all(|byte| byte.is_ascii_whitespace());
    let has_text = parent
        .children()
        .any(|node| node.is_text() && !is_blank(node.text().unwrap_or_default()));
    let found: Vec<Node<'a, 'input>> = parent.children().filter(Node::is_element).collect();
    let found: [Node<'a, 'input>; COUNT] = found.try_into().map_err(|_| "its elements")?;
    let are_right = found
        .iter()
        .zip(names)
        .all(|(node, name)| node.has_tag_name((DSIG, name)));
    if are_right && !has_text {
        Ok(found)
    } else {
        Err("its elements")
    }
}

/// The algorithm that an element names; it must say nothing else.
fn algorithm<'a>(element: Node<'a, '_>) -> Result<&'a str, &'static str> {
    if element.has_children() || element.attributes().len() != 1 {
        return Err("an algorithm with parameters");
    }
    element.attribute("Algorithm").ok_or("an algorithm")
}

/// The value of an element that holds nothing but base64: canonical, except that XML Schema allows
/// white space in it.
fn base64(element: Node<'_, '_>) -> Result<Vec<u8>, &'static str> {
    let mut children = element.children();
    let (Some(only), None) = (children.next(), children.next()) else {
        return Err("a value");
    };
    if !only.is_text() {
        return Err("a value");
    }
    let mut text = only.text().unwrap_or_default().to_owned();
    text.retain(|character| !character.is_ascii_whitespace());
    STANDARD.decode(text).map_err(|_| "a value")
}

/// How to sign and digest.
struct Method {
    name: &'static str,
    digest_name: &'static str,
    parameters: &'static RsaParameters,
    digest: &'static digest::Algorithm,
}

static METHODS: [Method; 2] = [
    Method {
        name: RSA_SHA256,
        digest_name: SHA256,
        parameters: &RSA_PKCS1_2048_8192_SHA256,
        digest: &digest::SHA256,
    },
    // The original's, for replies that lie on disks. To forge one, its signer must have signed what
    // the forger prepared; we sign with SHA-256 alone.
    Method {
        name: RSA_SHA1,
        digest_name: SHA1,
        parameters: &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        digest: &digest::SHA1_FOR_LEGACY_USE_ONLY,
    },
];
