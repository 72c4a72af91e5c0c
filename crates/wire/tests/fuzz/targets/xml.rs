//! The envelope in XML.

use std::borrow::Cow;

use leasehold_wire::context::{Context, Item, Items, List, Page, Property};
use leasehold_wire::info::{Info, InfoKind};
use leasehold_wire::xml::{self, NAMESPACE, XmlError};
use roxmltree::{Document, Node};

use super::Outcome;
use super::envelope::{comes_back, depth, holdable, map_texts, shape};

/// What is read is within the limits, comes back from both forms, and is what another parser sees.
pub(crate) fn xml(data: &[u8]) -> Outcome {
    let read = xml::read(data);
    // The other parser leaves a carriage return before a reference as it is; XML 1.0, 2.11 does not.
    let text = std::str::from_utf8(data).ok();
    let text = text.map(|text| text.replace("\r\n", "\n").replace('\r', "\n"));
    // And it takes a name that begins or ends with a colon for one without.
    let text = text.filter(|text| !has_odd_colon(text));
    let seen = text.as_deref().map(Document::parse);
    match read {
        Ok(context) => {
            // Three elements are around the outermost list.
            assert!(depth(&context) <= 61);
            assert_eq!(
                map_texts(&context, &holdable),
                context,
                "XML cannot hold it"
            );
            comes_back(&context);
            if let Some(Ok(document)) = seen {
                assert_eq!(envelope(&document).as_ref(), Some(&context));
            }
            Outcome::Accepted(shape(&context))
        }
        Err(error) => {
            if let (Some(text), Some(Ok(document))) = (&text, seen) {
                let is_needed = is_ours(&error, text) || envelope(&document).is_none();
                assert!(is_needed, "refused without need: {error:?}");
            }
            Outcome::Refused(kind(&error))
        }
    }
}

/// A colon that no name stands before or behind.
fn has_odd_colon(text: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric();
    let mut colons = text.as_bytes().windows(3).filter(|three| three[1] == b':');
    colons.any(|three| !is_name(three[0]) || !(is_name(three[2]) || three[2] == b'/'))
}

/// Our reader refuses more than the other parser: what exceeds its limits, and declarations other
/// than the usual ones. The other parser overlooks some of what is not well-formed, too.
fn is_ours(error: &XmlError, text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    if text.starts_with("<?xml") && !DECLARATIONS.iter().any(|usual| text.starts_with(usual)) {
        return true;
    }
    match error {
        XmlError::Limit(_) => true,
        XmlError::Unexpected(_) => false,
        XmlError::Malformed(error) => {
            let text = error.to_string();
            OVERLOOKED.iter().any(|reason| text.contains(reason))
        }
    }
}

/// References to what is no character (XML 1.0, 4.1), a second declaration of a namespace by one
/// element (3.1), a prefix that is called `xmlns` (Namespaces in XML 1.0, 3).
const OVERLOOKED: [&str; 4] = [
    "is not a valid codepoint",
    "not permitted in XML",
    "duplicated attribute",
    "namespace prefix 'xmlns'",
];

const DECLARATIONS: [&str; 3] = [
    r#"<?xml version="1.0"?>"#,
    r#"<?xml version="1.0" encoding="utf-8"?>"#,
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
];

fn kind(error: &XmlError) -> String {
    match error {
        XmlError::Malformed(error) => {
            // Without names and places, which follow a quotation mark or a digit.
            let text = error.to_string();
            let end = text.find(|one: char| one == '`' || one == '\'' || one.is_ascii_digit());
            format!("malformed: {}", &text[..end.unwrap_or(text.len())])
        }
        XmlError::Unexpected(what) => format!("unexpected: {what}"),
        XmlError::Limit(what) => format!("limit: {what}"),
    }
}

/// The envelope as the other parser sees it, `None` when it is none.
fn envelope(document: &Document<'_>) -> Option<Context> {
    let root = document.root_element();
    if !is_named(root, "netlicensing") {
        return None;
    }
    let only = |name| {
        let mut all = children(root, name);
        let first = all.next();
        match all.next() {
            None => Some(first),
            Some(_) => None,
        }
    };
    let infos = match only("infos")? {
        Some(infos) => children(infos, "info").map(info).collect::<Option<_>>()?,
        None => Vec::new(),
    };
    let items = match only("items")? {
        Some(items) => Some(Items {
            items: children(items, "item").map(item).collect::<Option<_>>()?,
            page: page(items)?,
        }),
        None => None,
    };
    Some(Context {
        infos,
        items,
        ttl: attribute(root, "ttl").map(str::to_owned),
    })
}

fn info(node: Node<'_, '_>) -> Option<Info> {
    Some(Info {
        id: attribute(node, "id").unwrap_or_default().to_owned(),
        kind: match attribute(node, "type") {
            Some("error") => InfoKind::Error,
            Some("warning") => InfoKind::Warning,
            Some("info") | None => InfoKind::Info,
            Some(_) => return None,
        },
        text: text(node),
    })
}

fn item(node: Node<'_, '_>) -> Option<Item> {
    Some(Item {
        kind: Cow::Owned(attribute(node, "type")?.to_owned()),
        properties: children(node, "property")
            .map(property)
            .collect::<Option<_>>()?,
        lists: children(node, "list").map(list).collect::<Option<_>>()?,
    })
}

fn list(node: Node<'_, '_>) -> Option<List> {
    Some(List {
        name: attribute(node, "name")?.to_owned(),
        properties: children(node, "property")
            .map(property)
            .collect::<Option<_>>()?,
        lists: children(node, "list").map(list).collect::<Option<_>>()?,
    })
}

fn property(node: Node<'_, '_>) -> Option<Property> {
    Some(Property {
        name: Cow::Owned(attribute(node, "name")?.to_owned()),
        value: text(node),
    })
}

/// `Some(None)` without paging, `None` when it cannot be read.
fn page(node: Node<'_, '_>) -> Option<Option<Page>> {
    if attribute(node, "pagenumber").is_none() {
        return Some(None);
    }
    let count = |name| attribute(node, name)?.parse().ok();
    Some(Some(Page {
        number: count("pagenumber")?,
        items: count("itemsnumber")?,
        total_pages: count("totalpages")?,
        total_items: count("totalitems")?,
        has_next: match attribute(node, "hasnext")? {
            "true" => true,
            "false" => false,
            _ => return None,
        },
    }))
}

/// The schema's attributes are in no namespace; the parser's own search does not ask.
fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes()
        .find(|attribute| attribute.namespace().is_none() && attribute.name() == name)
        .map(|attribute| attribute.value())
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| is_named(*child, name))
}

fn is_named(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element()
        && node.tag_name().namespace() == Some(NAMESPACE)
        && node.tag_name().name() == name
}

fn text(node: Node<'_, '_>) -> String {
    let pieces = node.children().filter(Node::is_text);
    pieces.filter_map(|piece| piece.text()).collect()
}
