//! Which bodies stay in memory, and in which form, within a budget.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use leasehold_model::snapshot::LicenseeAggregate;

use super::entry::{Counted, Entry, Slot, weight};
use super::packed::{Packed, Packer};
use crate::error::StoreError;
use crate::progress::Progress;

/// The bodies in memory. One that is used again and again is open, to be decided on at once. Of any other
/// only the packed form is kept, a tenth of its size, from which it is unpacked for each use: what is
/// unpacked, used and dropped at once costs less than what is kept until it is cold.
/// When even these take more than the budget, the least used are dropped, and read from the disk
/// when they are needed; but none whose commands are not all durable.
#[derive(Debug)]
pub(crate) struct Cache {
    budget: usize,
    open: Ring,
    /// All that are in memory, open or packed.
    kept: Ring,
    packer: Packer,
    /// How often one was unpacked for a use, from 1; it may begin anew.
    unpackings: AtomicU32,
}

/// Licensees in a ring. When they take too much, it turns: what was used since it last came by stays
/// for another round, the rest has to leave ("second chance", which comes close to least recently
/// used and costs a use no lock).
#[derive(Debug, Default)]
struct Ring {
    bytes: AtomicUsize,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    places: VecDeque<Weak<Entry>>,
    /// Places of licensees that are gone.
    gone: usize,
}

impl Cache {
    /// The part of the budget that open bodies may take.
    const OPEN: usize = 32;

    pub(crate) fn new(budget: usize) -> Self {
        Self {
            budget,
            open: Ring::default(),
            kept: Ring::default(),
            packer: Packer::new(),
            unpackings: AtomicU32::new(1),
        }
    }

    /// Keeps a body packed that comes from the disk, unless that would drop another.
    pub(crate) fn keep(&self, entry: &Arc<Entry>, body: &LicenseeAggregate) {
        if self.is_over_budget() {
            return;
        }
        let mut slot = entry.lock();
        slot.packed = Some(self.packer.pack(body));
        self.recount(&mut slot);
        drop(slot);
        self.kept.enter(entry);
    }

    /// The body of a slot for a decision. It is open from now on when there is room, or when its last use
    /// is not long ago. `None`: it is on disk.
    pub(crate) fn open(
        &self,
        entry: &Arc<Entry>,
        slot: &mut Slot,
    ) -> Result<Option<Arc<LicenseeAggregate>>, StoreError> {
        if slot.is_stale {
            return Ok(None);
        }
        if slot.body.is_some() {
            return Ok(slot.body.clone());
        }
        let body = self.look(slot)?;
        if let Some(body) = &body
            && self.admits(slot, weight(body))
        {
            slot.body = Some(Arc::clone(body));
            self.recount(slot);
            self.open.enter(entry);
        }
        Ok(body)
    }

    /// True for a body that would still be open had it been opened at its last use.
    fn admits(&self, slot: &mut Slot, weight: usize) -> bool {
        let room = self.budget / Self::OPEN;
        let now = self.unpackings.fetch_add(1, Ordering::Relaxed);
        let last = std::mem::replace(&mut slot.unpacked_at, now);
        let since = now.wrapping_sub(last) as usize;
        self.open.bytes() + weight <= room || last != 0 && since.saturating_mul(weight) <= room
    }

    /// Takes back a body that was opened for a decision and changed; `is_heavier`: it may weigh something
    /// else now.
    pub(crate) fn take_back(
        &self,
        slot: &mut Slot,
        body: Arc<LicenseeAggregate>,
        was_open: bool,
        is_heavier: bool,
    ) {
        if was_open {
            slot.body = Some(body);
            slot.packed = None;
        } else {
            slot.packed = Some(self.packer.pack(&body));
        }
        if is_heavier || !was_open {
            self.recount(slot);
        }
    }

    /// The body of a slot for a look at many, which leaves it as it is. `None`: it is on disk.
    pub(crate) fn look(&self, slot: &Slot) -> Result<Option<Arc<LicenseeAggregate>>, StoreError> {
        match slot.is_stale {
            true => Ok(None),
            false => self.last_known(slot),
        }
    }

