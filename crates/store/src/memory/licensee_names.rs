//! Which number or alias belongs to which licensee.

use std::sync::Arc;

use super::bytes::{ByteReader, WriteBytes};
use super::entry::Entry;
use super::table::{Table, Value};

/// The names of a vendor's licensees.
#[derive(Debug, Default)]
pub(super) struct LicenseeNames {
    places: Table<Place>,
    /// One for each name; `None` where a name is gone.
    entries: Vec<Option<Arc<Entry>>>,
    free: Vec<Place>,
}

/// A place in the list of entries.
#[derive(Debug, Clone, Copy)]
struct Place(usize);

impl Value for Place {
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.put_count(self.0 as u64);
    }

    fn take(reader: &mut ByteReader<'_>) -> Option<Self> {
        reader.length().map(Self)
    }
}

impl LicenseeNames {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Arc<Entry>> {
        self.entries.get(self.places.get(name)?.0)?.as_ref()
    }

    /// False when another has the name; then nothing changes.
    pub(super) fn add(&mut self, name: &str, entry: Arc<Entry>) -> bool {
        let place = match self.free.last() {
            Some(place) => *place,
            None => Place(self.entries.len()),
        };
        let is_new = self.places.add(name, &place);
        if is_new && self.free.pop().is_some() {
            self.entries[place.0] = Some(entry);
        } else if is_new {
            self.entries.push(Some(entry));
        }
        is_new
    }

    /// Gives a name to a licensee, whoever had it before.
    pub(super) fn insert(&mut self, name: &str, entry: Arc<Entry>) {
        self.remove(name);
        self.add(name, entry);
    }

    pub(super) fn remove(&mut self, name: &str) {
        if let Some(place) = self.places.remove(name) {
            self.entries[place.0] = None;
            self.free.push(place);
        }
    }

    /// All names, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Arc<Entry>)> {
        let places = self.places.iter();
        places.filter_map(|(name, place)| Some((name, self.entries.get(place.0)?.as_ref()?)))
    }
}
