//! How far the writer has come.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::error::StoreError;

/// Commands are counted from 1 in queue order; everything up to a count is durable, or the writer
/// has stopped for good.
#[derive(Debug)]
pub(crate) struct Progress {
    durable: AtomicU64,
    is_stopped: AtomicBool,
    /// How many were ever overtaken, so that nobody takes the lock while there are none.
    overtakings: AtomicU64,
    overtaken: Mutex<BTreeSet<u64>>,
    waiting: Mutex<Waiting>,
}

/// Those who wait, by the command that they wait for. Each is told once, and only by the commit that
/// reaches it; with every commit to look again would cost more than the commit.
type Waiting = BTreeMap<u64, Vec<oneshot::Sender<()>>>;

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            durable: AtomicU64::new(0),
            is_stopped: AtomicBool::new(false),
            overtakings: AtomicU64::new(0),
            overtaken: Mutex::default(),
            waiting: Mutex::default(),
        }
    }

    /// Everything up to and with this command is durable.
    pub(crate) fn durable(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    /// For the writer, before it advances: these were left out.
    pub(crate) fn overtake(&self, sequences: impl IntoIterator<Item = u64>) {
        /// Whoever still waits for one that is further back has been told otherwise long ago.
        const REMEMBERED: u64 = 1 << 22;
        let durable = self.durable();
        let mut overtaken = self.overtaken();
        let before = overtaken.len();
        overtaken.extend(sequences);
        let more = overtaken.len() - before;
        *overtaken = overtaken.split_off(&durable.saturating_sub(REMEMBERED));
        self.overtakings.fetch_add(more as u64, Ordering::Release);
    }

    /// True when one of these commands was left out.
    fn is_overtaken(&self, sequences: RangeInclusive<u64>) -> bool {
        self.overtakings.load(Ordering::Acquire) > 0
            && !sequences.is_empty()
            && self.overtaken().range(sequences).next().is_some()
    }

    // Each change of the set is one call.
    fn overtaken(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.overtaken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// For the writer: `sequence` and all before it are durable, or were left out.
    pub(crate) fn advance(&self, sequence: u64) {
        self.durable.store(sequence, Ordering::Release);
        let reached = {
            let mut waiting = self.waiting();
            let later = waiting.split_off(&sequence.saturating_add(1));
            std::mem::replace(&mut *waiting, later)
        };
        for caller in reached.into_values().flatten() {
            // Whoever has gone need not know.
            let _ = caller.send(());
        }
    }

    /// For the writer: nothing will become durable any more.
    pub(crate) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
        // Dropped without a word: that is how they hear of it.
        self.waiting().clear();
    }

    /// Fails once the writer has stopped.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.is_stopped.load(Ordering::Acquire) {
            Err(StoreError::Stopped)
        } else {
            Ok(())
        }
    }

    /// Returns when `sequence` is durable; 0 always is. Fails when it never will be.
    pub(crate) async fn reach(&self, sequence: u64) -> Result<(), StoreError> {
        self.reach_all(sequence..=sequence).await
    }

    /// Returns when all of `sequences` are durable. Fails when one of them never will be.
    pub(crate) async fn reach_all(&self, sequences: RangeInclusive<u64>) -> Result<(), StoreError> {
        self.pass(*sequences.end()).await?;
        if self.is_overtaken(sequences) {
            return Err(StoreError::Overtaken);
        }
        Ok(())
    }

    /// Returns when the writer is done with `sequence` and all before, whatever came of them.
    pub(crate) async fn pass(&self, sequence: u64) -> Result<(), StoreError> {
        if sequence <= self.durable() {
            return Ok(());
        }
        let told = {
            let mut waiting = self.waiting();
            // Looked at once more under the lock, which the writer takes after it has advanced or stopped.
            if sequence <= self.durable() {
                return Ok(());
            }
            self.check()?;
            let (caller, told) = oneshot::channel();
            waiting.entry(sequence).or_default().push(caller);
            told
        };
        told.await.map_err(|_| StoreError::Stopped)
    }

    /// Returns when the writer has stopped.
    pub(crate) async fn stopped(&self) {
        /// So many are never written.
        const NEVER: u64 = u64::MAX;
        while self.pass(NEVER).await.is_ok() {}
    }

    // What is in the map is told or dropped as a whole.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn who_waits_is_told_by_the_commit_that_reaches_him() {
        let progress = Progress::new();
        let mut context = Context::from_waker(Waker::noop());
        let (mut second, mut fifth) = (pin!(progress.pass(2)), pin!(progress.pass(5)));
        let mut stopped = pin!(progress.stopped());
        assert!(second.as_mut().poll(&mut context).is_pending());
        assert!(fifth.as_mut().poll(&mut context).is_pending());
        assert!(stopped.as_mut().poll(&mut context).is_pending());
        progress.advance(3);
        assert!(matches!(second.poll(&mut context), Poll::Ready(Ok(()))));
        assert!(fifth.as_mut().poll(&mut context).is_pending());
        progress.stop();
        let told = fifth.poll(&mut context);
        assert!(matches!(told, Poll::Ready(Err(StoreError::Stopped))));
        assert!(stopped.poll(&mut context).is_ready());
        // What was durable is, and nothing else will be.
        let (third, fourth) = (pin!(progress.pass(3)), pin!(progress.pass(4)));
        assert!(matches!(third.poll(&mut context), Poll::Ready(Ok(()))));
        let told = fourth.poll(&mut context);
        assert!(matches!(told, Poll::Ready(Err(StoreError::Stopped))));
    }
}