    /// The body of a slot, even where the database has a newer one.
    pub(crate) fn last_known(
        &self,
        slot: &Slot,
    ) -> Result<Option<Arc<LicenseeAggregate>>, StoreError> {
        match (&slot.body, &slot.packed) {
            (Some(body), _) => Ok(Some(Arc::clone(body))),
            (None, Some(packed)) => self.unpack(packed).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// Puts a body into a slot, in the place of one before.
    pub(crate) fn put(&self, entry: &Arc<Entry>, slot: &mut Slot, body: Arc<LicenseeAggregate>) {
        let was_kept = slot.body.is_some() || slot.packed.is_some();
        let was_open = slot.body.replace(body).is_some();
        slot.packed = None;
        slot.is_stale = false;
        self.recount(slot);
        if !was_kept {
            self.kept.enter(entry);
        }
        if !was_open {
            self.open.enter(entry);
        }
    }

    /// The same with a body that nobody has asked for: it stays packed.
    pub(crate) fn put_packed(&self, entry: &Arc<Entry>, slot: &mut Slot, packed: Packed) {
        let was_kept = slot.body.is_some() || slot.packed.is_some();
        slot.body = None;
        slot.packed = Some(packed);
        slot.is_stale = false;
        self.recount(slot);
        if !was_kept {
            self.kept.enter(entry);
        }
    }

    /// The form that takes a tenth.
    pub(crate) fn pack(&self, body: &LicenseeAggregate) -> Packed {
        self.packer.pack(body)
    }

    /// What was packed.
    pub(crate) fn unpack(&self, packed: &Packed) -> Result<Arc<LicenseeAggregate>, StoreError> {
        self.packer.unpack(packed).map(Arc::new)
    }

    /// The database has a newer body, which is read when somebody asks for it.
    pub(crate) fn supersede(&self, slot: &mut Slot) {
        slot.is_stale = slot.body.is_some() || slot.packed.is_some();
    }

    /// Weighs a slot anew that was changed.
    pub(crate) fn recount(&self, slot: &mut Slot) {
        let bytes = |weight| u32::try_from(weight).unwrap_or(u32::MAX);
        let now = Counted {
            body: bytes(slot.body.as_deref().map_or(0, weight)),
            packed: bytes(slot.packed.as_ref().map_or(0, Packed::weight)),
        };
        let before = std::mem::replace(&mut slot.counted, now);
        self.open.resize(before.body, now.body);
        self.kept.resize(before.packed, now.packed);
    }

    /// The licensee itself is gone, and with it its body.
    pub(crate) fn forget(&self, slot: &mut Slot) {
        let was_open = slot.body.take().is_some();
        let was_packed = slot.packed.take().is_some();
        self.recount(slot);
        if was_open {
            self.open.leave();
        }
        if was_open || was_packed {
            self.kept.leave();
        }
    }

    /// Packs and drops bodies until the rest fits. Called without any entry's lock.
    pub(crate) fn trim(&self, progress: &Progress) {
        self.open.turn(
            || self.open.bytes() > self.budget / Self::OPEN,
            |entry| self.close(entry),
        );
        self.kept.turn(
            || self.is_over_budget(),
            |entry| self.drop_body(entry, progress),
        );
    }

    fn is_over_budget(&self) -> bool {
        self.open.bytes() + self.kept.bytes() > self.budget
    }

    /// Leaves only the packed form. True when the entry is not open any more.
    fn close(&self, entry: &Entry) -> bool {
        if entry.take_touch() {
            return false;
        }
        let Some(mut slot) = entry.try_lock() else {
            return false;
        };
        if let Some(body) = slot.body.take() {
            if slot.packed.is_none() {
                slot.packed = Some(self.packer.pack(&body));
            }
            self.recount(&mut slot);
        }
        true
    }

    /// True when the entry's body is not in memory any more.
    fn drop_body(&self, entry: &Entry, progress: &Progress) -> bool {
        if entry.take_touch() {
            return false;
        }
        let Some(mut slot) = entry.try_lock() else {
            return false;
        };
        if slot.queued > progress.durable() {
            return false;
        }
        slot.body = None;
        slot.packed = None;
        self.recount(&mut slot);
        true
    }
}

impl Ring {
    fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    fn resize(&self, before: u32, after: u32) {
        let change = after.abs_diff(before) as usize;
        if after >= before {
            self.bytes.fetch_add(change, Ordering::Relaxed);
        } else {
            self.bytes.fetch_sub(change, Ordering::Relaxed);
        }
    }

    fn enter(&self, entry: &Arc<Entry>) {
        self.lock().places.push_back(Arc::downgrade(entry));
    }

    /// An entry that was in the ring is gone.
    fn leave(&self) {
        let mut entries = self.lock();
        entries.gone += 1;
        if entries.gone * 2 > entries.places.len() {
            entries.places.retain(|entry| entry.strong_count() > 0);
            entries.gone = 0;
        }
    }

    /// Turns while there is too much in it. `leaves` is true for an entry that has left.
    fn turn(&self, is_too_much: impl Fn() -> bool, leaves: impl Fn(&Entry) -> bool) {
        if !is_too_much() {
            return;
        }
        let mut entries = self.lock();
        // Twice round: once to clear the marks of use, once to find them clear.
        for _ in 0..entries.places.len() * 2 {
            if !is_too_much() {
                return;
            }
            let Some(entry) = entries.places.pop_front() else {
                return;
            };
            if entry.upgrade().is_some_and(|entry| !leaves(&entry)) {
                entries.places.push_back(entry);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use leasehold_model::licensee::Licensee;
    use leasehold_model::number::LicenseeNumber;

    use super::*;
    use crate::ids::{LicenseeId, ProductId};

    fn body(number: &str) -> LicenseeAggregate {
        LicenseeAggregate {
            licensee: Licensee::new(LicenseeNumber::parse(number).unwrap()),
            licenses: Vec::new(),
        }
    }

    #[test]
    fn where_there_is_no_room_only_what_is_used_again_is_opened() {
        let bodies = ["A", "B", "C", "D"].map(body);
        // Room for two.
        let cache = Cache::new(Cache::OPEN * 2 * weight(&bodies[0]));
        let [a, b, c, d] = bodies.map(|body| {
            let entry = Entry::new(LicenseeId(1), ProductId(1), Slot::default());
            let entry = Arc::new(entry);
            cache.keep(&entry, &body);
            entry
        });
        let is_open_after_use = |entry: &Arc<Entry>| {
            let mut slot = entry.lock();
            assert!(cache.open(entry, &mut slot).unwrap().is_some());
            slot.body.is_some()
        };
        assert!(is_open_after_use(&a) && is_open_after_use(&b));
        assert!(!is_open_after_use(&c) && !is_open_after_use(&d));
        assert!(is_open_after_use(&c), "one use of another ago");
        assert!(is_open_after_use(&d), "and the same");
        let changed = {
            let mut slot = a.lock();
            let body = cache.open(&a, &mut slot).unwrap().unwrap();
            let was_open = slot.let_go();
            cache.take_back(&mut slot, body, was_open, false);
            (was_open, slot.body.is_some())
        };
        assert_eq!(changed, (true, true));
    }
}
