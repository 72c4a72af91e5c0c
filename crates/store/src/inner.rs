//! What the handles of one store share.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use leasehold_model::number::VendorNumber;
use leasehold_model::snapshot::LicenseeAggregate;

use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::directory::DirectoryLock;
use crate::engine::Engine;
use crate::error::StoreError;
use crate::ids::{Ids, VendorId};
use crate::memory::{Cache, Directory, Entry, Slot, Tokens, VendorCell};
use crate::others::Others;
use crate::progress::Progress;
use crate::queue::Queue;
use crate::reading::Readings;
use crate::write::StoredTransaction;

pub(crate) struct Inner {
    pub(crate) path: PathBuf,
    pub(crate) directory: RwLock<Directory>,
    pub(crate) tokens: RwLock<Tokens>,
    pub(crate) cache: Cache,
    pub(crate) ids: Ids,
    pub(crate) queue: Arc<Queue>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) others: Arc<Others>,
    pub(crate) readings: Arc<Readings>,
    /// The newest command that may have made something due.
    pub(crate) outbox: watch::Sender<u64>,
    pub(crate) writer: Option<JoinHandle<()>>,
    pub(crate) engine: Box<dyn Engine>,
    /// How old memory may be when it answers for a database that others share.
    pub(crate) staleness: Duration,
    // Last, so that the directory is free only once everything else has ended.
    pub(crate) _lock: DirectoryLock,
}

/// A body read from disk, and the version its slot had before.
pub(crate) struct ColdBody {
    pub(crate) version: u64,
    pub(crate) body: Arc<LicenseeAggregate>,
}

/// Whether a body that had to be read or unpacked is worth keeping so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Yes,
    /// One of many that are walked through: keeping it would drop another that is in use.
    No,
}

impl Inner {
    pub(crate) fn vendor(&self, number: &VendorNumber) -> Result<Arc<VendorCell>, StoreError> {
        let directory = read(&self.directory);
        let cell = directory.by_number(number.as_str());
        cell.cloned()
            .ok_or_else(|| StoreError::UnknownVendor(number.into()))
    }

    /// A licensee's body, from memory or else from disk. Blocks; called without the entry's lock.
    pub(crate) fn body(
        &self,
        vendor: VendorId,
        entry: &Arc<Entry>,
        keep: Keep,
    ) -> Result<Arc<LicenseeAggregate>, StoreError> {
        loop {
            if let Some(body) = self.body_in_memory(entry, &mut entry.lock(), keep)? {
                return Ok(body);
            }
            let cold = self.read_cold(vendor, entry)?;
            let mut slot = entry.lock();
            if let Some(body) = self.body_in_memory(entry, &mut slot, keep)? {
                return Ok(body);
            }
            if slot.version != cold.version {
                continue;
            }
            let body = Arc::clone(&cold.body);
            if keep == Keep::Yes {
                self.cache.put(entry, &mut slot, cold.body);
                drop(slot);
                self.cache.trim(&self.progress);
            }
            return Ok(body);
        }
    }

    fn body_in_memory(
        &self,
        entry: &Arc<Entry>,
        slot: &mut Slot,
        keep: Keep,
    ) -> Result<Option<Arc<LicenseeAggregate>>, StoreError> {
        match keep {
            Keep::Yes => self.cache.open(entry, slot),
            Keep::No => self.cache.look(slot),
        }
    }

    /// Reads a body from disk. Blocks; called without the entry's lock.
    pub(crate) fn read_cold(
        &self,
        vendor: VendorId,
        entry: &Entry,
    ) -> Result<ColdBody, StoreError> {
        let version = entry.lock().version;
        let found = self.engine.load_licensee(vendor, entry.id)?;
        let body = found
            .map(|loaded| loaded.aggregate)
            .ok_or_else(|| StoreError::Damaged(format!("licensee row {} is gone", entry.id.0)))?;
        Ok(ColdBody { version, body })
    }

    /// Waits until all that was queued is on disk or was left out. Blocks; called on a blocking thread.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        Handle::current().block_on(self.progress.pass(self.queue.newest()))
    }

    /// Nothing is decided any more.
    pub(crate) fn stop(&self) {
        self.queue.stop();
        self.progress.stop();
    }

    /// The transaction of this number, with all that was queued. Blocks, as [`Inner::settle`].
    pub(crate) fn settled_transaction(
        &self,
        vendor: VendorId,
        number: &str,
    ) -> Result<Option<StoredTransaction>, StoreError> {
        self.settle()?;
        self.engine.transaction(vendor, number)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the writer thread panicked");
        }
    }
}

// Every change under these locks is complete before anything could panic, so that a poisoned lock
// guards a sound state.
pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn lock<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
