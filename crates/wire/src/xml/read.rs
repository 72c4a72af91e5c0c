//! Reads the envelope event by event. Prefixes are the writer's business,
//! namespaces are checked; what the schema does not name is skipped.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::encoding::EncodingError;
use quick_xml::errors::IllFormedError;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::{NAMESPACE, XmlError};
use crate::context::{Context, Item, Items, List, Page, Property};
use crate::info::{Info, InfoKind};

/// Bytes of a reply.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Elements within elements. The envelope itself needs four, every nested list one more.
const MAX_DEPTH: usize = 64;
/// Attributes of one element; looking for repeated ones takes time in the square of their number.
const MAX_ATTRIBUTES: usize = 64;

/// Reads an envelope; unknown elements are skipped, document types refused.
///
/// At most 64 MiB, 64 elements deep and 64 attributes an element. No entity is known but the
/// five that XML itself defines.
pub fn read(bytes: &[u8]) -> Result<Context, XmlError> {
    let mut reading = Reading::new(bytes, MAX_BYTES)?;
    while reading.go_on()? {}
    reading.tree.finish()
}

/// Reads an envelope whose items are as many as one likes: one after the other, so that they need not be
/// in memory together.
pub(crate) struct ItemReader<'a>(Reading<'a>);

impl<'a> ItemReader<'a> {
    /// At most so many bytes; the other limits are those of [`read`].
    pub(crate) fn new(bytes: &'a [u8], max_bytes: usize) -> Result<Self, XmlError> {
        Reading::new(bytes, max_bytes).map(Self)
    }

    /// The next item; `None` behind the last, where [`ItemReader::finish`] tells all else.
    pub(crate) fn next(&mut self) -> Result<Option<Item>, XmlError> {
        while self.0.go_on()? {
            let item = match self.0.tree.open.last_mut() {
                Some(Element::Items(items)) => items.items.pop(),
                _ => None,
            };
            if item.is_some() {
                return Ok(item);
            }
        }
        Ok(None)
    }

    /// The envelope without the items that were told.
    pub(crate) fn finish(mut self) -> Result<Context, XmlError> {
        while self.0.go_on()? {}
        self.0.tree.finish()
    }
}

/// A document, up to where it was read.
struct Reading<'a> {
    reader: NsReader<&'a [u8]>,
    tree: Tree,
    is_first: bool,
    is_over: bool,
}

impl<'a> Reading<'a> {
    fn new(bytes: &'a [u8], max_bytes: usize) -> Result<Self, XmlError> {
        if bytes.len() > max_bytes {
            return Err(XmlError::Limit("size"));
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| XmlError::Malformed(EncodingError::from(error).into()))?;
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        legal(text)?;
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().check_comments = true;
        Ok(Self {
            reader,
            tree: Tree::default(),
            is_first: true,
            is_over: false,
        })
    }

    /// Takes the next event. False: there are no more.
    fn go_on(&mut self) -> Result<bool, XmlError> {
        if self.is_over {
            return Ok(false);
        }
        let Self { reader, tree, .. } = self;
        let (namespace, event) = reader.read_resolved_event().map_err(XmlError::Malformed)?;
        match event {
            Event::Start(start) => {
                let is_ours = match namespace {
                    ResolveResult::Bound(bound) => bound.0 == NAMESPACE,
                    ResolveResult::Unbound => false,
                    ResolveResult::Unknown(_) => {
                        return Err(unexpected("a prefix that is not declared"));
                    }
                };
                tree.open(&start, is_ours)?;
            }
            Event::End(_) => tree.close(),
            Event::Text(text) => tree.text(&text.xml10_content())?,
            Event::CData(text) => tree.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                tree.text(resolve(&reference)?.encode_utf8(&mut [0; 4]))?
            }
            Event::Decl(declaration) if self.is_first => check_declaration(&declaration)?,
            Event::Decl(_) => return Err(unexpected("a declaration that is not at its beginning")),
            Event::DocType(_) => return Err(XmlError::Limit("document type")),
            Event::Eof => self.is_over = true,
            Event::Comment(_) | Event::PI(_) | Event::Empty(_) => {}
        }
        self.is_first = false;
        Ok(!self.is_over)
    }
}

/// What is open, from the root inwards.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Context>,
    has_infos: bool,
}

/// An element that is open, with what was read of it.
enum Element {
    Root(Context),
    Infos,
    Info(Info),
    Items(Items),
    Item(Item),
    List(List),
    Property(Property),
    /// Something that the schema does not name here, a signature for one.
    Skipped,
}

