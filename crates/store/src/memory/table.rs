//! A map from many texts to small values, in little memory: a licensee's number is a dozen bytes, and
//! a key and an allocation for each would take five times that.

use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;

use hashbrown::HashTable;

use super::bytes::{ByteReader, WriteBytes};

/// A value that is written in few bytes.
pub(super) trait Value: Sized {
    fn put(&self, bytes: &mut Vec<u8>);

    fn take(reader: &mut ByteReader<'_>) -> Option<Self>;
}

/// The map. It is cut into shards, so that none of them takes long to grow.
#[derive(Debug)]
pub(super) struct Table<V> {
    shards: Vec<Shard>,
    hasher: RandomState,
    values: PhantomData<V>,
}

/// Records one behind the other, each a text and its value, and where each begins by its text's hash.
#[derive(Debug, Default)]
struct Shard {
    places: HashTable<u32>,
    records: Vec<u8>,
    /// Bytes of records that are no longer in `places`.
    gone: usize,
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        const SHARDS: usize = 16;
        Self {
            shards: std::iter::repeat_with(Shard::default)
                .take(SHARDS)
                .collect(),
            hasher: RandomState::new(),
            values: PhantomData,
        }
    }
}

impl<V: Value> Table<V> {
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.places.len()).sum()
    }

    pub(super) fn get(&self, text: &str) -> Option<V> {
        let hash = self.hasher.hash_one(text.as_bytes());
        let shard = &self.shards[self.shard(hash)];
        let (_, mut rest) = shard.record(shard.find(hash, text)?)?;
        V::take(&mut rest)
    }

    /// False when the text is there already; then nothing changes.
    pub(super) fn add(&mut self, text: &str, value: &V) -> bool {
        let hash = self.hasher.hash_one(text.as_bytes());
        let at = self.shard(hash);
        let shard = &mut self.shards[at];
        let is_new = shard.find(hash, text).is_none();
        if is_new {
            shard.insert(hash, text, value, &self.hasher);
        }
        is_new
    }

    /// The value before, if there was one.
    pub(super) fn insert(&mut self, text: &str, value: &V) -> Option<V> {
        let before = self.remove(text);
        self.add(text, value);
        before
    }

    pub(super) fn remove(&mut self, text: &str) -> Option<V> {
        let hash = self.hasher.hash_one(text.as_bytes());
        let at = self.shard(hash);
        let shard = &mut self.shards[at];
        let records = &shard.records;
        let found = shard.places.find_entry(hash, |place| {
            text_at(records, *place) == Some(text.as_bytes())
        });
        let place = found.ok()?.remove().0 as usize;
        let mut reader = ByteReader(&shard.records[place..]);
        reader.text_bytes()?;
        let value = V::take(&mut reader)?;
        shard.gone += shard.records.len() - place - reader.0.len();
        shard.tidy::<V>(&self.hasher);
        Some(value)
    }

    /// All texts and values, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, V)> {
        self.shards.iter().flat_map(|shard| {
            shard.places.iter().filter_map(|place| {
                let (text, mut rest) = shard.record(*place)?;
                Some((std::str::from_utf8(text).ok()?, V::take(&mut rest)?))
            })
        })
    }

    fn shard(&self, hash: u64) -> usize {
        // The table within a shard uses the lowest and the highest bits.
        (hash >> 32) as usize % self.shards.len()
    }
}

impl Shard {
    fn find(&self, hash: u64, text: &str) -> Option<u32> {
        let is = |place: &u32| text_at(&self.records, *place) == Some(text.as_bytes());
        self.places.find(hash, is).copied()
    }

    /// Adds a text that is not there.
    fn insert<V: Value>(&mut self, hash: u64, text: &str, value: &V, hasher: &RandomState) {
        let Ok(place) = u32::try_from(self.records.len()) else {
            panic!("the numbers of one vendor take more than 64 GiB of memory")
        };
        self.records.put_text(text);
        value.put(&mut self.records);
        let records = &self.records;
        self.places
            .insert_unique(hash, place, |place| hash_at(hasher, records, *place));
    }

    /// The text of a record, and what follows it.
    fn record(&self, place: u32) -> Option<(&[u8], ByteReader<'_>)> {
        record(&self.records, place)
    }

    /// Leaves the records that are gone out, once they are the greater part.
    fn tidy<V: Value>(&mut self, hasher: &RandomState) {
        const WORTH_IT: usize = 1 << 12;
        if self.gone < WORTH_IT || self.gone * 2 < self.records.len() {
            return;
        }
        let before = std::mem::take(self);
        self.places.reserve(before.places.len(), |_| 0);
        for place in &before.places {
            let read = before.record(*place).and_then(|(text, mut rest)| {
                Some((std::str::from_utf8(text).ok()?, V::take(&mut rest)?))
            });
            if let Some((text, value)) = read {
                self.insert(hasher.hash_one(text.as_bytes()), text, &value, hasher);
            }
        }
    }
}

fn record(records: &[u8], place: u32) -> Option<(&[u8], ByteReader<'_>)> {
    let mut reader = ByteReader(records.get(place as usize..)?);
    let text = reader.text_bytes()?;
    Some((text, reader))
}

fn text_at(records: &[u8], place: u32) -> Option<&[u8]> {
    record(records, place).map(|(text, _)| text)
}

fn hash_at(hasher: &RandomState, records: &[u8], place: u32) -> u64 {
    let text = text_at(records, place).unwrap_or_default();
    hasher.hash_one(text)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    impl Value for u64 {
        fn put(&self, bytes: &mut Vec<u8>) {
            bytes.put_count(*self);
        }

        fn take(reader: &mut ByteReader<'_>) -> Option<Self> {
            reader.count()
        }
    }

    proptest! {
        /// Few texts and many deeds, so that records go and the rest is tidied.
        #[test]
        fn a_table_is_a_map(
            deeds in prop::collection::vec((0..40_u64, prop::option::of(any::<u64>())), 3000),
        ) {
            let mut table = Table::default();
            let mut map = HashMap::new();
            for (text, value) in deeds {
                let text = format!("a text of some length, so that it takes room {text}");
                match value {
                    Some(value) => {
                        prop_assert_eq!(table.insert(&text, &value), map.insert(text, value));
                    }
                    None => prop_assert_eq!(table.remove(&text), map.remove(&text)),
                }
            }
            prop_assert_eq!(table.len(), map.len());
            for (text, value) in &map {
                prop_assert_eq!(table.get(text), Some(*value));
            }
            let all: HashMap<_, _> = table.iter().map(|(text, value)| (text.into(), value)).collect();
            prop_assert_eq!(all, map);
            prop_assert_eq!(table.get("none"), None);
        }
    }
}
