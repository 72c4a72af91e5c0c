//! How far the writer has come.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::watch;

use crate::error::StoreError;

/// Commands are counted from 1 in queue order; everything up to a count is durable, or the writer
/// has stopped for good.
#[derive(Debug)]
pub(crate) struct Progress {
    durable: AtomicU64,
    is_stopped: AtomicBool,
    news: watch::Sender<()>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            durable: AtomicU64::new(0),
            is_stopped: AtomicBool::new(false),
            news: watch::Sender::new(()),
        }
    }

    /// Everything up to and with this command is durable.
    pub(crate) fn durable(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    /// For the writer: `sequence` and all before it are durable.
    pub(crate) fn advance(&self, sequence: u64) {
        self.durable.store(sequence, Ordering::Release);
        self.news.send_replace(());
    }

    /// For the writer: nothing will become durable any more.
    pub(crate) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
        self.news.send_replace(());
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
        if sequence <= self.durable() {
            return Ok(());
        }
        let mut news = self.news.subscribe();
        while sequence > self.durable() {
            self.check()?;
            if news.changed().await.is_err() {
                return Err(StoreError::Stopped);
            }
        }
        Ok(())
    }

    /// Returns when the writer has stopped.
    pub(crate) async fn stopped(&self) {
        let mut news = self.news.subscribe();
        while self.check().is_ok() {
            if news.changed().await.is_err() {
                return;
            }
        }
    }
}
