//! Signing a reply.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::c14n::{self, Comments};
use super::{DSIG, ResponseKey, SIZE_LIMIT, XmlDsigError, form, read};

/// Puts the signature into a reply, behind the start tag of its root element; all other bytes stay
/// as they are. `document` must be as `leasehold-wire` writes it, byte for byte (`NotExact`): the
/// original's Java client verifies what it would have written itself. RSA with SHA-256, which takes
/// about a millisecond. Source: wire specification, section 9.
pub fn sign(document: &[u8], key: &ResponseKey) -> Result<Vec<u8>, XmlDsigError> {
    let text = read::text(document)?;
    let tree = read::parse(&text)?;
    let at = form::insertion(document, &tree).ok_or(XmlDsigError::NotExact)?;
    let (before, behind) = document.split_at(at);

    // The whole document, to which a reference excludes the comments.
    let content = c14n::of_document(tree.root(), None, Comments::Omit);
    let digest = STANDARD.encode(digest::digest(&digest::SHA256, &content));
    let signed_info = signed_info(before, &digest)?;
    let value = key.sign(&signed_info).ok_or(XmlDsigError::Sign)?;
    let signature = form::signature(&digest, &STANDARD.encode(value));

    let signed = [before, signature.as_bytes(), behind].concat();
    if signed.len() > SIZE_LIMIT {
        return Err(XmlDsigError::Limit("4 MiB"));
    }
    Ok(signed)
}

/// What is signed: canonical, in the scope of both namespaces of the root element, whose start tag
/// ends `before`. Most libraries take the element out of its document first, lose `ns2`, and make
/// what nobody can verify.
fn signed_info(before: &[u8], digest: &str) -> Result<Vec<u8>, XmlDsigError> {
    let signature = form::signature(digest, "");
    let document = [before, signature.as_bytes(), form::END.as_bytes()].concat();
    let text = read::text(&document)?;
    let tree = read::parse(&text)?;
    let element = tree
        .descendants()
        .find(|node| node.has_tag_name((DSIG, "SignedInfo")));
    let element = element.ok_or(XmlDsigError::Sign)?;
    Ok(c14n::of_element(element, Comments::Keep))
}
