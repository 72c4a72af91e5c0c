//! The store: one data directory, many vendors.

use std::path::Path;

use jiff::Timestamp;
use leasehold_model::change::Decision;
use leasehold_model::number::VendorNumber;
use leasehold_model::snapshot::Snapshot;

use crate::error::StoreError;
use crate::view::VendorView;
use crate::write::{Account, Edit, Origin, StoredToken};

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes of aggregates kept in memory; the least recently used are dropped beyond it.
    pub cache_bytes: usize,
    /// Changes that may wait for the writer; beyond it callers get [`StoreError::Busy`].
    pub queue_length: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_bytes: 1 << 30,
            queue_length: 16_384,
        }
    }
}

/// A handle; clones share one store. Closed, and the directory's lock freed, when the last one
/// is dropped.
#[derive(Clone)]
pub struct Store {
    _inner: std::sync::Arc<()>,
}

impl Store {
    /// Opens the store in `directory`, and makes it where there is none: takes the directory's
    /// lock, migrates, loads. Blocks; call it before serving.
    pub fn open(_directory: &Path, _options: Options) -> Result<Self, StoreError> {
        todo!()
    }

    /// Decides about one licensee, under its lock, and returns once what changed is durable.
    ///
    /// `licensee` is a number or an alias, `product` the number that the request names (for a
    /// licensee that does not exist). An answer that changed nothing returns at once, unless
    /// the licensee has changes on their way to the disk: then it waits for those, so that no
    /// answer rests on what a crash could take back. When `decide` refuses, nothing changes.
    /// For [`leasehold_model::snapshot::Subject::Unknown`] the changes must be empty: a licensee
    /// is created by [`Store::edit`].
    pub async fn decide<T, E>(
        &self,
        _vendor: &VendorNumber,
        _licensee: &str,
        _product: Option<&str>,
        _origin: Origin,
        _now: Timestamp,
        _decide: impl FnOnce(Snapshot<'_>) -> Result<Decision<T>, E>,
    ) -> Result<Result<T, E>, StoreError> {
        todo!()
    }

    /// Changes anything of one vendor: `edit` sees the vendor's whole state standing still, and
    /// what it returns becomes durable as a whole before this returns. Runs on a blocking thread.
    /// When `edit` refuses, nothing changes.
    pub async fn edit<T, E>(
        &self,
        _vendor: &VendorNumber,
        _origin: Origin,
        _now: Timestamp,
        _edit: impl FnOnce(&VendorView<'_>) -> Result<Edit<T>, E> + Send + 'static,
    ) -> Result<Result<T, E>, StoreError>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        todo!()
    }

    /// Looks at one vendor's state. Runs on a blocking thread, and waits for changes on their way.
    pub async fn read<T: Send + 'static>(
        &self,
        _vendor: &VendorNumber,
        _look: impl FnOnce(&VendorView<'_>) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        todo!()
    }

    /// All accounts, oldest first.
    pub fn accounts(&self) -> Vec<Account> {
        todo!()
    }

    /// The account of this login; for every request, hence in memory.
    pub fn account_by_login(&self, _login: &str) -> Option<Account> {
        todo!()
    }

    /// The account of this number.
    pub fn account(&self, _vendor: &VendorNumber) -> Option<Account> {
        todo!()
    }

    /// Adds or changes an account. The login and number of an existing one never change.
    pub async fn put_account(
        &self,
        _account: Account,
        _origin: Origin,
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        todo!()
    }

    /// The token with this look-up key, and whose it is; for every request, hence in memory.
    pub fn token(&self, _lookup: &[u8; 32]) -> Option<(VendorNumber, StoredToken)> {
        todo!()
    }

    /// Resolves when a commit has failed: the program should then end.
    pub async fn stopped(&self) {
        todo!()
    }

    /// A consistent copy of the running store, as one SQLite file at `to`, which must not exist.
    pub async fn backup(&self, _to: &Path) -> Result<(), StoreError> {
        todo!()
    }

    /// Checks the invariants and names each one broken: sessions <= seats, used = sum of usage,
    /// audit chain unbroken, memory equal to disk. Empty when all is well.
    pub async fn verify(&self) -> Result<Vec<String>, StoreError> {
        todo!()
    }
}

/// Checks the invariants of a store file that no program has open (a backup).
pub fn verify_file(_file: &Path) -> Result<Vec<String>, StoreError> {
    todo!()
}
