//! Reading a document that nobody vouches for yet: within limits, and only XML
//! that every reader understands alike.

use std::borrow::Cow;

use roxmltree::{Document, Node, ParsingOptions};

use super::{SIZE_LIMIT, XmlDsigError};

/// The text of a document, fit for [`parse`]: of bounded size, depth and width, without a DTD, in
/// UTF-8, with the line ends that XML 1.0 (2.11) gives it before anything else reads it.
pub(super) fn text(document: &[u8]) -> Result<Cow<'_, str>, XmlDsigError> {
    if document.len() > SIZE_LIMIT {
        return Err(XmlDsigError::Limit("4 MiB"));
    }
    let text = std::str::from_utf8(document).map_err(|_| XmlDsigError::Unreadable("not UTF-8"))?;
    let text = if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    };
    declaration(&text)?;
    limits(text.as_bytes())?;
    Ok(text)
}

/// The tree of what [`text`] returned.
pub(super) fn parse(text: &str) -> Result<Document<'_>, XmlDsigError> {
    let options = ParsingOptions {
        nodes_limit: NODE_LIMIT,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => XmlDsigError::Limit("nodes"),
        _ => XmlDsigError::Unreadable("not well-formed"),
    })?;
    for node in document.descendants() {
        namespaces(node)?;
        // XML 1.0, 2.6, reserves the name; our parser lets it pass.
        if node
            .pi()
            .is_some_and(|pi| pi.target.eq_ignore_ascii_case("xml"))
        {
            return Err(XmlDsigError::Unreadable("declaration"));
        }
    }
    Ok(document)
}

/// Refuses declarations that our parser lets pass and others do not: two default namespaces on an
/// element, a prefix that is taken back, and a relative name, which canonical XML (1.3) forbids.
fn namespaces(element: Node<'_, '_>) -> Result<(), XmlDsigError> {
    let mut defaults = 0;
    for namespace in element.namespaces() {
        let is_fit = match namespace.name() {
            None => {
                defaults += 1;
                defaults == 1 && (namespace.uri().is_empty() || is_absolute(namespace.uri()))
            }
            Some(_) => is_absolute(namespace.uri()),
        };
        if !is_fit {
            return Err(XmlDsigError::Unreadable("namespaces"));
        }
    }
    Ok(())
}

/// True when the name starts with a scheme (RFC 3986, 3.1).
fn is_absolute(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

/// Refuses an XML declaration of another version or encoding: the parser passes over it, others
/// would read other text.
fn declaration(text: &str) -> Result<(), XmlDsigError> {
    const UNFIT: XmlDsigError = XmlDsigError::Unreadable("declaration");
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(declaration) = text.strip_prefix("<?xml ") else {
        return Ok(());
    };
    let (mut rest, _) = declaration.split_once("?>").ok_or(UNFIT)?;
    let mut names = ["version", "encoding", "standalone"].into_iter();
    while !rest.trim_ascii().is_empty() {
        let (name, value, behind) = assignment(rest).ok_or(UNFIT)?;
        let is_fit = match name {
            "version" => value == "1.0",
            "encoding" => value.eq_ignore_ascii_case("UTF-8"),
            _ => value == "yes" || value == "no",
        };
        if !is_fit || !names.any(|known| known == name) {
            return Err(UNFIT);
        }
        rest = behind;
    }
    Ok(())
}

/// Splits `name="value"…` in name, value and what is behind them.
fn assignment(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.trim_ascii_start().split_once('=')?;
    let rest = rest.trim_ascii_start();
    let quote = rest.chars().next().filter(|quote| "\"'".contains(*quote))?;
    let (value, behind) = rest[1..].split_once(quote)?;
    Some((name.trim_ascii_end(), value, behind))
}

/// Refuses what a parser would take long for: it compares each attribute of an element with each
/// other, and each namespace in scope with each other. Whether the document is well-formed is not
/// judged here.
fn limits(text: &[u8]) -> Result<(), XmlDsigError> {
    let mut depth = 0_usize;
    let mut declarations = 0;
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b'<') {
        rest = &rest[at..];
        rest = match rest {
            [b'<', b'!', b'-', b'-', comment @ ..] => behind(comment, b"-->")?,
            [b'<', b'!', b'[', section @ ..] => behind(section, b"]]>")?,
            [b'<', b'!', ..] => return Err(XmlDsigError::Unreadable("DTD")),
            [b'<', b'?', instruction @ ..] => behind(instruction, b"?>")?,
            [b'<', b'/', tag @ ..] => {
                depth = depth.saturating_sub(1);
                behind(tag, b">")?
            }
            _ => {
                let tag = start_tag(rest)?;
                declarations += tag.declarations;
                if tag.attributes > ATTRIBUTE_LIMIT {
                    return Err(XmlDsigError::Limit("attributes of an element"));
                }
                if declarations > DECLARATION_LIMIT {
                    return Err(XmlDsigError::Limit("namespaces"));
                }
                depth += usize::from(!tag.is_empty_element);
                if depth > DEPTH_LIMIT {
                    return Err(XmlDsigError::Limit("depth"));
                }
                &rest[tag.length..]
            }
        };
    }
    Ok(())
}

struct StartTag {
    length: usize,
    attributes: usize,
    declarations: usize,
    is_empty_element: bool,
}

fn start_tag(text: &[u8]) -> Result<StartTag, XmlDsigError> {
    let mut attributes = 0;
    let mut declarations = 0;
    let mut quote = None;
    for (at, &byte) in text.iter().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => {
                quote = Some(byte);
                attributes += 1;
            }
            (None, b'x') if text[at..].starts_with(b"xmlns") => declarations += 1,
            (None, b'>') => {
                return Ok(StartTag {
                    length: at + 1,
                    attributes,
                    declarations,
                    is_empty_element: text[at - 1] == b'/',
                });
            }
            (None, _) => {}
        }
    }
    Err(XmlDsigError::Unreadable("not well-formed"))
}

/// What is behind the next `end`.
fn behind<'a>(text: &'a [u8], end: &[u8]) -> Result<&'a [u8], XmlDsigError> {
    let at = text.windows(end.len()).position(|window| window == end);
    let at = at.ok_or(XmlDsigError::Unreadable("not well-formed"))?;
    Ok(&text[at + end.len()..])
}

/// A reply of 4 MiB with the shortest of properties has about 220 000.
const NODE_LIMIT: u32 = 256 * 1024;

/// The schema's lists nest without a bound; replies nest them three deep.
const DEPTH_LIMIT: usize = 64;

const ATTRIBUTE_LIMIT: usize = 64;

/// Of the whole document; a reply has two.
const DECLARATION_LIMIT: usize = 64;
