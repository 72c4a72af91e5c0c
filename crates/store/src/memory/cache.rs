//! Which bodies stay in memory, within a budget.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::entry::Entry;
use crate::progress::Progress;

/// The bodies in memory, in a ring. When they take more than the budget, the ring turns: what was
/// used since it last came by stays for another round, the rest is dropped ("second chance", which
/// comes close to least recently used and costs a use no lock). A body whose commands are not all
/// durable is never dropped.
#[derive(Debug)]
pub(crate) struct Cache {
    budget: usize,
    bytes: AtomicUsize,
    ring: Mutex<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    entries: VecDeque<Weak<Entry>>,
    /// Places of licensees that are gone.
    gone: usize,
}

impl Cache {
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            budget,
            bytes: AtomicUsize::new(0),
            ring: Mutex::default(),
        }
    }

    /// True when a body of this size fits without dropping another.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.bytes.load(Ordering::Relaxed).saturating_add(bytes) <= self.budget
    }

    /// A body of `bytes` came into memory.
    pub(crate) fn admit(&self, entry: &Arc<Entry>, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.entries.push_back(Arc::downgrade(entry));
    }

    /// The licensee itself is gone, and with it a body of `bytes`.
    pub(crate) fn forget(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.gone += 1;
        if ring.gone * 2 > ring.entries.len() {
            ring.entries.retain(|entry| entry.strong_count() > 0);
            ring.gone = 0;
        }
    }

    /// A body grew or shrank. Called under the entry's lock.
    pub(crate) fn resize(&self, before: usize, after: usize) {
        if after >= before {
            self.bytes.fetch_add(after - before, Ordering::Relaxed);
        } else {
            self.bytes.fetch_sub(before - after, Ordering::Relaxed);
        }
    }

    /// Drops bodies until the rest fits. Called without any entry's lock.
    pub(crate) fn trim(&self, progress: &Progress) {
        if self.has_room(0) {
            return;
        }
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        // Twice round: once to clear the marks of use, once to find them clear.
        for _ in 0..ring.entries.len() * 2 {
            if self.has_room(0) {
                return;
            }
            let Some(entry) = ring.entries.pop_front() else {
                return;
            };
            if entry
                .upgrade()
                .is_some_and(|entry| !self.drop_body(&entry, progress))
            {
                ring.entries.push_back(entry);
            }
        }
    }

    /// True when the entry has left the ring.
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
        if slot.body.take().is_some() {
            self.bytes.fetch_sub(slot.bytes, Ordering::Relaxed);
        }
        slot.bytes = 0;
        true
    }
}
