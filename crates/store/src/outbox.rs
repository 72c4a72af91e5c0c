//! What the store is asked about its outbox, and about replies that it remembers.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use leasehold_model::number::VendorNumber;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::command::{Command, Step};
use crate::delivery::{Attempt, Delivery, Due};
use crate::error::StoreError;
use crate::inner::{lock, read};
use crate::memory::{Known, remembered_since};
use crate::store::{Store, ended};
use crate::write::{CallKey, Origin};

/// How long events and the log of their deliveries are kept, once nothing waits any more.
const LOGGED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What is remembered of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recalled {
    /// Nothing: it is a new one.
    New,
    /// It was answered so; empty: with nothing (204).
    Reply(Box<str>),
    /// Its key was used for another call.
    OtherCall,
}

impl Store {
    /// What was answered to a call of this key in the last 24 hours.
    pub async fn recall(
        &self,
        vendor: &VendorNumber,
        call: CallKey,
        now: Timestamp,
    ) -> Result<Recalled, StoreError> {
        let cell = self.inner.vendor(vendor)?;
        {
            let state = cell.state.read().await;
            match lock(&state.calls).known(&call, now) {
                Known::New => return Ok(Recalled::New),
                Known::OtherCall => return Ok(Recalled::OtherCall),
                Known::Answered => {}
            }
        }
        let inner = Arc::clone(&self.inner);
        let found = spawn_blocking(move || {
            inner.settle()?;
            inner.engine.reply(cell.id, &call.key)
        });
        let reply = ended(found.await)?;
        Ok(reply.map_or(Recalled::New, Recalled::Reply))
    }

    /// Tells whenever an event was announced: the count is that of a command to wait for.
    pub fn announcements(&self) -> watch::Receiver<u64> {
        self.inner.outbox.subscribe()
    }

    /// The deliveries that are due at `now`, all that was announced until then among them.
    pub async fn due(&self, now: Timestamp, limit: usize) -> Result<Due, StoreError> {
        let announced = *self.inner.outbox.borrow();
        self.inner.progress.reach(announced).await?;
        let inner = Arc::clone(&self.inner);
        let found = ended(spawn_blocking(move || inner.engine.due(now, limit)).await)?;
        let mut deliveries = Vec::with_capacity(found.rows.len());
        for row in found.rows {
            let cell = {
                let directory = read(&self.inner.directory);
                directory.vendors.get(&row.key.vendor).cloned()
            };
            let Some(cell) = cell else { continue };
            let state = cell.state.read().await;
            // Deleted meanwhile: its deliveries go with it.
            let known = state.books.notifications.get(&row.key.notification);
            let Some(notification) = known.cloned() else {
                continue;
            };
            deliveries.push(Delivery {
                key: row.key,
                vendor: cell.number.clone(),
                notification,
                event: row.event,
                attempts: row.attempts,
                failures: row.failures,
            });
        }
        Ok(Due {
            deliveries,
            next: found.next,
        })
    }

    /// Records how an attempt at a delivery ended; durable when this returns.
    pub async fn tried(&self, attempt: Attempt, now: Timestamp) -> Result<(), StoreError> {
        let step = Step::Deliver(attempt.clone());
        self.book(attempt.key.vendor, "webhook.deliver", step, now)
            .await
    }

    /// Forgets what was told or answered long ago.
    pub async fn forget(&self, now: Timestamp) -> Result<(), StoreError> {
        let vendors: Vec<_> = {
            let directory = read(&self.inner.directory);
            directory.vendors.values().cloned().collect()
        };
        for cell in vendors {
            lock(&cell.state.read().await.calls).forget(now);
            let step = Step::Forget {
                events_before: now.checked_sub(LOGGED).unwrap_or(Timestamp::MIN),
                replies_before: remembered_since(now),
            };
            self.book(cell.id, "store.forget", step, now).await?;
        }
        Ok(())
    }

    /// Writes a step that memory need not know of.
    async fn book(
        &self,
        vendor: crate::ids::VendorId,
        action: &'static str,
        step: Step,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sequence = {
            self.inner.progress.check()?;
            let directory = read(&self.inner.directory);
            let cell = directory.vendors.get(&vendor);
            let cell = cell.ok_or_else(|| StoreError::absent("vendor row", vendor.0))?;
            self.inner.queue.reserve()?.fill(Command {
                vendor,
                vendor_number: cell.number.clone(),
                licensee: None,
                origin: Origin {
                    actor: "local".into(),
                    action,
                },
                at: now,
                steps: vec![step],
            })
        };
        self.inner.progress.reach(sequence).await
    }
}
