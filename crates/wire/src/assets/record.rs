//! One item of the document while it is written, and while it is read.

use std::str::FromStr;

use jiff::Timestamp;
use leasehold_model::money::{Currency, Money};
use leasehold_model::property::{Properties, boolean};

use super::text::{escape, unescape};
use super::{AssetsError, incomplete};
use crate::context::{Item, List, Property};

/// Fills an item.
pub(super) struct Draft(Item);

impl Draft {
    pub(super) fn new(kind: &'static str) -> Self {
        Self(Item::new(kind))
    }

    pub(super) fn put(&mut self, name: &'static str, text: &str) {
        self.0.put(name, escape(text));
    }

    pub(super) fn put_some(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.put(name, text);
        }
    }

    pub(super) fn put_truth(&mut self, name: &'static str, truth: bool) {
        self.put(name, if truth { "true" } else { "false" });
    }

    pub(super) fn put_price(&mut self, price: Option<Money>) {
        if let Some(price) = price {
            self.put("priceHundredths", &price.hundredths.to_string());
            self.put("currency", price.currency.as_str());
        }
    }

    /// Pairs under names that are data; without any, the list is left out.
    pub(super) fn put_list<'a>(
        &mut self,
        name: &str,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) {
        let list = list(name, pairs);
        if !list.properties.is_empty() {
            self.0.lists.push(list);
        }
    }

    /// Pairs under names that are data; without any, the list is empty.
    pub(super) fn put_list_always<'a>(
        &mut self,
        name: &str,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) {
        self.0.lists.push(list(name, pairs));
    }

    pub(super) fn put_properties(&mut self, properties: &Properties) {
        self.put_list("properties", properties.iter());
    }

    pub(super) fn into_item(self) -> Item {
        self.0
    }
}

fn list<'a>(name: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> List {
    let mut list = List::new(name);
    for (name, value) in pairs {
        list.put_custom(&escape(name), escape(value));
    }
    list
}

/// An item being taken apart: what was read is gone from it, so that [`Record::close`] can tell
/// what nobody asked for.
#[derive(Debug)]
pub(super) struct Record {
    kind: String,
    fields: Vec<(String, String)>,
    lists: Vec<(String, Vec<(String, String)>)>,
}

impl Record {
    pub(super) fn open(item: Item) -> Result<Self, AssetsError> {
        let kind = item.kind.into_owned();
        let fields = unescape_all(item.properties).ok_or_else(|| unreadable(&kind))?;
        let mut lists = Vec::with_capacity(item.lists.len());
        for list in item.lists {
            let pairs = unescape_all(list.properties).filter(|_| list.lists.is_empty());
            lists.push((list.name, pairs.ok_or_else(|| unreadable(&kind))?));
        }
        Ok(Self {
            kind,
            fields,
            lists,
        })
    }

    /// The text of a field that must be there.
    pub(super) fn text(&mut self, name: &str) -> Result<String, AssetsError> {
        self.text_if_any(name)
            .ok_or_else(|| self.lacks(name, "is missing"))
    }

    pub(super) fn text_if_any(&mut self, name: &str) -> Option<String> {
        let at = self.fields.iter().position(|(have, _)| have == name)?;
        Some(self.fields.swap_remove(at).1)
    }

    /// What `parse` makes of a field that must be there.
    pub(super) fn read<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, AssetsError> {
        parse(&self.text(name)?).ok_or_else(|| self.lacks(name, "cannot be read"))
    }

    pub(super) fn read_if_any<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, AssetsError> {
        match self.text_if_any(name) {
            None => Ok(None),
            Some(text) => parse(&text)
                .map(Some)
                .ok_or_else(|| self.lacks(name, "cannot be read")),
        }
    }

    pub(super) fn truth(&mut self, name: &str) -> Result<bool, AssetsError> {
        self.read(name, boolean)
    }

    pub(super) fn price(&mut self) -> Result<Option<Money>, AssetsError> {
        let Some(hundredths) = self.read_if_any("priceHundredths", exact)? else {
            return Ok(None);
        };
        let currency = self.read("currency", Currency::parse)?;
        Ok(Some(Money {
            hundredths,
            currency,
        }))
    }

    /// A reference that must lead to `target`.
    pub(super) fn refer(&mut self, name: &str, target: &str) -> Result<(), AssetsError> {
        self.read(name, |number| (number == target).then_some(()))
            .map_err(|_| self.lacks(name, "leads nowhere"))
    }

    /// The pairs of a list; `None` when there is no such list.
    pub(super) fn list_if_any(&mut self, name: &str) -> Option<Vec<(String, String)>> {
        let at = self.lists.iter().position(|(have, _)| have == name)?;
        Some(self.lists.remove(at).1)
    }

    /// The pairs of a list, none when there is no such list.
    pub(super) fn list(&mut self, name: &str) -> Vec<(String, String)> {
        self.list_if_any(name).unwrap_or_default()
    }

    /// All lists of one name, each as a record of its own.
    pub(super) fn records(&mut self, name: &str) -> Vec<Self> {
        let (taken, kept) = std::mem::take(&mut self.lists)
            .into_iter()
            .partition(|(have, _)| have == name);
        self.lists = kept;
        let taken: Vec<(String, Vec<(String, String)>)> = taken;
        taken
            .into_iter()
            .map(|(kind, fields)| Self {
                kind,
                fields,
                lists: Vec::new(),
            })
            .collect()
    }

    pub(super) fn properties(&mut self) -> Result<Properties, AssetsError> {
        let pairs = self.list("properties");
        let properties: Properties = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        // An empty value deletes, and a repeated name replaces: neither was written by us.
        if properties.len() == pairs.len() {
            Ok(properties)
        } else {
            Err(self.lacks("properties", "cannot be read"))
        }
    }

    /// Ends reading; whatever nobody asked for is a thing that would be lost.
    pub(super) fn close(self) -> Result<(), AssetsError> {
        let field = self.fields.first().map(|(name, _)| name.as_str());
        let list = self.lists.first().map(|(name, _)| name.as_str());
        match field.or(list) {
            Some(name) => Err(self.lacks(name, "is not known")),
            None => Ok(()),
        }
    }

    /// The error for the field `name`. Its value may be a secret and is not told.
    pub(super) fn lacks(&self, name: &str, what: &str) -> AssetsError {
        incomplete(&format!("'{name}' of a '{}' {what}", self.kind))
    }
}

fn unescape_all(properties: Vec<Property>) -> Option<Vec<(String, String)>> {
    properties
        .into_iter()
        .map(|property| {
            let name = unescape(&property.name)?.into_owned();
            Some((name, unescape(&property.value)?.into_owned()))
        })
        .collect()
}

fn unreadable(kind: &str) -> AssetsError {
    incomplete(&format!("a '{kind}' holds an unknown escape or list"))
}

/// Reads what `to_string` of the same type wrote, and no other spelling of it.
pub(super) fn exact<T: FromStr + ToString>(text: &str) -> Option<T> {
    text.parse()
        .ok()
        .filter(|value: &T| value.to_string() == text)
}

/// An instant, exact to the nanosecond.
pub(super) fn instant(at: Timestamp) -> String {
    at.to_string()
}
