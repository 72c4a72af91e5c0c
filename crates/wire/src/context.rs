//! The neutral envelope: what XML and JSON both say (wire contract, section 2).

use std::borrow::Cow;

use crate::info::Info;

/// A reply, or a document of the same form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// In order.
    pub infos: Vec<Info>,
    /// `None` in errors: absent in XML, null in JSON.
    pub items: Option<Items>,
    /// Canonical timestamp; validate only.
    pub ttl: Option<String>,
}

/// The items of a reply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Items {
    /// In order.
    pub items: Vec<Item>,
    /// On lists only.
    pub page: Option<Page>,
}

/// Where a page stands in its list (section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 0.
    pub number: usize,
    /// Items on this page.
    pub items: usize,
    /// Pages in all.
    pub total_pages: usize,
    /// Items in all.
    pub total_items: usize,
    /// A further page follows.
    pub has_next: bool,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its type: `Product`, `License` …
    pub kind: Cow<'static, str>,
    /// In the order of section 7.
    pub properties: Vec<Property>,
    /// After the properties.
    pub lists: Vec<List>,
}

/// A named group of properties within an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Unique among an item's lists in validations.
    pub name: String,
    /// In order.
    pub properties: Vec<Property>,
    /// Nested lists.
    pub lists: Vec<List>,
}

/// A name and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// The name on the wire.
    pub name: Cow<'static, str>,
    /// Its text.
    pub value: String,
}

impl Item {
    /// An item without properties yet.
    pub fn new(kind: &'static str) -> Self {
        Self {
            kind: Cow::Borrowed(kind),
            properties: Vec::new(),
            lists: Vec::new(),
        }
    }

    /// Adds a property of a fixed name.
    pub fn put(&mut self, name: &'static str, value: impl Into<String>) -> &mut Self {
        self.properties.push(Property {
            name: Cow::Borrowed(name),
            value: value.into(),
        });
        self
    }

    /// Adds a property whose name is data.
    pub fn put_custom(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        self.properties.push(Property {
            name: Cow::Owned(name.to_owned()),
            value: value.into(),
        });
        self
    }

    /// The first property of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.properties
            .iter()
            .find(|property| property.name == name)
            .map(|property| property.value.as_str())
    }
}

impl List {
    /// A list without properties yet.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            properties: Vec::new(),
            lists: Vec::new(),
        }
    }

    /// Adds a property of a fixed name.
    pub fn put(&mut self, name: &'static str, value: impl Into<String>) -> &mut Self {
        self.properties.push(Property {
            name: Cow::Borrowed(name),
            value: value.into(),
        });
        self
    }

    /// Adds a property whose name is data.
    pub fn put_custom(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        self.properties.push(Property {
            name: Cow::Owned(name.to_owned()),
            value: value.into(),
        });
        self
    }
}
