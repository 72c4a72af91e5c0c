//! How long a caller waits to be decided on anew.

use std::sync::Arc;
use std::time::Duration;

use leasehold_model::number::VendorNumber;
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::StoreError;
use crate::inner::{Inner, read};
use crate::memory::VendorCell;
use crate::others::Others;

/// For one call, from its beginning. Each node that overtakes another has got something done, so that
/// this is only ever used up where the database is gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// A call that may be overtaken.
#[derive(Debug)]
pub(crate) struct Patience {
    until: Instant,
    /// Between being overtaken and being decided anew.
    is_overtaken: bool,
}

impl Patience {
    pub(crate) fn begin() -> Self {
        Self {
            until: Instant::now() + PATIENCE,
            is_overtaken: false,
        }
    }

    /// The call was overtaken: waits until memory has what overtook it.
    pub(crate) async fn wait(&mut self, others: &Others) -> Result<(), StoreError> {
        self.is_overtaken = true;
        let settled = timeout_at(self.until, others.settled()).await;
        settled.map_err(|_| StoreError::Unavailable)
    }

    /// The call has been decided, and what it changes is queued: the writer may be waiting for that.
    pub(crate) fn decided(&mut self, others: &Others) {
        if std::mem::take(&mut self.is_overtaken) {
            others.has_retried();
        }
    }
}

impl Inner {
    /// Returns when memory is new enough to answer.
    pub(crate) async fn hear(&self) -> Result<(), StoreError> {
        let is_new_enough = self.engine.shared().is_none() || self.others.age() < self.staleness;
        if is_new_enough {
            return Ok(());
        }
        self.catch_up().await
    }

    /// The vendor. What is not known of it or of the licensee may have come to be on another node just
    /// now, which is asked before anybody is told that there is no such thing.
    pub(crate) async fn known(
        &self,
        vendor: &VendorNumber,
        licensee: &str,
    ) -> Result<Arc<VendorCell>, StoreError> {
        if self.engine.shared().is_none() {
            return self.vendor(vendor);
        }
        if let Ok(cell) = self.vendor(vendor) {
            let state = cell.state.read().await;
            let is_known = read(&state.names).licensee(licensee).is_some();
            drop(state);
            if is_known {
                return Ok(cell);
            }
        }
        self.catch_up().await?;
        self.vendor(vendor)
    }

    /// Returns when memory has all that was committed anywhere before.
    pub(crate) async fn catch_up(&self) -> Result<(), StoreError> {
        if self.engine.shared().is_none() {
            return Ok(());
        }
        self.progress.check()?;
        let caught_up = timeout(PATIENCE, self.others.caught_up()).await;
        caught_up.map_err(|_| StoreError::Unavailable)
    }
}