impl Tree {
    fn open(&mut self, start: &BytesStart<'_>, is_ours: bool) -> Result<(), XmlError> {
        if self.open.len() == MAX_DEPTH {
            return Err(XmlError::Limit("depth"));
        }
        // All attributes are read, of skipped elements too: that is where it shows whether they are well-formed.
        let attributes = Attributes::read(start)?;
        let local = start.local_name();
        let name = if is_ours { local.as_ref() } else { "" };
        let element = match (self.open.last(), name) {
            (None, "netlicensing") if self.root.is_none() => Element::Root(Context {
                ttl: attributes.get("ttl").map(str::to_owned),
                ..Context::default()
            }),
            (None, _) => return Err(unexpected("another root element")),
            (Some(Element::Root(_)), "infos") => {
                if std::mem::replace(&mut self.has_infos, true) {
                    return Err(unexpected("a second infos"));
                }
                Element::Infos
            }
            (Some(Element::Root(root)), "items") => {
                if root.items.is_some() {
                    return Err(unexpected("a second items"));
                }
                Element::Items(Items {
                    items: Vec::new(),
                    page: page(&attributes)?,
                })
            }
            (Some(Element::Infos), "info") => Element::Info(info(&attributes)?),
            (Some(Element::Items(_)), "item") => Element::Item(Item {
                kind: Cow::Owned(attributes.required("type")?),
                properties: Vec::new(),
                lists: Vec::new(),
            }),
            (Some(Element::Item(_) | Element::List(_)), "property") => {
                Element::Property(Property {
                    name: Cow::Owned(attributes.required("name")?),
                    value: String::new(),
                })
            }
            (Some(Element::Item(_) | Element::List(_)), "list") => {
                Element::List(List::new(&attributes.required("name")?))
            }
            _ => Element::Skipped,
        };
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) {
        let closed = self.open.pop();
        match (closed, self.open.last_mut()) {
            (Some(Element::Root(root)), None) => self.root = Some(root),
            (Some(Element::Info(info)), _) => {
                if let Some(Element::Root(root)) = self.open.first_mut() {
                    root.infos.push(info);
                }
            }
            (Some(Element::Items(items)), Some(Element::Root(root))) => root.items = Some(items),
            (Some(Element::Item(item)), Some(Element::Items(items))) => items.items.push(item),
            (Some(Element::List(list)), Some(Element::Item(item))) => item.lists.push(list),
            (Some(Element::List(list)), Some(Element::List(outer))) => outer.lists.push(list),
            (Some(Element::Property(property)), Some(Element::Item(item))) => {
                item.properties.push(property);
            }
            (Some(Element::Property(property)), Some(Element::List(list))) => {
                list.properties.push(property);
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) -> Result<(), XmlError> {
        match self.open.last_mut() {
            None if text.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '\n')) => {}
            None => return Err(unexpected("text outside the root element")),
            Some(Element::Info(info)) => info.text.push_str(text),
            Some(Element::Property(property)) => property.value.push_str(text),
            Some(_) => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Context, XmlError> {
        match (self.root, self.open.is_empty()) {
            (Some(context), true) => Ok(context),
            (_, true) => Err(unexpected("no root element")),
            (_, false) => Err(XmlError::Malformed(
                IllFormedError::MissingEndTag("netlicensing".to_owned()).into(),
            )),
        }
    }
}

/// The attributes of one element, decoded.
struct Attributes(Vec<(String, String)>);

impl Attributes {
    fn read(start: &BytesStart<'_>) -> Result<Self, XmlError> {
        let mut read = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| XmlError::Malformed(error.into()))?;
            if read.len() == MAX_ATTRIBUTES {
                return Err(XmlError::Limit("attributes of an element"));
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(XmlError::Malformed)?;
            legal(&value)?;
            read.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
        Ok(Self(read))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(have, _)| have == name)
            .map(|(_, value)| value.as_str())
    }

    fn required(&self, name: &str) -> Result<String, XmlError> {
        match self.get(name) {
            Some(value) => Ok(value.to_owned()),
            None => Err(unexpected(&format!("an element without '{name}'"))),
        }
    }
}

fn info(attributes: &Attributes) -> Result<Info, XmlError> {
    let kind = match attributes.get("type") {
        Some("error") => InfoKind::Error,
        Some("warning") => InfoKind::Warning,
        Some("info") | None => InfoKind::Info,
        Some(_) => return Err(unexpected("an info of an unknown type")),
    };
    Ok(Info {
        id: attributes.get("id").unwrap_or_default().to_owned(),
        kind,
        text: String::new(),
    })
}

/// Paging is all there or not at all.
fn page(attributes: &Attributes) -> Result<Option<Page>, XmlError> {
    if attributes.get("pagenumber").is_none() {
        return Ok(None);
    }
    let count = |name| {
        let text = attributes.required(name)?;
        text.parse()
            .map_err(|_| unexpected(&format!("'{name}' that is no number")))
    };
    let has_next = match attributes.required("hasnext")?.as_str() {
        "true" => true,
        "false" => false,
        _ => return Err(unexpected("'hasnext' that is neither true nor false")),
    };
    Ok(Some(Page {
        number: count("pagenumber")?,
        items: count("itemsnumber")?,
        total_pages: count("totalpages")?,
        total_items: count("totalitems")?,
        has_next,
    }))
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, XmlError> {
    if let Some(character) = reference.resolve_char_ref().map_err(XmlError::Malformed)? {
        legal(character.encode_utf8(&mut [0; 4]))?;
        return Ok(character);
    }
    let name = reference.xml10_content();
    resolve_predefined_entity(&name)
        .and_then(|text| text.chars().next())
        .ok_or_else(|| unexpected("an entity that XML does not define"))
}

fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), XmlError> {
    if declaration.version().map_err(XmlError::Malformed)? != "1.0" {
        return Err(unexpected("another version of XML than 1.0"));
    }
    let encoding = declaration
        .encoding()
        .transpose()
        .map_err(|error| XmlError::Malformed(error.into()))?;
    match encoding {
        Some(encoding) if !encoding.eq_ignore_ascii_case("UTF-8") => {
            Err(unexpected("another encoding than UTF-8"))
        }
        _ => Ok(()),
    }
}

/// Refuses characters that XML 1.0 cannot hold, which the parser lets pass.
fn legal(text: &str) -> Result<(), XmlError> {
    let is_illegal = |c: char| match c {
        '\t' | '\n' | '\r' => false,
        '\u{FFFE}' | '\u{FFFF}' => true,
        other => other < ' ',
    };
    if text.contains(is_illegal) {
        return Err(unexpected("a character that XML cannot hold"));
    }
    Ok(())
}

fn unexpected(what: &str) -> XmlError {
    XmlError::Unexpected(what.to_owned())
}
