//! How long a caller waits to be decided on anew.

use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use crate::error::StoreError;
use crate::inner::Inner;
use crate::others::Others;

/// For one call, from its beginning. Each node that overtakes another has got something done, so that
/// this is only ever used up where the database is gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// A call that may be overtaken.
#[derive(Debug)]
pub(crate) struct Patience {
    until: Instant,
}

impl Patience {
    pub(crate) fn begin() -> Self {
        Self {
            until: Instant::now() + PATIENCE,
        }
    }

    /// Waits until memory has what overtook the call.
    pub(crate) async fn wait(&mut self, others: &Others) -> Result<(), StoreError> {
        let settled = timeout_at(self.until, others.settled()).await;
        settled.map_err(|_| StoreError::Unavailable)
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
