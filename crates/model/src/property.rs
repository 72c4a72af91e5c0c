//! Properties: names with texts, and texts with a meaning.
//!
//! A stored value keeps the text somebody gave, and is read once into what it
//! means; rules work on the meaning alone. What cannot be read means nothing
//! and is never overwritten by reading (licensing models, G-3, G-4).

use alloc::boxed::Box;
use alloc::vec::Vec;

/// A text as given, and what it means; `None` when it is unusable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<T> {
    text: Box<str>,
    value: Option<T>,
}

impl<T> Given<T> {
    /// Reads `text` with `read`; a text that it cannot read is kept all the same.
    pub fn read(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Self {
        Self {
            text: text.into(),
            value: read(text),
        }
    }

    /// The text as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the text means, if anything.
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }
}

/// Custom properties and settings: unique names, sorted by bytes, no empty values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Properties(Vec<(Box<str>, Box<str>)>);

impl Properties {
    /// No properties.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.place(name).ok().map(|at| &*self.0[at].1)
    }

    /// Sets `name` to `value`; an empty value deletes it (wire contract, section 5).
    pub fn set(&mut self, name: &str, value: &str) {
        match (self.place(name), value.is_empty()) {
            (Ok(at), true) => {
                self.0.remove(at);
            }
            (Ok(at), false) => self.0[at].1 = value.into(),
            (Err(_), true) => {}
            (Err(at), false) => self.0.insert(at, (name.into(), value.into())),
        }
    }

    /// Deletes `name` and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<Box<str>> {
        self.place(name).ok().map(|at| self.0.remove(at).1)
    }

    /// Name and value, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(have, _)| (**have).cmp(name))
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Properties {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        let mut properties = Self::new();
        for (name, value) in pairs {
            properties.set(name, value);
        }
        properties
    }
}

/// Reads a Boolean in any letter case (wire contract, section 4); `1` and `0` are none.
pub fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// The largest integer that can be read back from its text (G-7).
pub const LARGEST_INTEGER: i64 = 999_999_999_999_999_999;

/// Reads an integer: `-?[0-9]{1,18}` in ASCII and nothing else (G-7).
pub fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = (1..=18).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}
