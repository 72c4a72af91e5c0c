//! What the store is asked about its outbox, and about replies that it remembers.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use leasehold_model::number::VendorNumber;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::command::{Command, Step};
use crate::delivery::{Attempt, Delivery, DeliveryKey, Due};
use crate::error::StoreError;
use crate::footprint::Reach;
use crate::ids::VendorId;
use crate::inner::{lock, read};
use crate::memory::{Known, remembered_since};
use crate::patience::Patience;
use crate::store::{Store, ended};
use crate::write::{CallKey, Origin, StoredNotification};

/// How long events and the log of their deliveries are kept. What an endpoint has not taken by
/// then, or what one that is switched off was never told, goes too: no queue grows for ever.
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

    /// Tells whenever something may be due that was not: an event was announced, or a notification
    /// set anew. The count is that of a command to wait for.
    pub fn announcements(&self) -> watch::Receiver<u64> {
        self.inner.outbox.subscribe()
    }

    /// The deliveries that are due at `now`, all that was announced until then among them: `limit`
    /// of them at most, and `each_endpoint` to one endpoint, so that none crowds out another.
    pub async fn due(
        &self,
        now: Timestamp,
        limit: usize,
        each_endpoint: usize,
    ) -> Result<Due, StoreError> {
        let announced = *self.inner.outbox.borrow();
        self.inner.progress.reach(announced).await?;
        let inner = Arc::clone(&self.inner);
        let found = spawn_blocking(move || inner.engine.due(now, limit, each_endpoint));
        let found = ended(found.await)?;
        let mut deliveries = Vec::with_capacity(found.rows.len());
        for row in found.rows {
            let Some((vendor, notification)) = self.listener(row.key).await else {
                continue;
            };
            deliveries.push(Delivery {
                key: row.key,
                vendor,
                notification,
                event: row.event,
                attempts: row.attempts,
                failures: row.failures,
                failing: row.failing,
            });
        }
        Ok(Due {
            deliveries,
            next: found.next,
        })
    }

    /// The notification that a delivery is for, as it is set now, and whose it is. `None` when it was
    /// deleted, and its deliveries with it, or switched off, so that they wait.
    pub async fn listener(&self, key: DeliveryKey) -> Option<(VendorNumber, StoredNotification)> {
        let cell = {
            let directory = read(&self.inner.directory);
            directory.vendors.get(&key.vendor).cloned()
        };
        let cell = cell?;
        let state = cell.state.read().await;
        let known = state.books.notifications.get(&key.notification);
        let known = known.filter(|stored| stored.notification.active)?;
        Some((cell.number.clone(), known.clone()))
    }

    /// Records how an attempt at a delivery ended; durable when this returns.
    pub async fn tried(&self, attempt: Attempt, now: Timestamp) -> Result<(), StoreError> {
        let vendor = attempt.key.vendor;
        let step = || Step::Deliver(attempt.clone());
        self.book(vendor, "webhook.deliver", step, now).await
    }

    /// Forgets what was told or answered long ago.
    pub async fn forget(&self, now: Timestamp) -> Result<(), StoreError> {
        let vendors: Vec<_> = {
            let directory = read(&self.inner.directory);
            directory.vendors.values().cloned().collect()
        };
        for cell in vendors {
            lock(&cell.state.read().await.calls).forget(now);
            let events_before = now.checked_sub(LOGGED).unwrap_or(Timestamp::MIN);
            let replies_before = remembered_since(now);
            let (inner, id) = (Arc::clone(&self.inner), cell.id);
            // Mostly there is nothing, which needs no row in the audit log.
            let is_old = spawn_blocking(move || {
                let engine = &inner.engine;
                engine.is_anything_old(id, events_before, replies_before)
            });
            if ended(is_old.await)? {
                let step = || Step::Forget {
                    events_before,
                    replies_before,
                };
                self.book(id, "store.forget", step, now).await?;
            }
        }
        Ok(())
    }

    /// Writes a step that memory need not know of.
    async fn book(
        &self,
        vendor: VendorId,
        action: &'static str,
        step: impl Fn() -> Step,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut patience = Patience::begin();
        loop {
            let sequence = self.queue_step(vendor, action, step(), now)?;
            match self.inner.progress.reach(sequence).await {
                Err(StoreError::Overtaken) => patience.wait(&self.inner.others).await?,
                reached => return reached,
            }
        }
    }

    fn queue_step(
        &self,
        vendor: VendorId,
        action: &'static str,
        step: Step,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.inner.progress.check()?;
        let directory = read(&self.inner.directory);
        let cell = directory.vendors.get(&vendor);
        let cell = cell.ok_or_else(|| StoreError::absent("vendor row", vendor.0))?;
        Ok(self.inner.queue.reserve()?.fill(Command {
            vendor,
            vendor_number: cell.number.clone(),
            licensee: None,
            origin: Origin {
                actor: "local".into(),
                action,
            },
            at: now,
            steps: vec![step],
            basis: self.inner.others.applied(),
            reach: Reach::Outside,
            touched: Vec::new(),
            newest_id: self.inner.ids.newest(),
        }))
    }
}
