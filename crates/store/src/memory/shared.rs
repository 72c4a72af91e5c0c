//! Parts that many licensees have in common, held once.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Arc, PoisonError, RwLock};

/// Numbers parts, so that a number can stand for a part.
///
/// A part is taken in when it comes a second time within a while: what only one licensee has would
/// fill the table and save nothing. A part once numbered stays, since packed bytes name it; hence the
/// limit.
#[derive(Debug)]
pub(crate) struct Shared<T> {
    table: RwLock<Table<T>>,
    hasher: RandomState,
}

#[derive(Debug)]
struct Table<T> {
    numbers: HashMap<Arc<T>, u32>,
    parts: Vec<Arc<T>>,
    /// Hashes of parts that came once, each where its hash puts it.
    glimpsed: Vec<u64>,
}

impl<T: Hash + Eq> Shared<T> {
    /// Parts that can be numbered.
    const LIMIT: usize = 1 << 16;

    /// Parts that are remembered as seen once.
    const GLIMPSED: usize = 1 << 10;

    pub(crate) fn new() -> Self {
        Self {
            table: RwLock::new(Table {
                numbers: HashMap::new(),
                parts: Vec::new(),
                glimpsed: vec![0; Self::GLIMPSED],
            }),
            hasher: RandomState::new(),
        }
    }

    /// The number of a part; `None` when it is not held here.
    pub(crate) fn number(&self, part: &T) -> Option<u32>
    where
        T: Clone,
    {
        let known = self.table.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = known.numbers.get(part) {
            return Some(*number);
        }
        if known.parts.len() >= Self::LIMIT {
            return None;
        }
        drop(known);
        let hash = self.hasher.hash_one(part);
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let glimpsed = &mut table.glimpsed[hash as usize % Self::GLIMPSED];
        if *glimpsed != hash {
            *glimpsed = hash;
            return None;
        }
        let number = u32::try_from(table.parts.len()).ok()?;
        let part = Arc::new(part.clone());
        table.parts.push(Arc::clone(&part));
        // Another thread may have numbered it meanwhile: then both numbers stand for it.
        table.numbers.insert(part, number);
        Some(number)
    }

    /// The part of a number.
    pub(crate) fn part(&self, number: u64) -> Option<Arc<T>> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.parts.get(usize::try_from(number).ok()?).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_numbered_when_it_comes_again() {
        let shared = Shared::new();
        assert_eq!(shared.number(&"once"), None);
        assert_eq!(shared.number(&"twice"), None);
        let number = shared.number(&"twice");
        assert_eq!(number, Some(0));
        assert_eq!(shared.number(&"twice"), number);
        assert_eq!(shared.part(0).as_deref(), Some(&"twice"));
        assert_eq!(shared.part(1), None);
    }
}
