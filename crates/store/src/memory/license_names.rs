//! Which license number means which row, in little memory.

use std::collections::HashMap;

use super::bytes::{ByteReader, WriteBytes, folded, unfolded};
use super::table::{Table, Value};
use crate::ids::{LicenseId, LicenseeId, TemplateId};

/// Whose a license is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LicensePlace {
    pub(crate) owner: LicenseeId,
    pub(crate) id: LicenseId,
    pub(crate) template: TemplateId,
}

/// The map. Millions of licenses come from some dozens of templates, which are numbered.
#[derive(Debug, Default)]
pub(super) struct LicenseNames {
    places: Table<Stored>,
    /// By their numbers. One that is gone keeps its number.
    templates: Vec<TemplateId>,
    numbers: HashMap<TemplateId, u64>,
}

/// A place as it lies in memory.
#[derive(Debug)]
struct Stored {
    owner: LicenseeId,
    id: LicenseId,
    template: u64,
}

impl Value for Stored {
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.owner.0.to_le_bytes());
        // Mostly made soon after its owner, so that little is left between their ids.
        bytes.put_count(folded(self.id.0.wrapping_sub(self.owner.0)));
        bytes.put_count(self.template);
    }

    fn take(reader: &mut ByteReader<'_>) -> Option<Self> {
        let owner = i64::from_le_bytes(reader.array()?);
        let id = owner.wrapping_add(unfolded(reader.count()?));
        Some(Self {
            owner: LicenseeId(owner),
            id: LicenseId(id),
            template: reader.count()?,
        })
    }
}

impl LicenseNames {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn get(&self, number: &str) -> Option<LicensePlace> {
        self.place(self.places.get(number)?)
    }

    /// False when the number is there already; then nothing changes.
    pub(super) fn add(&mut self, number: &str, place: &LicensePlace) -> bool {
        let stored = self.stored(place);
        self.places.add(number, &stored)
    }

    /// In place of the one before, if there was one.
    pub(super) fn insert(&mut self, number: &str, place: &LicensePlace) {
        let stored = self.stored(place);
        self.places.insert(number, &stored);
    }

    pub(super) fn remove(&mut self, number: &str) -> Option<LicensePlace> {
        let stored = self.places.remove(number)?;
        self.place(stored)
    }

    /// All of them, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, LicensePlace)> {
        let all = self.places.iter();
        all.filter_map(|(number, stored)| Some((number, self.place(stored)?)))
    }

    fn stored(&mut self, place: &LicensePlace) -> Stored {
        let templates = &mut self.templates;
        let template = *self.numbers.entry(place.template).or_insert_with(|| {
            templates.push(place.template);
            templates.len() as u64 - 1
        });
        Stored {
            owner: place.owner,
            id: place.id,
            template,
        }
    }

    fn place(&self, stored: Stored) -> Option<LicensePlace> {
        let template = usize::try_from(stored.template).ok()?;
        Some(LicensePlace {
            owner: stored.owner,
            id: stored.id,
            template: *self.templates.get(template)?,
        })
    }
}
