//! One licensee in memory.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use leasehold_model::change::LicenseeChange;
use leasehold_model::event::EventKind;
use leasehold_model::license::License;
use leasehold_model::property::Properties;
use leasehold_model::snapshot::LicenseeAggregate;

use super::packed::Packed;
use crate::ids::{LicenseeId, ProductId};
use crate::write::Record;

/// A licensee: the entry stays, its body may be packed, or dropped and read again.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: LicenseeId,
    pub(crate) product: ProductId,
    slot: Mutex<Slot>,
    /// Set with each use, cleared when the cache passes by: what is found clear may go.
    is_touched: AtomicBool,
}

/// What the lock of a licensee guards.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    /// `None`: it is packed, or else not in memory, and the disk has the newest.
    pub(super) body: Option<Arc<LicenseeAggregate>>,
    /// The same packed. Beside a body it is as new as that.
    pub(super) packed: Option<Packed>,
    /// True when the database has a newer one: the body is as good as not there.
    pub(super) is_stale: bool,
    /// When it was last unpacked, by the cache's count of that; 0: never.
    pub(super) unpacked_at: u32,
    /// The newest command about it; until that is durable, the body must stay.
    pub(crate) queued: u64,
    /// The newest command that an answer about it must wait for.
    pub(crate) awaited: u64,
    /// Raised with each change: a body read from disk counts only when it has not moved meanwhile.
    pub(crate) version: u64,
    /// What the cache has counted for it.
    pub(super) counted: Counted,
    /// When it was last told that a seat was refused. In a box, since of most it never was.
    pub(crate) refusal_told: Option<Box<Timestamp>>,
}

/// Bytes, roughly.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    pub(super) body: u32,
    pub(super) packed: u32,
}

impl Slot {
    /// Lets go of the body, so that whoever was given it is its one owner. True when it was open. Until
    /// [`super::Cache::take_back`] the slot tells nothing.
    pub(crate) fn let_go(&mut self) -> bool {
        self.body.take().is_some()
    }

    /// Who is refused asks again at once, and again: one message a minute says it all.
    pub(crate) fn drop_repeated_refusals(&self, records: &mut Vec<Record>, now: Timestamp) {
        const PAUSE: SignedDuration = SignedDuration::from_mins(1);
        let is_repeated = self
            .refusal_told
            .as_ref()
            .is_some_and(|told| now.duration_since(**told).abs() < PAUSE);
        if is_repeated {
            records.retain(|record| !is_refusal(record));
        }
    }
}

/// True for the event that somebody asked for a seat and got none.
pub(crate) fn is_refusal(record: &Record) -> bool {
    matches!(record, Record::Announcement(told) if told.kind == EventKind::CheckoutRefused)
}

impl Entry {
    pub(crate) fn new(id: LicenseeId, product: ProductId, slot: Slot) -> Self {
        Self {
            id,
            product,
            slot: Mutex::new(slot),
            is_touched: AtomicBool::new(true),
        }
    }

    /// The licensee's lock. A panic under it came before anything was changed.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Slot> {
        self.is_touched.store(true, Ordering::Relaxed);
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lock, when it is free at once; does not count as a use.
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, Slot>> {
        self.slot.try_lock().ok()
    }

    /// True when it was used since this was last asked.
    pub(crate) fn take_touch(&self) -> bool {
        self.is_touched.swap(false, Ordering::Relaxed)
    }
}

/// Bytes that the aggregate takes, roughly; sessions count by number, so that this stays cheap for
/// a licensee with many.
pub(super) fn weight(aggregate: &LicenseeAggregate) -> usize {
    const LICENSEE: usize = 384;
    let licensee = &aggregate.licensee;
    let own = LICENSEE
        + properties_weight(&licensee.custom)
        + licensee
            .aliases
            .iter()
            .map(|alias| 64 + alias.as_str().len())
            .sum::<usize>();
    own + aggregate.licenses.iter().map(license_weight).sum::<usize>()
}

const SESSION: usize = 192;

/// As if nothing were shared: who changes a license has its configuration alone.
fn license_weight(license: &License) -> usize {
    const LICENSE: usize = 320;
    LICENSE
        + properties_weight(license.properties())
        + license.sessions.len() * SESSION
        + license.node_secrets.len() * 128
}

fn properties_weight(properties: &Properties) -> usize {
    properties
        .iter()
        .map(|(name, value)| 64 + name.len() + value.len())
        .sum()
}

/// True when applying the change may alter what the body weighs.
pub(crate) fn changes_weight(change: &LicenseeChange) -> bool {
    !matches!(
        change,
        LicenseeChange::Start { .. }
            | LicenseeChange::Use { .. }
            | LicenseeChange::StoreSecret(_)
            | LicenseeChange::Warn(_)
    )
}
