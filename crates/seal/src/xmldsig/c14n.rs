//! Canonical XML 1.0, inclusive: <http://www.w3.org/TR/2001/REC-xml-c14n-20010315>.
//!
//! Of a whole document, of one without one of its elements, and of an element
//! in the scope that its ancestors give it. Documents with a DTD are refused.

use roxmltree::{Attribute, Node};

use super::{XmlDsigError, read};

/// Whether comments remain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comments {
    /// They remain: the algorithm whose name ends in `#WithComments`.
    Keep,
    /// They are left out.
    Omit,
}

/// The canonical form of a document. Fails with `Limit` or `Unreadable`, never otherwise.
pub fn canonical(document: &[u8], comments: Comments) -> Result<Vec<u8>, XmlDsigError> {
    let text = read::text(document)?;
    let tree = read::parse(&text)?;
    Ok(of_document(tree.root(), None, comments))
}

/// The canonical form of the document `root`, without the element `left_out`.
pub(super) fn of_document(
    root: Node<'_, '_>,
    left_out: Option<Node<'_, '_>>,
    comments: Comments,
) -> Vec<u8> {
    let mut writer = Writer::new(root, left_out, comments);
    let mut is_behind_root = false;
    for child in root.children() {
        if child.is_element() {
            writer.element(child, true);
            is_behind_root = true;
            continue;
        }
        // Every comment and instruction has a line of its own, outside of the root element.
        let before = writer.out.len();
        if is_behind_root {
            writer.out.push(b'\n');
        }
        let is_written = writer.leaf(child);
        if !is_written {
            writer.out.truncate(before);
        } else if !is_behind_root {
            writer.out.push(b'\n');
        }
    }
    writer.out
}

/// The canonical form of an element, with the namespaces and the `xml:` attributes that its
/// ancestors put in scope (2.4).
pub(super) fn of_element(element: Node<'_, '_>, comments: Comments) -> Vec<u8> {
    let mut writer = Writer::new(element, None, comments);
    writer.element(element, true);
    writer.out
}

struct Writer<'a, 'input> {
    source: &'input str,
    left_out: Option<Node<'a, 'input>>,
    comments: Comments,
    out: Vec<u8>,
}

impl<'a, 'input> Writer<'a, 'input> {
    fn new(node: Node<'a, 'input>, left_out: Option<Node<'a, 'input>>, comments: Comments) -> Self {
        let source = node.document().input_text();
        Self {
            source,
            left_out,
            comments,
            out: Vec::with_capacity(source.len()),
        }
    }

    /// `is_apex`: its parent is not written, so that it must tell the whole scope. Recursion is as
    /// deep as the document, which reading bounds.
    fn element(&mut self, element: Node<'a, 'input>, is_apex: bool) {
        if self.left_out == Some(element) {
            return;
        }
        let name = name_at(self.source, element.range().start + 1);
        self.put("<");
        self.put(name);
        self.namespaces(element, is_apex);
        self.attributes(element, is_apex);
        self.put(">");
        for child in element.children() {
            if child.is_element() {
                self.element(child, false);
            } else {
                self.leaf(child);
            }
        }
        self.put("</");
        self.put(name);
        self.put(">");
    }

    /// Those that the parent does not have in scope alike, sorted by prefix, the default first.
    fn namespaces(&mut self, element: Node<'a, 'input>, is_apex: bool) {
        let outer = element.parent().filter(|_| !is_apex);
        let outer_uri = |prefix| {
            let uri = outer.and_then(|outer| outer.lookup_namespace_uri(prefix));
            uri.unwrap_or_default()
        };
        let default = element.lookup_namespace_uri(None).unwrap_or_default();
        if default != outer_uri(None) {
            self.attribute("xmlns", default);
        }
        let mut prefixed: Vec<_> = element
            .namespaces()
            .filter_map(|namespace| Some((namespace.name()?, namespace.uri())))
            .filter(|(prefix, uri)| *uri != outer_uri(Some(*prefix)))
            .collect();
        prefixed.sort_unstable();
        for (prefix, uri) in prefixed {
            self.put(" xmlns:");
            self.put(prefix);
            self.value(uri);
        }
    }

    /// Sorted by namespace, then by local name: those without a namespace come first.
    fn attributes(&mut self, element: Node<'a, 'input>, is_apex: bool) {
        let mut attributes: Vec<Attribute<'a, 'input>> = element.attributes().collect();
        if is_apex {
            for ancestor in element.ancestors().skip(1) {
                for attribute in ancestor.attributes() {
                    let is_new = attributes.iter().all(|inner| key(inner) != key(&attribute));
                    if attribute.namespace() == Some(roxmltree::NS_XML_URI) && is_new {
                        attributes.push(attribute);
                    }
                }
            }
        }
        attributes.sort_unstable_by_key(key);
        for attribute in attributes {
            let name = name_at(self.source, attribute.range().start);
            self.attribute(name, attribute.value());
        }
    }

    /// Writes a text, a comment or an instruction; false when it is left out.
    fn leaf(&mut self, node: Node<'a, 'input>) -> bool {
        let text = node.text().unwrap_or_default();
        if let Some(pi) = node.pi() {
            self.put("<?");
            self.put(pi.target);
            if let Some(content) = pi.value {
                self.put(" ");
                self.put(content);
            }
            self.put("?>");
        } else if !node.is_comment() {
            self.escaped(text, |byte| match byte {
                b'&' => Some("&amp;"),
                b'<' => Some("&lt;"),
                b'>' => Some("&gt;"),
                b'\r' => Some("&#xD;"),
                _ => None,
            });
        } else if self.comments == Comments::Keep {
            self.put("<!--");
            self.put(text);
            self.put("-->");
        } else {
            return false;
        }
        true
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.put(" ");
        self.put(name);
        self.value(value);
    }

    fn value(&mut self, value: &str) {
        self.put("=\"");
        self.escaped(value, |byte| match byte {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'"' => Some("&quot;"),
            b'\t' => Some("&#x9;"),
            b'\n' => Some("&#xA;"),
            b'\r' => Some("&#xD;"),
            _ => None,
        });
        self.put("\"");
    }

    fn escaped(&mut self, text: &str, escape: fn(u8) -> Option<&'static str>) {
        for &byte in text.as_bytes() {
            match escape(byte) {
                Some(escaped) => self.put(escaped),
                None => self.out.push(byte),
            }
        }
    }

    fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }
}

fn key<'a>(attribute: &Attribute<'a, '_>) -> (&'a str, &'a str) {
    (attribute.namespace().unwrap_or_default(), attribute.name())
}

/// The name with its prefix, which the tree does not keep, from where it stands in the source.
fn name_at(source: &str, start: usize) -> &str {
    let rest = &source[start..];
    let end = rest.find(|next: char| next.is_ascii_whitespace() || "=/>".contains(next));
    &rest[..end.unwrap_or(rest.len())]
}
